"""The sweeper against a real database: what it sends, what it announces, what it leaves alone."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, repeat
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from services.classify.incoming import Incoming, parse
from services.sweep.release import Queues, Releaser
from services.sweep.settings import SweepSettings
from services.sweep.stalled import attend
from services.sweep.sweeping import SweepIncomplete, Sweeping
from shared import (
    budget_store,
    category_store,
    curation,
    curation_store,
    execution_store,
    feedback_store,
    lifecycle,
    notice_store,
    outbox,
    parked_store,
    relabelling,
    report_link_store,
    revisions,
    upload_store,
    watch_store,
)
from shared.budgets import Limits
from shared.curation import CurationError
from shared.database import Database, Transaction
from shared.events import Counts
from shared.execution import Execution, ExecutionStatus, Usage
from shared.feedback_store import Outcome, ParkedCause, RowStatus
from shared.messages import Notice
from shared.outbox import Destination, Publisher
from shared.records import Feedback, Record
from shared.replay import Failed, failed_by_reason, failed_rows
from shared.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from tests.builders import a_source
from tests.conftest import open_login

MODEL = "amazon.nova-lite-v1:0"
FILE = "reviews-0123456789abcdef"
STATE = '{"name": "Price", "description": "", "status": "active"}'
QUEUES = Queues("feedback", "feedback-bulk", bulk_threshold=100)


class Queue:
    """SQS; it can be told to refuse the next calls."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.refusals = 0

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, Any]:
        self._refuse()
        self.sent.append((QueueUrl, json.loads(MessageBody)))
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:
        self._refuse()
        self.sent += [(QueueUrl, json.loads(entry["MessageBody"])) for entry in Entries]
        return {}

    def of(self, url: str) -> list[dict[str, Any]]:
        return [body for to, body in self.sent if to == url]

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")


class Bus:
    def __init__(self) -> None:
        self.events: list[str] = []

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:
        self.events += [entry["DetailType"] for entry in Entries]
        return {"Entries": [{} for _ in Entries]}


