"""What is written of each row, and what of it is written again."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.attributes import Found
from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.stores import feedback_store
from shared.stores.feedback_store import Outcome, RowAspect, RowStatus
from shared.stores.feedback_store.find import Whereabouts
from tests.integration.lifecycle_world import ID, outcome, start, write
from tests.integration.reading import feedback_rows


def looked_up(database: Database, *outcomes: Outcome) -> dict[str, Whereabouts]:
    ids = [each.record.record_id for each in outcomes]
    return database.transact(lambda tx: feedback_store.whereabouts(tx, ids))


SAID = Feedback(
    product_name="Lamp",
    store="Lisbon",
    ref_id="R-7",
    stars=Decimal("4.5"),
    title="Bright",
    feedback="It lights the room.",
    date=datetime(2024, 3, 5, 9, 15),  # noqa: DTZ001 (UTC by agreement)
)
"""Every field that a customer's row may have."""


def test_a_row_keeps_all_that_was_said_and_by_what_it_was_labelled(database: Database) -> None:
    start(database, rows=1)
    record = Record(record_id=f"{ID}:7", profile="returns", execution_id=ID, row_number=7, feedback=SAID)
    labels: dict[str, Any] = {
        "sentiment": "positive",
        "model_id": "amazon.nova-lite-v1:0",
        "prompt_version": "0123456789ab",
        "taxonomy_version": 3,
        "corrections_version": 2,
    }

    write(database, [Outcome(record=record, status=RowStatus.LABELLED, label="Light", **labels)])

    [row] = database.transact(lambda tx: feedback_rows(tx, ID))
    kept = row.model_dump()
    assert {name: kept[name] for name in Feedback.model_fields if name != "date"} == SAID.model_dump(
        exclude={"date"}
    )
    assert {name: kept[name] for name in labels} == labels
    assert (row.create_date, row.label_llm, row.text_key) == (SAID.date, "Light", record.text_key)
    assert (row.record_id, row.profile, row.row_number) == (record.record_id, "returns", 7)


def json_columns(database: Database) -> list[dict[str, str | None]]:
    """As they stand in the table, row by row: null, where there is nothing."""

    def work(tx: Transaction) -> list[dict[str, str | None]]:
        tx.execute(
            "SELECT segments, attributes, attribute_sources FROM customer_feedback ORDER BY `row_number`"
        )
        return tx.fetchall()

    return database.transact(work)


def with_more(row: int, status: RowStatus = RowStatus.LABELLED) -> Outcome:
    """An outcome with a column of the customer's own, an attribute that was found, and one answered."""
    bare = outcome(row, status)
    found = {"price": Found(value="12,50 €", source="json-ld")}
    record = bare.record.model_copy(update={"segments": {"Land": "Österreich"}, "found": found})
    topic = RowAspect(category="Delivery", category_id=None, sentiment="neutral")
    answered = {"urgent": True} if status is RowStatus.LABELLED else {}
    return bare.model_copy(update={"record": record, "attributes": answered, "aspects": (topic,)})


def test_a_row_keeps_the_customers_own_columns_and_each_attribute_with_its_source(database: Database) -> None:
    start(database, rows=2)

    write(database, [with_more(1), outcome(2)])

    full, bare = json_columns(database)
    assert {name: json.loads(value or "") for name, value in full.items()} == {
        "segments": {"Land": "Österreich"},
        "attributes": {"urgent": True, "price": "12,50 €"},
        "attribute_sources": {"urgent": "model", "price": "json-ld"},
    }
    assert bare == {"segments": None, "attributes": None, "attribute_sources": None}


def test_a_row_holds_letters_as_they_are_and_not_as_escapes(database: Database) -> None:
    """People read these columns in SQL, and search them. (MySQL writes JSON anew, MariaDB keeps the text.)"""
    start(database, rows=1)

    write(database, [with_more(1)])

    [row] = json_columns(database)
    assert "Österreich" in str(row["segments"])
    assert "12,50 €" in str(row["attributes"])


def test_a_parked_row_gets_the_attributes_of_its_answer(database: Database) -> None:
    start(database, rows=1)
    write(database, [with_more(1, RowStatus.PARKED)])

    write(database, [with_more(1)])

    [row] = json_columns(database)
    assert json.loads(row["attributes"] or "") == {"urgent": True, "price": "12,50 €"}
    assert json.loads(row["attribute_sources"] or "") == {"urgent": "model", "price": "json-ld"}


def test_a_parked_row_gets_its_outcome_and_one_that_has_it_keeps_it(database: Database) -> None:
    start(database, rows=1)
    write(database, [outcome(1, RowStatus.PARKED)])
    answered = {"sentiment": "mixed", "model_id": "m", "prompt_version": "p", "failure_reason": "odd"}
    versions = {"taxonomy_version": 3, "corrections_version": 2}
    settled = outcome(1).model_copy(update=answered | versions | {"label": "Price"})

    parked = looked_up(database, settled)
    for each in (settled, outcome(1, RowStatus.FAILED)):
        database.transact(lambda tx, o=each: feedback_store.write_outcomes(tx, ID, [o], parked))  # type: ignore[misc]

    [row] = database.transact(lambda tx: feedback_rows(tx, ID))
    kept = row.model_dump()
    assert {name: kept[name] for name in answered | versions} == answered | versions
    assert (row.status, row.label_llm, row.parked_cause) == (RowStatus.LABELLED, "Price", None)


def test_a_reason_is_kept_as_far_as_there_is_room(database: Database) -> None:
    start(database, rows=2)
    failed = outcome(1, RowStatus.FAILED).model_copy(update={"failure_reason": "x" * 5000})

    write(database, [failed, outcome(2)])

    rows = database.transact(lambda tx: feedback_rows(tx, ID))
    assert [row.failure_reason for row in rows] == ["x" * 1000, None]


def test_rows_that_the_caller_looked_up_are_not_looked_up_again(database: Database) -> None:
    start(database, rows=2)
    write(database, [outcome(1), outcome(2, RowStatus.PARKED)])
    outcomes = [outcome(1, RowStatus.FAILED), outcome(2, RowStatus.FAILED), outcome(3)]
    seen = looked_up(database, *outcomes)
    seen["beside"] = seen[f"{ID}:2"]

    counted = database.transact(lambda tx: feedback_store.write_outcomes(tx, ID, outcomes, seen))

    assert counted == Counts(labelled=1, failed=1, parked=-1)
    with pytest.raises(DatabaseConflict):
        database.transact(lambda tx: feedback_store.write_outcomes(tx, ID, outcomes, {}))
