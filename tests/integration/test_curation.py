"""Approve, reject, rename, merge, retire and undo on a real database: rows, counters, versions, reports."""

import pytest

from shared.changes import curation
from shared.changes.curation import CurationError
from shared.changes.row_batches import NOTHING
from shared.contracts.taxonomy import CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from tests.integration.categorize_world import (
    ID,
    about,
    categories,
    classified,
    counters_equal_rows,
    events,
    find,
    labels,
    rows,
    run,
)
from tests.integration.curating import THEME, approve, propose, undo, version
from tests.unit.categorize.fakes import FakeBedrock


@pytest.fixture
def proposed(database: Database) -> int:
    return propose(database)


def test_approving_labels_the_rows_that_waited(database: Database, proposed: int) -> None:
    before = version(database)
    curated = approve(database, proposed)
    assert curated.rows == 6
    assert labels(database) == {THEME: 6, "Delivery": 3}
    assert categories(database)[THEME].status is CategoryStatus.ACTIVE
    assert version(database) == before + 1
    assert counters_equal_rows(database)
    assert [event["counts"]["labelled"] for event in events(database, "ExecutionRevised")] == [9]


def test_approving_twice_changes_nothing_more(database: Database, proposed: int) -> None:
    approve(database, proposed)
    assert approve(database, proposed) == NOTHING
    assert len(events(database, "ExecutionRevised")) == 1


def test_a_row_that_was_corrected_while_it_waited_keeps_its_correction(
    database: Database, proposed: int
) -> None:
    query = "UPDATE customer_feedback SET label_correction = 'Delivery' WHERE record_id = %s"
    database.transact(lambda tx: tx.execute(query, (f"{ID}:1",)))
    assert approve(database, proposed).rows == 5


def test_a_rejected_theme_is_not_proposed_again(database: Database, proposed: int) -> None:
    database.transact(lambda tx: curation.reject(tx, proposed))
    assert database.transact(lambda tx: curation.reject(tx, proposed)) == NOTHING
    classified(database, "next", about("battery", 7))
    run(database, FakeBedrock(), "next")
    assert labels(database, "next") == {"unknown": 7}
    assert categories(database)[THEME].status is CategoryStatus.RETIRED


def test_a_rejection_can_be_undone_and_approved(database: Database, proposed: int) -> None:
    undo(database, database.transact(lambda tx: curation.reject(tx, proposed)))
    approve(database, proposed)
    assert labels(database) == {THEME: 6, "Delivery": 3}


def test_renaming_moves_the_rows_to_the_new_name(database: Database, proposed: int) -> None:
    approve(database, proposed)
    new = NewCategory(name="Battery wears out", description="it lasts less and less")
    curated = database.transact(lambda tx: curation.rename(tx, proposed, new))
    assert curated.rows == 6
    assert labels(database) == {"Battery wears out": 6, "Delivery": 3}
    assert database.transact(lambda tx: curation.rename(tx, proposed, new)) == NOTHING
    undo(database, curated)
    assert labels(database) == {THEME: 6, "Delivery": 3}


@pytest.mark.parametrize("name", ["delivery", "Délivery", "DELIVERY"])
def test_a_name_that_is_taken_is_refused(database: Database, proposed: int, name: str) -> None:
    with pytest.raises(CurationError, match="called 'Delivery' already: merge"):
        database.transact(lambda tx: curation.rename(tx, proposed, NewCategory(name=name)))
    assert THEME in categories(database)


def test_merging_moves_the_rows_and_can_be_undone(database: Database, proposed: int) -> None:
    approve(database, proposed)
    delivery = categories(database)["Delivery"].id
    curated = database.transact(lambda tx: curation.merge(tx, proposed, delivery))
    assert labels(database) == {"Delivery": 9}
    assert categories(database)[THEME].status is CategoryStatus.RETIRED
    assert database.transact(lambda tx: curation.merge(tx, proposed, delivery)) == NOTHING
    undo(database, curated)
    assert labels(database) == {THEME: 6, "Delivery": 3}
    assert counters_equal_rows(database)


def test_a_proposed_category_merged_into_an_active_one_gives_it_its_rows(
    database: Database, proposed: int
) -> None:
    delivery = categories(database)["Delivery"].id
    assert database.transact(lambda tx: curation.merge(tx, proposed, delivery)).rows == 6
    assert labels(database) == {"Delivery": 9}
    assert counters_equal_rows(database)


def test_a_category_is_not_merged_into_one_that_is_not_active(database: Database, proposed: int) -> None:
    delivery = categories(database)["Delivery"].id
    with pytest.raises(CurationError, match="not active"):
        database.transact(lambda tx: curation.merge(tx, delivery, proposed))


def test_retiring_returns_rows_to_unknown_and_to_the_next_discovery(
    database: Database, proposed: int
) -> None:
    delivery = categories(database)["Delivery"].id
    curated = database.transact(lambda tx: curation.retire(tx, delivery, ask_again=False))
    assert curated.rows == 3
    assert labels(database) == {"unknown": 9}
    assert counters_equal_rows(database)
    assert {row.label_llm for row in rows(database)} == {"Delivery", "unknown"}
    classified(database, "next", [f"parcel once more {n}" for n in range(2)])
    run(database, FakeBedrock(), "next")
    assert labels(database) == {"unknown": 6, "Parcel breaks early": 3}


def test_retiring_can_be_undone_but_for_rows_that_were_changed_since(
    database: Database, proposed: int
) -> None:
    delivery = categories(database)["Delivery"].id
    curated = database.transact(lambda tx: curation.retire(tx, delivery, ask_again=False))
    query = "UPDATE customer_feedback SET label_correction = 'Price' WHERE record_id = %s"
    database.transact(lambda tx: tx.execute(query, (f"{ID}:7",)))
    assert undo(database, curated).rows == 2
    assert labels(database) == {"unknown": 6, "Delivery": 2, "Price": 1}
    assert undo(database, curated) == NOTHING


def test_retired_rows_can_be_asked_again(database: Database, proposed: int) -> None:
    delivery = categories(database)["Delivery"].id
    database.transact(lambda tx: curation.retire(tx, delivery))
    execution = find(database)
    assert (execution.parked, execution.unknown, execution.labelled) == (3, 6, 0)

    def causes(tx: Transaction) -> list[str]:
        tx.execute("SELECT parked_cause FROM customer_feedback WHERE status = 'parked'")
        return [row["parked_cause"] for row in tx.fetchall()]

    assert database.transact(causes) == ["budget"] * 3


def test_an_older_decision_is_undone_after_the_newer_one(database: Database, proposed: int) -> None:
    approved = approve(database, proposed)
    renamed = database.transact(lambda tx: curation.rename(tx, proposed, NewCategory(name="Battery wear")))
    with pytest.raises(CurationError, match="undo that first"):
        undo(database, approved)
    undo(database, renamed)
    undo(database, approved)
    assert labels(database) == {"unknown": 6, "Delivery": 3}
    assert categories(database)[THEME].status is CategoryStatus.PROPOSED
    assert counters_equal_rows(database)


def test_a_category_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(CurationError, match="no category"):
        approve(database, 12345)