class World:
    """A sweeper with its surroundings; `age` makes all that is there older."""

    def __init__(self, database: Database, limits: Limits | None = None, **settings: Any) -> None:
        self.database = database
        self.queue, self.bus = Queue(), Bus()
        urls = {Destination.INGEST: "ingest", Destination.NOTIFY: "notify"}
        publisher = Publisher(database, self.bus, "insights", self.queue, urls)
        sqs: Any = self.queue
        releaser = Releaser(database, sqs, QUEUES, limits or Limits(), MODEL)
        self.sweeping = Sweeping(database, publisher, releaser, sweep_settings(**settings))

    def transact(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.transact(work)

    def sweep(self, time_is_up: Callable[[], bool] = lambda: False) -> Any:
        return self.sweeping.sweep(time_is_up, datetime.now(UTC).replace(tzinfo=None))

    def model_is_back(self) -> int:
        return self.sweeping.model_is_back(MODEL, lambda: False, datetime.now(UTC).replace(tzinfo=None))

    def age(self, **interval: float) -> None:
        seconds = timedelta(**interval).total_seconds()
        for table, column in (
            ("execution", "last_progress_at"),
            ("execution", "started_at"),
            ("execution", "stalled_at"),
            ("outbox", "created_at"),
            ("outbox", "published_at"),
        ):
            older = f"UPDATE {table} SET {column} = {column} - INTERVAL %s SECOND"
            self.execute(older, seconds)

    def execute(self, sql: str, *arguments: object) -> int:
        changed: int = self.transact(lambda tx: tx.execute(sql, arguments))
        return changed

    def execution(self, execution_id: str = FILE) -> Execution:
        found: Execution | None = self.transact(lambda tx: execution_store.find(tx, execution_id))
        assert found is not None
        return found


def sweep_settings(**changes: Any) -> SweepSettings:
    settings = {
        "bus_name": "insights",
        "ingest_queue_url": "ingest",
        "notify_queue_url": "notify",
        "feedback_queue_url": "feedback",
        "feedback_bulk_queue_url": "feedback-bulk",
        "model_id": MODEL,
    }
    return SweepSettings.model_validate(settings | changes)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def a_file(world: World, accepted: int = 3, *, closed: bool = True) -> None:
    world.transact(lambda tx: lifecycle.start_file(tx, FILE, "feedback", a_source()))
    counts = Counts(rows_read=accepted, accepted=accepted)
    world.transact(lambda tx: execution_store.save_slice(tx, FILE, 0, {"offset": 1}, counts))
    if closed:
        world.transact(lambda tx: lifecycle.close_receiving(tx, FILE))
    published(world)


def published(world: World) -> None:
    """All that was announced so far has gone out."""
    world.execute("UPDATE outbox SET published_at = NOW(3)")


def write(
    world: World, rows: int, status: RowStatus, cause: ParkedCause | None = None, first: int = 1
) -> None:
    """Rows of the file, counted."""

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        outcomes = [outcome(file_record(number), status, cause) for number in range(first, first + rows)]
        lifecycle.count_written(tx, FILE, feedback_store.write(tx, FILE, outcomes))

    world.transact(work)


def file_record(number: int) -> Record:
    said = Feedback(
        product_name="Kettle",
        store="Leeds",
        ref_id=f"R{number}",
        stars=Decimal("2.5"),
        title="Broken",
        feedback=f"It leaks \U0001f4a7 {number}",
        date=datetime(2024, 3, 5, 9, 15, tzinfo=UTC).replace(tzinfo=None),
    )
    return Record(
        record_id=f"{FILE}:{number}", profile="feedback", execution_id=FILE, row_number=number, feedback=said
    )


def outcome(record: Record, status: RowStatus, cause: ParkedCause | None) -> Outcome:
    label = "Quality" if status is RowStatus.LABELLED else None
    return Outcome(record=record, status=status, label=label, parked_cause=cause)


def reach_budget(world: World, limit: str) -> None:
    world.transact(lambda tx: budget_store.claim(tx, FILE, "execution", Decimal(limit)))


def causes(world: World) -> set[ParkedCause]:
    return {
        cause
        for cause in ParkedCause
        if world.transact(partial(parked_store.has_parked, execution_id=FILE, causes=[cause]))
    }


# --- the outbox


def test_what_a_publisher_left_behind_is_published_once(world: World) -> None:
    world.transact(lambda tx: lifecycle.start_file(tx, FILE, "feedback", a_source()))
    notice = Notice(subject="s", message="m")
    world.transact(lambda tx: outbox.add(tx, Destination.NOTIFY, "Notice", notice))
    world.age(seconds=31)

    assert world.sweep().figures["published"] == 2
    assert world.sweep().figures["published"] == 0

    assert world.bus.events == ["ExecutionStarted"]
    [told] = world.queue.of("notify")
    assert told | {"id": None} == notice.model_dump()
    assert told["id"] is not None


def test_what_was_just_written_is_left_to_its_publisher(world: World) -> None:
    world.transact(lambda tx: lifecycle.start_file(tx, FILE, "feedback", a_source()))
    world.age(seconds=25)

    world.sweep()

    assert world.bus.events == []


def test_published_messages_are_forgotten_after_a_week_and_unpublished_ones_never(world: World) -> None:
    a_file(world, closed=False)
    world.transact(lambda tx: outbox.add(tx, Destination.NOTIFY, "Notice", Notice(subject="s", message="m")))
    world.queue.refusals = 99
    world.age(days=6, hours=23)
    assert world.sweep().figures["forgotten"] == 0

    world.age(hours=2)

    assert world.sweep().figures["forgotten"] == 1
    assert world.execute("SELECT id FROM outbox WHERE event_type = 'ExecutionStarted'") == 0
    assert world.execute("SELECT id FROM outbox WHERE event_type = 'Notice'") >= 1


def test_what_was_kept_for_redeliveries_and_expired_links_is_forgotten(world: World) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)

    def fill(tx: Transaction) -> None:
        for number, days in enumerate((14, 16)):
            notice_store.set_sent(tx, str(number))
            upload_store.claim(tx, bytes([number]) * 32)
            older = f"NOW(3) - INTERVAL {days} DAY"
            tx.execute(f"UPDATE sent_notice SET sent_time = {older} WHERE message_id = '{number}'")
            unset = "curated_time > NOW(3) - INTERVAL 1 DAY"
            tx.execute(f"UPDATE curated_upload SET curated_time = {older} WHERE {unset}")
        for number, days in enumerate((29, 31)):
            report_link_store.create(tx, bytes([number]) * 32, FILE, now - timedelta(days=days))

    world.transact(fill)

    assert world.sweep().figures["forgotten"] == 3
    assert world.transact(lambda tx: notice_store.was_sent(tx, "0"))
    assert not world.transact(lambda tx: upload_store.claim(tx, bytes(32)))
    assert world.transact(lambda tx: report_link_store.find(tx, bytes(32))) is not None


