"""Rows that people corrected, and rows of older versions that are asked again."""

import pytest

from shared.changes import curation
from shared.changes.curation import CurationError
from shared.contracts.records import text_key
from shared.platform.database import Database, Transaction
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store import Answer, answers
from tests.integration.categorize_world import (
    ID,
    about,
    classified,
    counters_equal_rows,
    find,
    rows,
)
from tests.integration.curating import approve, correct, propose, version


@pytest.fixture
def proposed(database: Database) -> int:
    return propose(database)


def test_corrected_rows_are_candidates_for_examples_the_newest_first(
    database: Database, proposed: int
) -> None:
    correct(database, 2, "Delivery")
    correct(database, 7, "Price")
    found = database.transact(lambda tx: feedback_store.corrected_rows(tx, "feedback"))
    assert [(each.category, each.text) for each in found] == [
        ("Price", "parcel number 0"),
        ("Delivery", "battery number 1"),
    ]


def test_a_corrected_text_that_comes_again_is_known(database: Database, proposed: int) -> None:
    correct(database, 2, "Delivery")
    keys = [text_key("", "Battery  number 1"), text_key("", "battery number 2")]
    found = database.transact(lambda tx: feedback_store.corrected_labels(tx, "feedback", keys))
    assert found == {keys[0]: Answer(label="Delivery", sentiment="neutral")}


def test_corrected_texts_are_found_by_an_index_of_their_own(database: Database) -> None:
    def plan(tx: Transaction) -> str:
        arguments = {"profile": "feedback", "text_keys": [text_key("", "late")]}
        tx.execute(f"EXPLAIN {answers._CORRECTED_TEXTS}", arguments)
        (row,) = tx.fetchall()
        return str(row["possible_keys"])

    assert "feedback_by_corrected_text" in database.transact(plan)


def relabel(database: Database, execution_id: str | None = None) -> int:
    return database.transact(lambda tx: curation.relabel(tx, "feedback", execution_id)).rows


def settle_versions(database: Database) -> None:
    """All rows as if they were labelled under today's versions."""
    query = "UPDATE customer_feedback SET taxonomy_version = %s, corrections_version = 0"
    now = version(database)
    database.transact(lambda tx: tx.execute(query, (now,)))


def test_rows_of_older_versions_are_asked_again_when_somebody_says_so(
    database: Database, proposed: int
) -> None:
    approve(database, proposed)
    settle_versions(database)
    assert relabel(database) == 0

    database.transact(lambda tx: category_store.next_corrections_version(tx, "feedback"))

    assert database.transact(lambda tx: curation.outdated(tx, "feedback")) == [ID]
    assert relabel(database) == 9
    execution = find(database)
    assert (execution.parked, execution.unknown, execution.labelled) == (9, 0, 0)
    assert {(row.parked_cause, row.label_post_processing) for row in rows(database)} == {("budget", None)}
    assert relabel(database) == 0
    assert counters_equal_rows(database)


def test_relabelling_leaves_what_people_corrected_and_other_executions(
    database: Database, proposed: int
) -> None:
    classified(database, "next", about("battery", 2))
    correct(database, 7, "Delivery")
    database.transact(lambda tx: category_store.next_corrections_version(tx, "feedback"))
    assert relabel(database, "no such execution") == 0
    assert relabel(database, ID) == 8
    assert (find(database, ID).parked, find(database, "next").parked) == (8, 0)
    assert [row.label_correction for row in rows(database) if row.status == "labelled"] == ["Delivery"]
    assert counters_equal_rows(database)


def test_a_profile_without_categories_is_not_relabelled(database: Database) -> None:
    with pytest.raises(CurationError, match="no active category"):
        database.transact(lambda tx: curation.relabel(tx, "returns"))
