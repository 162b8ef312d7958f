"""Writes the mails, from one template for each kind: its first line is the subject, the rest the text."""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.notify import words
from services.notify.file_facts import file_facts
from services.notify.mail.mailer import Mail
from services.notify.mail.printable import one_line
from services.notify.repeats import repeats
from services.notify.report_figures import ReportFigures
from shared.contracts import keys
from shared.contracts.events import EventType, ModelEndingEvent, ModelEvent
from shared.contracts.execution import REPLACED, Execution
from shared.contracts.messages import Audience
from shared.contracts.notices import SHOWN, AnyNotice
from shared.model.model_table import model_table
from shared.stores.mail_store import HeldMail

_FOR_READERS = (
    *("completed", "revised", "failed", "partial", "reports_revised"),
    # Who reads reports is who corrects them.
    *("corrections_applied", "decisions_carried_out", "category_list_applied", "profile_applied"),
    "upload_not_taken",
)
_ATTENTION = ("Needs attention", "Feedback file failed", "No report")
_GLOBALS = {
    "sampled": words.sampled,
    "report_key": keys.report,
    "results_key": keys.results,
    "rejected_key": keys.rejected,
    "names_shown": SHOWN,
    "replaced": REPLACED,
}


def completed(figures: ReportFigures, threshold: float, link: str, days: int) -> Mail:
    """The execution is over and its report is written.

    Args:
        threshold: the share of failed and rejected rows above which it counts as a failure.
        link: to the report, for `days` days.
    """
    return _of_execution(
        "completed",
        figures.execution,
        figures=figures,
        file=file_facts(figures.execution.checkpoint),
        repeats=repeats(figures.execution, figures.known),
        threshold=threshold,
        link=link,
        days=days,
    )


def revised(figures: ReportFigures, reason: str | None, link: str, days: int) -> Mail:
    """Rows were changed after the report had gone out."""
    return _of_execution("revised", figures.execution, reason=reason, link=link, days=days)


def failed(execution: Execution, reason: str | None) -> Mail:
    """The execution ended without a report."""
    why = execution.failure_reason or reason
    redraw = json.dumps({"kind": "redraw", "execution_id": execution.execution_id})
    return _of_execution("failed", execution, reason=why, redraw=redraw)


def partial(execution: Execution) -> Mail:
    """The tracker waited its time and the execution is still not over."""
    return _of_execution("partial", execution)


def model(event_type: EventType, event: ModelEvent) -> Mail:
    """The model stopped answering, or answers again."""
    available = event_type is EventType.MODEL_AVAILABLE
    return written("model_available" if available else "model_unavailable", event=event)


def model_ending(event: ModelEndingEvent) -> Mail:
    """Bedrock is going to end a model that the stack asks."""
    return written("model_ending", event=event, checked_on=model_table().source.checked_on)


def notice(facts: AnyNotice) -> Mail:
    """What another service has people told."""
    return written(facts.kind, **dict(facts))


def written(kind: str, /, **variables: Any) -> Mail:
    """The mail of this kind. Where a paragraph has nothing to say, no gap is left."""
    audience = Audience.READERS if kind in _FOR_READERS else Audience.OPERATORS
    page = environment().get_template(f"{kind}.txt.j2").render(variables)
    subject, _, text = page.partition("\n")
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return Mail(subject=subject, text=text, audience=audience, link=variables.get("link"))


def digest(mails: Sequence[HeldMail], left: int, audience: Audience, limit: int) -> Mail:
    """One mail instead of those that were held, since more than `limit` an hour came; `left` will follow.

    A single one that was held comes as it is, only later.
    """
    if len(mails) == 1:
        return Mail(subject=mails[0].subject, text=mails[0].body, audience=audience)
    attention = sum(mail.subject.startswith(_ATTENTION) for mail in mails)
    written_out = written(
        "digest", mails=mails, left=left, audience=audience, limit=limit, attention=attention
    )
    return written_out.model_copy(update={"audience": audience})


@cache
def environment() -> Environment:
    """The templates. Whatever is put into one is one printable line: no value can add or hide a line."""
    templates = Environment(
        loader=PackageLoader("services.notify.mail"),
        autoescape=False,  # noqa: S701 - the mails are plain text
        undefined=StrictUndefined,
        finalize=one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= words.FILTERS
    templates.globals |= _GLOBALS
    return templates


def _of_execution(kind: str, execution: Execution, **variables: Any) -> Mail:
    title = words.title(execution)
    return written(kind, execution=execution, counts=execution.counts, title=title, **variables)
