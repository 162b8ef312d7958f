"""Pages of rows are bounded by what their texts take up in memory, not by their number alone."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.ingest import rejects
from services.notify import results, results_slices
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import MAX_FEEDBACK_LENGTH
from shared.platform.database import Database
from shared.stores import feedback_store, reading, rejected_store
from shared.stores.feedback_store import Outcome, ParkedCause, RowStatus
from shared.stores.rejected_store import RejectedRow
from tests.integration.notify_case import ID, an_outcome, categorized

ROWS = 150
LONG = "\u597d" * (MAX_FEEDBACK_LENGTH - 10)
"""Three bytes a character: all rows together are 45 MB."""
MOST = 20_000_000


def peak(work: Callable[[], object]) -> int:
    """The most bytes that Python had while it did this."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def an_unanswered(row: int, **changes: str) -> Outcome:
    """A row that waits for the model."""
    record = an_outcome(row, **changes).record
    return Outcome(record=record, status=RowStatus.PARKED, parked_cause=ParkedCause.MODEL)


def long_rows(database: Database) -> None:
    for start in range(0, ROWS, 30):
        rows = [an_outcome(row, feedback=f"{row} {LONG}") for row in range(start + 1, start + 31)]
        if start == 0:
            categorized(database, rows)
        else:
            database.transact(partial(feedback_store.write_outcomes, execution_id=ID, outcomes=rows))


def test_results_of_long_texts_are_written_within_bounds(database: Database) -> None:
    long_rows(database)
    written: list[int] = []

    pages = partial(results_slices.pages, database, ID)
    parts = partial(results_slices.parts, database, ID, ProfileDocument(), None, 0)

    used = peak(lambda: written.extend(len(results.lines(page)) for page in pages()))
    used_by_parts = peak(lambda: written.extend(len(part.body) for part in parts()))

    assert sum(written) > 2 * ROWS * 3 * len(LONG)
    assert used < MOST
    # A part is two pages of 4 MiB, and a copy of it is sent.
    assert used_by_parts < 2 * MOST


def test_results_that_parquet_makes_very_small_are_written_within_bounds(database: Database) -> None:
    """A part has 32 MiB of results.csv then, and a copy of it is sent."""
    long_rows(database)
    written: list[tuple[int, int]] = []
    parts = partial(results_slices.parts, database, ID, ProfileDocument(), groups=())

    used = peak(lambda: written.extend((len(each.body), len(each.parquet or b"")) for each in parts()))

    assert used < 5 * MOST
    first, last = written
    assert first[0] > 32 * 1024 * 1024
    assert first[1] == 5 * 1024 * 1024
    assert last[1] < 1024 * 1024


def test_parked_rows_of_long_texts_are_sent_within_bounds(database: Database) -> None:
    categorized(database, [])
    for start in range(0, ROWS, 30):
        rows = [an_unanswered(row, feedback=f"{row} {LONG}") for row in range(start + 1, start + 31)]
        database.transact(partial(feedback_store.write_outcomes, execution_id=ID, outcomes=rows))
    until = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    read = partial(
        feedback_store.park.parked, execution_id=ID, cause=ParkedCause.MODEL, parked_until=until, limit=200
    )
    seen: list[int] = []

    def all_pages() -> None:
        while page := database.transact(partial(read, after=seen[-1] if seen else 0)):
            seen.extend(row.id for row in page)

    assert peak(all_pages) < MOST
    assert len(seen) == len(set(seen)) == ROWS


def test_rejected_rows_of_any_length_are_listed_within_bounds(database: Database) -> None:
    categorized(database, [])
    for position in range(1, 46):
        row = RejectedRow(execution_id=ID, position=str(position), reason="no", raw="x" * 1_000_000)
        database.transact(partial(rejected_store.reject, rows=[row]))
    seen: list[str] = []

    def all_pages() -> None:
        after = ""
        while page := database.transact(
            partial(rejected_store.rejected_after, execution_id=ID, after=after, size=rejects._PAGE)
        ):
            seen.extend(row.position for row in page)
            after = page[-1].position

    assert peak(all_pages) < MOST
    assert seen == [str(position) for position in range(1, 46)]


@pytest.mark.parametrize("most", [1, 2001, 10_000, 10**9])
def test_a_page_has_one_row_at_least_and_none_is_left_out(
    database: Database, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(reading, "PAGE_BYTES", most)
    categorized(database, [an_outcome(row, feedback="x" * (row * 37 % 5000 + 1)) for row in range(1, 41)])

    pages = list(results_slices.pages(database, ID))

    assert [row.row_number for page in pages for row in page] == list(range(1, 41))
    if most == 1:
        assert len(pages) == 40
