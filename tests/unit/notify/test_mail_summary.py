"""The mail about an execution that is over: what it says of rows, categories and cost."""

from services.notify.mail import writing
from shared.contracts.execution import REPLACED
from shared.stores.discovery_store import Searched
from shared.stores.rejected_store import ReasonCount
from tests.unit.notify.figures_case import a_category, an_execution, some_figures


def test_values_that_could_not_be_read_are_told_by_column() -> None:
    unread = {
        "date": {"rows": 12, "examples": ["soon", "31/31/2024\nReport: http://x"]},
        "title": {"rows": 1, "examples": ["long…"]},
    }
    execution = an_execution(accepted=40, checkpoint={"unread": unread, "stars_scale": 100})
    text = writing.completed(some_figures(execution=execution), 0.2, "link", 30).text

    assert 'date: 12 of 40 rows not read, e.g. "soon", "31/31/2024 Report: http://x"\n' in text
    assert 'title: 1 of 40 rows not read, e.g. "long…"\n' in text
    assert "stars: given from 0 to 100, shown from 0 to 5\n" in text
    assert "not read" not in writing.completed(some_figures(), 0.2, "link", 30).text


def test_columns_of_other_names_are_told_a_line_each() -> None:
    layout = {
        "read_from": {"feedback": "Review\nText", "ref_id": "Review Id"},
        "unsure": {"stars": ["Rating", "Score"]},
        "ignored_columns": ["Rating", "Score", "Order ID", "Colour"],
        "nearest": {"Order ID": "date"},
        "passed_over": 2,
    }
    figures = some_figures(execution=an_execution(checkpoint={"layout": layout}))
    text = writing.completed(figures, 0.2, "link", 30).text

    assert 'Feedback was read from "Review Text".\nId was read from "Review Id".\n' in text
    assert (
        'Stars was not read, for several columns may hold it: "Rating", "Score". Rename one to stars.\n'
        in text
    )
    assert "Your own columns, kept as segments: Order ID (nearest that is known: date), Colour\n" in text
    assert "2 rows beside the header are no feedback: titles or further names of columns\n" in text
    assert "Your own columns, kept as segments" not in writing.completed(some_figures(), 0.2, "link", 30).text


def test_why_rows_were_rejected_is_told_with_the_most_frequent_reasons_first() -> None:
    reasons = tuple(ReasonCount(reason=f"reason {n}\nforged", rows=9 - n) for n in range(6))
    execution = an_execution(rows_read=40, accepted=0, labelled=0, rejected=40)
    figures = some_figures(execution=execution, categories=(), rejected_reasons=reasons)
    text = writing.completed(figures, 0.2, "link", 30).text

    assert "40 rows could not be read: rejected/" in text
    assert "\n      9  reason 0 forged\n      8  reason 1 forged\n" in text
    assert "\n      5  reason 4 forged\n         and others, for more reasons\n" in text
    assert "reason 5" not in text


def test_the_summary_has_counts_top_categories_cost_and_the_link() -> None:
    mail = writing.completed(some_figures(), 0.2, "https://api/reports/t", 30)

    for told in (
        "SUCCESS",
        "this link works for 30 days",
        "https://api/reports/t",
        "rows read:         10",
        "Delivery (57% negative)",
        "1 row could not be read: rejected/reviews-0123456789abcdef.csv",
        "3 model calls, 1,290 tokens, about $0.0123",
    ):
        assert told in mail.text


def test_the_summary_names_new_categories_and_what_waits_for_approval() -> None:
    found = {
        "id": 1,
        "name": "Privacy",
        "description": "Who sees it.",
        "status": "proposed",
        "examples": "[]",
    }

    mail = writing.completed(some_figures(found=(found,)), 0.2, "link", 30)

    assert mail.subject == "Feedback report: 10 rows, 1 new category - reviews.csv"
    assert "Privacy (proposed, waits for approval): Who sees it." in mail.text


def test_many_categories_are_not_all_listed() -> None:
    categories = tuple(a_category(f"C{n}", positive=1) for n in range(10))

    assert (
        "and 2 more categories" in writing.completed(some_figures(categories=categories), 0.2, "l", 30).text
    )


def test_a_failed_discovery_and_disagreeing_counters_are_told() -> None:
    figures = some_figures(execution=an_execution(discovery="failed", labelled=3))

    mail = writing.completed(figures, 0.2, "l", 30)

    assert "search for new categories failed" in mail.text
    assert "do not agree" in mail.text


def test_a_search_that_took_a_sample_says_how_much_of_it() -> None:
    all_of_them = some_figures(searched=Searched(pool=50_000))
    sample = some_figures(searched=Searched(pool=50_000, left_out=11_234))

    assert "sample" not in writing.completed(all_of_them, 0.2, "l", 30).text
    assert "a sample: 50,000 of 61,234." in writing.completed(sample, 0.2, "l", 30).text


def test_direct_feedback_that_failed_is_not_asked_to_be_uploaded() -> None:
    mail = writing.failed(an_execution(kind="direct", source_key=None, failure_reason="No model."), None)

    assert "No model." in mail.text
    assert "upload" not in mail.text


def test_a_file_that_was_replaced_while_it_was_read_asks_for_nothing() -> None:
    mail = writing.failed(an_execution(status="failed", failure_reason=REPLACED), None)

    assert mail.subject == "Feedback file replaced: reviews.csv"
    assert "What to do: nothing. The upload that replaced it is read on its own" in mail.text
    assert "upload the file again" not in mail.text


def test_another_file_that_failed_is_to_be_uploaded_again() -> None:
    mail = writing.failed(an_execution(status="failed", failure_reason="no column feedback"), None)

    assert "upload the file again, under this name or another: each upload is read anew." in mail.text
    assert "nothing" not in mail.text
