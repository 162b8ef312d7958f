"""The figures of a report are the same when slices have counted them."""

from typing import Any

import pytest

from services.notify import completion, report
from services.notify.report_figures import ReportFigures, read_figures
from shared.changes import lifecycle
from shared.contracts.profiles import ProfileDocument
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store, profile_store
from tests.builders import a_source
from tests.integration.notify_case import ID, Office, an_outcome, categorized, find
from tests.integration.results_slices.slicing import ROWS, after, to_the_end


def a_mixed_file(database: Database) -> None:
    """Rows of every kind, of which an earlier file had some."""
    categorized(database, [])
    words = ["Delivery", "Price", "unknown", None, "price"]
    rows = [
        an_outcome(
            row,
            words[row % 5],
            feedback=f"text {row % 17}",
            ref_id="" if row % 7 == 0 else str(40000 + row % 31),
            sentiment=("negative", "neutral", "mixed")[row % 3],
            date=f"202{row % 3}-0{row % 9 + 1}-1{row % 9}T1{row % 9}:00:00" if row % 4 else None,
            product_name=("Lamp", "lamp", "L\u00e1mp", "Chair", "", "Desk")[row % 6],
            **({"stars": row % 11 / 2} if row % 2 else {}),
        )
        for row in range(1, ROWS + 1)
    ]

    def fill(tx: Transaction) -> None:
        earlier = "earlier-0123456789abcdef"
        lifecycle.start_file(tx, earlier, "feedback", a_source(key="incoming/earlier.csv"))
        tx.execute("UPDATE execution SET started_at = '2020-01-01' WHERE execution_id = %s", [earlier])
        written = [
            each.model_copy(
                update={
                    "record": each.record.model_copy(
                        update={"record_id": f"{earlier}:{place}", "execution_id": earlier}
                    )
                }
            )
            for place, each in enumerate(rows[: ROWS // 2])
        ]
        feedback_store.write_outcomes(tx, earlier, written)
        execution_store.lock(tx, ID)
        counts = feedback_store.write_outcomes(tx, ID, rows)
        execution_store.add_counts(tx, ID, counts.model_copy(update={"rows_read": ROWS, "accepted": ROWS}))
        tx.execute(
            "UPDATE customer_feedback SET label_correction = 'Price', label_post_processing = 'Delivery'"
            " WHERE `row_number` % 6 = 0 AND status = 'labelled'"
        )

    database.transact(fill)


def noted(monkeypatch: pytest.MonkeyPatch) -> list[ReportFigures]:
    """The figures of each report that is drawn from now on."""
    drawn: list[ReportFigures] = []
    draw = report.draw

    def draw_noted(figures: ReportFigures, *rest: Any) -> bytes:
        drawn.append(figures)
        return draw(figures, *rest)

    monkeypatch.setattr(report, "draw", draw_noted)
    return drawn


@pytest.mark.parametrize("direct", [False, True], ids=["file", "direct"])
def test_the_figures_are_the_same_when_slices_have_counted_them(
    office: Office, monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    database = office.deps.database
    a_mixed_file(database)
    if direct:
        database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET `row_number` = NULL"))
        database.transact(lambda tx: tx.execute("UPDATE execution SET kind = 'direct'"))
    at_once = database.transact(lambda tx: read_figures(tx, find(database)))
    drawn = noted(monkeypatch)
    to_the_end(office, completion.report_ready(office.deps, ID, time_is_up=after(2)))

    [counted] = drawn
    assert at_once.agrees
    assert len(at_once.products) > 1
    assert direct or at_once.known.by_id
    assert direct or at_once.known.ids_again
    for name in ReportFigures.model_fields.keys() - {"execution"}:
        assert in_any_order(getattr(counted, name)) == in_any_order(getattr(at_once, name)), name
    assert database.transact(lambda tx: tx.execute("SELECT id FROM report_tally")) > 0


@pytest.mark.parametrize(
    "first, then", [(["a"], ["a", "b"]), (["a", "b"], ["b"]), ([], ["b", "a"]), (["b"], [])]
)
def test_attributes_that_are_shown_only_from_a_later_slice_on_are_counted_in_all(
    office: Office, monkeypatch: pytest.MonkeyPatch, first: list[str], then: list[str]
) -> None:
    def showing(tx: Transaction, report: list[str]) -> None:
        attributes = [
            {"name": "a", "type": "text", "description": "-"},
            {"name": "b", "type": "enumeration", "description": "-", "values": ["x", "y"]},
        ]
        document = {"name": "feedback", "attributes": attributes, "report": report}
        profile_store.store(tx, ProfileDocument.model_validate(document))

    database = office.deps.database
    database.transact(showing, first)
    said = {"profile_version": 1, "attributes": {"a": "some words", "b": "y"}}
    categorized(database, [an_outcome(row).model_copy(update=said) for row in range(1, ROWS + 1)])
    drawn = noted(monkeypatch)
    outcome = completion.report_ready(office.deps, ID, time_is_up=after(2))
    database.transact(showing, then)

    to_the_end(office, outcome)

    at_once = database.transact(lambda tx: read_figures(tx, find(database)))
    assert drawn[0].attributes == at_once.attributes
    assert drawn[0].values == at_once.values
    assert {each.rows for each in drawn[0].values} <= {ROWS}


def in_any_order(value: Any) -> Any:
    return sorted(map(repr, value)) if isinstance(value, tuple) else value
