"""Results in slices, with a real database and S3 by moto: whatever dies, they are whole, of one revision.

All with results.csv alone, and with the same rows as Parquet besides.
"""

import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.notify import completion, handler, report, results_slices
from services.notify.inbox import ExecutionNews
from services.notify.report_figures import ReportFigures, read_figures
from services.notify.storage import Storage, UploadGone
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.events import Counts, ExecutionEvent
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import ContinueReport
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.stores import execution_store, feedback_store, results_upload_store
from shared.stores.results_upload_store import ResultsUpload
from tests.builders import a_source
from tests.integration.notify_case import BUCKET, ID, Office, an_office, an_outcome, categorized, find
from tests.parquet_readers import assert_same, rows_of_csv
from tests.uploads_by_moto import as_s3_has_it

ROWS = 40
FILES = [str(row) for row in range(1, ROWS + 1)]
PARQUET = keys.results_parquet("feedback", ID)


class Died(BaseException):
    """The process was killed here."""


@pytest.fixture(params=["csv", "csv+parquet"])
def office(
    database: Database, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Office]:
    """A part of an upload has four rows."""
    as_s3_has_it(monkeypatch, least_part=0)
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1)
    monkeypatch.setattr(results_slices, "_LEAST_BYTES", 1)
    monkeypatch.setattr(results_slices, "_PAGE", 4)
    with mock_aws():
        yield an_office(database, results_format=request.param)


def results_of(office: Office) -> list[dict[str, str]]:
    """The rows of results.csv, which are those of the other file if there is one."""
    data = office.object(keys.results(ID))
    if office.deps.settings.writes_parquet:
        assert_same(office.object(PARQUET), data)
    else:
        assert office.s3.list_objects_v2(Bucket=BUCKET, Prefix=keys.RESULTS)["KeyCount"] == 0
    return rows_of_csv(data)


def listed(office: Office) -> list[str]:
    return [row["row_number"] for row in results_of(office)]


def uploads(office: Office) -> int:
    """How many results are being written, each to as many files as there are to be."""
    under_way = office.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    count, rest = divmod(len(under_way), 2 if office.deps.settings.writes_parquet else 1)
    assert not rest
    return count


def saved(office: Office) -> ResultsUpload | None:
    return office.deps.database.transact(partial(results_upload_store.find, execution_id=ID))


def sent(office: Office) -> list[ContinueReport]:
    """What the outbox has for the notify queue, all of it so far."""

    def read(tx: Transaction) -> list[ContinueReport]:
        tx.execute("SELECT payload FROM outbox WHERE event_type = 'ContinueReport' ORDER BY id")
        return [ContinueReport.model_validate_json(row["payload"]) for row in tx.fetchall()]

    return office.deps.database.transact(read)


def after(parts: int) -> Callable[[], bool]:
    """Time is up after so many parts."""
    left = [parts]

    def is_up() -> bool:
        left[0] -= 1
        return left[0] <= 0

    return is_up


def go_on(office: Office, parts: int = 2) -> str:
    return completion.go_on(office.deps, sent(office)[-1], after(parts))


def to_the_end(office: Office, outcome: str) -> int:
    """Delivers what the report sends to itself until it is out; returns how many slices that took."""
    slices = 0
    while outcome == "goes on":
        slices += 1
        outcome = go_on(office)
    assert outcome == "told"
    assert find(office.deps.database).status is ExecutionStatus.COMPLETED
    assert len(office.mails) == 1
    assert (uploads(office), saved(office)) == (0, None)
    return slices


def begun(office: Office, parts: int = 2) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    assert completion.report_ready(office.deps, ID, time_is_up=after(parts)) == "goes on"