def test_suspects_themes_and_what_old_decisions_changed_are_forgotten(world: World) -> None:
    def fill(tx: Transaction) -> None:
        for number, (suspect, theme, decision) in enumerate([(14, 29, 179), (16, 31, 181)]):
            tx.execute(f"INSERT INTO suspect_record VALUES ('{number}', NOW(3) - INTERVAL {suspect} DAY)")
            tx.execute(
                "INSERT INTO discovery (execution_id, pool, left_out, created_time)"
                f" VALUES ('{number}', 9, 0, NOW(3) - INTERVAL {theme} DAY)"
            )
            for theme_number in (1, 2):
                tx.execute(
                    "INSERT INTO discovery_theme (execution_id, number, row_ids, shown_ids, category_ids)"
                    f" VALUES ('{number}', {theme_number}, '[]', '[]', '[]')"
                )
            tx.execute(
                "INSERT INTO curation (profile, action, category_id, before_state, after_state, created_time)"
                f" VALUES ('feedback', 'retire', 1, '{STATE}', '{STATE}', NOW(3) - INTERVAL {decision} DAY)"
            )
            tx.execute(
                "INSERT INTO curation_row (curation_id, feedback_id, before_status, after_status)"
                f" VALUES ({tx.lastrowid}, 1, 'labelled', 'unknown')"
            )

    world.transact(fill)

    assert world.sweep().figures["forgotten"] == 4
    assert world.sweep().figures["forgotten"] == 0

    assert world.execute("SELECT record_id FROM suspect_record WHERE record_id = '0'") == 1
    assert world.execute("SELECT number FROM discovery_theme WHERE execution_id = '0'") == 2
    assert world.execute("SELECT pool FROM discovery") == 2
    kept, forgotten = world.transact(lambda tx: curation_store.latest(tx, "feedback"))[::-1]
    assert (kept.rows_forgotten, forgotten.rows_forgotten) == (0, 2)
    with pytest.raises(CurationError, match="too long ago"):
        world.transact(lambda tx: curation.undo(tx, forgotten.id))


def test_a_step_that_fails_keeps_no_other_from_being_done(world: World) -> None:
    # GIVEN a notice that cannot be sent, and an execution that stands still
    a_file(world, closed=False)
    world.transact(lambda tx: outbox.add(tx, Destination.NOTIFY, "Notice", Notice(subject="s", message="m")))
    world.age(seconds=1000)
    world.queue.refusals = 1

    swept = world.sweep()

    assert list(swept.failed) == ["published"]
    assert world.queue.of("ingest") == [{"kind": "continue_ingest", "execution_id": FILE, "slice": 1}]


def test_a_sweep_whose_time_is_up_leaves_the_rest_of_the_outbox_to_the_next(world: World) -> None:
    def many(tx: Transaction) -> None:
        for number in range(501):
            outbox.add(tx, Destination.NOTIFY, "Notice", Notice(subject=str(number), message="m"))

    world.transact(many)
    world.age(seconds=31)

    assert world.sweep(lambda: True).figures["published"] == 500
    assert world.sweep(lambda: True).figures["published"] == 1


# --- standing still


def test_a_file_whose_reading_stopped_is_read_on_from_its_checkpoint(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)

    assert world.sweep().figures["stalled"] == 1

    assert world.queue.of("ingest") == [{"kind": "continue_ingest", "execution_id": FILE, "slice": 1}]


@pytest.mark.parametrize(
    "status, event",
    [
        (ExecutionStatus.CLASSIFIED, "ExecutionClassified"),
        (ExecutionStatus.CATEGORIZED, "ExecutionCategorized"),
    ],
)
def test_the_stage_event_is_repeated(world: World, status: ExecutionStatus, event: str) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(seconds=901)

    world.sweep()

    assert world.bus.events == [event]


def test_rows_that_did_not_come_are_sent_again_ever_more_seldom_and_given_up_after_a_day(
    world: World,
) -> None:
    a_file(world)
    write(world, 1, RowStatus.LABELLED)
    published(world)
    quarters = []
    for quarter in range(1, 150):
        world.age(seconds=901)
        world.sweeping._attend_stalled(lambda: False, datetime.now(UTC).replace(tzinfo=None))
        if orders := world.queue.of("ingest"):
            quarters.append((quarter, [order["give_up"] for order in orders]))
            assert {(order["kind"], order["execution_id"]) for order in orders} == {("send_missing", FILE)}
            world.queue.sent = [each for each in world.queue.sent if each[0] != "ingest"]

    assert [quarter for quarter, _ in quarters] == [1, 2, 3, 5, 10, 19, 37, 73, 96, 146]
    assert [given_up for _, given_up in quarters] == [[False]] * 8 + [[True]] * 2
    [notice] = world.queue.of("notify")
    assert "sent again from the file" in notice["message"]


def unreported(world: World) -> None:
    """The file, a day after it was categorized: notify could draw no report of it."""
    a_file(world, accepted=1)
    write(world, 1, RowStatus.LABELLED)
    world.transact(lambda tx: lifecycle.categorized(tx, FILE, failed=False))
    for _ in range(2):
        world.age(hours=25)
        published(world)
        world.sweep()


