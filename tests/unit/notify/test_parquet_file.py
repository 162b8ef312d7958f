"""The writer of Parquet, by what pyarrow and DuckDB read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow.parquet  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.parquet_file import thrift
from services.notify.parquet_file.schema import Field, ValueType
from services.notify.parquet_file.writer import Writer
from shared.stores.results_upload_store import RowGroup
from tests.parquet_readers import read, types

_PRICE = (Field("amount", ValueType.NUMBER), Field("code", ValueType.TEXT))
FIELDS = (
    Field("number", ValueType.INTEGER),
    Field("text", ValueType.TEXT),
    Field("stars", ValueType.NUMBER),
    Field("late", ValueType.BOOLEAN),
    Field("day", ValueType.DATE),
    Field("time", ValueType.TIME),
    Field("tags", ValueType.TEXT, many=True),
    Field("topics", (Field("name", ValueType.TEXT), Field("rank", ValueType.INTEGER)), many=True),
    Field("own", (Field("price", _PRICE), Field("day", ValueType.DATE))),
)
Row = dict[str, Any]
TEXTS = st.text(max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.floats(allow_nan=False)
MOMENTS = st.datetimes().map(lambda time: time.replace(microsecond=0))
ROWS = st.fixed_dictionaries(
    {
        "number": st.none() | INTEGERS,
        "text": st.none() | TEXTS,
        "stars": st.none() | NUMBERS,
        "late": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "time": st.none() | MOMENTS,
        "tags": st.none() | st.lists(TEXTS, max_size=5),
        "topics": st.none() | st.lists(st.fixed_dictionaries({"name": TEXTS, "rank": INTEGERS}), max_size=3),
        "own": st.fixed_dictionaries(
            {
                "price": st.fixed_dictionaries({"amount": st.none() | NUMBERS, "code": st.none() | TEXTS}),
                "day": st.none() | st.dates(),
            }
        ),
    }
)


PAGES = st.lists(ROWS, min_size=1, max_size=6)


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """The rows, column by column."""
    plain = [[row[field.name] for row in rows] for field in FIELDS[:7]]
    topics = [
        [None if row["topics"] is None else [each[name] for each in row["topics"]] for row in rows]
        for name in ("name", "rank")
    ]
    price = [[row["own"]["price"][name] for row in rows] for name in ("amount", "code")]
    return [*plain, *topics, *price, [row["own"]["day"] for row in rows]]


def written(groups: Sequence[Sequence[Sequence[Row]]], least: int = 0) -> bytes:
    """A file of row groups of pages of rows, each group by a writer of its own."""
    data, before = b"", list[RowGroup]()
    for group in groups:
        writer = Writer(FIELDS, before)
        for page in group:
            writer.add(columns(page))
        body, numbers = writer.cut(least)
        data += body
        before.append(numbers)
    return data + Writer(FIELDS, before).end()


def a_row(**changes: Any) -> Row:
    row: Row = dict.fromkeys(("number", "text", "stars", "late", "day", "time", "tags", "topics"))
    return row | {"own": {"price": {"amount": None, "code": None}, "day": None}} | changes


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(PAGES, min_size=1, max_size=3), min_size=1, max_size=3))
def test_whatever_is_written_is_read(groups: list[list[list[Row]]]) -> None:
    assert read(written(groups)) == [row for group in groups for page in group for row in page]


def test_the_columns_have_their_types() -> None:
    assert types(written([[[a_row()]]])) == {
        "number": "BIGINT",
        "text": "VARCHAR",
        "stars": "DOUBLE",
        "late": "BOOLEAN",
        "day": "DATE",
        "time": "TIMESTAMP",
        "tags": "VARCHAR[]",
        "topics": 'STRUCT("name" VARCHAR, rank BIGINT)[]',
        "own": 'STRUCT(price STRUCT(amount DOUBLE, code VARCHAR), "day" DATE)',
    }


@pytest.mark.parametrize(
    "row",
    [
        a_row(time=datetime(1969, 12, 31, 23, 59, 59), day=date(1, 1, 1)),  # noqa: DTZ001
        a_row(time=datetime(9999, 12, 31, 23, 59, 59), day=date(9999, 12, 31)),  # noqa: DTZ001
        a_row(number=2**63 - 1, stars=-0.0, late=False, text=""),
        a_row(tags=[], topics=[]),
        a_row(tags=[""] * 300, text="größer 日本 🙂\0\r\n"),
    ],
    ids=["before 1970", "the last day", "edges of numbers", "empty lists", "a long list"],
)
def test_edges_come_back(row: Row) -> None:
    assert read(written([[[a_row(), row, a_row()]]])) == [a_row(), row, a_row()]


def test_a_page_has_as_many_rows_as_one_likes() -> None:
    rows = [a_row(number=row, late=bool(row % 3), tags=[str(row)] * (row % 3)) for row in range(20_000)]

    assert read(written([[rows]])) == rows


def test_a_file_without_a_row_has_its_columns() -> None:
    data = Writer(FIELDS).end()

    assert read(data) == []
    assert list(types(data)) == [field.name for field in FIELDS]


def test_a_text_that_is_no_unicode_is_written_all_the_same() -> None:
    assert read(written([[[a_row(text="a\ud800b")]]])) == [a_row(text="a?b")]


def test_a_row_group_that_is_filled_up_is_read_as_one_that_is_not() -> None:
    groups = [[[a_row(number=group)]] for group in range(3)]
    data = written(groups, least=5000)

    assert len(data) > 3 * 5000
    assert read(data) == [a_row(number=0), a_row(number=1), a_row(number=2)]


def test_the_same_rows_are_the_same_bytes() -> None:
    rows = [a_row(number=row, text=str(row)) for row in range(100)]

    assert written([[rows]]) == written([[rows]])


def test_the_end_tells_of_each_row_group_and_column() -> None:
    data = written([[[a_row(text="x" * 1000)] * 10] * 2, [[a_row()]]])

    about = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data)).metadata
    assert (about.num_rows, about.num_row_groups) == (21, 2)
    text = about.row_group(0).column(1)
    assert (text.path_in_schema, text.num_values, text.compression) == ("text", 20, "GZIP")
    assert text.total_uncompressed_size > 20_000 > 1000 > text.total_compressed_size
    pages = [about.row_group(group).column(column) for group in (0, 1) for column in range(12)]
    starts = [page.data_page_offset for page in pages]
    assert starts[0] == 4
    assert starts[1:] == [page.data_page_offset + page.total_compressed_size for page in pages[:-1]]


@pytest.mark.parametrize(
    "value, data",
    [
        (thrift.of_i32(0), b"\0"),
        (thrift.of_i32(-1), b"\x01"),
        (thrift.of_i64(150), b"\xac\x02"),
        (thrift.of_i64(-(2**63)), b"\xff" * 9 + b"\x01"),
        (thrift.of_text("é"), b"\x02\xc3\xa9"),
        (thrift.of_list([thrift.of_i32(1)] * 15), b"\xf5\x0f" + b"\x02" * 15),
        (thrift.of_struct({3: thrift.of_bool(value=True), 4: thrift.of_bool(value=False)}), b"\x31\x12\0"),
    ],
)
def test_values_are_encoded_as_thrift_says(value: thrift.Value, data: bytes) -> None:
    assert value.data == data
