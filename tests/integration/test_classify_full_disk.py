"""A database that refuses everybody fails nobody, and what the model was paid meanwhile is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from local.bedrock.server import BedrockServer
from local.state import Login
from services.classify.groups import Group
from services.classify.worker import Worker
from shared.contracts.errors import DatabaseUnavailable, OutOfTime
from shared.contracts.execution import Usage
from shared.platform.database import Database
from tests.conftest import open_login
from tests.integration.classify_world import LATE, World, counted, direct_message

POISON = "The battery does not charge at all any more."
REFUSALS = [1021, 1030, 1040, 1114, 1205, 1290, 1317, 1041, 3024, 1146, 1026, 1142, 1226, 1836, 9001]
REFUSALS += [1020, 1213, 1969, 3572, 4031]
"""Disk full, storage engine, too many connections, table full, lock wait, read-only, interrupted, memory,
statement's time, a table that a migration has not made yet; writing a file, rights taken away, the user's
quota, read-only mode, and a code of tomorrow; a row changed meanwhile, deadlock, MariaDB's time, no waiting,
idle."""


@dataclass
class OwnedWorld(World):
    """One whose database its owner, who may make triggers, can break."""

    owner: Database = field(kw_only=True)


@pytest.fixture
def world(database: Database, bedrock: BedrockServer, migrated_login: Login) -> Iterator[OwnedWorld]:
    world = OwnedWorld(database, bedrock, owner=open_login(migrated_login))
    world.add_categories()
    yield world
    world.owner.close()


@contextmanager
def refusing(world: OwnedWorld, code: int, text: str = "%") -> Iterator[None]:
    """The database answers the insertion of such a row with this error."""
    trigger = (
        "CREATE TRIGGER refusing BEFORE INSERT ON customer_feedback FOR EACH ROW"
        f" IF NEW.feedback LIKE '{text}' THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}; END IF"
    )
    world.owner.transact(lambda tx: tx.execute(trigger.replace("%", "%%"), ()))
    yield
    world.owner.transact(lambda tx: tx.execute("DROP TRIGGER refusing"))


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("receives", [1, 4])
def test_what_the_database_refuses_everybody_waits_and_its_calls_are_counted(
    world: OwnedWorld, code: int, receives: int
) -> None:
    world.start_file(4)
    messages = world.file_messages([LATE, POISON, f"{LATE} Twice.", f"{POISON} Never."], receives=receives)
    with refusing(world, code):
        assert world.handle(messages) == set()
        copies = world.copies()
        assert world.handle(copies) == set()
        copies = world.copies()
    assert len(copies) == 4
    assert world.rows() == []

    assert world.handle(copies) == set()

    assert counted(world.execution()) == {"rows_read": 4, "accepted": 4, "labelled": 4}
    execution = world.execution()
    assert execution.calls == world.calls == (3 if receives == 1 else 6)
    tokens: list[Any] = [call["input_tokens"] for call in world.server.service.stats.calls(0)]
    assert execution.usage.input_tokens == sum(tokens)
    assert execution.estimated_cost > Decimal(0)


@pytest.mark.parametrize("code", [1267, 1366, 1406, 3157, 3854, 4025])
def test_poison_costs_its_neighbours_nothing_and_its_calls_are_counted(world: OwnedWorld, code: int) -> None:
    """Signs that a column has not, a wrong value, too long, JSON too deep, against a CHECK."""
    with refusing(world, code, POISON):
        poison, good = direct_message("p", POISON, receives=3), direct_message("g", LATE)

        assert world.handle([poison, good]) == {poison.message_id}

    # The third call asks about a harmless record, to see whether the world is at fault.
    assert [row["feedback"] for row in world.rows()] == [LATE]
    assert world.direct().calls == world.calls == 3
    assert world.copies() == []


def test_a_group_that_cannot_be_written_leaves_the_others_of_its_batch_alone(world: OwnedWorld) -> None:
    world.start_file(1)
    (of_a_file,) = world.file_messages([LATE])
    with refusing(world, 1366, POISON):
        poison = direct_message("p", POISON)

        assert world.handle([poison, of_a_file]) == {poison.message_id}

    assert [row["feedback"] for row in world.rows()] == [LATE]
    assert world.execution().calls + world.direct().calls == world.calls == 2


@pytest.mark.parametrize(
    "place", ["shared.stores.feedback_store.whereabouts", "services.classify.worker.label"]
)
def test_a_fault_that_meets_every_record_is_nobodys_poison(
    world: OwnedWorld, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def crash(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(place, crash)

    assert world.handle([direct_message("a", LATE, receives=4)]) == set()

    (copy,) = world.copies()
    assert (copy.receives, copy.deferrals) == (1, 1)


def test_what_brought_no_outcome_and_cannot_be_counted_yet_goes_with_a_record_that_is_put_off(
    world: OwnedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Worker.label

    def run_out_of_time(worker: Worker, groups: list[Group], deadline: float) -> Any:
        meter = real(worker, [], deadline)
        for each in groups:
            each.usage = Usage(calls=1, input_tokens=7)
            each.busy = {record.record_id: OutOfTime("later") for record in each.open_records()}
        return meter

    world.start_file(2)
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "label", run_out_of_time)
        patch.setattr("services.classify.writing.write_group", refuse)
        assert world.handle(world.file_messages([LATE, POISON])) == set()
    copies = world.copies()
    assert [copy.owed.calls for copy in copies] == [1, 0]

    world.handle(copies)

    assert world.execution().calls == world.calls + 1


def test_what_a_copy_carries_is_counted_though_another_delivery_was_quicker(
    world: OwnedWorld,
) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, POISON])
    with refusing(world, 1114):
        world.handle(messages)
    copies = world.copies()
    assert [copy.owed.calls for copy in copies] == [1, 0]

    world.handle(messages)
    world.handle(copies)

    assert world.execution().calls == world.calls == 2


def test_what_a_copy_carries_is_counted_though_its_record_comes_twice_at_once(world: OwnedWorld) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, POISON])
    with refusing(world, 1114):
        world.handle(messages)

    world.handle([*messages, *world.copies()])

    assert world.execution().calls == world.calls == 2


def refuse(*_: Any, **__: Any) -> Any:
    raise DatabaseUnavailable("full")