def test_a_report_that_cannot_be_drawn_is_given_up_after_a_day_and_people_are_told(world: World) -> None:
    unreported(world)

    execution = world.execution()
    assert execution.status is ExecutionStatus.FAILED
    assert "report could not be drawn" in str(execution.failure_reason)
    assert world.bus.events == ["ExecutionCategorized", "ExecutionFailed"]


def test_a_report_that_was_given_up_is_drawn_by_order_and_when_its_rows_change(world: World) -> None:
    for work in (world.sweeping.redraw, lambda key: world.sweeping._change(revising(key))):
        world.execute("DELETE FROM customer_feedback")
        world.execute("DELETE FROM execution")
        unreported(world)
        world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
        world.bus.events.clear()

        work(FILE)

        assert world.bus.events == ["ExecutionCategorized"]
        execution = world.execution()
        assert (execution.status, execution.failure_reason) == (ExecutionStatus.CATEGORIZED, None)
        assert execution.notified_revision is None


def revising(execution_id: str) -> Callable[[Transaction], list[int]]:
    return partial(lifecycle.revise, execution_id=execution_id, reason="a label was corrected")


def test_the_report_of_a_completed_execution_is_drawn_anew_by_order(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))

    world.sweeping.redraw(FILE)
    world.sweeping.redraw("another-file")

    assert world.bus.events == ["ExecutionRevised"]
    assert world.execution().revision == 1


def test_direct_feedback_counts_by_being_written_and_is_not_looked_for_in_a_file(world: World) -> None:
    day = open_day(world, days_ago=1)
    world.execute("UPDATE execution SET status = 'classifying', open_profile = NULL, accepted = 1")
    world.age(seconds=901)
    published(world)

    world.sweep()

    assert world.execution(day).stalled_at is not None
    assert world.queue.of("ingest") == []


def test_people_are_told_once_and_the_push_is_repeated(world: World) -> None:
    a_file(world, closed=False)
    for _ in range(3):
        world.age(seconds=901)
        assert world.sweep().figures["stalled"] == 1

    [notice] = world.queue.of("notify")
    assert FILE in notice["subject"]
    assert "0 of 3 accepted records are done" in notice["message"]
    assert len(world.queue.of("ingest")) == 3


def test_a_sweep_in_between_neither_pushes_nor_forgets_that_it_stands_still(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)
    world.sweep()
    world.age(seconds=60)

    assert world.sweep().figures["stalled"] == 1
    assert len(world.queue.of("ingest")) == 1


def test_what_goes_on_again_stands_still_no_more(world: World) -> None:
    a_file(world)
    world.age(seconds=901)
    assert world.sweep().figures["stalled"] == 1

    write(world, 1, RowStatus.LABELLED)

    assert world.sweep().figures["stalled"] == 0


def test_reading_on_counts_as_progress(world: World) -> None:
    a_file(world, closed=False)
    world.age(seconds=901)
    world.sweep()

    counts = Counts(rows_read=5, accepted=5)
    world.transact(lambda tx: execution_store.save_slice(tx, FILE, 1, {"offset": 2}, counts))

    assert world.sweep().figures["stalled"] == 0


def test_what_moved_since_it_was_seen_is_left_alone(world: World) -> None:
    a_file(world, closed=False)
    seen = world.execution()
    write(world, 1, RowStatus.LABELLED)

    now = datetime.now(UTC).replace(tzinfo=None)
    assert world.transact(lambda tx: attend(tx, seen, MODEL, now)) == []
    assert world.execution().stalled_at is None


def test_an_execution_of_which_all_is_written_is_settled_instead_of_reported(world: World) -> None:
    a_file(world, accepted=1, closed=False)
    write(world, 1, RowStatus.LABELLED)
    world.execute("UPDATE execution SET status = 'classifying'")
    world.age(seconds=901)

    assert world.sweep().figures["stalled"] == 0

    assert world.execution().status is ExecutionStatus.CLASSIFIED
    assert world.bus.events == ["ExecutionClassified"]
    assert world.queue.sent == []


def test_what_makes_progress_or_is_over_or_open_is_left_alone(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: lifecycle.open_direct(tx, "feedback", date(2026, 11, 22)))
    world.age(seconds=901)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))
    world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
    world.age(seconds=901)
    published(world)

    assert world.sweep().figures["stalled"] == 0
    assert world.queue.sent == []


@pytest.mark.parametrize(
    "status, notified, event",
    [
        (ExecutionStatus.COMPLETED, None, "ExecutionCategorized"),
        (ExecutionStatus.COMPLETED, 0, "ExecutionRevised"),
        (ExecutionStatus.FAILED, None, "ExecutionFailed"),
    ],
)
def test_an_end_that_nobody_was_told_of_is_announced_again(
    world: World, status: ExecutionStatus, notified: int | None, event: str
) -> None:
    """SNS was away for longer than a message is tried, and it lies in the dead-letter queue."""
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, status, "no header"))
    if notified is not None:
        world.transact(lambda tx: execution_store.set_notified(tx, FILE, notified))
        world.transact(lambda tx: execution_store.revise(tx, FILE))
    world.age(seconds=901)

    world.sweep()
    world.age(seconds=60)
    world.sweep()

    assert world.bus.events == [event]
    assert world.queue.sent == []