def dies_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int = 1, *, before: bool) -> None:
    """Has the `call`th call of this be the last that the process does, or nearly does."""
    work, calls = getattr(owner, name), [0]

    def once(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and before:
            raise Died
        answer = work(*arguments, **named)
        if calls[0] == call:
            raise Died
        return answer

    monkeypatch.setattr(owner, name, once)


def change_rows(database: Database, label: str = "Price") -> None:
    def work(tx: Transaction) -> None:
        tx.execute("UPDATE customer_feedback SET label_correction = %s", [label])
        lifecycle.revise(tx, ID, "a correction")

    database.transact(work)


def test_a_file_that_takes_five_slices_is_whole(office: Office) -> None:
    begun(office)

    # Five, one that finds nothing more, and the figures have an invocation of their own.
    assert to_the_end(office, "goes on") == 6
    assert listed(office) == FILES
    assert [message.slice for message in sent(office)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "receives, deferrals, parts",
    [(1, 0, 8), (2, 0, 4), (3, 0, 2), (4, 0, 1), (5, 0, 1), (1, 1, 4), (2, 1, 2), (1, 400, 1)],
)
def test_a_slice_takes_a_third_of_an_invocation_and_less_when_that_was_too_much(
    office: Office, receives: int, deferrals: int, parts: int
) -> None:
    """The clock shows 13 seconds less each time that it is looked at."""
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    event = ExecutionEvent(execution_id=ID, profile="feedback", status="categorized", counts=Counts())
    news = ExecutionNews.model_validate({"detail-type": "ExecutionCategorized", "detail": event})
    left = count(300, -13)

    message = Received("m", "", "", receives=receives, deferrals=deferrals)

    handler.tell(office.deps, news, Attempt(lambda: next(left), message))

    upload = saved(office)
    assert upload is not None
    assert len(upload.parts) == parts
    left = count(300, -1)
    for _ in range(2):
        handler.tell(office.deps, sent(office)[-1], Attempt(lambda: next(left), Received("n", "", "")))
    assert listed(office) == FILES
    assert len(office.mails) == 1


def test_a_file_that_ends_in_its_first_slice_has_one_invocation_and_no_checkpoint(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])

    assert completion.report_ready(office.deps, ID) == "told"

    assert (listed(office), sent(office), uploads(office)) == (FILES, [], 0)


def test_a_file_of_less_than_one_part_is_one_put(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1_000_000)
    monkeypatch.setattr(Storage, "begin", None)
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])

    assert completion.report_ready(office.deps, ID, time_is_up=lambda: True) == "told"

    assert listed(office) == FILES


def test_a_file_without_a_good_row_has_results_with_columns_and_no_row(office: Office) -> None:
    categorized(office.deps.database, [])

    assert completion.report_ready(office.deps, ID) == "told"

    assert listed(office) == []
    assert office.object(keys.results(ID)).startswith(b'\xef\xbb\xbf"id","record_id"')


def test_rows_that_end_with_a_part_need_no_empty_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[int] = []
    put = Storage.put_part

    def noted(self: Storage, key: str, upload_id: str, number: int, body: bytes) -> str:
        if key == keys.results(ID):
            bodies.append(len(body))
        return put(self, key, upload_id, number, body)

    monkeypatch.setattr(Storage, "put_part", noted)
    begun(office, parts=3)
    to_the_end(office, "goes on")

    assert len(bodies) == ROWS / 4
    assert all(bodies)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    "owner, name, call",
    [
        (Storage, "put_part", 1),
        (Storage, "put_part", 2),
        (results_upload_store, "save", 1),
        (Storage, "complete", 1),
        (completion, "_write_report", 1),
        (completion, "_complete", 1),
    ],
    ids=["part", "second part", "save", "complete", "report", "completed"],
)
def test_a_slice_that_dies_anywhere_is_repeated(
    office: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int, before: bool
) -> None:
    begun(office)
    with monkeypatch.context() as patch:
        dies_at(patch, owner, name, call, before=before)
        with pytest.raises(Died):
            to_the_end(office, "goes on")

    try:
        outcome = go_on(office)
    except UploadGone:  # one of two files was whole already: both are begun anew with the next delivery
        assert (name, before) == ("complete", False)
        assert office.deps.settings.writes_parquet
        outcome = go_on(office)
    to_the_end(office, outcome)
    assert listed(office) == FILES


