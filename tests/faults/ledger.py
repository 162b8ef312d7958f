"""What became of every row that was sent: counted in MySQL, in the queues and in S3, never from counters."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts import keys
from tests.e2e.world import World
from tests.faults.feedback import Sent

STATUSES = ("labelled", "unknown", "failed", "parked")
QUEUES = ("Ingest", "Feedback", "Categorize", "Notify", "Curate", "Breaker", "Sweep")


@dataclass(frozen=True)
class Count:
    """Rows of one or several files, counted one by one.

    Attributes:
        records: rows that were sent.
        lost: rows that are neither in MySQL nor named as rejected there and in S3, or that a finished
            execution's results.csv leaves out.
        duplicated: rows more than those sent, in MySQL or in a results.csv.
        wrong: what else does not fit: counters that differ from the rows, rejections that differ in S3.
    """

    records: int
    labelled: int
    unknown: int
    failed: int
    parked: int
    rejected: int
    lost: int
    duplicated: int
    wrong: tuple[str, ...]


def count(world: World, files: Iterable[Sent], direct: Sequence[str] = ()) -> Count:
    """Counts these files and the direct feedback with these ids (or texts, where ids repeat).

    Each file is expected once, whatever was delivered how often: two executions of one upload are counted
    as its rows twice.
    """
    parts = [_count_file(world, sent) for sent in files]
    if direct:
        parts.append(_count_direct(world, direct))
    numbers = {
        name: sum(getattr(part, name) for part in parts)
        for name in ("records", *STATUSES, "rejected", "lost", "duplicated")
    }
    return Count(**numbers, wrong=tuple(wrong for part in parts for wrong in part.wrong))


def left_in_queues(world: World) -> dict[str, int]:
    """Messages that still wait, by queue and dead-letter queue; only those queues that hold any."""
    names = [name for queue in QUEUES for name in (f"{queue}QueueUrl", f"{queue}DeadLetterQueueUrl")]
    held = {name: _depth(world, name) for name in names if name in world.stack.deployment.outputs}
    return {name: depth for name, depth in held.items() if depth}


def _depth(world: World, output: str) -> int:
    """Messages of a queue: to be had, in flight, or still delayed."""
    held = world.sqs.get_queue_attributes(QueueUrl=world.output(output), AttributeNames=["All"])["Attributes"]
    return sum(int(held[f"ApproximateNumberOfMessages{which}"]) for which in ("", "NotVisible", "Delayed"))


def outbox_left(world: World) -> int:
    """Events and messages that nobody has published yet."""
    return int(world.query("SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL")[0]["n"])


def unfinished(world: World, key: str) -> list[str]:
    """Executions of a file that have rows to be asked again, or an end that people were not told of."""
    found = world.query(
        "SELECT execution_id FROM execution WHERE source_key = %s"
        " AND (parked > 0 OR notified_revision IS NULL OR notified_revision < revision)",
        key,
    )
    return [str(row["execution_id"]) for row in found]


def _count_file(world: World, sent: Sent) -> Count:
    executions = world.executions(sent.key)
    rows = _rows(world, executions)
    statuses = Counter(str(row["status"]) for row in rows)
    seen = Counter(str(row["ref_id"]) for row in rows)
    rejected = _rejected(world, executions)
    missing = sum((Counter(sent.ids) - seen).values()) + max(0, sent.rejected - rejected)
    extra = sum((seen - Counter(sent.ids)).values()) + max(0, rejected - sent.rejected)
    wrong: list[str] = []
    for execution_id in executions:
        wrong += _differences(world, execution_id)
        left_out, twice = _results_differ(world, execution_id)
        missing, extra = missing + left_out, extra + twice
    return Count(
        records=sent.rows,
        **{status: statuses[status] for status in STATUSES},
        rejected=rejected,
        lost=missing,
        duplicated=extra,
        wrong=tuple(wrong),
    )


def _count_direct(world: World, ids: Sequence[str]) -> Count:
    """Counts by the producer's id, or by the text where a producer's id stands for several."""
    rows = world.query(
        "SELECT f.record_id, f.ref_id, f.feedback, f.status FROM customer_feedback f"
        " JOIN execution e USING (execution_id) WHERE e.kind = 'direct'"
    )
    wanted = set(ids)
    named = [(wanted & {str(row["ref_id"]), str(row["feedback"])}, str(row["status"])) for row in rows]
    seen = Counter(name for names, _ in named for name in names)
    statuses = Counter(status for names, status in named if names)
    executions = [
        str(row["execution_id"])
        for row in world.query("SELECT execution_id FROM execution WHERE kind = 'direct'")
    ]
    return Count(
        records=len(ids),
        **{status: statuses[status] for status in STATUSES},
        rejected=0,
        lost=len(wanted - set(seen)),
        duplicated=sum(seen.values()) - len(seen),
        wrong=tuple(wrong for execution_id in executions for wrong in _differences(world, execution_id)),
    )


def _rows(world: World, executions: Sequence[str]) -> list[dict[str, Any]]:
    if not executions:
        return []
    return world.query(
        "SELECT ref_id, status FROM customer_feedback WHERE execution_id IN %s", tuple(executions)
    )


def _rejected(world: World, executions: Sequence[str]) -> int:
    """Rejected rows that both MySQL and the file for people have."""
    total = 0
    for execution_id in executions:
        (row,) = world.query("SELECT COUNT(*) AS n FROM rejected_row WHERE execution_id = %s", execution_id)
        total += int(row["n"])
    return total


def _differences(world: World, execution_id: str) -> list[str]:
    """Where the execution's own counters, or the rejected rows in S3, are not what the rows say."""
    (execution,) = world.query("SELECT * FROM execution WHERE execution_id = %s", execution_id)
    counted = Counter(
        {
            str(row["status"]): int(row["n"])
            for row in world.query(
                "SELECT status, COUNT(*) AS n FROM customer_feedback WHERE execution_id = %s GROUP BY status",
                execution_id,
            )
        }
    )
    rejected = _rejected(world, [execution_id])
    truth = {name: counted[name] for name in STATUSES} | {
        "rejected": rejected,
        "accepted": sum(counted.values()),
    }
    if execution["status"] in ("completed", "categorized", "classified"):
        truth["rows_read"] = (
            truth["accepted"] + rejected if execution["kind"] == "file" else execution["rows_read"]
        )
    wrong = [
        f"{execution_id}: counter {name} is {execution[name]}, the rows say {number}"
        for name, number in truth.items()
        if int(execution[name]) != number
    ]
    if rejected and execution["kind"] == "file" and execution["ingested_at"]:
        listed = len(_csv(world, keys.rejected(execution_id)))
        if listed != rejected:
            wrong.append(f"{execution_id}: rejected/ lists {listed} rows of {rejected}")
    return wrong


def _results_differ(world: World, execution_id: str) -> tuple[int, int]:
    """How many rows the results.csv of a finished execution leaves out, and how many it has too many."""
    (execution,) = world.query("SELECT status FROM execution WHERE execution_id = %s", execution_id)
    if execution["status"] != "completed":
        return 0, 0
    listed = Counter(row["ref_id"] for row in _csv(world, keys.results(execution_id)))
    stored = Counter(str(row["ref_id"]) for row in _rows(world, [execution_id]))
    return sum((stored - listed).values()), sum((listed - stored).values())


def _csv(world: World, key: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(world.text_of(key), newline="")))