def test_a_tracker_that_was_not_resumed_is_thought_of_again(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: execution_store.set_task_token(tx, FILE, "token"))
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.COMPLETED))
    world.transact(lambda tx: execution_store.set_notified(tx, FILE, 0))
    world.age(seconds=901)
    world.sweep()
    assert world.bus.events == ["ExecutionRevised"]

    world.transact(lambda tx: execution_store.forget_task_token(tx, FILE, "token"))
    world.age(seconds=901)
    world.sweep()
    assert world.bus.events == ["ExecutionRevised"]


def test_calls_of_the_model_are_progress(world: World) -> None:
    """A discovery may embed and judge for longer than executions usually take."""
    a_file(world)
    world.transact(lambda tx: execution_store.set_status(tx, FILE, ExecutionStatus.CLASSIFIED))
    world.age(seconds=901)
    world.transact(lambda tx: execution_store.add_usage(tx, FILE, Usage(calls=1)))

    assert world.sweep().figures["stalled"] == 0


def test_an_execution_that_waits_for_a_budget_does_not_stand_still(world: World) -> None:
    a_file(world)
    write(world, 2, RowStatus.LABELLED)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET, first=3)
    reach_budget(world, "5")
    world.age(seconds=901)
    waiting = World(world.database, Limits(execution=Decimal(5)))

    assert set(waiting.sweep().figures.values()) == {0}
    assert waiting.queue.sent == []


@pytest.mark.parametrize(
    "status, event",
    [(ExecutionStatus.RECEIVING, "ingest"), (ExecutionStatus.CATEGORIZED, "ExecutionCategorized")],
)
def test_rows_that_wait_for_a_budget_keep_no_other_stage_from_being_pushed(
    world: World, status: ExecutionStatus, event: str
) -> None:
    a_file(world, closed=False)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET)
    reach_budget(world, "5")
    if status is not ExecutionStatus.RECEIVING:
        world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(seconds=901)
    waiting = World(world.database, Limits(execution=Decimal(5)))

    assert waiting.sweep().figures["stalled"] == 1
    assert event in [url for url, _ in waiting.queue.sent] + waiting.bus.events


@pytest.mark.parametrize(
    "status, ends_as, event",
    [
        (ExecutionStatus.RECEIVING, ExecutionStatus.FAILED, "ExecutionFailed"),
        (ExecutionStatus.CLASSIFIED, ExecutionStatus.CATEGORIZED, "ExecutionCategorized"),
    ],
)
def test_a_stage_that_was_pushed_for_a_day_in_vain_ends_in_its_event(
    world: World, status: ExecutionStatus, ends_as: ExecutionStatus, event: str
) -> None:
    a_file(world, closed=False)
    if status is not ExecutionStatus.RECEIVING:
        world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    world.age(hours=23)
    world.sweep()
    world.age(hours=1)
    world.sweep()
    assert world.execution().status is status

    world.execute("UPDATE execution SET last_progress_at = last_progress_at - INTERVAL 2 HOUR")
    world.age(seconds=901)
    world.sweep()

    assert world.execution().status is ends_as
    assert world.bus.events[-1] == event


def test_while_the_model_is_known_to_be_away_nobody_who_waits_for_it_stands_still(world: World) -> None:
    a_file(world)
    world.transact(lambda tx: notice_store.set_model_health(tx, MODEL, "unavailable"))
    world.age(seconds=901)
    assert world.sweep().figures["stalled"] == 0

    world.transact(lambda tx: notice_store.set_model_health(tx, MODEL, "available"))

    assert world.sweep().figures["stalled"] == 1


# --- the end of a day


def open_day(world: World, days_ago: int) -> str:
    today = datetime.now(UTC).date()
    execution, _ = world.transact(
        lambda tx: lifecycle.open_direct(tx, "feedback", today - timedelta(days=days_ago))
    )
    if days_ago:
        world.age(days=days_ago)
    published(world)
    return str(execution.execution_id)


def test_yesterdays_direct_feedback_is_closed_and_announced(world: World) -> None:
    day = open_day(world, days_ago=1)

    assert world.sweeping.close_days(datetime.now(UTC).date()) == [day]

    assert world.execution(day).status is ExecutionStatus.CLASSIFIED
    assert world.bus.events == ["ExecutionIngested", "ExecutionClassified"]


