"""Whatever a file holds, reading it ends, accounts for its rows, and may stop and go on anywhere."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.layout import Layout, inspect
from services.ingest.reader import Position
from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import layout_of, read, read_with_restarts, reader_at

# Text that csv can carry and that no reader strips: no zero bytes, no surrogates, no white space at its ends.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=30).map(
    str.strip
)
TABLES = st.lists(st.tuples(TEXTS.filter(bool), TEXTS, TEXTS), min_size=1, max_size=20)
# Pieces that have broken readers before.
MESS = st.lists(
    st.sampled_from(
        [
            '"',
            '""',
            '"a',
            'b"',
            ",",
            ";",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "text",
            " ",
            "é",
            "\xff",
            "{",
            "}",
            "x" * 300,
        ]
    ),
    max_size=60,
).map("".join)
PLAIN = Layout(
    kind="csv",
    encoding="utf-8",
    columns=("feedback", "store", None),
    start=0,
)


@given(
    TABLES,
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.permutations(["feedback", "store", "colour"]),
    st.integers(1, 300),
)
def test_what_csv_writes_is_read_back(
    table: list[tuple[str, str, str]],
    delimiter: str,
    line_end: str,
    encoding: str,
    order: list[str],
    block: int,
) -> None:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, order, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(dict(zip(("feedback", "store", "colour"), row, strict=True)) for row in table)
    rows = read(file.getvalue().encode(encoding), block)
    assert [row.problem for row in rows] == [None] * len(table)
    assert [(row.values["feedback"], row.values.get("store", "")) for row in rows] == [
        row[:2] for row in table
    ]


@settings(max_examples=300)
@given(MESS, st.integers(1, 50), st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
def test_any_mess_is_cut_into_the_same_rows_wherever_reading_stops(
    mess: str, block: int, encoding: str
) -> None:
    data = ("feedback,store,colour\n" + mess).encode(encoding)
    try:
        whole = read(data, limit=256)
    except FileRefused as refused:
        assert encoding == "cp1252" and "encoding" in str(refused)  # noqa: PT017, PT018 (a mess need be no language)
        return
    assert read(data, block, limit=256) == whole
    assert read_with_restarts(data, block, limit=256) == whole
    assert [row.number for row in whole] == list(range(1, len(whole) + 1))


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_read_to_their_end(data: bytes, block: int) -> None:
    reader = reader_at(data, PLAIN, Position(0), block, limit=64)
    for _ in reader:
        pass
    assert reader.position.offset == len(data)


@settings(max_examples=300)
@given(
    st.one_of(st.binary(max_size=300), MESS.map(str.encode), MESS.map(lambda mess: mess.encode("utf-16"))),
    st.booleans(),
)
def test_any_beginning_is_a_layout_or_a_reason(head: bytes, complete: bool) -> None:
    try:
        layout = inspect(head, complete=complete)
    except FileRefused as refused:
        assert 10 < len(str(refused)) < 2500  # noqa: PT017 (most examples end here, and that is right)
    else:
        assert 0 <= layout.start <= len(head)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_offsets_are_those_of_the_file(line_end: str) -> None:
    data = line_end.join(["feedback;store", '"ä";1', "€;2", ""]).encode("utf-16")
    layout = layout_of(data)
    reader = reader_at(data, layout, Position(layout.start), 7)
    for _ in reader:
        left = data[reader.position.offset :].decode("utf-16-le")
        assert left in ("€;2" + line_end, "")
    assert reader.position.offset == len(data)
