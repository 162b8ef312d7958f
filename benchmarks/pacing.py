"""`make bench-pacing`: how much of a quota the workers use that nobody told them, on a fake clock."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.pacing_simulation import Simulation, minutes_to_label
from benchmarks.pacing_workload import BATCH, DEFAULTS, Fleet, Work
from evaluation.table import TableRow, row, save, show
from local.setup import LOCAL

QUOTAS = (50_000, 500_000, 5_000_000)
SEEDS = range(1, 11)
SAMPLE = Work(records=20, input_tokens=1_600, output_tokens=180, max_tokens=280)
"""A pack of samples/feedback.csv, as `make bench` counts it."""
FOUND, CHANGED, FOLLOWED, ENDS = 120, 480, 540, 1_200
"""Seconds: when the quota is to be found, when it drops to a fifth, when that is to be followed, the end."""
KNOWN_QUOTA = 200_000
BEFORE = Fleet(workers=10, share=0.45 * KNOWN_QUOTA / 10, batch=100, calls=5, hold=80, patience=80)
"""What shipped until now: ten workers for each of two queues, each with half of nine tenths of the quota."""
NOTES = (
    f"{DEFAULTS.feedback_concurrency} workers with {DEFAULTS.parallel_calls} calls at a time in batches of",
    f"{BATCH}; no parameter differs between the quotas. Each figure is the mean of {len(SEEDS)} runs.",
    "The quota is the local server's: it saves up a minute, and takes input + max_tokens when a call begins.",
    "A simulation: `python -m benchmarks.pacing_real` runs the same against the local server, in real time.",
)


@dataclass(frozen=True)
class Run:
    """One quota from cold workers on, and after its drop to a fifth; shares from 0 to 1."""

    used: float
    throttled: float
    throttled_when_found: float
    asked_after_drop: float
    used_after_drop: float
    throttled_after_drop: float


def run(quota: float, work: Work = SAMPLE, seed: int = 1, fleet: Fleet | None = None) -> Run:
    """Twenty simulated minutes."""
    simulation = Simulation(quota, work, fleet or Fleet(), seed=seed)
    simulation.run(CHANGED)
    used = simulation.used_share(FOUND, CHANGED)
    simulation.change_quota(quota / 5)
    simulation.run(ENDS)
    return Run(
        used=used,
        throttled=simulation.throttled_share(0, CHANGED),
        throttled_when_found=simulation.throttled_share(FOUND, CHANGED),
        asked_after_drop=simulation.asked_share(FOLLOWED, FOLLOWED + 120),
        used_after_drop=simulation.used_share(FOLLOWED, ENDS),
        throttled_after_drop=simulation.throttled_share(FOLLOWED, ENDS),
    )


def main() -> int:
    """Simulates, prints, saves; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="make bench-pacing", description=__doc__)
    parser.add_argument("--json", type=Path, default=LOCAL / "bench" / "pacing.json")
    path = parser.parse_args().json
    rows = [each for quota in QUOTAS for each in _found_rows(quota)]
    rows += [*_known_rows(), *_seconds_rows(), *million_rows()]
    print(show(rows), *NOTES, sep="\n")
    save(rows, NOTES, path)
    print(f"\n{path}")
    return int(any(each.passed is False for each in rows))


def _found_rows(quota: int) -> Iterator[TableRow]:
    runs = [run(quota, seed=seed) for seed in SEEDS]

    def mean(name: str) -> float:
        return 100 * fmean(getattr(each, name) for each in runs)

    few = ("<= 5", lambda value: value <= 5)
    yield row(
        f"{quota:,} tokens a minute: used, minutes 2 to 8, %",
        mean("used"),
        (">= 90", lambda value: value >= 90),
    )
    yield row("… calls throttled, minutes 0 to 8, %", mean("throttled"), few)
    yield row("… calls throttled, minutes 2 to 8, %", mean("throttled_when_found"), few)
    yield row(
        "… dropped to a fifth: asked for in minutes 2 and 3 after, % of the new one",
        mean("asked_after_drop"),
        ("<= 150", lambda value: value <= 150),
    )
    yield row(
        "… used from minute 2 after on, %", mean("used_after_drop"), (">= 90", lambda value: value >= 90)
    )
    yield row("… calls throttled from then on, %", mean("throttled_after_drop"))


def _known_rows() -> Iterator[TableRow]:
    for quota in QUOTAS:
        fleet = Fleet(share=quota / DEFAULTS.feedback_concurrency)
        simulation = Simulation(quota, SAMPLE, fleet)
        simulation.run(CHANGED)
        used, throttled = simulation.used_share(60, CHANGED), simulation.throttled_share(60, CHANGED)
        yield row(f"{quota:,} typed in: used, %", 100 * used, (">= 95", lambda value: value >= 95))
        yield row("… calls throttled, %", 100 * throttled, ("<= 1", lambda value: value <= 1))


def _seconds_rows() -> Iterator[TableRow]:
    before, after = (
        _half_an_hour(KNOWN_QUOTA, fleet).seconds_per_thousand_rows() for fleet in (BEFORE, Fleet())
    )
    yield row(
        f"Lambda-seconds per 1,000 rows, a quota of {KNOWN_QUOTA:,}",
        after,
        ("<= a third", lambda value: value <= before / 3),
        baseline=f"{before:.0f}",
        ours=f"{after:.0f}",
    )
    for quota in (50_000, KNOWN_QUOTA, 4_000_000):
        simulation = _half_an_hour(quota, Fleet())
        times = simulation.given_back / (len(simulation.used) * SAMPLE.records)
        yield row(f"times that a row goes back to the queue, a quota of {quota:,}", times)


def _half_an_hour(quota: float, fleet: Fleet) -> Simulation:
    simulation = Simulation(quota, SAMPLE, fleet)
    simulation.run(1_800)
    return simulation


def million_rows() -> Iterator[TableRow]:
    """How long a million rows take, by the shipped pacing on a fake clock."""
    for quota in (200_000, 1_000_000, 4_000_000):
        for characters in (300, 2_000):
            bar = ("<= 60", lambda value: value <= 60) if (quota, characters) == (4_000_000, 300) else None
            minutes = minutes_to_label(1_000_000, characters, quota)
            name = f"a million rows of {characters:,} characters at {quota:,} tokens a minute, minutes"
            yield row(name, minutes, bar, ours=f"{minutes:.0f}")


if __name__ == "__main__":
    sys.exit(main())