def test_todays_stays_open_and_closing_twice_changes_nothing(world: World) -> None:
    day = open_day(world, days_ago=0)
    today = datetime.now(UTC).date()

    assert world.sweeping.close_days(today) == []
    assert world.execution(day).status is ExecutionStatus.RECEIVING

    assert world.sweeping.close_days(today + timedelta(days=1)) == [day]
    assert world.sweeping.close_days(today + timedelta(days=1)) == []


# --- parked rows


def test_rows_parked_for_the_model_are_sent_again_when_it_is_back(world: World) -> None:
    a_file(world)
    write(world, 3, RowStatus.PARKED, ParkedCause.MODEL)

    assert world.sweep().figures["released"] == 0
    assert world.model_is_back() == 3

    assert causes(world) == {ParkedCause.REPLAY}
    assert world.sweep().figures["released"] == 0


def test_what_is_sent_again_is_what_ingest_sent(world: World) -> None:
    a_file(world, accepted=1)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    world.model_is_back()

    [body] = world.queue.of("feedback")
    delivery = parse(Incoming(message_id="1", body=json.dumps(body), queue_arn="feedback"))

    assert delivery.record == file_record(1)
    assert delivery.record.text_key == file_record(1).text_key
    assert delivery.execution_key == world.execution().execution_key


def test_a_large_files_rows_take_the_bulk_queue(world: World) -> None:
    a_file(world, accepted=101)
    write(world, 2, RowStatus.PARKED, ParkedCause.MODEL)

    world.model_is_back()

    assert [url for url, _ in world.queue.sent] == ["feedback-bulk"] * 2


def test_direct_feedback_is_sent_again_under_its_producers_id(world: World) -> None:
    record = Record(
        record_id="shop-17",
        profile="feedback",
        feedback=Feedback(ref_id="shop-17", feedback="Too late", stars=Decimal(1)),
    )

    def work(tx: Transaction) -> None:
        day, _ = lifecycle.open_direct(tx, "feedback", date(2026, 11, 22))
        counts = feedback_store.write(
            tx, day.execution_id, [outcome(record, RowStatus.PARKED, ParkedCause.MODEL)]
        )
        lifecycle.count_written(tx, day.execution_id, counts)

    world.transact(work)
    world.model_is_back()

    [body] = world.queue.of("feedback")
    delivery = parse(Incoming(message_id="1", body=json.dumps(body), queue_arn="feedback"))
    assert delivery.record == record
    assert delivery.execution_key is None


def test_a_busy_day_of_direct_feedback_does_not_take_the_bulk_queue(world: World) -> None:
    day = world.execution(open_day(world, days_ago=0)).model_copy(update={"accepted": 1000})

    assert QUEUES.of(day) == "feedback"


def test_what_time_or_sqs_did_not_allow_the_next_sweep_sends(world: World) -> None:
    # GIVEN 450 parked rows and time for one page of them
    a_file(world, accepted=450)
    write(world, 450, RowStatus.PARKED, ParkedCause.MODEL)
    world.execute("INSERT INTO model_return VALUES (%s, NOW(3))", MODEL)
    answers = chain([False], repeat(True))
    assert world.sweep(lambda: next(answers)).figures["released"] == 200

    # WHEN SQS refuses the next page's first batch, and later takes all
    world.queue.refusals = 1
    assert list(world.sweep().failed) == ["released"]
    assert world.sweep().figures["released"] == 250

    # THEN every row was sent
    assert len({body["row_number"] for _, body in world.queue.sent}) == 450


def test_rows_parked_after_the_model_was_back_wait_for_its_next_return(world: World) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    minutes_ago = "INSERT INTO model_return VALUES (%s, NOW(3) - INTERVAL 16 MINUTE)"
    world.execute(minutes_ago, MODEL)

    assert world.sweep().figures["released"] == 0


@pytest.mark.parametrize("health, released", [("available", 1), ("unavailable", 0)])
def test_rows_parked_in_an_outage_that_nobody_was_told_of_are_tried_again(
    world: World, health: notice_store.ModelHealth, released: int
) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    world.transact(lambda tx: notice_store.set_model_health(tx, MODEL, health))
    assert world.sweep().figures["released"] == 0

    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 16 MINUTE")

    assert world.sweep().figures["released"] == released


def test_news_of_the_models_return_that_were_lost_hold_nothing_up_for_ever(world: World) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    world.transact(lambda tx: notice_store.set_model_health(tx, MODEL, "unavailable"))
    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 23 HOUR")
    assert world.sweep().figures["released"] == 0

    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 25 HOUR")

    assert world.sweep().figures["released"] == 1


