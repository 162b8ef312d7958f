"""Tables as people really save them, read row by row."""

import pytest

from services.ingest.lines import split_lines
from services.ingest.reader import Position, RowReader
from services.ingest.refusal import FileBroken
from tests.unit.ingest.reading import LIMIT, layout_of, read, read_with_restarts, values

TWO = "id,feedback,stars\n1,Good lamp,5\n2,Bad lamp,1\n"
JSON_TWO = '{"id": 1, "feedback": "Good lamp", "stars": 5}\r\n{"id": 2, "feedback": "Bad lamp", "stars": 1}'
TWO_READ = [
    {"ref_id": "1", "feedback": "Good lamp", "stars": "5"},
    {"ref_id": "2", "feedback": "Bad lamp", "stars": "1"},
]


@pytest.mark.parametrize(
    "data",
    [
        TWO.encode(),
        b"\xef\xbb\xbf" + TWO.encode(),
        TWO.encode("utf-16"),
        b"\xfe\xff" + TWO.encode("utf-16-be"),
        TWO.encode("utf-16-le"),
        TWO.encode("utf-16-be"),
        TWO.replace("\n", "\r\n").encode(),
        TWO.replace("\n", "\r").encode(),
        TWO.rstrip("\n").encode(),
        TWO.replace(",", ";").encode(),
        TWO.replace(",", "\t").encode(),
        ("sep=;\r\n" + TWO.replace(",", ";")).encode(),
        TWO.replace(",", ", ").encode(),
        ("\n\n" + TWO.replace("\n", "\n\n")).encode(),
        b" ID ,Feedback, STARS \n1,Good lamp,5\n2,Bad lamp,1\n",
        b"colour,stars,feedback,id\nred,5,Good lamp,1\nblue,1,Bad lamp,2\n",
        b'"id","feedback","stars"\n"1","Good lamp","5"\n"2","Bad lamp","1"\n',
        b"id,feedback,stars,,\n1,Good lamp,5,,\n2,Bad lamp,1,,\n",
        b'{"id": 1, "feedback": "Good lamp", "stars": 5}\n{"stars": 1, "Feedback": "Bad lamp", "ID": "2"}',
        b"\xef\xbb\xbf" + JSON_TWO.encode(),
        JSON_TWO.encode("utf-16"),
    ],
)
def test_the_same_two_rows_come_out_however_they_were_saved(data: bytes) -> None:
    assert values(read(data)) == TWO_READ


def test_text_in_windows_1252_keeps_its_letters() -> None:
    data = "feedback,store\nschöne Lampe für 5 €,Köln\n".encode("cp1252")
    assert values(read(data)) == [{"feedback": "schöne Lampe für 5 €", "store": "Köln"}]


def test_chinese_in_utf_16_without_a_mark_is_text() -> None:
    data = ("feedback\n" + "灯很好\n" * 50).encode("utf-16-be")
    assert values(read(data)) == [{"feedback": "灯很好"}] * 50


def test_one_line_in_another_encoding_spoils_no_other() -> None:
    data = "feedback\nschön\n".encode() + "schön\n".encode("cp1252") + "schön\n".encode()
    assert values(read(data)) == [{"feedback": "schön"}] * 3


def test_quoted_newlines_delimiters_and_doubled_quotes_stay_in_the_text() -> None:
    data = 'feedback,stars\n"first line\nsecond, with ""quotes""\r\nthird",4\nnext,5\n'
    assert values(read(data)) == [
        {"feedback": 'first line\nsecond, with "quotes"\r\nthird', "stars": "4"},
        {"feedback": "next", "stars": "5"},
    ]


def test_a_quoted_delimiter_after_a_space_follows_the_header_s_way() -> None:
    assert values(read('stars, feedback\n5, "good, cheap"\n')) == [{"stars": "5", "feedback": "good, cheap"}]


def test_a_file_of_one_column_keeps_its_commas() -> None:
    assert values(read("feedback\nGood, but; late\n")) == [{"feedback": "Good, but; late"}]


def test_quotes_within_a_text_that_were_not_doubled_are_no_obstacle() -> None:
    assert values(read('id,feedback\n1,"He said "great" to us"\n')) == [
        {"ref_id": "1", "feedback": 'He said great" to us"'}
    ]


def test_rows_are_numbered_from_one_and_blank_lines_are_none() -> None:
    rows = read('feedback,stars\na,1\n\nb,2\n,\n \t,""\nc\n,4\n')
    assert [(row.number, row.problem is None) for row in rows] == [
        (1, True),
        (2, True),
        (3, False),
        (4, True),
    ]


def test_only_delimiters_over_many_lines_are_no_row_and_cost_no_other() -> None:
    data = b"id,feedback,stars\n" + b",,\n" * 50 + b'"\n\n",,\n1,good,3\n' + b",,\r\n" * 50
    assert values(read(data)) == [{"ref_id": "1", "feedback": "good", "stars": "3"}]
    assert read_with_restarts(data) == read(data)


@pytest.mark.parametrize(
    "line,text",
    [
        ("good lamp,4", "good lamp"),
        ('"good lamp"', "good lamp"),
        ('"good\nlamp",4,', "good\nlamp"),
        ("gut,4,Köln", "gut"),
    ],
)
def test_cells_that_are_missing_at_the_end_are_empty(line: str, text: str) -> None:
    rows = read(f"feedback,stars,store,title\n{line}\nlast,5,Rome,x\n")
    assert [row["feedback"] for row in values(rows)] == [text, "last"]
    assert "title" not in rows[0].values


