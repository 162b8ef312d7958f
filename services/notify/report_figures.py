"""The figures of one execution: read from the database once, shown in the report and in the mail."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from services.notify.category_figures import CategoryFigures, label_figures
from services.notify.time_scale import Span, limits, period_of, span_of
from services.notify.wording import WORDINGS, Wording
from shared.contracts.attributes import Attribute
from shared.contracts.base import Contract
from shared.contracts.execution import Execution
from shared.contracts.profiles import Reader
from shared.contracts.records import NOT_LABELLED
from shared.contracts.taxonomy import UNKNOWN, CategoryStatus
from shared.platform.database import Transaction
from shared.stores import (
    category_store,
    discovery_store,
    feedback_store,
    profile_store,
    rejected_store,
    results_upload_store,
)
from shared.stores.category_store import FoundCategory
from shared.stores.discovery_store import Searched
from shared.stores.feedback_store import RowStatus, quotes, report, report_times
from shared.stores.feedback_store.known import Known, known
from shared.stores.feedback_store.quotes import Quote
from shared.stores.feedback_store.report import Answering, PeopleCount, ProductCount, StarsCount, ValueCount
from shared.stores.feedback_store.report_times import Period, TimeCount
from shared.stores.feedback_store.tallies import Tallies
from shared.stores.rejected_store import ReasonCount, RejectedQuote

QUOTED = 15
"""Categories of which examples are shown."""
_EXAMPLES = 3
_UNKNOWN_EXAMPLES = 6
LISTED = 60
"""Categories in the report's table; the rest are one line there, and all are in results.csv."""
_REASONS = 12
_ROWS = 12
_PRODUCTS = 10
_CONTRADICTORY = 6


class ReportFigures(Contract):
    """Everything that is shown of one execution, at one revision."""

    execution: Execution
    rows_by_status: dict[RowStatus, int]
    """Counted from the rows, to be compared with the execution's own counters."""
    categories: tuple[CategoryFigures, ...]
    """Without unknown, most rows first."""
    unknown: CategoryFigures
    span: Span
    period: Period
    by_time: tuple[TimeCount, ...]
    trends: tuple[TimeCount, ...]
    by_stars: tuple[StarsCount, ...]
    products: tuple[ProductCount, ...]
    examples: tuple[Quote, ...]
    found: tuple[FoundCategory, ...]
    searched: Searched
    found_quotes: tuple[Quote, ...]
    failed: tuple[Quote, ...]
    failed_reasons: tuple[ReasonCount, ...]
    rejected: tuple[RejectedQuote, ...]
    rejected_reasons: tuple[ReasonCount, ...]
    answering: tuple[Answering, ...]
    people: PeopleCount
    known: Known = Known()
    mentioned: tuple[CategoryFigures, ...] = ()
    """Categories that rows only speak of besides."""
    attributes: tuple[Attribute, ...] = ()
    """Those that are shown."""
    values: tuple[ValueCount, ...] = ()
    contradictory: tuple[Quote, ...] = ()
    """Some of the rows whose stars and sentiment contradict each other."""
    reader: Reader = Reader.TABLE
    """What the profile's files hold."""
    teams: dict[str, str] = Field(default_factory=dict)
    """By category, whom its rows go to; empty if they go nowhere."""

    @property
    def contradictions(self) -> int:
        """How many there are."""
        return sum(count.rows for count in self.by_stars if count.contradictory)

    @property
    def wording(self) -> Wording:
        """The words for it."""
        return WORDINGS[self.reader]

    @property
    def answered(self) -> int:
        """Rows that have a label, a category's or unknown."""
        return self.unknown.rows + sum(category.rows for category in self.categories)

    @property
    def unusable_share(self) -> float:
        """The share of the rows read that failed or were rejected."""
        rows = self.execution.counts.rows_read
        return self.unusable / rows if rows else 0.0

    @property
    def unusable(self) -> int:
        """Rows that failed or were rejected; what no customer wrote is left out on purpose."""
        on_purpose = sum(each.rows for each in self.rejected_reasons if each.reason.endswith(NOT_LABELLED))
        return self.execution.counts.failed + self.execution.counts.rejected - on_purpose

    @property
    def agrees(self) -> bool:
        """Whether the execution's counters equal its rows, and every row read is accounted for."""
        counts = self.execution.counts
        by_status = {status: getattr(counts, status) for status in RowStatus}
        rows = {status: self.rows_by_status.get(status, 0) for status in RowStatus}
        accounted = counts.rejected + sum(by_status.values())
        return rows == by_status and counts.rows_read == accounted

    def examples_of(self, label: str) -> list[Quote]:
        return [quote for quote in self.examples if quote.label == label]


