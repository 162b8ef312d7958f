"""The report's last page: how it was made, by which model, at what cost, and where the rest lies."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.notify import summary, words
from services.notify.figures import Figures
from services.notify.markup import Child, Markup, element, join
from shared.contracts.execution import Execution

Fact = tuple[str, Child]


def how_it_was_made(figures: Figures, bucket: str, model_note: str, now: datetime) -> Markup:
    """Facts in two columns: term and value.

    Args:
        model_note: what the settings say of the model, for example that a stand-in answers.
        now: when the report is drawn, UTC.
    """
    facts = [*_model(figures, model_note), *_cost(figures), *_course(figures.execution, now)]
    facts += [*_people(figures), *_places(figures.execution, bucket)]
    items = [join([element("dt", term), element("dd", value)]) for term, value in facts]
    return element("section", element("h2", "How it was made"), element("dl", *items))


def closing(now: datetime) -> Markup:
    """What a reader should bear in mind."""
    text = (
        "Categories and sentiments were given by a model and can be wrong. Correct a label by uploading a CSV"
        " with the columns id and label_correction under corrections/; the report is then drawn anew, and the"
        " corrected rows serve as examples. The cost is an estimate by a price table, not a bill."
        f" Drawn on {words.moment(now)}."
    )
    return element("footer", element("p", text))


def _model(figures: Figures, model_note: str) -> Iterable[Fact]:
    models = sorted({a.model_id for a in figures.answering if a.model_id})
    if models:
        yield "Model", element("bdi", ", ".join(models))
    if model_note:
        yield "Who answered", element("bdi", model_note)
    for term, name in (
        ("Prompt", "prompt_version"),
        ("Taxonomy version", "taxonomy_version"),
        ("Corrections version", "corrections_version"),
    ):
        versions = sorted({str(v) for a in figures.answering if (v := getattr(a, name)) is not None})
        if versions:
            yield term, ", ".join(versions)


def _cost(figures: Figures) -> Iterable[Fact]:
    execution = figures.execution
    yield "Model calls", words.number(execution.calls)
    cached = execution.cache_read_tokens
    tokens = f"{words.number(execution.input_tokens)} in, {words.number(execution.output_tokens)} out"
    yield "Tokens", f"{tokens}, {words.number(cached)} read from the cache" if cached else tokens
    per_thousand = ""
    if figures.answered and execution.estimated_cost:
        per = execution.estimated_cost / figures.answered * Decimal(1000)
        per_thousand = f" ({words.dollars(per)} per 1,000 rows)"
    yield "Estimated cost", words.dollars(execution.estimated_cost) + per_thousand
    if execution.expected_cost is not None:
        yield "Expected before labelling", words.dollars(execution.expected_cost)


def _course(execution: Execution, now: datetime) -> Iterable[Fact]:
    yield "Arrived", words.moment(execution.started_at)
    ended = execution.completed_at or execution.categorized_at or now
    stages = (
        ("read", execution.started_at, execution.ingested_at),
        ("labelled after", execution.started_at, execution.classified_at),
        ("searched for new themes after", execution.started_at, execution.categorized_at),
    )
    told = "; ".join(
        f"{name} {words.duration(end - start)}" for name, start, end in stages if end is not None
    )
    yield (
        "Duration",
        f"{words.duration(ended - execution.started_at)} ({told.replace('read ', 'read after ', 1)})",
    )


def _people(figures: Figures) -> Iterable[Fact]:
    people = figures.people
    if people.relabelled:
        yield "Labelled by discovery", words.plural(people.relabelled, "row")
    if people.corrected:
        yield "Corrected by people", words.plural(people.corrected, "row")


def _places(execution: Execution, bucket: str) -> Iterable[Fact]:
    yield "Execution", element("code", execution.execution_id)
    if execution.source_key:
        yield "Source", element("code", f"s3://{execution.source_bucket}/{execution.source_key}")
    yield "All rows with labels", element("code", f"s3://{bucket}/{summary.results_key(execution)}")
    if ignored := _ignored_columns(execution.checkpoint):
        yield "Columns not used", element("bdi", ", ".join(ignored))


def _ignored_columns(checkpoint: dict[str, Any] | None) -> list[str]:
    """The columns that ingest's checkpoint says it did not know; none if it says nothing of it."""
    layout = (checkpoint or {}).get("layout")
    ignored = layout.get("ignored_columns") if isinstance(layout, dict) else None
    return [str(name) for name in ignored] if isinstance(ignored, list) else []
