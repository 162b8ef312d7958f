"""What cannot be answered now goes round again as a copy, and costs nobody anything."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from local.bedrock.server import BedrockServer
from shared.platform.database import Database
from shared.stores import feedback_store
from tests.integration.classify_world import DEAR, ID, LATE, World, counted, message


def test_a_busy_model_fails_nothing_and_sends_the_records_round_again(world: World) -> None:
    world.start_file(2)
    world.faults({"fault": "service_unavailable"})

    failed = world.handle(world.file_messages([LATE, DEAR], deferrals=3))

    assert failed == set()
    assert world.rows() == []
    assert [url for url, _ in world.queues.sent] == ["https://sqs/0/feedback"] * 2
    assert {entry["MessageAttributes"]["deferrals"]["StringValue"] for _, entry in world.queues.sent} == {"4"}
    assert all(16 <= entry["DelaySeconds"] <= 32 for _, entry in world.queues.sent)


def test_copies_are_of_their_messages_group(world: World) -> None:
    """The producer's where it named one; else the file's, the source's, or that of all without a source."""
    world.start_file(1)
    world.add_categories()
    world.faults({"fault": "service_unavailable"})
    direct = {"id": "a", "feedback": DEAR}
    messages = [
        *world.file_messages([LATE]),
        message(direct | {"id": "b", "source": "shop"}),
        message(direct | {"id": "c", "source": "Köln"}),
        message(direct),
        replace(message(direct | {"id": "d", "source": "shop"}), message_group="tenant-7"),
    ]

    world.handle(messages)

    groups = {
        json.loads(entry["MessageBody"]).get("id"): entry["MessageGroupId"] for _, entry in world.queues.sent
    }
    hashed = groups.pop("c")
    assert groups == {None: ID, "b": "shop", "a": "direct-feedback", "d": "tenant-7"}
    assert re.fullmatch("[0-9a-f]{64}", hashed)


def test_a_record_put_off_25_times_is_still_there_and_counted_once(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "throttling", "next": 25})
    messages = world.file_messages([LATE])

    for hop in range(25):
        assert world.handle(messages) == set()
        messages = world.copies()
        assert [each.deferrals for each in messages] == [hop + 1]
    world.handle(messages)

    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1, "labelled": 1}


def test_a_record_that_cannot_be_put_back_stays_in_its_queue(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "service_unavailable"})
    world.queues.broken = True
    messages = world.file_messages([LATE])

    assert world.handle(messages) == {messages[0].message_id}


def test_a_record_that_was_put_off_too_often_waits_in_the_database(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "service_unavailable"})

    world.handle(world.file_messages([LATE], deferrals=2_000))

    (row,) = world.rows()
    assert (row["status"], row["parked_cause"]) == ("parked", "model")
    assert world.queues.sent == []


def test_an_outage_that_the_bus_does_not_take_returns_no_message_that_was_put_back(
    database: Database, bedrock: BedrockServer
) -> None:
    world = World(database, bedrock, settings={"pack_size": 1})
    world.add_categories()
    world.start_file(8)
    world.faults({"fault": "service_unavailable"})
    world.bus.away = True

    failed = world.handle(world.file_messages([f"{LATE} {number}" for number in range(8)]))

    assert (len(world.copies()), failed) == (8, set())


def test_an_outage_is_announced_once_by_all_workers(world: World) -> None:
    world.start_file(100)
    world.faults({"fault": "service_unavailable"})
    messages = world.file_messages([f"{LATE} {number}" for number in range(100)])

    world.handle(messages)
    world.start_worker()
    world.handle(messages)

    assert world.bus.types().count("ModelUnavailable") == 1
    event = next(entry for entry in world.bus.entries if entry["DetailType"] == "ModelUnavailable")
    assert json.loads(event["Detail"])["needs_person"] is False


@pytest.mark.parametrize("fault", ["dropped", "hang", "server_error", "model_timeout", "model_not_ready"])
def test_a_model_that_does_not_answer_costs_nobody_anything(world: World, fault: str) -> None:
    world.start_file(2)
    world.faults({"fault": fault, "seconds": 0.2})

    assert world.handle(world.file_messages([LATE, DEAR])) == set()

    assert len(world.copies()) == 2
    assert world.rows() == []
    assert world.query("SELECT * FROM rejected_row") == []


def test_records_for_which_there_was_no_time_come_back_soon_and_uncounted(world: World) -> None:
    world.start_file(1)
    world.seconds = -1

    world.handle(world.file_messages([LATE], deferrals=4))

    assert world.calls == 0
    ((_, entry),) = world.queues.sent
    assert entry["MessageAttributes"]["deferrals"]["StringValue"] == "4"
    assert 1 <= entry["DelaySeconds"] <= 16


def test_what_the_database_leaves_undone_goes_round_again_as_copies(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR], receives=4)
    right = world.database._settings
    world.database._settings = right.model_copy(update={"database_port": 1})
    world.database.close()

    assert world.handle(messages) == set()

    world.database._settings = right
    assert world.calls == 0
    copies = world.copies()
    assert sorted(each.body for each in copies) == sorted(each.body for each in messages)
    world.handle(copies)
    assert counted(world.execution()) == {"rows_read": 2, "accepted": 2, "labelled": 2}


def test_from_the_third_receive_a_record_is_handled_alone_and_the_one_that_crashed_goes_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start_file(3)
    messages = world.file_messages(["poison", LATE, DEAR], receives=3)

    class Killed(BaseException):
        """What the function dies of; nothing catches it."""

    real = feedback_store.write_outcomes

    def write(tx: Any, execution_id: Any, outcomes: Any, rows: Any) -> Any:
        if any(outcome.record.feedback.feedback == "poison" for outcome in outcomes):
            raise Killed
        return real(tx, execution_id, outcomes, rows)

    monkeypatch.setattr(feedback_store, "write_outcomes", write)
    with pytest.raises(Killed):
        world.handle(messages)
    assert world.rows() == []
    with pytest.raises(Killed):
        world.handle(messages)

    assert sorted(row["feedback"] for row in world.rows()) == [DEAR, LATE]
    (mark,) = world.query("SELECT record_id FROM suspect_record")
    assert mark["record_id"] == f"{ID}:1"


def test_records_that_time_did_not_suffice_to_handle_alone_are_handled_alone_when_they_come_again(
    world: World,
) -> None:
    world.start_file(3)
    world.seconds = -1

    assert world.handle(world.file_messages([LATE, DEAR, "Lovely."], receives=3)) == set()

    assert world.calls == 0
    copies = world.copies()
    assert [each.receives for each in copies] == [3, 3, 3]
    world.seconds = 60
    assert world.handle(copies) == set()
    assert world.calls == 3


def test_a_crash_of_ours_returns_the_messages_to_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start_file(1)
    messages = world.file_messages([LATE])

    def crash(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(feedback_store, "whereabouts", crash)

    assert world.handle(messages) == {messages[0].message_id}
