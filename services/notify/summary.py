"""What people are told by mail: the subject and the plain text for each way an execution can go."""

import json
from collections.abc import Iterable

from services.notify import words
from services.notify.figures import Figures
from services.notify.mail import Mail
from shared.contracts import keys
from shared.contracts.events import Counts, EventType, ModelEvent
from shared.contracts.execution import Execution

_TOP = 8


def completed(figures: Figures, threshold: float, link: str, days: int) -> Mail:
    """The execution is over and its report is written."""
    title, counts = words.title(figures.execution), figures.execution.counts
    rows = words.plural(counts.rows_read, "row")
    if figures.unusable_share > threshold:
        share = words.percent(counts.failed + counts.rejected, counts.rows_read)
        subject = f"Needs attention: {share} of {rows} could not be used - {title}"
        opening = (
            f"FAILURE: {share} of the rows of {title} failed or were rejected, more than the"
            f" {threshold:.0%} that counts as a success. What could be labelled is in the report."
        )
    else:
        found = f", {words.plural(len(figures.found), 'new category', 'new categories')}"
        subject = f"Feedback report: {rows}{found if figures.found else ''} - {title}"
        opening = f"SUCCESS: the feedback of {title} is labelled."
    return Mail(subject=subject, text=_join([opening, *_body(figures, link, days)]))


def revised(figures: Figures, reason: str | None, link: str, days: int) -> Mail:
    """Rows were changed after the report had gone out."""
    execution = figures.execution
    title = words.title(execution)
    opening = f"The report of {title} was drawn anew (revision {execution.revision})."
    why = f"Why: {reason}" if reason else ""
    counts = _counts(execution.counts)
    return Mail(
        subject=f"Feedback report revised: {title}",
        text=_join([opening, why, counts, _link(link, days), _where(execution)]),
    )


def failed(execution: Execution, reason: str | None) -> Mail:
    """The execution ended without a report."""
    title = words.title(execution)
    why = execution.failure_reason or reason or "The reason was not recorded; the log has it."
    rows = _counts(execution.counts) if execution.rows_read else ""
    what = "No report could be drawn" if execution.lacks_report else "Feedback file failed"
    return Mail(
        subject=f"{what}: {title}",
        text=_join([f"{title}: {why}", _what_to_do(execution), rows, _where(execution)]),
    )


def _what_to_do(execution: Execution) -> str:
    if execution.lacks_report:
        order = json.dumps({"kind": "redraw", "execution_id": execution.execution_id})
        return (
            "What to do: put right what is named above and have the report drawn again, by sending"
            f" {order} to the sweep queue. It is also tried again when a row of it changes."
        )
    if execution.kind == "file":
        return (
            "What to do: put right what is named above and upload the file again. The same file under"
            " another name, or changed, is read anew; rows that it shares with this one do no harm."
        )
    return "What to do: put right what is named above; later feedback goes into the next day's report."


def partial(execution: Execution) -> Mail:
    """The tracker waited its time and the execution is still not over."""
    title = words.title(execution)
    opening = (
        f"{title} is not finished yet (it is {execution.status}). Nothing is lost and nobody needs to do"
        " anything now: the report comes when the last row is labelled."
    )
    so_far = "So far:\n" + _counts(execution.counts)
    return Mail(
        subject=f"Feedback report still under way: {title}", text=_join([opening, so_far, _where(execution)])
    )


def model(event_type: EventType, event: ModelEvent) -> Mail:
    """The model stopped answering, or answers again."""
    if event_type is EventType.MODEL_AVAILABLE:
        text = "It answers again. Feedback that waited for it is being labelled; nothing was lost."
        return Mail(subject=f"The model answers again: {event.model_id}", text=f"{event.model_id}: {text}")
    waits = "Feedback that arrives is kept and labelled once it answers again."
    what_to_do = (
        f"This needs a person: Bedrock says {event.cause}. Check in the Bedrock console that the account has"
        " access to the model in this region, and that the stack's ModelId parameter names it rightly."
        if event.needs_person
        else f"Bedrock says {event.cause}. This usually passes by itself; the model is tried every minute."
    )
    return Mail(
        subject=f"The model does not answer: {event.model_id}",
        text=_join([f"{event.model_id} does not answer. {waits}", what_to_do]),
    )


def _body(figures: Figures, link: str, days: int) -> Iterable[str]:
    execution = figures.execution
    yield _link(link, days)
    yield _counts(execution.counts)
    yield _top(figures)
    yield _found(figures)
    yield words.sampled(figures.searched)
    yield _problems(figures)
    if execution.discovery == "failed":
        yield "The search for new categories failed this time; unknown rows are searched again next time."
    yield _cost(execution)
    yield _where(execution)


def _counts(counts: Counts) -> str:
    lines = [
        ("rows read", counts.rows_read),
        ("labelled", counts.labelled),
        ("unknown", counts.unknown),
        ("failed", counts.failed),
        ("rejected", counts.rejected),
    ]
    if counts.parked:
        lines.append(("waiting", counts.parked))
    return "\n".join(f"{name + ':':<12}{words.number(value):>9}" for name, value in lines)


def _top(figures: Figures) -> str:
    if not figures.categories:
        return "No row fits a category."
    lines = [
        f"{words.number(c.rows):>7}  {c.name} ({words.percent(c.sentiment('negative'), c.rows)} negative)"
        for c in figures.categories[:_TOP]
    ]
    more = len(figures.categories) - _TOP
    tail = [f"         and {words.plural(more, 'more category', 'more categories')}"] if more > 0 else []
    return "\n".join(["Top categories", *lines, *tail])


def _found(figures: Figures) -> str:
    lines = [
        f"  {found.name}{' (proposed, waits for approval)' if found.status == 'proposed' else ''}: "
        f"{found.description}"
        for found in figures.found
    ]
    return "\n".join(["New categories", *lines]) if lines else ""


def _problems(figures: Figures) -> str:
    execution, counts = figures.execution, figures.execution.counts
    lines = []
    if counts.rejected:
        where = keys.rejected(execution.execution_id)
        lines.append(f"{words.plural(counts.rejected, 'row')} could not be read: {where}")
    if counts.failed:
        lines.append(
            f"{words.plural(counts.failed, 'row')} could not be labelled: see the column failure_reason"
        )
    if not figures.agrees:
        lines.append("The counters do not agree with the rows: somebody should look into it.")
    return "\n".join(lines)


def _cost(execution: Execution) -> str:
    tokens = execution.input_tokens + execution.output_tokens
    calls = words.plural(execution.calls, "model call")
    return f"{calls}, {words.number(tokens)} tokens, about {words.dollars(execution.estimated_cost)}"


def _link(link: str, days: int) -> str:
    return f"Report (this link works for {words.plural(days, 'day')}):\n{link}"


def _where(execution: Execution) -> str:
    lines = [f"Execution: {execution.execution_id}"]
    if execution.source_key:
        lines.append(f"Source:    s3://{execution.source_bucket}/{execution.source_key}")
    if execution.status.value in ("categorized", "completed"):
        lines.append(f"All rows:  {keys.results(execution.execution_id)}")
    return "\n".join(lines)


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