def test_people_are_reminded_once_of_what_has_waited_for_a_day(world: World) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.BUDGET)
    reach_budget(world, "5")
    poor = World(world.database, Limits(execution=Decimal(5)))
    poor.age(hours=23)
    assert poor.sweep().figures["stalled"] == 0
    assert poor.queue.of("notify") == []

    poor.age(hours=2)

    assert [poor.sweep().figures["stalled"] for _ in range(2)] == [1, 1]
    [reminder] = poor.queue.of("notify")
    assert reminder["subject"] == f"Still waiting: {FILE}"
    assert poor.queue.of("ingest") == []


def test_executions_that_wait_keep_the_sweeper_from_no_other(world: World) -> None:
    for number in range(5):
        source = a_source()
        world.transact(
            partial(lifecycle.start_file, execution_id=f"file-{number}", profile="feedback", source=source)
        )
        world.execute("UPDATE execution SET parked = 1, started_at = started_at - INTERVAL 1 HOUR")
    world.age(seconds=901)

    still = partial(watch_store.standing_still, seconds=900, limit=2)
    parked = partial(watch_store.with_parked, limit=2)

    assert len(list(watch_store.every(world.database, still))) == 5
    oldest_first = [each.execution_id for each in watch_store.every(world.database, parked)]
    assert oldest_first == [f"file-{number}" for number in range(5)]


def test_rows_parked_for_a_budget_go_on_when_it_is_raised(world: World) -> None:
    a_file(world)
    write(world, 2, RowStatus.PARKED, ParkedCause.BUDGET)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL, first=3)
    reach_budget(world, "5")
    assert World(world.database, Limits(execution=Decimal(5))).sweep().figures["released"] == 0

    raised = World(world.database, Limits(execution=Decimal(6)))

    assert raised.sweep().figures["released"] == 2
    assert {body["row_number"] for body in raised.queue.of("feedback")} == {1, 2}


def test_a_row_that_was_sent_again_and_is_not_settled_for_long_is_sent_once_more(world: World) -> None:
    """Its message expired, or somebody purged the queue."""
    a_file(world)
    write(world, 2, RowStatus.PARKED, ParkedCause.BUDGET)
    assert world.sweep().figures["released"] == 2
    assert world.sweep().figures["released"] == 0

    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 6 HOUR")

    assert world.sweep().figures["released"] == 2
    assert world.sweep().figures["released"] == 0
    assert [body["row_number"] for body in world.queue.of("feedback")] == [1, 2, 1, 2]


def test_two_sweeps_at_once_release_nothing_twice(world: World, migrated_login: Any) -> None:
    a_file(world)
    write(world, 3, RowStatus.PARKED, ParkedCause.MODEL)
    other = World(open_login(migrated_login))
    inner: list[int] = []

    class Meanwhile(Queue):
        @override
        def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:
            inner.append(other.model_is_back())
            return super().send_message_batch(QueueUrl=QueueUrl, Entries=Entries)

    meanwhile: Any = Meanwhile()
    releaser = Releaser(world.database, meanwhile, QUEUES, Limits(), MODEL)
    world.execute("INSERT INTO model_return VALUES (%s, NOW(3))", MODEL)

    assert releaser.run(lambda: False, datetime.now(UTC).replace(tzinfo=None)) == 3
    assert inner == [0]
    other.database.close()


# --- rows that people want asked again

REASON = "the model's answer was cut off"


