"""Dead letters in a real database: each gets its row, and executions complete."""

from dataclasses import replace

from services.classify.dead_letters import REASON, settle
from services.classify.dead_letters_handler import Dependencies, settle_letter
from services.classify.settings import SenderSettings
from shared.contracts.execution import ExecutionStatus
from shared.platform.consumer import Attempt
from shared.platform.database import Database
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from shared.stores import feedback_store
from tests.integration.classify_world import ID, TODAY, World, counted, direct_message, message
from tests.integration.queue_and_bus import Bus, Queues


def settle_all(world: World, messages: list[Received]) -> int:
    return settle(world.database, messages, TODAY)


def bare_world(database: Database) -> World:
    """A world that asks no model."""

    class NoServer:
        url = "http://127.0.0.1:1"

    return World(database, NoServer(), bus=Bus(), queues=Queues())  # type: ignore[arg-type]


def test_a_dead_letter_becomes_a_failed_row_with_its_payload_and_the_execution_completes(
    database: Database,
) -> None:
    world = bare_world(database)
    world.start_file(1)

    assert settle_all(world, world.file_messages(["It killed the function."])) == 1

    (row,) = world.rows()
    assert (row["status"], row["failure_reason"], row["feedback"]) == (
        "failed",
        REASON,
        "It killed the function.",
    )
    assert world.execution().status is ExecutionStatus.CLASSIFIED
    assert world.bus.types()[-1] == "ExecutionClassified"


def test_a_dead_letter_whose_record_has_its_row_changes_nothing(database: Database) -> None:
    world = bare_world(database)
    world.start_file(1)
    letters = world.file_messages(["late"])
    settle_all(world, letters)

    assert settle_all(world, letters) == 0

    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1, "failed": 1}


def test_a_direct_dead_letter_is_counted_in_the_day(database: Database) -> None:
    world = bare_world(database)

    settle_all(world, [direct_message("a", "late"), message("not feedback")])

    assert counted(world.direct()) == {"rows_read": 2, "accepted": 1, "rejected": 1, "failed": 1}


def test_a_dead_letter_that_forges_an_execution_is_rejected(database: Database) -> None:
    world = bare_world(database)
    world.start_file(1)
    forged = world.file_messages(["late"])[0].body.replace(world.execution().execution_key, "0" * 32)

    settle_all(world, [message(forged)])

    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1}
    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}


def test_the_mark_of_a_record_that_crashed_is_taken_away(database: Database) -> None:
    world = bare_world(database)
    world.start_file(1)
    world.query(f"INSERT INTO suspect_record (record_id) VALUES ('{ID}:1')")

    settle_all(world, world.file_messages(["late"]))

    assert world.query("SELECT * FROM suspect_record") == []
    assert database.transact(lambda tx: feedback_store.whereabouts(tx, [f"{ID}:1"])) != {}


def test_a_dead_letter_that_poses_as_the_apis_is_rejected(database: Database) -> None:
    world = bare_world(database)
    body = {"id": "a", "source": "api:k1", "feedback": "late"}
    letters = [
        replace(message(body), sender="AROASHOP"),
        replace(message(body | {"id": "b"}), sender="AROAAPI", forged=True),
        replace(message(body | {"id": "c"}), sender="AROAAPI"),
    ]
    settings = SenderSettings(api_senders="AROAAPI AROACLASSIFY")
    deps = Dependencies(settings, world.database, Telemetry("classify-dead-letters"))

    for each in letters:
        settle_letter(deps, each.body, Attempt(lambda: 60, each))

    assert counted(world.direct()) == {"rows_read": 3, "accepted": 1, "rejected": 2, "failed": 1}