def test_an_upload_that_was_completed_while_nobody_could_say_so_is_begun_anew(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = Storage.complete

    def twice(self: Storage, key: str, upload_id: str, tags: Sequence[str]) -> None:
        complete(self, key, upload_id, tags)
        raise UploadGone("NoSuchUpload: it was aborted or completed")

    begun(office)
    with monkeypatch.context() as patch:
        patch.setattr(Storage, "complete", twice)
        with pytest.raises(UploadGone):
            to_the_end(office, "goes on")

    assert saved(office) is None
    to_the_end(office, go_on(office))
    assert listed(office) == FILES


@pytest.mark.parametrize("name, call", [("put_part", 1), ("put_part", 2), ("complete", 1)])
def test_what_fails_in_the_first_slice_leaves_nothing_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    with monkeypatch.context() as patch:
        dies_at(patch, Storage, name, call, before=True)
        with pytest.raises(Died):
            completion.report_ready(office.deps, ID)

    assert (uploads(office), saved(office), sent(office)) == (0, None, [])
    assert completion.report_ready(office.deps, ID) == "told"


@pytest.mark.parametrize(
    "results_format, letters",
    [("csv", "x"), ("csv+parquet", "x"), ("csv+parquet", string.printable)],
    ids=["csv", "filled up", "as large by itself"],
)
def test_parts_are_as_large_as_s3_wants_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, results_format: str, letters: str
) -> None:
    """Moto refuses an upload with a part of less than 5 MiB that is not the last."""
    as_s3_has_it(monkeypatch)
    monkeypatch.setattr(results_slices, "_FULL_BYTES", 12 * 1024 * 1024)
    draw = random.Random(1)
    long = "".join(draw.choices(letters, k=200_000))
    with mock_aws():
        office = an_office(database, results_format=results_format)
        for start in (1, 101, 201):
            written = [
                an_outcome(row, feedback=f"{row} {long[row * 300 :][:99_000]}")
                for row in range(start, start + 100)
            ]
            if start == 1:
                categorized(database, written)
            else:
                write = partial(feedback_store.write_outcomes, execution_id=ID, outcomes=written)
                database.transact(write)

        assert completion.report_ready(office.deps, ID, time_is_up=lambda: True) == "goes on"
        to_the_end(office, "goes on")

        assert listed(office) == [str(row) for row in range(1, 301)]


def test_a_format_that_is_switched_on_between_two_slices_comes_with_the_next_revision(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_s3_has_it(monkeypatch, least_part=0)
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1)
    monkeypatch.setattr(results_slices, "_LEAST_BYTES", 1)
    monkeypatch.setattr(results_slices, "_PAGE", 4)
    with mock_aws():
        office = an_office(database)
        begun(office)
        settings = office.deps.settings.model_copy(update={"results_format": "csv+parquet"})
        office = office._replace(deps=replace(office.deps, settings=settings))

        while go_on(office) == "goes on":
            pass
        assert office.s3.list_objects_v2(Bucket=BUCKET, Prefix=keys.RESULTS)["KeyCount"] == 0
        change_rows(database)
        assert completion.report_ready(office.deps, ID, "a correction") == "told"

        assert listed(office) == FILES


def test_the_same_message_again_does_not_work_on_another_slice(office: Office) -> None:
    begun(office)
    [first] = sent(office)
    go_on(office)

    assert completion.go_on(office.deps, first, after(2)) == "nothing is due"
    assert [message.slice for message in sent(office)] == [1, 2]


def test_an_event_that_comes_again_goes_on_where_the_results_are(office: Office) -> None:
    """The message that would have gone on is lost; the sweeper announces the stage once more."""
    begun(office)

    assert completion.report_ready(office.deps, ID, time_is_up=after(2)) == "goes on"
    assert saved(office) is not None
    assert [message.slice for message in sent(office)] == [1, 2]
    to_the_end(office, "goes on")
    assert listed(office) == FILES


def overtaken(office: Office, patch: pytest.MonkeyPatch, slices: int) -> None:
    """Another run does so many slices from the same place, when this one sends its next part."""
    execution, put, rival = find(office.deps.database), Storage.put_part, [True]

    def put_behind_it(self: Storage, key: str, upload_id: str, number: int, body: bytes) -> str:
        if rival and rival.pop():
            results_slices.ResultsSlices(office.deps, execution, None).write(after(slices))
        return put(self, key, upload_id, number, body)

    patch.setattr(Storage, "put_part", put_behind_it)


