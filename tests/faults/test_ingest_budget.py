"""A file that takes fifty invocations of ingest, some of which die."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.plan import Action, Rule
from tests.faults.scenario import Scenario

KEY = "incoming/long.csv"
SLICES = 50
DEATHS = (30, 90, 150)
"""After how many batches of rows ingest dies."""


def test_a_file_of_fifty_invocations_budgets_finishes_by_checkpoints(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("10 ingest out of time and memory")
    faulty = scenario.faulty
    faulty.plan.set(
        # What Lambda does to a function that is out of memory.
        *(rule(f"memory-{at}", "SendMessageBatch:after", "kill", skip=at) for at in DEATHS),
        # What sending some fifty rows takes is then more than an invocation's budget.
        rule("slow", "SendMessageBatch:before", "wait", times=9999),
    )
    with (
        faulty.hidden_for(Ingest=10),
        faulty.configured("Ingest", SLICE_SECONDS=0.25, SENDER_THREADS=1),
    ):
        scenario.upload(KEY, rows=2700, bad=20, texts=300)
        faulty.wait(lambda: slices(scenario) >= SLICES, f"{SLICES} slices", 900)
    scenario.mended()
    scenario.finish()

    fired = faulty.plan.fired()
    assert fired["slow"] > SLICES
    assert all(fired[f"memory-{at}"] == 1 for at in DEATHS)


def slices(scenario: Scenario) -> int:
    """How many invocations have brought the file further."""
    found = scenario.faulty.query("SELECT ingest_slice AS n FROM execution WHERE source_key = %s", KEY)
    return int(found[0]["n"]) if found else 0


def rule(name: str, point: str, action: Action, *, skip: int = 0, times: int = 1) -> Rule:
    """A fault of ingest where it sends rows."""
    return Rule(
        id=name, function="IngestFunction", point=point, action=action, where="FeedbackQueue",
        times=times, skip=skip, seconds=0.15,
    )  # fmt: skip
