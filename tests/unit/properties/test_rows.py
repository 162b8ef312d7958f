"""Rows of any table, read as ingest reads them: what was written comes back, and no row costs another."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.dates import DateOrder, decides, parse_date
from services.ingest.placeholders import is_nothing
from services.ingest.refusal import RowRejected
from services.ingest.rows import to_feedback
from services.ingest.unpack import unpack
from services.ingest.value_forms import ValueForms
from tests.fuzz import reader
from tests.unit.ingest.reading import blocks, read

NO_SURROGATES = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")
TEXTS = (
    st.text(NO_SURROGATES, min_size=1, max_size=40)
    .map(str.strip)
    .filter(lambda text: not is_nothing("feedback", text))
)
STARS = st.sampled_from(["", "0", "4.5", "5", "3,5"])
ROWS = st.lists(st.tuples(TEXTS, STARS), min_size=1, max_size=12)
# Lines that are no row of a table of two columns, and hold no quotation mark that could open a text.
BAD_LINES = st.sampled_from(["alone", "a,b,c", "a,b,c,d", ",5", " ,4", ",nine"])


@given(
    ROWS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]), st.integers(1, 200), st.booleans()
)
def test_what_json_lines_hold_is_read_back(
    rows: list[tuple[str, str]], encoding: str, block: int, escaped: bool
) -> None:
    lines = [
        json.dumps({"feedback": text, "stars": stars, "colour": "red"}, ensure_ascii=escaped)
        for text, stars in rows
    ]
    found = read("\n".join(lines).encode(encoding), block, limit=8192)
    assert [row.problem for row in found] == [None] * len(rows)
    assert [row.values["feedback"] for row in found] == [text for text, _ in rows]


@given(st.lists(st.tuples(st.booleans(), TEXTS, BAD_LINES), min_size=1, max_size=20), st.integers(1, 100))
def test_a_bad_row_costs_no_good_one(lines: list[tuple[bool, str, str]], block: int) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["feedback", "stars"])
    for good, text, bad in lines:
        if good:
            writer.writerow([text, "4"])
        else:
            file.write(bad + "\n")

    taken = []
    rows = read(file.getvalue().encode(), block)
    for row in rows:
        try:
            taken.append(to_feedback(row, ValueForms()).feedback.feedback)
        except RowRejected:
            continue

    assert taken == [text for good, text, _ in lines if good]
    assert len(rows) == len(lines)


@given(ROWS, st.integers(1, 500), st.integers(1, 3))
def test_a_packed_table_unpacks_to_itself_in_any_pieces(
    rows: list[tuple[str, str]], block: int, members: int
) -> None:
    text = "\n".join(f"{text},{stars}" for text, stars in rows).encode() * members
    parts = [text[start::members] for start in range(members)]
    packed = b"".join(gzip.compress(part, mtime=0) for part in parts)
    assert b"".join(unpack(blocks(packed, block), 10**9)) == b"".join(parts)


@settings(max_examples=200)
@given(
    st.integers(0, 35),
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
    st.booleans(),
)
def test_any_bytes_are_rows_rejected_rows_or_a_refusal(way: int, content: bytes, headed: bool) -> None:
    reader.check(bytes([way]) + (b"feedback,date,stars\n" if headed else b"") + content)


FIRST, LAST = datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("2100-12-30")
MOMENTS = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(microsecond=0))


@given(
    MOMENTS, st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]), st.sampled_from([None, *DateOrder])
)
def test_a_moment_with_a_zone_is_the_same_moment_in_utc(
    moment: datetime, minutes: int, mark: str, order: DateOrder | None
) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_date(there.isoformat(sep=mark), order) == moment
    assert decides(there.isoformat(sep=mark)) is None


@given(MOMENTS, MOMENTS, st.sampled_from(list(DateOrder)), st.sampled_from("/.-"))
def test_a_file_that_keeps_one_order_has_all_its_dates_read_in_it(
    one: datetime, other: datetime, order: DateOrder, mark: str
) -> None:
    form = f"%d{mark}%m{mark}%Y" if order is DateOrder.DAY_FIRST else f"%m{mark}%d{mark}%Y"
    written = [each.strftime(form) for each in (one, other)]
    decided = {decides(text) for text in written} - {None}
    assert decided <= {order}
    if decided:
        assert [parse_date(text, order).date() for text in written] == [one.date(), other.date()]
