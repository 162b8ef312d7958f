"""A model that is dead for minutes of real time, on the deployed template: what is lost, and how it returns.

Full speed is nine tenths of the pace at which the queue was worked off before the outage; if what is left
is done before any window of some seconds shows that pace, it is the time when the last record was written.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.server import Server
from local import stack as local_stack
from local.stack import Stack
from local.state import Home

RECORDS = 1_000
"""Records under way while the model is dead."""
# The template's default, which a local stack lifts otherwise.
_SHIPPED = {"TokensPerMinute": "200000"}
_HEAD_START = 300
_KEY = "incoming/outage.csv"
_HEADER = "product_name,store,id,stars,title,feedback,date\n"
_FULL_SPEED = 0.9
_WINDOW_SECONDS = 5
_GIVE_UP_SECONDS = 600


@dataclass(frozen=True)
class Outage:
    """What the outage did."""

    lost: int
    dead_letters: int
    failed: int
    most_probes: int
    """Calls of the model in any minute of the outage, from the first minute after its begin on."""
    recovery_seconds: float
    finished_seconds: float


def measure(minutes: float) -> Outage:
    """Deploys the template to an emulator of its own and lets the model die while a file is under way."""
    with _stack() as stack:
        server = Server(stack.emulator.model_url)
        total = _HEAD_START + RECORDS
        stack.client("s3").put_object(Bucket=stack.bucket, Key=_KEY, Body=_file(total).encode())
        _wait(lambda: _count(stack) > 0, "the first record")
        began, first = time.monotonic(), _count(stack)
        _wait(lambda: _count(stack) >= _HEAD_START, "the first records")
        speed = (_count(stack) - first) / (time.monotonic() - began)
        probes = _outage(server, minutes)
        recovered = time.monotonic()
        full_speed = _recover(stack, total, speed)
        finished = time.monotonic() - recovered
        rows = _rows(stack)
        return Outage(
            lost=total - sum(rows.values()),
            dead_letters=_dead_letters(stack),
            failed=rows.get("failed", 0),
            most_probes=probes,
            recovery_seconds=full_speed - recovered,
            finished_seconds=finished,
        )


def _outage(server: Server, minutes: float) -> int:
    """Kills the model for so long; returns the most calls in a minute once the first minute was over."""
    server.put("/faults", rules=[{"fault": "service_unavailable"}])
    end = time.monotonic() + minutes * 60
    time.sleep(min(60, minutes * 60))
    counts = [0]
    while time.monotonic() < end:
        server.reset()
        time.sleep(max(0.0, min(60, end - time.monotonic())))
        counts.append(server.get("/stats")["calls"])
    server.put("/faults")
    return max(counts)


def _recover(stack: Stack, total: int, speed: float) -> float:
    """Waits until all is written; returns when the pace was first as before, or when all was done."""
    reached = 0.0
    seen = [(time.monotonic(), _count(stack))]
    give_up = time.monotonic() + _GIVE_UP_SECONDS
    while seen[-1][1] < total and time.monotonic() < give_up:
        time.sleep(0.5)
        seen.append((time.monotonic(), _count(stack)))
        old = next(each for each in seen if seen[-1][0] - each[0] <= _WINDOW_SECONDS)
        passed = seen[-1][0] - old[0]
        pace = (seen[-1][1] - old[1]) / passed if passed else 0
        if not reached and pace >= _FULL_SPEED * speed:
            reached = seen[-1][0]
    return reached or seen[-1][0]


@contextmanager
def _stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            yield local_stack.up(home, parameters=_SHIPPED)
        finally:
            local_stack.down(home)


def _file(rows: int) -> str:
    lines = [
        f"Lamp,Online,{row},3,,The parcel number {row} came far too late.,2026-01-02\n" for row in range(rows)
    ]
    return _HEADER + "".join(lines)


def _wait(look: Any, what: str) -> None:
    give_up = time.monotonic() + _GIVE_UP_SECONDS
    while not look():
        if time.monotonic() > give_up:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.2)


def _rows(stack: Stack) -> dict[str, int]:
    with stack.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT status, COUNT(*) AS `rows` FROM customer_feedback GROUP BY status")
        return {str(row["status"]): int(row["rows"]) for row in cursor.fetchall()}


def _count(stack: Stack) -> int:
    rows = _rows(stack)
    return rows.get("labelled", 0) + rows.get("unknown", 0)


def _dead_letters(stack: Stack) -> int:
    found = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.deployment.resources["FeedbackDeadLetterQueue"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(value) for value in found.values())
