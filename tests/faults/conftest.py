"""One deployed stack for all scenarios, IAM and TLS enforced, on which things are made to go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.stack import Stack
from local.state import Home
from tests.faults.faulty import Faulty
from tests.faults.plan import Plan
from tests.faults.scenario import Scenario, Table

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = pytest.StashKey[Table]()


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> Table:
    return pytestconfig.stash.setdefault(TABLE, Table())


@pytest.fixture(scope="session")
def hastened(stack: Stack, stack_home: Home, fault_plan: Plan) -> Faulty:
    faulty = Faulty(stack, stack_home, fault_plan)
    faulty.hasten()
    return faulty


@pytest.fixture
def faulty(hastened: Faulty) -> Iterator[Faulty]:
    """The stack, well at the beginning of each test and mended after it."""
    with hastened.sweeping():
        yield hastened
    hastened.plan.clear()
    hastened.model_is_well()


@pytest.fixture
def begin(faulty: Faulty, table: Table) -> Callable[[str], Scenario]:
    return lambda name: Scenario(faulty, table, name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(TABLE, Table())
    if rows.rows:
        terminalreporter.section("nothing lost, nothing twice", "-")
        for line in rows.lines():
            terminalreporter.write_line(line)