def fail(world: World, rows: int, reason: str = REASON, first: int = 1) -> None:
    """Rows of the file that failed, counted."""

    def work(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        outcomes = [
            Outcome(record=file_record(number), status=RowStatus.FAILED, failure_reason=reason)
            for number in range(first, first + rows)
        ]
        lifecycle.count_written(tx, FILE, feedback_store.write(tx, FILE, outcomes))

    world.transact(work)


def replay_in(world: World, **failed: Any) -> int:
    return world.sweeping.replay(Failed(**failed))


def ids_of(world: World) -> list[int]:
    return [row.id for row in world.transact(lambda tx: feedback_store.page(tx, FILE, 0))]


def counters_equal_rows(world: World) -> bool:
    counted = world.transact(lambda tx: feedback_store.count_by_status(tx, FILE))
    return all(getattr(world.execution(), status) == counted.get(status, 0) for status in RowStatus)


def test_replayed_rows_are_parked_counted_and_sent_again_by_the_next_sweep(world: World) -> None:
    a_file(world)
    fail(world, 3)

    assert replay_in(world, execution_id=FILE) == 3

    execution = world.execution()
    assert (execution.failed, execution.parked) == (0, 3)
    assert {
        (row.status, row.failure_reason)
        for row in world.transact(partial(feedback_store.page, execution_id=FILE, after=0))
    } == {(RowStatus.PARKED, None)}
    assert world.sweep().figures["released"] == 3
    assert [body["row_number"] for body in world.queue.of("feedback")] == [1, 2, 3]
    assert counters_equal_rows(world)


def test_replaying_twice_sends_nothing_twice(world: World) -> None:
    a_file(world)
    fail(world, 3)
    replay_in(world, execution_id=FILE)
    world.sweep()

    assert replay_in(world, execution_id=FILE) == 0
    assert world.sweep().figures["released"] == 0
    assert counters_equal_rows(world)


def test_only_failed_rows_that_meet_all_that_is_said_are_replayed(world: World) -> None:
    a_file(world, accepted=6)
    fail(world, 2)
    fail(world, 2, "the model refused to answer", first=3)
    write(world, 2, RowStatus.LABELLED, first=5)
    ids = ids_of(world)

    assert replay_in(world, execution_id="another-file") == 0
    assert replay_in(world, reason=REASON, ids=(ids[1], ids[2], ids[4])) == 1
    assert replay_in(world, reason=REASON) == 1
    assert replay_in(world, ids=tuple(ids)) == 2
    assert (world.execution().parked, world.execution().labelled) == (4, 2)
    assert counters_equal_rows(world)


def test_a_replay_goes_on_where_its_time_was_up(world: World) -> None:
    a_file(world)
    fail(world, 3)
    everything = Failed(reason=REASON)

    with pytest.raises(SweepIncomplete):
        world.sweeping.replay(everything, lambda: True)

    assert world.sweeping.replay(everything, lambda: False) == 3


def test_very_many_rows_of_one_execution_are_parked_in_portions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relabelling, "PARKED_AT_ONCE", 2)
    a_file(world, accepted=5)
    fail(world, 5)
    answers = chain([False], repeat(True))

    with pytest.raises(SweepIncomplete):
        world.sweeping.replay(Failed(execution_id=FILE), lambda: next(answers))
    assert (world.execution().failed, world.execution().parked) == (3, 2)

    assert replay_in(world, execution_id=FILE) == 3
    assert counters_equal_rows(world)


def test_failed_rows_are_listed_with_their_reasons_and_counted_by_them(world: World) -> None:
    a_file(world, accepted=6)
    fail(world, 3)
    fail(world, 1, "the model refused to answer", first=4)
    write(world, 2, RowStatus.LABELLED, first=5)
    cut_off = Failed(execution_id=FILE, reason=REASON)

    listed = world.transact(partial(failed_rows, limit=3))
    rest = world.transact(partial(failed_rows, after=listed[-1].id))

    assert [(row.record_id, row.row_number, row.failure_reason) for row in [*listed, *rest]] == [
        (f"{FILE}:1", 1, REASON),
        (f"{FILE}:2", 2, REASON),
        (f"{FILE}:3", 3, REASON),
        (f"{FILE}:4", 4, "the model refused to answer"),
    ]
    assert listed[0].feedback == file_record(1).feedback.feedback
    assert len(world.transact(partial(failed_rows, failed=cut_off))) == 3
    assert [(each.reason, each.rows) for each in world.transact(failed_by_reason)] == [
        (REASON, 3),
        ("the model refused to answer", 1),
    ]
    assert len(world.transact(partial(failed_by_reason, failed=cut_off))) == 1

    assert replay_in(world, ids=(listed[0].id,)) == 1
    assert len(world.transact(failed_rows)) == 3


def test_a_replayed_rows_execution_is_revised_when_it_is_answered(world: World) -> None:
    a_file(world, accepted=1)
    fail(world, 1)
    world.transact(lambda tx: lifecycle.categorized(tx, FILE, failed=False))
    world.transact(lambda tx: lifecycle.completed(tx, FILE))
    replay_in(world, execution_id=FILE)
    assert world.execution().revision == 0

    def answer(tx: Transaction) -> None:
        execution_store.lock(tx, FILE)
        counts = feedback_store.write(tx, FILE, [outcome(file_record(1), RowStatus.LABELLED, None)])
        lifecycle.count_written(tx, FILE, counts)
        revisions.revise_when_answered(tx, FILE, counts)

    world.transact(answer)
    assert (world.execution().revision, world.execution().labelled) == (1, 1)
    assert counters_equal_rows(world)


def add_category(world: World) -> None:
    price = NewCategory(name="Price")

    def work(tx: Transaction) -> None:
        category_store.add(tx, "feedback", price, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL)
        category_store.next_taxonomy_version(tx, "feedback")

    world.transact(work)


def test_a_relabelling_goes_on_where_its_time_was_up(world: World) -> None:
    a_file(world)
    write(world, 3, RowStatus.LABELLED)
    add_category(world)

    with pytest.raises(SweepIncomplete):
        world.sweeping.relabel("feedback", None, lambda: True)

    assert world.sweeping.relabel("feedback", None, lambda: False) == 3
    assert world.sweeping.relabel("feedback", FILE, lambda: False) == 0
    assert world.sweep().figures["released"] == 3
    assert counters_equal_rows(world)
