"""Records that wait in the database: for a person, for the model's form, or for a higher budget."""

import json
from collections.abc import Callable

import pytest

from services.notify.mail import writing
from shared.contracts.events import EventType, ModelEvent
from shared.contracts.execution import ExecutionStatus
from shared.stores import execution_store
from tests.integration.classify_world import DEAR, ID, LATE, World, counted, direct_message
from tests.mails import mail_of


def test_a_refusal_that_a_person_must_heal_parks_the_records_and_says_so_once(world: World) -> None:
    world.start_file(2)
    world.faults({"fault": "access_denied"})
    messages = world.file_messages([LATE, DEAR])

    assert world.handle(messages[:1]) == set()
    assert world.handle(messages[1:]) == set()

    assert {(row["status"], row["parked_cause"]) for row in world.rows()} == {("parked", "model")}
    assert counted(world.execution()) == {"rows_read": 2, "accepted": 2, "parked": 2}
    (event,) = [entry for entry in world.bus.entries if entry["DetailType"] == "ModelUnavailable"]
    assert json.loads(event["Detail"])["needs_person"] is True
    assert json.loads(event["Detail"])["cause"] == "AccessDeniedException"


@pytest.mark.parametrize(
    "fault, cause, helps",
    [
        ("on_demand", "InferenceProfileNeeded", "Set the stack's ModelId parameter to the profile's id"),
        ("unknown_model", "UnknownModelId", "Correct the stack's ModelId parameter"),
        ("no_use_case", "UseCaseNotSubmitted", "fill in the form"),
    ],
)
def test_a_model_that_is_set_up_wrongly_parks_at_once_and_is_told_with_what_helps(
    world: World, fault: str, cause: str, helps: str
) -> None:
    world.start_file(4)
    world.faults({"fault": fault})

    assert world.handle(world.file_messages([f"{LATE} {number}" for number in range(4)])) == set()

    assert counted(world.execution()) == {"rows_read": 4, "accepted": 4, "parked": 4}
    assert world.calls == 1
    (event,) = [entry for entry in world.bus.entries if entry["DetailType"] == "ModelUnavailable"]
    told = ModelEvent.model_validate_json(event["Detail"])
    assert (told.cause, told.needs_person) == (cause, True)
    assert helps in writing.model(EventType.MODEL_UNAVAILABLE, told).text


def test_when_bedrock_refuses_the_form_of_our_requests_the_records_are_parked(world: World) -> None:
    world.start_file(4)
    world.faults({"fault": "validation"})

    world.handle(world.file_messages([f"{LATE} {number}" for number in range(4)]))

    assert counted(world.execution()) == {"rows_read": 4, "accepted": 4, "parked": 4}
    assert world.calls == 2


def test_parked_records_are_labelled_when_they_come_again(world: World) -> None:
    world.start_file(2)
    world.faults({"fault": "access_denied"})
    messages = world.file_messages([LATE, DEAR])
    world.handle(messages)
    world.faults()

    world.handle(messages)

    assert counted(world.execution()) == {"rows_read": 2, "accepted": 2, "labelled": 2}
    assert world.execution().status is ExecutionStatus.CLASSIFIED


def test_a_parked_direct_record_is_settled_in_its_own_day(world: World) -> None:
    world.faults({"fault": "access_denied"})
    world.handle([direct_message("a", LATE)])
    first = world.direct()
    world.database.transact(
        lambda tx: execution_store.set_status(tx, first.execution_id, ExecutionStatus.CLASSIFYING)
    )
    world.faults()

    world.handle(world.waiting_messages())

    assert counted(world.execution(first.execution_id)) == {"rows_read": 1, "accepted": 1, "labelled": 1}
    assert world.database.transact(execution_store.list_open_direct) == []


def test_an_execution_that_had_ended_is_revised_with_its_last_parked_record(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])
    world.handle(messages)
    world.database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET status = 'parked'"))
    world.database.transact(lambda tx: tx.execute("UPDATE execution SET labelled = 0, parked = 2"))
    world.database.transact(lambda tx: execution_store.set_status(tx, ID, ExecutionStatus.COMPLETED))

    world.handle(messages[:1])
    assert "ExecutionRevised" not in world.bus.types()

    world.handle(messages[1:])
    world.handle(messages)
    assert world.bus.types().count("ExecutionRevised") == 1
    assert world.execution().revision == 1


def test_a_budget_parks_the_execution_and_tells_people_once(make_world: Callable[..., World]) -> None:
    world = make_world(execution_budget_usd="0.00000001")
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])

    world.handle(messages[:1])
    world.handle(messages[1:])

    assert {(row["status"], row["parked_cause"]) for row in world.rows()} == {("parked", "budget")}
    assert world.calls == 0
    ((url, entry),) = world.queues.sent
    assert url.endswith("/notify")
    notice = mail_of(entry["MessageBody"])
    assert "Done: 0 records" in notice.text
    assert "Remaining: 2 records" in notice.text


@pytest.mark.parametrize("budget, notices", [("monthly_budget_usd", 2), ("execution_budget_usd", 1)])
def test_a_months_limit_that_is_met_again_in_a_later_month_is_told_again(
    make_world: Callable[..., World], budget: str, notices: int
) -> None:
    world = make_world(**{budget: "0.00000001"})
    world.start_file(3)
    first, *later = world.file_messages([LATE, DEAR, f"{LATE} again"])
    world.handle([first])
    world.query("UPDATE budget_notice SET created_time = NOW(3) - INTERVAL 1 MONTH")

    for each in later:
        world.handle([each])

    assert len(world.queues.sent) == notices


def test_a_raised_budget_lets_the_records_through_when_they_come_again(
    make_world: Callable[..., World],
) -> None:
    world = make_world(monthly_budget_usd="0.00000001")
    world.start_file(1)
    messages = world.file_messages([LATE])
    world.handle(messages)
    assert world.execution().parked == 1

    make_world().handle(messages)

    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1, "labelled": 1}


def test_a_months_budget_is_shared_by_the_executions_of_a_batch(make_world: Callable[..., World]) -> None:
    other = "other-0123456789abcdef"
    world = make_world(monthly_budget_usd="0.00003")
    world.start_file(1)
    world.start_file(1, other)

    # Each alone would fit, both together do not.
    world.handle([*world.file_messages([LATE]), *world.file_messages([DEAR], other)])

    assert sorted(row["status"] for row in world.rows()) == ["labelled", "parked"]