@pytest.mark.parametrize("lines", ["1,half a text", "1", "half,4,x", "only"])
def test_a_row_whose_text_may_be_cut_is_rejected(lines: str) -> None:
    [bad, good] = read(f"id,stars,title,feedback,store\n{lines}\n2,5,x,good,Rome\n")
    assert "columns, the header 5" in str(bad.problem)
    assert good.values["feedback"] == "good"


def test_half_a_text_without_a_letter_is_not_taken_for_one() -> None:
    bad = read("id,feedback,stars,store\n1,never\nagain,4,Rome\n2,fine,4,Oslo\n")
    assert [row.problem is None for row in bad] == [False, False, True]


@pytest.mark.parametrize(
    "written,text",
    [
        (r'"He said \"refund\", and left"', 'He said "refund", and left'),
        (r'"\"all\""', '"all"'),
        (r'"first \"line\"' + "\n" + r'and \"second\""', 'first "line"\nand "second"'),
        (r'"C:\temp is \"full\""', 'C:\\temp is "full"'),
        (r'"ends in \\"', r"ends in \\"),
        (r'"both ""ways"" here"', 'both "ways" here'),
        (r'"a folder C:\"', "a folder C:\\"),
    ],
)
def test_quotes_that_are_escaped_by_a_backslash_are_read(written: str, text: str) -> None:
    data = f"id,feedback,store\n1,{written},Berlin\n2,last,Rome\n".encode()
    assert [row["feedback"] for row in values(read(data))] == [text, "last"]
    assert read_with_restarts(data) == read(data)


@pytest.mark.parametrize("line", ["only one", "a,1,surplus"])
def test_a_row_with_the_wrong_number_of_columns_says_so_and_keeps_its_text(line: str) -> None:
    [bad, good] = read(f"feedback,stars\n{line}\nfine,3\n")
    assert bad.problem is not None
    assert f"has {line.count(',') + 1} columns, the header 2" in bad.problem
    assert bad.raw == line
    assert good.values == {"feedback": "fine", "stars": "3"}


@pytest.mark.parametrize(
    "unclosed",
    [
        'id,feedback,stars\n1,"never closed,4\n2,second,5\n3,third,1\n',
        'id,feedback,stars\n1,"never closed,4\n2,"second",5\n3,third,1\n',
        'id,feedback,stars\n1,"never closed,4\n2,second,5\n3,"third",1\n',
    ],
)
def test_a_quote_that_is_never_closed_costs_its_own_row_only(unclosed: str) -> None:
    first, *others = read(unclosed)
    assert first.problem is not None
    assert "never closed" in first.problem
    assert first.raw == '1,"never closed,4'
    assert [(row.number, row.values["feedback"]) for row in others] == [(2, "second"), (3, "third")]


def test_a_row_that_an_open_quote_swallowed_is_given_back() -> None:
    first, second = read('id,title,feedback,stars\n1,Lamp,"never closed,4\n2,Lamp 5",good,5\n')
    assert "never closed" in str(first.problem)
    assert second.values == {"ref_id": "2", "title": 'Lamp 5"', "feedback": "good", "stars": "5"}


def test_a_line_longer_than_the_limit_is_one_rejected_row() -> None:
    data = ("feedback\nbefore\n" + "x" * (10 * LIMIT) + "\nafter\n").encode()
    for block in (100, 65536):
        before, long, after = read(data, block)
        assert (before.values, after.values) == ({"feedback": "before"}, {"feedback": "after"})
        assert long.problem is not None
        assert f"longer than {LIMIT} bytes" in long.problem


def test_a_quoted_text_longer_than_the_limit_is_not_held_in_memory() -> None:
    lines = "".join(f"line {number}\n" for number in range(LIMIT))
    data = f'id,feedback\n1,"{lines}\n2,after\n'
    rows = read(data)
    assert rows[0].problem is not None
    assert rows[-1].values == {"ref_id": "2", "feedback": "after"}


def test_memory_does_not_grow_with_a_line_without_end() -> None:
    read_blocks = 0
    longest = 0

    def endless() -> object:
        nonlocal read_blocks
        yield b"feedback\n"
        while True:
            read_blocks += 1
            yield b"x" * 65536

    lines = split_lines(endless(), "utf-8", LIMIT)  # type: ignore[arg-type]
    reader = RowReader(lines, layout_of(b"feedback\nx\n"), Position(0), LIMIT)
    for number, row in enumerate(reader):
        longest = max(longest, len(row.raw) if row else 0)
        if number == 50:
            break
    assert read_blocks >= 49
    assert longest <= 70_000


def test_a_text_with_a_zero_byte_is_rejected_not_passed_on() -> None:
    data = b"feedback,store\n" + b"fine,x\n" * 50_000 + b"za\0p,y\n"
    *_, last = read(data)
    assert last.problem == "holds a zero byte: remove it"


def test_where_the_file_breaks_off_is_a_rejected_row_and_the_end() -> None:
    def breaking() -> object:
        yield b'a\nb\n"c'
        raise FileBroken("the gzip data ends too early")

    lines = split_lines(breaking(), "utf-8", LIMIT)  # type: ignore[arg-type]
    rows = list(RowReader(lines, layout_of(b"feedback\n"), Position(0), LIMIT))
    assert [row.values.get("feedback") for row in rows if row] == ["a", "b", None]
    assert rows[2] is not None
    assert "cannot be read from here on: the gzip data ends too early" in str(rows[2].problem)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "cp1252"])
def test_reading_goes_on_from_any_row(encoding: str) -> None:
    text = (
        'feedback;store\n"two\nlines";Köln\n\nplain;€\n"open;x\ntoo;many;cells\n' + "y" * 9000 + "\nlast;z\n"
    )
    data = text.encode(encoding)
    assert read_with_restarts(data) == read(data)
