"""The sweeper against a real database: the outbox, what is forgotten, the end of a day."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.sweep import sweeping
from shared.changes import curation, lifecycle
from shared.changes.curation import CurationError
from shared.contracts.errors import PermanentError
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import Audience
from shared.contracts.notices import WrittenNotice
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store, mail_store, report_link_store, upload_store
from shared.stores.feedback_store import ParkedCause, RowStatus
from shared.stores.mail_store import HeldMail, MailStatus
from tests.builders import a_source
from tests.integration.reading import decisions
from tests.integration.sweep_world import (
    FILE,
    World,
    a_file,
    file_record,
    open_day,
    outcome,
    published,
    write,
)

SECOND = "second-0123456789abcdef"
STATE = '{"name": "Price", "description": "", "status": "active"}'


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_what_a_publisher_left_behind_is_published_once(world: World) -> None:
    world.transact(lambda tx: lifecycle.start_file(tx, FILE, "feedback", a_source()))
    notice = WrittenNotice(subject="s", message="m")
    world.transact(lambda tx: tx.announce(notice))
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
    world.transact(lambda tx: tx.announce(WrittenNotice(subject="s", message="m")))
    world.queue.refusals = 99
    world.age(days=6, hours=23)
    assert world.sweep().figures["forgotten"] == 0

    world.age(hours=2)

    assert world.sweep().figures["forgotten"] == 1
    assert world.execute("SELECT id FROM outbox WHERE event_type = 'ExecutionStarted'") == 0
    assert world.execute("SELECT id FROM outbox WHERE event_type = 'WrittenNotice'") >= 1


def test_mails_that_are_held_are_asked_for_each_minute_until_they_are_sent(world: World) -> None:
    def hold(tx: Transaction) -> MailStatus:
        return mail_store.admit(
            tx, "a", Audience.READERS, HeldMail(subject="s", body="b", link=None), limit=0
        )

    assert world.transact(hold) is MailStatus.HELD
    for _ in range(2):
        assert world.sweep().figures["mails"] == 1
    due = [(body["kind"], body["audience"]) for body in world.queue.of("notify")]
    assert due == [("digest_due", "readers")] * 2

    digest = world.transact(lambda tx: mail_store.gather(tx, "digest", Audience.READERS, 1))
    assert world.sweep().figures["mails"] == 1
    world.transact(lambda tx: mail_store.set_sent(tx, digest.key))

    assert world.sweep().figures["mails"] == 0


def test_what_was_kept_for_redeliveries_and_expired_links_is_forgotten(world: World) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)

    def fill(tx: Transaction) -> None:
        for number, days in enumerate((14, 16)):
            mail = HeldMail(subject="s", body="b", link=None)
            mail_store.admit(tx, str(number), Audience.OPERATORS, mail, 20)
            mail_store.set_sent(tx, str(number))
            upload_store.claim(tx, bytes([number]) * 32)
            older = f"NOW(3) - INTERVAL {days} DAY"
            tx.execute(f"UPDATE mail SET created_time = {older} WHERE mail_key = '{number}'")
            unset = "curated_time > NOW(3) - INTERVAL 1 DAY"
            tx.execute(f"UPDATE curated_upload SET curated_time = {older} WHERE {unset}")
        for number, days in enumerate((29, 31)):
            report_link_store.create(tx, bytes([number]) * 32, FILE, now - timedelta(days=days))

    world.transact(fill)

    assert world.sweep().figures["forgotten"] == 3
    assert world.transact(lambda tx: mail_store.status(tx, "0"))
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
    kept, forgotten = world.transact(decisions)
    assert (kept.rows_forgotten, forgotten.rows_forgotten) == (0, 2)
    with pytest.raises(CurationError, match="too long ago"):
        world.transact(lambda tx: curation.undo(tx, forgotten.id))


def test_a_step_that_fails_keeps_no_other_from_being_done(world: World) -> None:
    # GIVEN a notice that cannot be sent, and an execution that stands still
    a_file(world, closed=False)
    world.transact(lambda tx: tx.announce(WrittenNotice(subject="s", message="m")))
    world.age(seconds=1000)
    world.queue.refusals = 1

    swept = world.sweep()

    assert list(swept.failed) == ["published"]
    assert world.queue.of("ingest") == [{"kind": "continue_ingest", "execution_id": FILE, "slice": 1}]


def test_a_sweep_whose_time_is_up_leaves_the_rest_of_the_outbox_to_the_next(world: World) -> None:
    def many(tx: Transaction) -> None:
        for number in range(501):
            tx.announce(WrittenNotice(subject=str(number), message="m"))

    world.transact(many)
    world.age(seconds=31)

    assert world.sweep(lambda: True).figures["published"] == 500
    assert world.sweep(lambda: True).figures["published"] == 1


def test_yesterdays_direct_feedback_is_closed_and_announced(world: World) -> None:
    day = open_day(world, days_ago=1)

    assert world.sweeping.close_days(datetime.now(UTC).date()) == [day]

    assert world.execution(day).status is ExecutionStatus.CLASSIFIED
    assert world.bus.events == ["ExecutionIngested", "ExecutionClassified"]


@pytest.mark.parametrize("time, closed", [("23:59:59", 0), ("00:04:59", 0), ("00:05:00", 1), ("03:00:00", 1)])
def test_a_sweep_ends_the_day_before_when_its_stragglers_have_come(
    world: World, time: str, closed: int
) -> None:
    """Each minute, so that no lost tick leaves a day without its report."""
    day = open_day(world, days_ago=1)
    opened = world.execution(day).started_at.date()
    today = opened + timedelta(days=0 if time > "23" else 1)
    now = datetime.fromisoformat(f"{today} {time}+00:00").replace(tzinfo=None)

    assert world.sweeping.sweep(lambda: False, now).figures["closed"] == closed
    assert (world.execution(day).status is ExecutionStatus.CLASSIFIED) is bool(closed)


def test_todays_stays_open_and_closing_twice_changes_nothing(world: World) -> None:
    day = open_day(world, days_ago=0)
    today = datetime.now(UTC).date()

    assert world.sweeping.close_days(today) == []
    assert world.execution(day).status is ExecutionStatus.RECEIVING

    assert world.sweeping.close_days(today + timedelta(days=1)) == [day]
    assert world.sweeping.close_days(today + timedelta(days=1)) == []


def second_file(world: World, status: ExecutionStatus) -> None:
    """One that stands still after the first."""
    world.transact(lambda tx: lifecycle.start_file(tx, SECOND, "feedback", a_source()))
    world.transact(lambda tx: execution_store.set_status(tx, SECOND, status))
    published(world)


@pytest.mark.parametrize("poison", [ValueError("x"), KeyError("x"), PermanentError("x"), AssertionError("x")])
@pytest.mark.parametrize("name", ["attend", "remind"])
def test_an_execution_that_fails_by_itself_keeps_no_other_and_no_other_step_from_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, poison: Exception
) -> None:
    # GIVEN two executions that need the sweeper, the first of which breaks it
    a_file(world)
    status = {"attend": ExecutionStatus.CLASSIFIED, "remind": ExecutionStatus.FAILED}[name]
    world.transact(lambda tx: execution_store.set_status(tx, FILE, status))
    second_file(world, status)
    world.age(seconds=1000)
    work = getattr(sweeping, name)

    def breaks(tx: Transaction, seen: Execution, *rest: object, **named: object) -> object:
        if seen.execution_id == FILE:
            raise poison
        return work(tx, seen, *rest, **named)

    monkeypatch.setattr(sweeping, name, breaks)

    swept = world.sweep()

    assert swept.failed == {"stalled": poison}
    assert {"released", "curated", "forgotten"} < swept.figures.keys()
    assert world.bus.events == [{"attend": "ExecutionClassified", "remind": "ExecutionFailed"}[name]]


@pytest.mark.parametrize("column", ["segments = '[1]'", "raw_values = '7'", "attributes = '\"a\"'"])
def test_a_parked_row_that_cannot_be_read_holds_back_no_other_file(world: World, column: str) -> None:
    a_file(world)
    write(world, 2, RowStatus.PARKED, ParkedCause.MODEL)
    world.execute(f"UPDATE customer_feedback SET {column} WHERE `row_number` = 1")
    second_file(world, ExecutionStatus.CLASSIFYING)
    record = file_record(1).model_copy(update={"record_id": f"{SECOND}:1", "execution_id": SECOND})

    def park(tx: Transaction) -> None:
        parked = [outcome(record, RowStatus.PARKED, ParkedCause.MODEL)]
        execution_store.lock(tx, SECOND)
        lifecycle.count_written(tx, SECOND, feedback_store.write_outcomes(tx, SECOND, parked))

    world.transact(park)

    with pytest.raises(ValidationError):
        world.model_is_back()

    assert [each["execution_id"] for each in world.queue.of("feedback")] == [SECOND]
