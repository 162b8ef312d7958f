from typing import Any

import pytest

from services.notify.mail import writing
from services.notify.mail.mailer import Mail, Mailer
from services.notify.mail.printable import clean_subject, clean_text, one_line
from shared.contracts.events import EventType, ModelEndingEvent, ModelEvent
from shared.contracts.execution import REPLACED
from shared.contracts.messages import Audience
from shared.stores.discovery_store import Searched
from shared.stores.mail_store import HeldMail
from shared.stores.rejected_store import ReasonCount
from tests.unit.notify.figures_case import a_category, an_execution, some_figures


@pytest.mark.parametrize(
    "subject, sent",
    [
        ("Report: größe – “café”.csv", 'Report: grosse - "cafe".csv'),
        ("a\r\nBcc: all@example.com\tb", "a Bcc: all@example.com b"),
        ("日本.csv", "??.csv"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("", "Feedback insights"),
        ("x" * 100, "x" * 96 + "..."),
        ("x" * 99, "x" * 99),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(subject: str, sent: str) -> None:
    cleaned = clean_subject(subject)

    assert cleaned == sent
    assert cleaned.isascii()
    assert len(cleaned) < 100


def test_a_text_too_long_for_sns_is_cut_between_characters() -> None:
    text = clean_text("é" * 200_000)

    assert len(text.encode()) < 262_144
    assert text.endswith("[The rest was too long for a mail.]")


def test_control_characters_do_not_reach_the_mail() -> None:
    assert clean_text("a\x00\x1b[2Jb\nc\td") == "a[2Jb\nc d"
    assert clean_text("\x00") == "(no text)"


@pytest.mark.parametrize(
    "sign",
    ["\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\r", "\u202e", "\u2066", "\udc80"],
)
def test_no_name_of_a_file_begins_a_line_or_turns_one_round(sign: str) -> None:
    line = one_line(f"a.csv{sign}Report: https://example.com")
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert len(clean_text(f"A file came: {line}").splitlines()) == 1


@pytest.mark.parametrize("audience", Audience)
def test_a_mail_goes_to_the_topic_of_its_audience(audience: Audience) -> None:
    sent: dict[str, Any] = {}

    class Topic:
        def publish(self, **arguments: Any) -> None:
            sent.update(arguments)

    topics = {Audience.READERS: "arn:readers", Audience.OPERATORS: "arn:operators"}
    Mailer(Topic(), topics).send(Mail(subject="Ä\n", text="ü", audience=audience))

    assert sent == {"TopicArn": topics[audience], "Subject": "A", "Message": "ü"}


FOR_READERS = {
    *("completed", "revised", "failed", "partial", "reports_revised"),
    *("corrections_applied", "decisions_carried_out", "category_list_applied", "profile_applied"),
    "upload_not_taken",
}
FOR_OPERATORS = {
    *("budget_reached", "budget_too_small", "execution_stalled", "execution_waits", "notice"),
    *("model_available", "model_unavailable", "model_ending"),
}


def test_of_every_kind_of_mail_it_is_decided_who_gets_it() -> None:
    kinds = {name.removesuffix(".txt.j2") for name in writing.environment().list_templates()}

    assert {kind for kind in kinds if not kind.startswith("_")} == FOR_READERS | FOR_OPERATORS | {"digest"}
    assert set(writing._FOR_READERS) == FOR_READERS


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("count", [1, 2])
def test_a_digest_goes_to_those_whose_mails_it_gathers(audience: Audience, count: int) -> None:
    held = [HeldMail(subject="Report: a.csv", body="All is well.", link=None)] * count

    assert writing.digest(held, 0, audience, 20).audience is audience


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


def test_a_model_whose_answers_nobody_can_read_is_told_of_with_the_shape_of_one() -> None:
    event = ModelEvent(model_id="m", cause="UnusableAnswers", needs_person=True, shape="{'aaaa': [9]}")

    told = writing.model(EventType.MODEL_UNAVAILABLE, event).text

    assert "in no form that can be read" in told
    assert "{'aaaa': [9]}" in told
    assert "access to the model" not in told


def ending(**changes: Any) -> ModelEndingEvent:
    fields: dict[str, Any] = {"model_id": "us.maker.model", "name": "maker.model", "ends_on": "2027-03-14"}
    fields |= {"days_left": 30, "stage": 30, "candidates": [CANDIDATE]}
    return ModelEndingEvent.model_validate(fields | changes)


CANDIDATE = {"name": "maker.next", "input": "0.25", "output": "1.25", "answer_form": "forced_tool"}


def test_of_a_model_that_ends_operators_hear_when_and_what_could_follow() -> None:
    mail = writing.model_ending(ending())

    assert (mail.subject, mail.audience) == ("maker.model ends in 30 days", Audience.OPERATORS)
    assert "Bedrock ends maker.model on 14 March 2027." in mail.text
    assert "The stack asks it as us.maker.model." in mail.text
    assert "the stack's ModelId parameter" in mail.text
    assert "- maker.next: 0.25 and 1.25, forced tool\n" in mail.text + "\n"


@pytest.mark.parametrize(
    "changes, subject, told",
    [
        ({"days_left": 1, "stage": 7}, "maker.model ends in 1 day", "on 14 March 2027"),
        ({"days_left": 0, "stage": 7}, "maker.model ends in 0 days", "on 14 March 2027"),
        ({"days_left": -1, "stage": 7}, "maker.model has ended", "ended maker.model on 14 March 2027"),
        (
            {"ends_on": None, "days_left": None, "stage": 0},
            "maker.model is legacy",
            "on a day that is not said",
        ),
        ({"candidates": []}, "maker.model ends in 30 days", "the stack's EmbeddingModelId parameter"),
        ({"name": "a\nBcc: b"}, "a Bcc: b ends in 30 days", "Bedrock ends a Bcc: b on"),
    ],
)
def test_the_mail_of_a_model_that_ends_says_what_is_known(
    changes: dict[str, Any], subject: str, told: str
) -> None:
    mail = writing.model_ending(ending(**changes))

    assert mail.subject == subject
    assert told in mail.text


@pytest.mark.parametrize("needs_person, told", [(True, "This needs a person"), (False, "passes by itself")])
def test_a_model_that_is_gone_says_whether_anyone_must_act(needs_person: bool, told: str) -> None:
    event = ModelEvent(model_id="m", cause="AccessDeniedException", needs_person=needs_person)

    mail = writing.model(EventType.MODEL_UNAVAILABLE, event)

    assert told in mail.text
    assert "AccessDeniedException" in mail.text


@pytest.mark.parametrize(
    "cause, helps",
    [
        ("InferenceProfileNeeded", "Set the stack's ModelId parameter to the profile's id"),
        ("UnknownModelId", "Correct the stack's ModelId parameter"),
        ("UseCaseNotSubmitted", "fill in the form"),
        ("ModelNotSubscribed", "aws-marketplace:Subscribe"),
        ("ModelEnded", "Name another one"),
    ],
)
def test_a_model_that_is_set_up_wrongly_is_told_with_what_helps(cause: str, helps: str) -> None:
    event = ModelEvent(model_id="m", cause=cause, needs_person=True)

    told = writing.model(EventType.MODEL_UNAVAILABLE, event)

    assert told.subject == "The model does not answer: m"
    assert helps in told.text
    assert cause not in told.text
