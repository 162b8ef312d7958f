"""Classify against a real database and the Bedrock-compatible server, spoken to by an unmodified boto3."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.bedrock.engine import load_engine
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from local.bedrock.settings import EngineSettings
from services.classify.groups import LONE_DEFERRALS, Group
from services.classify.incoming import parse
from services.classify.prompt_library import Library, Topic
from services.classify.writing import write_group
from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.contracts.taxonomy import UNKNOWN, NewCategory, Taxonomy
from shared.model.examples import PER_CATEGORY
from shared.model.label_prompt import Prompt
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from shared.platform.database import Database, Transaction
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.integration.classify_world import (
    BULK,
    ID,
    TODAY,
    World,
    counted,
    direct_message,
    message,
    serving,
)
from tests.mails import mail_of
from tests.unit.classify.builders import record as a_record

LATE = "My parcel arrived three weeks after the promised delivery day."
DEAR = "Far too expensive for what you get."
ODD = "Where do I register my child for the swimming course on Tuesday evening?"
VERSIONS = ("model_id", "prompt_version", "taxonomy_version", "corrections_version")


@pytest.fixture(scope="module")
def bedrock() -> Iterator[BedrockServer]:
    with serving(BedrockService(load_engine(EngineSettings()))) as server:
        yield server


@pytest.fixture
def make_world(database: Database, bedrock: BedrockServer) -> Iterator[Callable[..., World]]:
    def make(**settings: Any) -> World:
        bedrock.service.stats.reset()
        world = World(database, bedrock, settings)
        world.add_categories()
        return world

    yield make
    World(database, bedrock).faults()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


def test_a_file_is_labelled_counted_and_announced_in_one_go(world: World) -> None:
    world.start_file(3)

    failed = world.handle(world.file_messages([LATE, DEAR, ODD]))

    assert failed == set()
    assert [row["label_llm"] for row in world.rows()] == ["Late delivery", "Price", UNKNOWN]
    execution = world.execution()
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert counted(execution) == {"rows_read": 3, "accepted": 3, "labelled": 2, "unknown": 1}
    assert world.bus.types().count("ExecutionClassified") == 1
    assert execution.usage.calls == world.calls == 1
    assert execution.usage.input_tokens > 100
    assert execution.usage.estimated_cost > 0


def test_every_row_says_what_labelled_it(world: World) -> None:
    world.start_file(1)

    world.handle(world.file_messages([LATE]))

    (row,) = world.rows()
    assert (row["model_id"], row["taxonomy_version"], row["corrections_version"]) == (
        "amazon.nova-lite-v1:0",
        0,
        0,
    )
    assert len(row["prompt_version"]) == 12
    assert row["sentiment"] in {"positive", "negative", "neutral", "mixed"}


def test_a_message_delivered_twice_is_neither_paid_nor_counted_twice(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])

    world.handle([*messages, messages[0]])
    world.handle(messages)

    assert world.calls == 1
    assert counted(world.execution()) == {"rows_read": 2, "accepted": 2, "labelled": 2}


def test_the_same_text_is_asked_once_in_a_batch_and_once_for_ever(world: World) -> None:
    world.start_file(4)
    messages = world.file_messages([LATE, LATE.upper(), f"  {LATE} ", DEAR])

    world.handle(messages[:2])
    world.handle(messages[2:3])

    assert world.calls == 1
    assert {row["label_llm"] for row in world.rows()} == {"Late delivery"}
    assert len({(row["sentiment"], row["model_id"], row["prompt_version"]) for row in world.rows()}) == 1


def test_a_changed_taxonomy_asks_again(world: World) -> None:
    world.start_file(2)
    messages = world.file_messages([LATE, LATE])
    world.handle(messages[:1])

    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
    world.handle(messages[1:])

    assert world.calls == 2


def test_without_categories_all_is_unknown_and_nothing_is_paid(world: World) -> None:
    world.handle([message({"id": "a", "feedback": LATE, "profile": "returns"})])

    (row,) = world.rows()
    assert (row["label_llm"], row["status"], row["profile"]) == (UNKNOWN, "unknown", "returns")
    assert (row["model_id"], row["prompt_version"]) == (None, None)
    assert world.calls == 0


def test_direct_feedback_belongs_to_the_day_and_is_accepted_when_written(world: World) -> None:
    world.handle([direct_message("a", LATE), direct_message("b", DEAR)])
    world.handle([direct_message("b", DEAR), direct_message("c", ODD)])

    day = world.direct()
    assert day.execution_id == "direct-feedback-2026-05-04"
    assert counted(day) == {"rows_read": 3, "accepted": 3, "labelled": 2, "unknown": 1}


def test_a_message_that_is_no_feedback_is_recorded_once_and_blocks_nobody(world: World) -> None:
    good, bad = direct_message("a", LATE), message("{not json")

    assert world.handle([bad, good]) == set()
    assert world.handle([bad]) == set()

    (rejected,) = world.query("SELECT * FROM rejected_row")
    assert (rejected["raw"], rejected["position"]) == ("{not json", bad.digest)
    assert counted(world.direct()) == {"rows_read": 2, "accepted": 1, "rejected": 1, "labelled": 1}


@pytest.mark.parametrize("key", ["0" * 32, ""])
def test_a_message_that_names_an_execution_without_its_key_is_rejected(world: World, key: str) -> None:
    world.start_file(1)
    forged = json.loads(world.file_messages([LATE])[0].body) | {"execution_key": key}

    world.handle([message(forged)])

    assert world.rows() == []
    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}


def test_a_message_that_names_no_execution_of_ours_is_rejected(world: World) -> None:
    world.start_file(1)
    stray = json.loads(world.file_messages([LATE])[0].body) | {"execution_id": "other-0123456789abcdef"}

    world.handle([message(stray)])

    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}


def test_a_busy_model_fails_nothing_and_sends_the_records_round_again(world: World) -> None:
    world.start_file(2)
    world.faults({"fault": "service_unavailable"})

    failed = world.handle(world.file_messages([LATE, DEAR], deferrals=3, queue=BULK))

    assert failed == set()
    assert world.rows() == []
    assert [url for url, _ in world.queues.sent] == ["https://sqs/0/feedback-bulk"] * 2
    assert {entry["MessageAttributes"]["deferrals"]["StringValue"] for _, entry in world.queues.sent} == {"4"}
    assert all(16 <= entry["DelaySeconds"] <= 32 for _, entry in world.queues.sent)


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

    world.handle([direct_message("a", LATE)])

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


def test_one_record_sent_on_two_days_at_once_counts_once(world: World) -> None:
    """Each day has a lock of its own, so that both may look before either has written."""
    world.handle([direct_message("a", LATE)])
    record = parse(direct_message("a", LATE)).record
    outcome = Outcome(record=record, status=RowStatus.UNKNOWN, label=UNKNOWN)

    def write_unaware(tx: Transaction) -> None:
        feedback_store.write_outcomes(tx, "direct-feedback-2026-05-05", [outcome], rows={})

    with pytest.raises(DatabaseConflict):
        world.database.transact(write_unaware)


def test_one_text_that_bedrock_calls_invalid_fails_alone(world: World) -> None:
    world.start_file(8)
    world.faults({"fault": "validation", "containing": "cursed"})
    texts = [f"{LATE} {number}" for number in range(7)] + ["This one is cursed."]

    world.handle(world.file_messages(texts))

    assert counted(world.execution()) == {"rows_read": 8, "accepted": 8, "labelled": 7, "failed": 1}
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert row["failure_reason"] == (
        "the model cannot answer this text (ValidationException: The request is not valid.)"
    )


CASE = Path(__file__).parent / "one-record-the-model-cannot-answer.csv"
ZEBRA = [row["feedback"] for row in csv.DictReader(CASE.read_text("utf-8").splitlines())]


def test_one_record_that_bedrock_cannot_answer_fails_with_its_words_and_stops_nobody(world: World) -> None:
    world.start_file(25)
    world.faults({"fault": "model_error", "containing": "zebra crossing", "kinds": ["label"]})

    assert world.handle(world.file_messages(ZEBRA)) == set()

    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 24, "failed": 1}
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert "zebra crossing" in row["feedback"]
    assert row["failure_reason"] == (
        "the model cannot answer this text (ModelErrorException: The model returned an error.)"
    )
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]
    assert world.copies() == []
    # Two packs; the one with the record in halves down to it, and once more alone; a harmless request for the
    # batch, and one for the record alone.
    assert world.calls <= 2 + 2 * 5 + 1 + 2


def test_a_model_error_for_everybody_fails_nothing_and_is_announced_once(world: World) -> None:
    world.start_file(25)
    world.faults({"fault": "model_error"})

    for messages in (world.file_messages(ZEBRA), *[None] * 5):
        assert world.handle(messages or world.copies()) == set()

    assert world.rows() == []
    assert len(world.copies()) == 25
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ModelUnavailable"]
    world.faults()
    world.handle(world.file_messages(ZEBRA))
    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 25}


def test_a_record_alone_on_which_the_model_breaks_fails_after_its_deferrals_and_keeps_nobody(
    world: World,
) -> None:
    world.start_file(25)
    world.faults({"fault": "server_error", "containing": "zebra crossing", "kinds": ["label"]})

    world.handle(world.file_messages(ZEBRA))

    assert counted(world.execution()) == {"rows_read": 25, "accepted": 25, "labelled": 24}
    for deferrals in range(1, LONE_DEFERRALS + 1):
        (copy,) = world.copies()
        assert copy.deferrals == deferrals
        world.handle([copy])

    assert world.copies() == []
    (row,) = [row for row in world.rows() if row["status"] == "failed"]
    assert row["failure_reason"] == "the model fails on this text each time (InternalServerException)"
    assert world.bus.types() == ["ExecutionStarted", "ExecutionIngested", "ExecutionClassified"]


def test_an_outage_however_long_fails_no_record_that_was_put_off_often(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "server_error"})

    world.handle(world.file_messages([LATE], deferrals=LONE_DEFERRALS + 1))

    assert world.rows() == []
    assert len(world.copies()) == 1


def test_answers_that_nobody_can_read_are_told_as_an_outage_with_their_shape_and_fail_nothing(
    world: World,
) -> None:
    world.start_file(25)
    world.faults({"fault": "malformed", "kinds": ["label"]})

    calls = []
    for messages in (world.file_messages(ZEBRA), *[None] * 8):
        assert world.handle(messages or world.copies()) == set()
        calls.append(world.calls)

    assert world.rows() == []
    assert len(world.copies()) == 25
    # Once it is known, a batch is left after its first calls, side by side, and a harmless request.
    assert calls[-1] - calls[0] <= 8 * (2 + 1)
    (told,) = [
        json.loads(entry["Detail"])
        for entry in world.bus.entries
        if entry["DetailType"] == "ModelUnavailable"
    ]
    assert (told["cause"], told["needs_person"]) == ("UnusableAnswers", True)
    assert told["shape"]
    assert not any(word in told["shape"] for word in ("tent", "courier", "zebra"))


def test_when_bedrock_refuses_the_form_of_our_requests_the_records_are_parked(world: World) -> None:
    world.start_file(4)
    world.faults({"fault": "validation"})

    world.handle(world.file_messages([f"{LATE} {number}" for number in range(4)]))

    assert counted(world.execution()) == {"rows_read": 4, "accepted": 4, "parked": 4}
    assert world.calls == 2


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


def test_a_crash_of_ours_returns_the_messages_to_the_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start_file(1)
    messages = world.file_messages([LATE])

    def crash(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(feedback_store, "whereabouts", crash)

    assert world.handle(messages) == {messages[0].message_id}


def correct(world: World, number: int, label: str) -> None:
    """What curate does with one line of a corrections file."""
    query = "UPDATE customer_feedback SET label_correction = %s, status = 'labelled' WHERE `row_number` = %s"
    world.database.transact(lambda tx: tx.execute(query, (label, number)))
    world.database.transact(lambda tx: category_store.next_corrections_version(tx, "feedback"))


def test_corrections_of_people_are_shown_to_the_model_as_examples(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    world.telemetry.logger.setLevel("INFO")
    monkeypatch.setattr(world.telemetry.logger.registered_handler, "stream", written)
    world.start_worker()
    world.start_file(2)
    messages = world.file_messages([ODD, LATE])
    world.handle(messages[:1])
    correct(world, 1, "Price")

    world.handle(messages[1:])

    without, with_example = (int(str(call["input_tokens"])) for call in world.server.service.stats.calls(0))
    assert with_example > without
    corrected, row = world.rows()
    assert row["corrections_version"] == 1
    assert row["prompt_version"] == corrected["prompt_version"]
    logged = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line.get("examples") for line in logged] == [None, [corrected["id"]]]
    assert LATE not in written.getvalue()


def test_a_corrected_text_that_comes_again_gets_the_corrected_label_without_a_call(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE.upper()}"])
    world.handle([first])
    correct(world, 1, "Price")

    world.handle([second])

    corrected, row = world.rows()
    assert world.calls == 1
    assert (row["label_final"], row["label_correction"], row["status"]) == ("Price", None, "labelled")
    assert row["sentiment"] == corrected["sentiment"] is not None
    assert [row[name] for name in VERSIONS] == [None, None, 1, 1]


def test_a_text_that_people_called_unknown_is_unknown_when_it_comes_again(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE}"])
    world.handle([first])
    correct(world, 1, UNKNOWN)

    world.handle([second])

    assert (world.calls, world.rows()[1]["status"]) == (1, "unknown")


def test_a_corrected_text_whose_category_is_given_no_more_is_asked(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE}"])
    world.handle([first])
    correct(world, 1, "Gone")

    world.handle([second])

    assert (world.calls, world.rows()[1]["label_llm"]) == (2, "Late delivery")


@pytest.mark.parametrize(
    "model_id, mode",
    [
        ("amazon.nova-lite-v1:0", "forced"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "offered"),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "structured"),
        ("amazon.titan-text-express-v1", "text"),
        ("mistral.mistral-7b-instruct-v0:2", "text"),
    ],
)
def test_every_form_of_answer_labels_alike(
    make_world: Callable[..., World], model_id: str, mode: str
) -> None:
    world = make_world(model_id=model_id)
    world.start_file(2)

    world.handle(world.file_messages([LATE, DEAR]))

    assert [row["label_llm"] for row in world.rows()] == ["Late delivery", "Price"]
    assert [call["mode"] for call in world.server.service.stats.calls(0)] == [mode]


@pytest.mark.parametrize(
    "fault",
    [
        "malformed",
        "missing_ids",
        "duplicate_ids",
        "invented_ids",
        "wrong_labels",
        "truncated",
        "refusal",
        "content_filtered",
        "guardrail",
        "empty",
        "chatty",
    ],
)
@pytest.mark.parametrize(
    "model_id",
    [
        "amazon.nova-lite-v1:0",
        "us.meta.llama3-3-70b-instruct-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "amazon.titan-text-express-v1",
    ],
)
def test_a_bad_answer_is_mended_whatever_its_form(
    make_world: Callable[..., World], model_id: str, fault: str
) -> None:
    world = make_world(model_id=model_id)
    world.start_file(9)
    world.faults({"fault": fault, "next": 2})

    world.handle(world.file_messages([f"{LATE} {number}" for number in range(9)]))

    assert counted(world.execution()) == {"rows_read": 9, "accepted": 9, "labelled": 9}
    assert world.calls > 1 or fault in {"chatty", "invented_ids"}


@pytest.mark.parametrize("fault", ["dropped", "hang", "server_error", "model_timeout", "model_not_ready"])
def test_a_model_that_does_not_answer_costs_nobody_anything(world: World, fault: str) -> None:
    world.start_file(2)
    world.faults({"fault": fault, "seconds": 0.2})

    assert world.handle(world.file_messages([LATE, DEAR])) == set()

    assert len(world.copies()) == 2
    assert world.rows() == []
    assert world.query("SELECT * FROM rejected_row") == []


def test_one_record_that_the_model_will_not_answer_fails_alone(world: World) -> None:
    world.start_file(20)
    world.faults({"fault": "content_filtered", "containing": "unspeakable"})
    texts = [f"{LATE} {number}" for number in range(19)] + ["Something unspeakable."]

    world.handle(world.file_messages(texts))

    assert counted(world.execution()) == {"rows_read": 20, "accepted": 20, "labelled": 19, "failed": 1}
    assert world.calls <= 1 + 2 * 5 + 1


def test_a_record_that_failed_is_not_asked_again_when_it_is_delivered_again(world: World) -> None:
    world.start_file(1)
    world.faults({"fault": "content_filtered", "containing": "parcel"})
    messages = world.file_messages([LATE])
    world.handle(messages)
    calls = world.calls

    world.handle(messages)

    assert world.calls == calls
    assert counted(world.execution()) == {"rows_read": 1, "accepted": 1, "failed": 1}


def test_records_for_which_there_was_no_time_come_back_soon_and_uncounted(world: World) -> None:
    world.start_file(1)
    world.seconds = -1

    world.handle(world.file_messages([LATE], deferrals=4))

    assert world.calls == 0
    ((_, entry),) = world.queues.sent
    assert entry["MessageAttributes"]["deferrals"]["StringValue"] == "4"
    assert 1 <= entry["DelaySeconds"] <= 16


def test_a_direct_record_that_meanwhile_got_its_row_in_another_day_stays_there(world: World) -> None:
    """Two deliveries at midnight: the other worker wrote the row between our look and our lock."""
    world.handle([direct_message("a", LATE)])
    first = world.direct()
    world.database.transact(
        lambda tx: execution_store.set_status(tx, first.execution_id, ExecutionStatus.CLASSIFYING)
    )
    world.database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET status = 'parked'"))
    delivery = parse(direct_message("a", LATE))
    record = delivery.record
    group = Group("feedback", None, Topic(empty_taxonomy(), None), "m")
    group.deliveries[record.record_id] = delivery
    group.outcomes[record.record_id] = Outcome(record=record, status=RowStatus.UNKNOWN, label=UNKNOWN)

    _, counts = world.database.transact(lambda tx: write_group(tx, group, TODAY))

    assert counts == Counts()
    assert [row["status"] for row in world.rows()] == ["parked"]


def test_a_months_budget_is_shared_by_the_executions_of_a_batch(make_world: Callable[..., World]) -> None:
    other = "other-0123456789abcdef"
    world = make_world(monthly_budget_usd="0.00003")
    world.start_file(1)
    world.start_file(1, other)

    # Each alone would fit, both together do not.
    world.handle([*world.file_messages([LATE]), *world.file_messages([DEAR], other)])

    assert sorted(row["status"] for row in world.rows()) == ["labelled", "parked"]


def topic_of(world: World) -> Topic:
    return world.database.transact(lambda tx: Library(AnswerForm.TEXT).topic(tx, "feedback"))


def shown_examples(prompt: Prompt) -> list[tuple[int, str]]:
    return [(number, strings[0]) for number, strings in parse_block(prompt.system, "examples")]


def test_a_few_corrections_of_each_category_become_examples(world: World) -> None:
    world.start_file(8)
    world.handle(world.file_messages([f"{LATE} {number}" for number in range(8)]))
    world.query("UPDATE customer_feedback SET label_correction = 'Price' WHERE `row_number` < 8")
    correct(world, 8, "Gone")

    topic = topic_of(world)

    assert topic.prompt is not None
    assert [number for number, _ in shown_examples(topic.prompt)] == [2] * PER_CATEGORY


def test_when_examples_are_many_a_pack_is_shown_those_near_to_it(world: World) -> None:
    world.start_file(9)
    texts = [*(f"The price of lamp {number} is too high." for number in range(8)), "Batteries cost a fortune"]
    world.handle(world.file_messages(texts))
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, 9, "Price")
    topic = topic_of(world)

    near = topic.prompt_for([a_record("What a fortune these batteries cost")])

    assert (2, texts[8]) == shown_examples(near)[0]
    assert topic.prompt is not None
    assert near.version == topic.prompt.version
    assert near.system != topic.prompt_for([a_record("lamp 3 price")]).system


def test_as_long_as_all_examples_are_shown_every_pack_has_the_same_prompt(world: World) -> None:
    world.start_file(2)
    world.handle(world.file_messages([LATE, DEAR]))
    correct(world, 1, "Price")
    correct(world, 2, "Price")

    topic = topic_of(world)

    assert topic.prompt_for([a_record("late")]) is topic.prompt


def empty_taxonomy() -> Taxonomy:
    return Taxonomy(profile="feedback", taxonomy_version=0, corrections_version=0, categories=())


def test_a_long_taxonomy_is_read_from_the_models_cache_and_counted_apart(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    world.add_categories(
        [
            NewCategory(name=f"Topic {number}", description="All that concerns it. " * 8)
            for number in range(60)
        ]
    )
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])

    world.handle(messages[:1])
    world.handle(messages[1:])

    usage = world.execution().usage
    assert usage.cache_write_tokens > 1_000
    assert usage.cache_read_tokens == usage.cache_write_tokens
    assert usage.input_tokens < usage.cache_read_tokens


def test_a_text_that_everybody_sends_is_answered_by_one_row(world: World) -> None:
    world.start_file(5)
    world.handle(world.file_messages([LATE] * 5))
    (row,) = {row["text_key"]: row for row in world.rows()}.values()
    versions = {name: row[name] for name in VERSIONS}

    def look(tx: Any) -> int:
        feedback_store.answered(tx, [row["text_key"], b"0" * 32], "feedback", versions)
        return int(tx.rowcount)

    assert world.database.transact(look) == 1


def test_examples_that_change_with_the_pack_are_not_written_to_the_models_cache(
    make_world: Callable[..., World],
) -> None:
    world = make_world(pack_size=1)
    world.add_categories(
        [
            NewCategory(name=f"Topic {number}", description="All that concerns it. " * 8)
            for number in range(60)
        ]
    )
    texts = [f"The price of {thing} number {n} is too high." for thing in ("lamps", "rugs") for n in range(8)]
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, 1, "Price")
    other = "other-0123456789abcdef"
    world.start_file(3, other)

    for each in world.file_messages(["A dear lamp", "A dear rug", "A dear lamp number 3"], other):
        world.handle([each])

    usage = world.execution(other).usage
    assert usage.calls == 3
    # The categories are in the cache since the first file; each pack's own examples are read at full price.
    assert usage.cache_write_tokens == 0
    assert usage.cache_read_tokens > 1_000
    assert usage.input_tokens > 3 * PER_CATEGORY * 8