def read_figures(tx: Transaction, execution: Execution) -> ReportFigures:
    """Reads all figures, each by a query that counts in the database, or adds up what slices have counted."""
    key = execution.execution_id
    upload = results_upload_store.find(tx, key)
    document = profile_store.current(tx, execution.profile).document
    shown = profile_store.shown_of(document)
    counted = Tallies(execution, upload.upload_id if upload else None, shown)
    stored = category_store.categories(tx, execution.profile)
    labels = label_figures(stored, report.by_label(tx, counted), report.further_mentions(tx, counted))
    names = [category.name for category in labels.categories]
    wanted = dict.fromkeys(names[:QUOTED], _EXAMPLES) | {UNKNOWN: _UNKNOWN_EXAMPLES}
    found = _found(tx, execution, [UNKNOWN, *names, *(category.name for category in labels.mentioned)])
    by_stars = tuple(report.by_stars(tx, counted))
    contradicted = any(count.contradictory for count in by_stars)
    return ReportFigures(
        **labels._asdict(),
        **_over_time(tx, counted, [UNKNOWN, *names[:LISTED]]),
        execution=execution,
        rows_by_status=report.by_status(tx, counted),
        by_stars=by_stars,
        products=tuple(report.by_product(tx, counted, _PRODUCTS)),
        examples=tuple(quotes.examples(tx, key, execution.profile, wanted)),
        found=found,
        searched=discovery_store.searched(tx, key),
        found_quotes=tuple(quotes.of_records(tx, [record for f in found for record in f.examples])),
        failed=tuple(quotes.failed(tx, key, _ROWS)),
        failed_reasons=tuple(report.failed_reasons(tx, counted, _REASONS)),
        rejected=tuple(rejected_store.rejected(tx, key, _ROWS)),
        rejected_reasons=tuple(rejected_store.rejected_reasons(tx, key, _REASONS)),
        answering=tuple(report.answering(tx, counted)),
        people=report.by_people(tx, counted),
        known=known(tx, counted),
        attributes=shown,
        reader=document.main_reader,
        teams=category_store.teams(tx, execution.profile) if document.has_routes else {},
        values=tuple(report.attribute_values(tx, counted)),
        contradictory=tuple(quotes.contradictory(tx, key, _CONTRADICTORY)) if contradicted else (),
    )


def _over_time(tx: Transaction, counted: Tallies, labels: Sequence[str]) -> dict[str, Any]:
    """The span of time that is shown, and in each of its periods the rows by sentiment and by label."""
    span = span_of(report_times.dated(tx, counted, *limits(report_times.by_month(tx, counted))))
    period = period_of(span)
    which = (tx, counted, period, span.first, span.last)
    by_time, trends = report_times.by_time(*which), report_times.by_time(*which, labels)
    return {"span": span, "period": period, "by_time": tuple(by_time), "trends": tuple(trends)}


def _found(tx: Transaction, execution: Execution, named: Iterable[str]) -> tuple[FoundCategory, ...]:
    """The new categories that rows of this execution carry, or wait for, whichever discovery found them.

    Args:
        named: the categories that rows speak of.
    """
    key = execution.execution_id
    found = category_store.found_categories(tx, key, execution.profile, execution.categorized_at)
    waiting = feedback_store.discovered.waiting(tx, execution.profile, key) if found else []
    carried = {name.casefold() for name in named}
    return tuple(
        each
        for each in found
        if each.name.casefold() in carried or (each.status is CategoryStatus.PROPOSED and each.id in waiting)
    )
