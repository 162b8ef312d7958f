"""What a right is for: each scenario does what needs it, and says whether that came about."""

from __future__ import annotations

from collections.abc import Callable

from tests.iam.bench import Bench

Scenario = Callable[[Bench], bool]
SCENARIOS: dict[str, Scenario] = {}


def needs(*grants: str) -> Callable[[Scenario], Scenario]:
    """Says which rights a scenario needs: "Role Sid action resource", as a Grant reads."""

    def register(scenario: Scenario) -> Scenario:
        for grant in grants:
            assert grant not in SCENARIOS, grant
            SCENARIOS[grant] = scenario
        return scenario

    return register


def gains(bench: Bench, queue: str, act: Callable[[], object]) -> bool:
    """Whether a queue holds more afterwards."""
    before = bench.held(queue)
    act()
    return bench.held(queue) > before


def copy_while_away(bench: Bench, function: str, queue: str, body: object) -> bool:
    """Whether a message goes back to its queue as a fresh copy while the database is away."""
    with bench.environment(function, DATABASE_PORT="9"):
        return gains(bench, queue, lambda: bench.deliver(function, queue, body))


def seen_again_soon(bench: Bench, function: str, queue: str) -> bool:
    """Whether a message that nobody understands is shown again before the visibility timeout."""
    body, receipt = bench.receive(queue, {"kind": "nobody knows this kind"})
    answer = bench.deliver(function, queue, body, receipt=receipt)
    assert not answer.is_good, "it was to fail"
    return "visibility not changed" not in answer.log
