"""Every kind of notice has its mail, and whatever others wrote stands in it as one line that can be read."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest
from jinja2 import UndefinedError, meta

from services.notify.inbox import parse
from services.notify.mail import writing
from services.notify.mail.printable import one_line
from shared.contracts.events import EventType, ModelEvent
from shared.contracts.notices import (
    AnyNotice,
    BudgetReached,
    BudgetTooSmall,
    CarriedOut,
    CategoryListApplied,
    CorrectionsApplied,
    DecisionsCarriedOut,
    ExecutionStalled,
    ExecutionWaits,
    LabelledRows,
    Names,
    ProfileApplied,
    ReportsRevised,
    RevisedReport,
    UnmatchedLine,
    UploadNotTaken,
    WrittenNotice,
)
from tests.unit.notify.figures_case import ID, an_execution, figures_saying

SINCE = datetime(2026, 11, 22, 9, 5, tzinfo=UTC).replace(tzinfo=None)
HOSTILE = "a\r\nSubject: forged\n\u2028All is well\u2029\x1b[2J\x00\u202egnp\u2066\x85\x0bb"
TAMED = "a  Subject: forged  All is well [2Jgnp  b"


def notices_saying(text: str) -> list[AnyNotice]:
    """One of each kind, with this text wherever somebody else decides what stands there."""
    names = Names.of([text] * 52)
    list_applied = CategoryListApplied(
        source=text,
        profile="feedback",
        changes=5,
        added=names,
        activated=names,
        approved=names,
        described=names,
        retired=names,
        waiting=names,
        kept=1,
        asked_again=4,
        curation_ids=(1, 2),
    )
    return [
        BudgetReached(
            execution_id=ID,
            parameter=text,
            limit=Decimal("1.50"),
            done=1200,
            cost=Decimal("1.4"),
            remaining=3,
            remaining_cost=Decimal("0.0035"),
            still_read=True,
        ),
        BudgetTooSmall(
            execution_id=ID,
            source_key=text,
            rows=12_000,
            cost=Decimal(12),
            parameter=text,
            limit=Decimal(10),
            left=Decimal(4),
        ),
        ExecutionStalled(
            execution_id=ID,
            source_key=text,
            status=text,
            since=SINCE,
            done=1,
            accepted=3,
            parked=2,
            sent_again=True,
        ),
        ExecutionWaits(execution_id=ID, source_key=text, since=SINCE, accepted=3, parked=2),
        ReportsRevised(
            profile="feedback",
            reason=text,
            reports=(RevisedReport(execution_id=ID, source_key=text),),
            count=2,
        ),
        CorrectionsApplied(
            source=text,
            labels=(LabelledRows(label=text, rows=2), LabelledRows(label=None, rows=1)),
            executions=1,
            unchanged=1,
            unmatched=2,
            unmatched_lines=(UnmatchedLine(line=7, name=text, reason=text),),
        ),
        DecisionsCarriedOut(
            source=text,
            profile="feedback",
            decisions=(
                CarriedOut(decision=text, curation_id=7, rows=5, left=2),
                CarriedOut(decision=text, curation_id=None, rows=0, left=0),
            ),
        ),
        list_applied,
        ProfileApplied(
            source=text,
            profile="feedback",
            profile_version=3,
            fields=("instructions",),
            attributes_added=names,
            attributes_changed=names,
            attributes_removed=names,
            categories=list_applied,
            active=5,
            rows=1200,
        ),
        UploadNotTaken(source=text, reasons=(text, text)),
        WrittenNotice(subject=text, message="one line"),
    ]


def kind_of(notice: AnyNotice) -> str:
    return notice.kind


each_kind = pytest.mark.parametrize("plain", notices_saying("plain"), ids=kind_of)


def test_every_kind_of_notice_is_tried_here() -> None:
    assert [type(notice) for notice in notices_saying("")] == list(get_args(AnyNotice))


@each_kind
def test_a_notice_is_read_from_the_queue_as_it_was_sent(plain: AnyNotice) -> None:
    assert parse(plain.model_dump_json()) == plain


@each_kind
def test_a_template_names_nothing_but_the_facts_of_its_notice(plain: AnyNotice) -> None:
    templates = writing.environment()
    assert templates.loader is not None
    source = templates.loader.get_source(templates, f"{plain.kind}.txt.j2")[0]

    named = meta.find_undeclared_variables(templates.parse(source))

    assert named - templates.globals.keys() <= type(plain).model_fields.keys()


@each_kind
def test_what_others_wrote_adds_no_line_and_hides_none(plain: AnyNotice) -> None:
    [hostile] = [each for each in notices_saying(HOSTILE) if each.kind == plain.kind]

    mail, tame = writing.notice(hostile), writing.notice(plain)

    assert mail.subject.isprintable()
    assert all(line.isprintable() for line in mail.text.split("\n"))
    assert mail.text == tame.text.replace("plain", TAMED)
    assert mail.subject == tame.subject.replace("plain", TAMED)


@pytest.mark.parametrize("reason", [HOSTILE, None])
def test_nor_does_it_in_mails_of_executions_and_of_the_model(reason: str | None) -> None:
    figures = figures_saying(HOSTILE)
    event = ModelEvent(model_id=HOSTILE, cause=HOSTILE)
    mails = [
        writing.completed(figures, 0.2, "link", 30),
        writing.revised(figures, reason, "link", 30),
        writing.failed(figures.execution, reason),
        writing.partial(figures.execution),
        writing.model(EventType.MODEL_UNAVAILABLE, event),
        writing.model(EventType.MODEL_AVAILABLE, event),
    ]

    for mail in mails:
        assert all(line.isprintable() for line in [mail.subject, *mail.text.split("\n")])
        assert not [line for line in mail.text.split("\n") if line.startswith(("Subject", "All is well"))]


def test_a_notice_in_the_form_of_earlier_versions_is_still_delivered() -> None:
    body = {"id": 17, "kind": "notice", "subject": "Three\nrows", "message": "All of them:\n\n  one\x1b[2J\n"}
    notice = parse(json.dumps(body))

    assert isinstance(notice, WrittenNotice)
    assert notice.key == "notice 17"
    mail = writing.notice(notice)
    assert (mail.subject, mail.text) == ("Three rows", "All of them:\n\n  one[2J")


def test_a_notice_is_known_by_its_facts_if_nobody_gave_it_an_id() -> None:
    one, again, other = (UploadNotTaken(source=source, reasons=()) for source in ("a", "a", "b"))

    assert one.key == again.key != other.key
    assert one.model_copy(update={"id": "x"}).key == "notice x"


def test_a_name_that_nobody_gave_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        writing.written("upload_not_taken", source="a")


def test_a_paragraph_that_has_nothing_to_say_leaves_no_gap() -> None:
    execution = an_execution(failed=0, rejected=0, rows_read=8, accepted=8)

    assert "\n\n\n" not in writing.completed(figures_saying("a"), 0.2, "link", 30).text
    assert writing.partial(execution).text.startswith("reviews.csv is not finished yet (it is categorized).")


def test_many_names_are_cut_and_counted() -> None:
    [mail] = [
        writing.notice(each) for each in notices_saying("Delivery") if isinstance(each, CategoryListApplied)
    ]

    assert "Added:\n  Delivery\n" in mail.text
    assert mail.text.count("  Delivery\n") == 6 * 50
    assert mail.text.count("  and 2 more\n") == 6
    assert 'upload {"decisions": [{"undo": 2}, {"undo": 1}]} in the same folder.' in mail.text


def test_letters_of_every_script_stay_as_they_are() -> None:
    written = "größe 日本 क्‍ष می‌خواهم 👩‍👩‍👧"

    assert one_line(written) == written
