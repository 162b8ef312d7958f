"""Builders of the figures that a report shows: valid as they are, each taking only what differs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.notify.category_figures import CategoryFigures
from services.notify.report_figures import ReportFigures
from services.notify.time_scale import Span
from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.execution import Execution
from shared.stores.category_store import FoundCategory
from shared.stores.discovery_store import Searched
from shared.stores.feedback_store import RowStatus
from shared.stores.feedback_store.quotes import Quote
from shared.stores.feedback_store.report import PeopleCount, ProductCount, StarsCount, ValueCount
from shared.stores.feedback_store.report_times import Period, TimeCount
from shared.stores.rejected_store import ReasonCount, RejectedQuote


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


def some_figures(**changes: Any) -> ReportFigures:
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
    return ReportFigures.model_validate(fields | changes)


def figures_saying(text: str) -> ReportFigures:
    """ReportFigures that hold this text wherever somebody else decides what stands there."""
    quote = a_quote(text=text, title=text, product_name=text, label=text, reason=text)
    found = FoundCategory.model_validate(
        {"id": 1, "name": text, "description": text, "status": "active", "examples": f'["{quote.record_id}"]'}
    )
    rejected = RejectedQuote(position="4", reason=text, raw=text, cut=False)
    unread = {"date": {"rows": 2, "examples": [text, text]}}
    layout = {
        "ignored_columns": [text],
        "read_from": {"feedback": text},
        "unsure": {"title": [text + "1", text + "2"]},
        "nearest": {text: text},
    }
    checkpoint = {"layout": layout, "unread": unread}
    return some_figures(
        execution=an_execution(source_key=f"incoming/{text}".replace("/s", "s"), checkpoint=checkpoint),
        categories=(a_category(text), a_category(text + "2")),
        examples=(quote,),
        found=(found,),
        found_quotes=(quote,),
        failed=(quote,),
        failed_reasons=(ReasonCount(reason=text, rows=1),),
        mentioned=(a_category(text + "3").model_copy(update={"further": {"negative": 2}}),),
        attributes=(Attribute(name="gist", type=AttributeType.TEXT, description=text[:300].strip() or "x"),),
        values=(ValueCount(attribute="gist", value=text, rows=2),),
        rejected=(rejected,),
        rejected_reasons=(ReasonCount(reason=text, rows=1),),
        by_stars=(StarsCount(stars=Decimal(5), sentiment="negative", rows=1),),
        contradictory=(quote,),
    )


def figures_with_everything() -> ReportFigures:
    """ReportFigures that fill every section of the report."""
    first = a_quote()
    found = FoundCategory.model_validate(
        {
            "id": 1,
            "name": "Theme 1",
            "description": "",
            "status": "proposed",
            "examples": f'["{first.record_id}"]',
        }
    )
    starts = (date(2024, 1, 1), date(2024, 1, 8))
    return some_figures(
        execution=an_execution(
            profile="email",
            revision=2,
            rows_read=81,
            accepted=71,
            labelled=62,
            unknown=3,
            failed=4,
            rejected=10,
            parked=2,
            cache_read_tokens=300,
            estimated_cost=Decimal("0.05"),
            expected_cost=Decimal("0.0456"),
            ingested_at=NOW + timedelta(seconds=31),
            classified_at=NOW + timedelta(seconds=331),
            categorized_at=NOW + timedelta(seconds=431),
            completed_at=NOW + timedelta(seconds=440),
            checkpoint={
                "layout": {
                    "ignored_columns": ["colour", "Order ID"],
                    "read_from": {"feedback": "Review Text"},
                    "unsure": {"title": ["Subject", "Headline"]},
                    "nearest": {"Order ID": "id"},
                    "passed_over": 2,
                },
                "unread": {"date": {"rows": 12, "examples": ["soon", "31/31/2024"]}},
                "stars_scale": 10,
            },
        ),
        categories=tuple(a_category(f"Theme {number}", negative=1) for number in range(62)),
        unknown=a_category("unknown", neutral=3),
        span=Span(first=at(2024, 1, 5), last=at(2026, 3, 20), undated=3),
        by_time=tuple(TimeCount(start=start, key="negative", rows=31) for start in starts),
        trends=tuple(TimeCount(start=start, key="theme 1", rows=2) for start in starts),
        by_stars=(
            StarsCount(stars=Decimal("4.5"), sentiment="positive", rows=4),
            StarsCount(stars=Decimal("1.25"), sentiment="negative", rows=8),
            StarsCount(stars=None, sentiment=None, rows=4),
            StarsCount(stars=Decimal(5), sentiment="negative", rows=3),
        ),
        products=(
            ProductCount(product_name="Lamp", rows=8, negative=3, starred=4, stars_sum=Decimal(10)),
            ProductCount(product_name="Vase", rows=200, negative=1, starred=0, stars_sum=Decimal(0)),
        ),
        examples=(
            first.model_copy(update={"label": "Theme 0"}),
            a_quote(label="unknown", sentiment=None, row_number=None, product_name=None, title=None),
        ),
        found=(found,),
        found_quotes=(first,),
        searched=Searched(pool=50_000, left_out=11_234),
        failed=(a_quote(reason="refused by the model"),),
        failed_reasons=(ReasonCount(reason="refused by the model", rows=4),),
        rejected=(RejectedQuote(position="abcdef0123456789", reason="no text", raw=";;", cut=True),),
        rejected_reasons=(ReasonCount(reason="refused", rows=9),),
        people=PeopleCount(relabelled=51, corrected=4),
        contradictory=(a_quote(stars=Decimal(5), text="Never again."),),
    )
