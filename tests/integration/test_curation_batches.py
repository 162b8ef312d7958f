"""Decisions about categories with more rows than one transaction should change."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from services.curate import listing
from services.notify.mail import writing
from shared.changes import curation, lifecycle, row_batches
from shared.changes.row_batches import Curated, CurationBusy
from shared.contracts.notices import CategoryListApplied
from shared.contracts.taxonomy import CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import feedback_store
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    events,
    find,
    labels,
)
from tests.integration.sweep_world import World

BATCH = 4
ROWS = 11


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback_store.curate, "BATCH", BATCH)


@pytest.fixture
def delivery(database: Database) -> int:
    """A category with eleven rows in two completed executions."""
    add_category(database, "Delivery")
    add_category(database, "Price")
    for execution_id, rows in ((ID, 6), ("next", ROWS - 6)):
        classified(database, execution_id, [], about("parcel", rows))
        database.transact(partial(lifecycle.categorized, execution_id=execution_id, failed=False))
        database.transact(partial(lifecycle.completed, execution_id=execution_id))
    return categories(database)["Delivery"].id


def go_on(database: Database, curated: Curated) -> Curated:
    assert curated.curation_id is not None
    number = curated.curation_id
    return database.transact(lambda tx: row_batches.go_on(tx, number))


def retire(database: Database, category_id: int, **how: Any) -> Curated:
    return database.transact(lambda tx: curation.retire(tx, category_id, **how))


def rename(database: Database, category_id: int, name: str) -> Curated:
    return database.transact(lambda tx: curation.rename(tx, category_id, NewCategory(name=name)))


def undo(database: Database, curated: Curated) -> Curated:
    assert curated.curation_id is not None
    number = curated.curation_id
    return database.transact(lambda tx: curation.undo(tx, number))


def all_labels(database: Database) -> Counter[str]:
    return Counter(labels(database)) + Counter(labels(database, "next"))


def counters_agree(database: Database) -> bool:
    return counters_equal_rows(database) and counters_equal_rows(database, "next")


def revised(database: Database) -> list[str]:
    return [event["execution_id"] for event in events(database, "ExecutionRevised")]


def test_the_category_changes_at_once_and_its_rows_batch_by_batch(database: Database, delivery: int) -> None:
    # WHEN a category with eleven rows is retired, four rows at a time
    retired = retire(database, delivery, ask_again=False)

    # THEN it is given no more from now on, some rows follow, and it is known how many will
    assert (retired.rows, retired.left) == (BATCH, ROWS - BATCH)
    assert categories(database)["Delivery"].status is CategoryStatus.RETIRED
    assert all_labels(database) == {"Delivery": ROWS - BATCH, "unknown": BATCH}
    assert counters_agree(database)
    assert revised(database) == []

    # AND going on changes the rest, counts it, and has each report drawn anew once, at the end
    assert [go_on(database, retired).rows for _ in range(2)] == [4, 3]
    assert all_labels(database) == {"unknown": ROWS}
    assert counters_agree(database)
    assert revised(database) == ["next", ID]
    assert go_on(database, retired) == row_batches.NOTHING
    assert revised(database) == ["next", ID]


def test_the_sweeper_goes_on_until_the_last_row(database: Database, delivery: int) -> None:
    rename(database, delivery, "Shipping")
    world = World(database)

    world.sweeping.sweep(lambda: False, datetime.now(UTC).replace(tzinfo=None))

    assert all_labels(database) == {"Shipping": ROWS}
    assert database.transact(row_batches.pending) == []
    assert world.bus.events.count("ExecutionRevised") == 2


def test_a_decision_is_undone_from_wherever_it_got_to(database: Database, delivery: int) -> None:
    retired = retire(database, delivery)
    go_on(database, retired)
    assert find(database).parked == 6

    back = undo(database, retired)

    assert categories(database)["Delivery"].status is CategoryStatus.ACTIVE
    assert back.rows == BATCH
    while go_on(database, retired) != row_batches.NOTHING:
        pass
    assert all_labels(database) == {"Delivery": ROWS}
    assert counters_agree(database)
    assert undo(database, retired) == row_batches.NOTHING
    assert set(revised(database)) == {ID, "next"}


def test_a_row_that_somebody_changed_meanwhile_stays_as_it_is(database: Database, delivery: int) -> None:
    renamed = rename(database, delivery, "Shipping")
    query = "UPDATE customer_feedback SET label_correction = 'Price' WHERE record_id = 'next:1'"
    database.transact(lambda tx: tx.execute(query))

    go_on(database, renamed)
    go_on(database, renamed)

    assert all_labels(database) == {"Shipping": ROWS - 1, "Price": 1}
    assert counters_agree(database)


def test_nothing_else_is_decided_about_a_category_while_rows_follow_a_decision(
    database: Database, delivery: int
) -> None:
    price = categories(database)["Price"].id
    renamed = rename(database, delivery, "Shipping")

    def merge(tx: Transaction) -> Curated:
        return curation.merge(tx, price, delivery)

    with pytest.raises(CurationBusy):
        rename(database, delivery, "Carriers")
    with pytest.raises(CurationBusy):
        database.transact(merge)
    with pytest.raises(CurationBusy):
        database.transact(lambda tx: row_batches.refuse_while_pending(tx, "feedback"))
    database.transact(lambda tx: row_batches.refuse_while_pending(tx, "returns"))

    while go_on(database, renamed) != row_batches.NOTHING:
        pass
    database.transact(merge)
    assert rename(database, delivery, "Carriers").rows == BATCH


def test_a_category_without_rows_leaves_nothing_pending(database: Database, delivery: int) -> None:
    retire(database, categories(database)["Price"].id)

    assert database.transact(row_batches.pending) == []


def test_an_uploaded_list_tells_of_all_rows_that_will_follow_and_the_next_one_waits_for_them(
    database: Database, delivery: int
) -> None:
    prices = [NewCategory(name="Price")]

    def take_over(tx: Transaction) -> CategoryListApplied:
        return listing.apply(tx, "categories/list.json", "feedback", prices)

    notice = database.transact(take_over)

    assert f"{ROWS} rows of retired categories will be labelled anew" in writing.notice(notice).text
    with pytest.raises(CurationBusy):
        database.transact(take_over)
    World(database).sweep()
    assert "changed nothing" in writing.notice(database.transact(take_over)).text