def test_two_at_the_same_slice_send_the_same_parts_and_one_of_them_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is gone with its connection, and another run does all that this one is at, and more."""
    begun(office)
    with monkeypatch.context() as patch:
        overtaken(office, patch, slices=3)
        assert go_on(office) == "goes on"

    assert [message.slice for message in sent(office)] == [1, 2]
    to_the_end(office, "goes on")
    assert listed(office) == FILES


def test_one_that_is_overtaken_to_the_end_does_not_undo_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(office)
    with monkeypatch.context() as patch:
        overtaken(office, patch, slices=99)
        with pytest.raises(UploadGone):
            go_on(office)

    upload = saved(office)
    assert upload is not None
    assert upload.place is None
    assert to_the_end(office, "goes on") == 1
    assert listed(office) == FILES


def test_of_two_that_begin_at_once_one_upload_is_left(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    execution, begin, rival = find(office.deps.database), Storage.begin, [True]

    def overtaken(self: Storage, key: str, content_type: str) -> str:
        if rival and rival.pop():
            results_slices.ResultsSlices(office.deps, execution, None).write(after(1))
        return begin(self, key, content_type)

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "begin", overtaken)
        with pytest.raises(UploadGone):
            completion.report_ready(office.deps, ID, time_is_up=after(2))

    assert uploads(office) == 1
    to_the_end(office, go_on(office))
    assert listed(office) == FILES


def test_rows_that_change_between_two_slices_begin_another_upload_and_end_the_first(office: Office) -> None:
    begun(office)
    first = saved(office)
    change_rows(office.deps.database)

    assert go_on(office) == "goes on"

    second = saved(office)
    assert first
    assert second
    assert first.upload_id != second.upload_id
    assert (second.revision, uploads(office)) == (1, 1)
    to_the_end(office, "goes on")
    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_rows_that_change_when_the_results_are_whole_have_them_written_again(office: Office) -> None:
    begun(office)
    go_on(office, parts=99)
    upload = saved(office)
    assert upload is not None
    assert (upload.place, uploads(office)) == (None, 0)
    change_rows(office.deps.database)

    assert to_the_end(office, go_on(office)) >= 1
    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_a_revision_of_a_finished_report_replaces_its_results_at_once_or_not_at_all(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    completion.report_ready(office.deps, ID)
    before = office.object(keys.results(ID))
    change_rows(office.deps.database)

    assert completion.report_ready(office.deps, ID, "a correction", after(2)) == "goes on"
    assert office.object(keys.results(ID)) == before
    assert [message.reason for message in sent(office)] == ["a correction"]
    while go_on(office) == "goes on":
        pass

    assert office.object(keys.results(ID)) != before
    assert "a correction" in office.mails[1]["Message"]


def test_an_upload_that_s3_forgot_is_begun_anew(office: Office) -> None:
    """By the lifecycle rule, when nothing went on for a week."""
    begun(office)
    upload = saved(office)
    assert upload is not None
    office.deps.storage.abort(keys.results(ID), upload.upload_id)

    with pytest.raises(UploadGone):
        go_on(office)

    assert saved(office) is None
    to_the_end(office, go_on(office))
    assert listed(office) == FILES


def test_a_report_that_failed_and_is_asked_for_again_begins_anew(office: Office) -> None:
    """Its rows may have changed while it counted as failed, which makes no revision."""
    begun(office)
    database = office.deps.database
    database.transact(lambda tx: lifecycle.fail(tx, ID, "no report could be drawn"))
    assert go_on(office) == "nothing is due"
    database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET label_correction = 'Price'"))
    database.transact(lambda tx: lifecycle.redraw(tx, ID))

    assert go_on(office, parts=99) == "told"

    assert {row["label_final"] for row in results_of(office)} == {"Price"}


def test_each_slice_is_progress_so_that_nobody_takes_it_for_standing_still(office: Office) -> None:
    begun(office)
    database = office.deps.database
    old = "UPDATE execution SET last_progress_at = NOW(3) - INTERVAL 1 DAY, stalled_at = NOW(3)"
    database.transact(lambda tx: tx.execute(old))

    go_on(office)

    read = partial(execution_store.watch.standing_still, after=None, seconds=900)
    assert database.transact(read) == []
    assert find(database).stalled_at is None


def test_s3_that_is_away_for_one_slice_costs_that_slice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(office)
    before = saved(office)

    def away(*_: Any) -> str:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "UploadPart")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "put_part", away)
        with pytest.raises(ClientError):
            go_on(office)

    assert saved(office) == before
    to_the_end(office, "goes on")
    assert listed(office) == FILES


def test_direct_feedback_goes_on_where_it_was(office: Office) -> None:
    outcomes = [an_outcome(row) for row in range(1, ROWS + 1)]
    unnumbered = [
        each.model_copy(update={"record": each.record.model_copy(update={"row_number": None})})
        for each in outcomes
    ]
    categorized(office.deps.database, unnumbered)

    to_the_end(office, completion.report_ready(office.deps, ID, time_is_up=after(3)))

    assert [row["record_id"] for row in results_of(office)] == [f"{ID}:{row}" for row in range(1, ROWS + 1)]


def a_mixed_file(database: Database) -> None:
    """Rows of every kind, of which an earlier file had some."""
    categorized(database, [])
    words = ["Delivery", "Price", "unknown", None, "price"]
    rows = [
        an_outcome(
            row,
            words[row % 5],
            feedback=f"text {row % 17}",
            ref_id="" if row % 7 == 0 else str(40000 + row % 31),
            sentiment=("negative", "neutral", "mixed")[row % 3],
            date=f"202{row % 3}-0{row % 9 + 1}-1{row % 9}T1{row % 9}:00:00" if row % 4 else None,
            product_name=("Lamp", "lamp", "L\u00e1mp", "Chair", "", "Desk")[row % 6],
            **({"stars": row % 11 / 2} if row % 2 else {}),
        )
        for row in range(1, ROWS + 1)
    ]

    def fill(tx: Transaction) -> None:
        earlier = "earlier-0123456789abcdef"
        lifecycle.start_file(tx, earlier, "feedback", a_source(key="incoming/earlier.csv"))
        tx.execute("UPDATE execution SET started_at = '2020-01-01' WHERE execution_id = %s", [earlier])
        written = [
            each.model_copy(
                update={
                    "record": each.record.model_copy(
                        update={"record_id": f"{earlier}:{place}", "execution_id": earlier}
                    )
                }
            )
            for place, each in enumerate(rows[: ROWS // 2])
        ]
        feedback_store.write_outcomes(tx, earlier, written)
        execution_store.lock(tx, ID)
        counts = feedback_store.write_outcomes(tx, ID, rows)
        execution_store.add_counts(tx, ID, counts.model_copy(update={"rows_read": ROWS, "accepted": ROWS}))
        tx.execute(
            "UPDATE customer_feedback SET label_correction = 'Price', label_post_processing = 'Delivery'"
            " WHERE `row_number` % 6 = 0 AND status = 'labelled'"
        )

    database.transact(fill)


@pytest.mark.parametrize("direct", [False, True], ids=["file", "direct"])
def test_the_figures_are_the_same_when_slices_have_counted_them(
    office: Office, monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    database = office.deps.database
    a_mixed_file(database)
    if direct:
        database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET `row_number` = NULL"))
        database.transact(lambda tx: tx.execute("UPDATE execution SET kind = 'direct'"))
    at_once = database.transact(lambda tx: read_figures(tx, find(database)))
    drawn: list[ReportFigures] = []
    draw = report.draw

    def noted(figures: ReportFigures, *rest: Any) -> bytes:
        drawn.append(figures)
        return draw(figures, *rest)

    monkeypatch.setattr(report, "draw", noted)
    to_the_end(office, completion.report_ready(office.deps, ID, time_is_up=after(2)))

    [counted] = drawn
    assert at_once.agrees
    assert len(at_once.products) > 1
    assert direct or at_once.known.by_id
    assert direct or at_once.known.ids_again
    for name in ReportFigures.model_fields.keys() - {"execution"}:
        assert in_any_order(getattr(counted, name)) == in_any_order(getattr(at_once, name)), name
    assert database.transact(lambda tx: tx.execute("SELECT id FROM report_tally")) > 0


def in_any_order(value: Any) -> Any:
    return sorted(map(repr, value)) if isinstance(value, tuple) else value
