"""Builders of the figures that a report shows: valid as they are, each taking only what differs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.notify.figures import CategoryFigures, Figures
from shared.contracts.execution import Execution
from shared.contracts.report_rows import (
    FoundCategory,
    PeopleCount,
    Period,
    Quote,
    ReasonCount,
    RejectedQuote,
    Searched,
    Span,
    StarsCount,
    TimeCount,
)
from shared.stores.feedback_store import RowStatus


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A time as the database has it: UTC without a zone."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


NOW = at(2026, 11, 22, 12, 0)
ID = "reviews-0123456789abcdef"


def an_execution(**changes: Any) -> Execution:
    fields: dict[str, Any] = {
        "execution_id": ID,
        "kind": "file",
        "profile": "feedback",
        "status": "categorized",
        "execution_key": "0" * 32,
        "source_bucket": "data",
        "source_key": "incoming/reviews.csv",
        "rows_read": 10,
        "accepted": 9,
        "rejected": 1,
        "labelled": 7,
        "unknown": 1,
        "failed": 1,
        "calls": 3,
        "input_tokens": 1200,
        "output_tokens": 90,
        "estimated_cost": Decimal("0.0123"),
        "started_at": NOW,
        "last_progress_at": NOW,
    }
    return Execution.model_validate(fields | changes)


def a_category(name: str = "Delivery", **by_sentiment: int) -> CategoryFigures:
    by_sentiment = by_sentiment or {"positive": 3, "negative": 4}
    rows = sum(by_sentiment.values())
    return CategoryFigures(
        name=name,
        description=f"About {name}.",
        rows=rows,
        by_sentiment=by_sentiment,
        starred=rows,
        stars_sum=Decimal(3 * rows),
    )


def a_quote(**changes: Any) -> Quote:
    fields: dict[str, Any] = {
        "record_id": f"{ID}:1",
        "row_number": 1,
        "label": "Delivery",
        "sentiment": "negative",
        "product_name": "Lamp",
        "stars": Decimal(2),
        "create_date": NOW,
        "title": "Late",
        "text": "The parcel came late.",
        "cut": False,
    }
    return Quote.model_validate(fields | changes)


def some_figures(**changes: Any) -> Figures:
    fields: dict[str, Any] = {
        "execution": an_execution(),
        "rows_by_status": {RowStatus.LABELLED: 7, RowStatus.UNKNOWN: 1, RowStatus.FAILED: 1},
        "categories": (a_category(),),
        "unknown": a_category("unknown", neutral=1),
        "span": Span(first=at(2026, 1, 5), last=at(2026, 3, 20), undated=0),
        "period": Period.WEEK,
        "by_time": (TimeCount(start=date(2026, 1, 5), key="positive", rows=8),),
        "trends": (TimeCount(start=date(2026, 1, 5), key="Delivery", rows=7),),
        "by_stars": (StarsCount(stars=Decimal(3), sentiment="neutral", rows=8),),
        "products": (),
        "examples": (a_quote(),),
        "found": (),
        "found_quotes": (),
        "searched": Searched(),
        "failed": (),
        "failed_reasons": (),
        "rejected": (),
        "rejected_reasons": (),
        "answering": (),
        "people": PeopleCount(),
    }
    return Figures.model_validate(fields | changes)


def figures_saying(text: str) -> Figures:
    """Figures that hold this text wherever somebody else decides what stands there."""
    quote = a_quote(text=text, title=text, product_name=text, label=text, reason=text)
    found = FoundCategory.model_validate(
        {"name": text, "description": text, "status": "active", "examples": f'["{quote.record_id}"]'}
    )
    rejected = RejectedQuote(position="4", reason=text, raw=text, cut=False)
    checkpoint = {"layout": {"ignored_columns": [text]}}
    return some_figures(
        execution=an_execution(source_key=f"incoming/{text}".replace("/s", "s"), checkpoint=checkpoint),
        categories=(a_category(text), a_category(text + "2")),
        examples=(quote,),
        found=(found,),
        found_quotes=(quote,),
        failed=(quote,),
        failed_reasons=(ReasonCount(reason=text, rows=1),),
        rejected=(rejected,),
        rejected_reasons=(ReasonCount(reason=text, rows=1),),
    )
