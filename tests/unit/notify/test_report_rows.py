"""What the page says of the file and of what became of its rows."""

from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.profiles import Reader
from shared.stores.feedback_store import RowStatus
from shared.stores.rejected_store import ReasonCount
from tests.unit.notify.figures_case import (
    a_category,
    an_execution,
    figures_with_everything,
    some_figures,
)
from tests.unit.notify.report_page import read


def test_every_row_is_accounted_for_in_words() -> None:
    text = read(some_figures()).text

    assert (
        "10 read = 7 labelled + 1 unknown + 1 failed + 1 rejected, counted from the rows themselves." in text
    )


def test_counters_that_do_not_agree_with_the_rows_are_said() -> None:
    text = read(some_figures(rows_by_status={RowStatus.LABELLED: 5})).text

    assert "do not agree with its rows. The rows themselves say: 5 labelled" in text
    assert "counted from the rows themselves" not in text


def test_too_many_unusable_rows_need_attention() -> None:
    bad = an_execution(rows_read=10, accepted=8, rejected=2, labelled=6, unknown=1, failed=1)

    assert "Needs attention: 30% of the rows could not be used" in read(some_figures(execution=bad)).text
    assert "Needs attention" not in read(some_figures(execution=bad), threshold=0.3).text


def test_an_execution_without_a_labelled_row_still_has_a_page() -> None:
    empty = some_figures(
        execution=an_execution(rows_read=0, accepted=0, rejected=0, labelled=0, unknown=0, failed=0),
        rows_by_status={},
        categories=(),
        unknown=a_category("unknown", neutral=0),
        span={"first": None, "last": None, "undated": 0},
        by_time=(),
        trends=(),
        by_stars=(),
        examples=(),
    )

    assert "No row could be labelled." in read(empty).text


def test_which_model_and_which_stand_in_answered_is_said() -> None:
    answering: dict[str, Any] = {"model_id": "amazon.nova-lite-v1:0", "prompt_version": "7"}
    answering |= {"taxonomy_version": 3, "corrections_version": 2, "profile_version": 4, "rows": 8}

    text = read(some_figures(answering=(answering,)), model_note="a stand-in on this machine").text

    for told in (
        "amazon.nova-lite-v1:0",
        "a stand-in on this machine",
        "Profile feedback, version 4",
        "Taxonomy version 3",
        "$0.0123",
    ):
        assert told in text


def test_rows_that_neighbours_answered_are_told_and_are_no_model() -> None:
    shared: dict[str, Any] = {"prompt_version": None, "taxonomy_version": 3, "corrections_version": 2}
    by_model = shared | {"model_id": "amazon.nova-lite-v1:0", "rows": 8}
    by_neighbours = shared | {"model_id": "neighbours", "rows": 2100}

    text = read(some_figures(answering=(by_model, by_neighbours))).text

    assert "Answered by their nearest labelled rows 2,100 rows, without the model" in text
    assert "Model amazon.nova-lite-v1:0 " in text
    assert "nearest labelled" not in read(some_figures(answering=(by_model,))).text


def test_mails_that_programs_wrote_need_nobodys_attention() -> None:
    read_in = an_execution(
        profile="email", rows_read=10, accepted=5, rejected=5, labelled=5, unknown=0, failed=0
    )
    reasons = (
        ReasonCount(reason="an automatic reply: not labelled", rows=4),
        ReasonCount(reason="the mail holds no text", rows=1),
    )
    figures = some_figures(execution=read_in, reader=Reader.EMAIL, rejected_reasons=reasons)

    assert "Needs attention" not in read(figures).text
    assert "Needs attention: 10% of the e-mails" in read(figures, threshold=0.05).text


def test_the_profile_is_named_where_no_row_has_a_label() -> None:
    assert "Profile email Model calls" in read(some_figures(execution=an_execution(profile="email"))).text


def test_what_a_file_was_expected_to_cost_stands_beside_what_it_did() -> None:
    told = an_execution(expected_cost=Decimal("0.0456"))

    assert "Expected before labelling $0.0456" in read(some_figures(execution=told)).text
    assert "Expected before" not in read(some_figures()).text


def test_columns_that_nobody_knew_are_named() -> None:
    checkpoint = {"layout": {"ignored_columns": ["colour", "size"]}}

    assert (
        "Your own columns, kept as segments colour, size"
        in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text
    )


def test_columns_of_other_names_are_told() -> None:
    text = read(figures_with_everything()).text

    assert "Feedback read from Review Text" in text
    assert "Titles and further header rows 2, no feedback" in text
    assert "Title not read several columns may hold it: Subject, Headline" in text
    assert "Your own columns, kept as segments colour, Order ID Nearest that is known Order ID : id" in text


def test_values_that_could_not_be_read_are_told_by_column() -> None:
    text = read(figures_with_everything()).text

    assert "date: 12 of 71 rows not read, e.g. soon" in text
    assert "stars: given from 0 to 10, shown from 0 to 5" in text
    assert "Values not read" not in read(some_figures()).text


@pytest.mark.parametrize("checkpoint", [None, {}, {"layout": None}, {"layout": {"ignored_columns": None}}])
def test_a_checkpoint_of_another_form_does_no_harm(checkpoint: dict[str, Any] | None) -> None:
    assert (
        "Your own columns, kept as segments"
        not in read(some_figures(execution=an_execution(checkpoint=checkpoint))).text
    )
