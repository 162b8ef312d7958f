"""The workers find a quota that nobody told them: real calls of the local server, in real time.

    python -m benchmarks.pacing_real --quota 500000

Short texts where the machine can answer so many calls; at millions of tokens a minute, texts of 2,000
characters, because what is measured is the pacing and not how fast the embedded model judges.
"""

import argparse
import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks import throughput
from benchmarks.inputs import SAMPLES, own_text, sample_records, taxonomy_of
from benchmarks.pacing_workload import BATCH
from benchmarks.server import Server, running
from shared.contracts.records import Record
from shared.contracts.taxonomy import Taxonomy

MODEL = "us.anthropic.claude-haiku-5-5"
FOUND, CHANGED, FOLLOWED, ENDS = 120, 300, 360, 540
"""Seconds: when the quota is to be found, when it drops to a fifth, when that is to be followed, the end."""
LONG_FROM = 2_000_000
LONG, LONG_TEXTS = 2_000, 600


def main() -> int:
    """Measures one quota; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacing_real", description=__doc__)
    parser.add_argument("--quota", type=int, default=500_000)
    quota = parser.parse_args().quota
    records, taxonomy = _records(quota), taxonomy_of(SAMPLES / "categories.json", 5)
    with running() as server:
        throughput.warm(server, MODEL, taxonomy, records)
        with _working(server, taxonomy, records, quota) as began:
            whole = _figures(server, quota, began, CHANGED, since=FOUND)
            server.put("/quota", tokens_per_minute=quota / 5)
            after = _figures(server, quota / 5, began, ENDS, since=FOLLOWED)
    return int(whole or after)


def _records(quota: int) -> list[Record]:
    """As many as a batch has, or fewer long ones, no two alike."""
    texts = itertools.cycle(sample_records())
    made = []
    for number in range(LONG_TEXTS if quota >= LONG_FROM else BATCH):
        record = next(texts)
        text = f"{own_text(record)} ({number})"
        while quota >= LONG_FROM and len(text) < LONG:
            text = f"{text} {own_text(next(texts))}"
        said = record.feedback.model_copy(update={"feedback": text[:LONG], "title": ""})
        # Not a copy, which would keep the key of the sample's text: equal keys are asked once.
        made.append(Record(record_id=f"pacing:{number}", profile=record.profile, feedback=said))
    return made


@contextmanager
def _working(server: Server, taxonomy: Taxonomy, records: Sequence[Record], quota: int) -> Iterator[float]:
    """Cold workers at work; yields when they began."""
    server.put("/latency", **throughput.LATENCY)
    server.put("/quota", tokens_per_minute=quota)
    server.reset()
    stop = threading.Event()
    work = throughput.spending(server, MODEL, taxonomy, records)
    with ThreadPoolExecutor(throughput.WORKERS) as pool:
        running_ones = [pool.submit(work, stop) for _ in range(throughput.WORKERS)]
        yield time.monotonic()
        stop.set()
        server.put("/quota")
        server.put("/latency")
    for each in running_ones:
        each.result()


def _figures(server: Server, quota: float, began: float, until: float, since: float) -> bool:
    """Prints what was used and throttled of the quota between these seconds; whether a bar was missed."""
    _wait(began + since)
    before = server.get("/stats")
    server.reset()
    _wait(began + until)
    figures = server.get("/stats")
    server.reset()
    used = figures["quota_tokens"] * 60 / (quota * (until - since))
    throttled = figures["throttled"] / max(1, figures["calls"])
    print(
        f"{quota:,.0f} tokens a minute: before second {since} {before['calls']} calls,"
        f" {before['throttled']} throttled; then {100 * used:.1f} % used, {figures['calls']} calls,"
        f" {100 * throttled:.2f} % throttled",
        flush=True,
    )
    return bool(used < 0.9 or throttled > 0.05)


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
