"""One deployed stack for all scenarios, IAM and TLS enforced, on which things are made to go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.setup import LOCAL
from local.stack import Stack
from local.state import Home
from tests.e2e.mailbox import Mailbox
from tests.faults.faulty import Faulty
from tests.faults.plan import Plan
from tests.faults.scenario import Scenario, Table

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
TABLE = pytest.StashKey[Table]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", help="also write the lines to this file, for a table of several sessions")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every scenario is long unless it says that it is short."""
    for item in items:
        if FOLDER in item.path.parents and item.get_closest_marker("short") is None:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> Table:
    return pytestconfig.stash.setdefault(TABLE, Table())


@pytest.fixture(scope="session")
def hastened(stack: Stack, stack_home: Home, fault_plan: Plan) -> Faulty:
    faulty = Faulty(stack, stack_home, fault_plan)
    faulty.hasten()
    # What a function held when an earlier test deployed it anew is hidden for the longer time of before.
    faulty.clear_queues()
    return faulty


@pytest.fixture
def faulty(hastened: Faulty) -> Iterator[Faulty]:
    """The stack, well at the beginning of each test and mended after it."""
    with hastened.sweeping():
        yield hastened
    hastened.plan.clear()
    hastened.model_is_well()
    hastened.clear_queues()


@pytest.fixture(scope="session")
def mailbox(hastened: Faulty) -> Mailbox:
    return Mailbox(hastened, "mailbox-of-faults")


@pytest.fixture
def begin(faulty: Faulty, table: Table) -> Iterator[Callable[[str], Scenario]]:
    """Begins a scenario of this name. One that does not come to its count has its line nevertheless."""
    yield lambda name: Scenario(faulty, table, name)
    for scenario in list(table.under_way):
        scenario.abandon()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the table, whatever failed, and keeps it in .local/faults.txt."""
    lines = config.stash.get(TABLE, Table()).lines()
    if len(lines) > 1:
        terminalreporter.section("nothing lost, nothing twice", "-")
        for line in lines:
            terminalreporter.write_line(line)
        (LOCAL / "faults.txt").write_text("\n".join([*lines, ""]))
        if kept := config.getoption("--table"):
            Path(str(kept)).write_text(config.stash[TABLE].as_json())
