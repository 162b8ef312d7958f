"""Parked rows: sent again when the cause is gone, or their message is lost."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import pytest
from typing_extensions import override

from services.classify.incoming import parse
from services.sweep.release import Releaser
from shared.changes import lifecycle
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.stores import feedback_store, model_health_store
from shared.stores.feedback_store import ParkedCause, RowStatus
from tests.conftest import open_login
from tests.integration.sweep_world import (
    FILE,
    MODEL,
    Queue,
    World,
    a_file,
    causes,
    file_record,
    outcome,
    reach_budget,
    sweep_dependencies,
    write,
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


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
    delivery = parse(Received(message_id="1", body=json.dumps(body)))

    assert delivery.record == file_record(1)
    assert delivery.record.feedback.model_fields_set == Feedback.model_fields.keys()
    assert delivery.record.text_key == file_record(1).text_key
    assert delivery.execution_key == world.execution().execution_key


def test_rows_are_sent_again_in_their_executions_group(world: World) -> None:
    a_file(world)
    write(world, 2, RowStatus.PARKED, ParkedCause.MODEL)

    world.model_is_back()

    assert world.queue.groups == [FILE] * 2


def test_direct_feedback_is_sent_again_as_the_row_that_it_is(world: World) -> None:
    record = Record(
        record_id="shop-17",
        profile="feedback",
        execution_id="direct-feedback-2026-11-22",
        feedback=Feedback(ref_id="shop-17", feedback="Too late", stars=Decimal(1)),
    )

    def work(tx: Transaction) -> None:
        day = lifecycle.open_direct(tx, "feedback", date(2026, 11, 22))
        counts = feedback_store.write_outcomes(
            tx, day.execution_id, [outcome(record, RowStatus.PARKED, ParkedCause.MODEL)]
        )
        lifecycle.count_written(tx, day.execution_id, counts)

    world.transact(work)
    world.model_is_back()

    [body] = world.queue.of("feedback")
    assert world.queue.groups == ["direct-feedback-2026-11-22"]
    delivery = parse(Received(message_id="1", body=json.dumps(body)))
    assert delivery.record == record
    assert delivery.execution_key == world.execution("direct-feedback-2026-11-22").execution_key


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
    world: World, health: model_health_store.ModelHealth, released: int
) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    world.transact(lambda tx: model_health_store.write(tx, MODEL, health))
    assert world.sweep().figures["released"] == 0

    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 16 MINUTE")

    assert world.sweep().figures["released"] == released


def test_news_of_the_models_return_that_were_lost_hold_nothing_up_for_ever(world: World) -> None:
    a_file(world)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL)
    world.transact(lambda tx: model_health_store.write(tx, MODEL, "unavailable"))
    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 23 HOUR")
    assert world.sweep().figures["released"] == 0

    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL 25 HOUR")

    assert world.sweep().figures["released"] == 1


def test_rows_parked_for_a_budget_go_on_when_it_is_raised(world: World) -> None:
    a_file(world)
    write(world, 2, RowStatus.PARKED, ParkedCause.BUDGET)
    write(world, 1, RowStatus.PARKED, ParkedCause.MODEL, first=3)
    reach_budget(world, "5")
    assert World(world.database, execution_budget_usd=5).sweep().figures["released"] == 0

    raised = World(world.database, execution_budget_usd=6)

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

    releaser = Releaser(sweep_dependencies(world.database, Meanwhile()))
    world.execute("INSERT INTO model_return VALUES (%s, NOW(3))", MODEL)

    assert releaser.run(lambda: False, datetime.now(UTC).replace(tzinfo=None)) == 3
    assert inner == [0]
    other.database.close()


@pytest.mark.parametrize("held, hours, released", [(2, 7, 0), (1, 7, 2), (0, 7, 2), (2, 25, 2)])
def test_rows_whose_messages_may_be_waiting_behind_others_are_not_sent_again_for_a_day(
    world: World, held: int, hours: int, released: int
) -> None:
    a_file(world, accepted=2)
    write(world, 2, RowStatus.PARKED, ParkedCause.REPLAY)
    world.execute("UPDATE customer_feedback SET last_updated_time = NOW(3) - INTERVAL %s HOUR", hours)
    world.queue.held["feedback"] = (0, 0, held)

    assert world.sweep().figures["released"] == released
