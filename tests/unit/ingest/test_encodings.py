"""Encodings told from a file's first lines, and files cut by their bytes whatever the encoding."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.encodings import encoding_of, mixes_letters
from services.ingest.headers import HEAD_BYTES
from services.ingest.layout import inspect
from services.ingest.lines import split_lines
from services.ingest.mails.mail import read_mail
from services.ingest.refusal import FileRefused
from tests.unit.ingest.languages import PAIRS, SAID
from tests.unit.ingest.reading import blocks, layout_of, read, read_with_restarts, values
from tests.watchdog import processor_seconds


def table(language: str, encoding: str, rows: int = 20) -> tuple[bytes, list[str]]:
    chance = random.Random(f"{language} {encoding}")
    # What the encoding does not have, people did not write in it.
    known = [text.encode(encoding, "replace").decode(encoding) for text in SAID[language]]
    texts = [chance.choice(known) for _ in range(rows)]
    lines = [f'{number},"{text}",2024-03-05' for number, text in enumerate(texts)]
    return "\r\n".join(["id,feedback,date", *lines, ""]).encode(encoding), texts


@pytest.mark.parametrize("encoding, language", PAIRS)
def test_a_file_is_read_as_what_it_is(encoding: str, language: str) -> None:
    data, texts = table(language, encoding)
    assert [row["feedback"] for row in values(read(data))] == texts


@pytest.mark.parametrize("encoding, language", PAIRS)
def test_a_file_is_never_garbage_however_few_its_rows_and_however_many_of_them_are_plain(
    encoding: str, language: str
) -> None:
    for rows in (1, 2, 4):
        data, texts = table(language, encoding, rows)
        plain = b"8,The parcel came late,2024-03-05\r\n" * 15
        try:
            read_texts = [row["feedback"] for row in values(read(data + plain))]
        except FileRefused as refused:
            assert "save the file as UTF-8" in str(refused)  # noqa: PT017 (one of two right outcomes)
            continue
        assert read_texts[:rows] == texts or language in {"cs", "hu"}


@pytest.mark.parametrize("language", ["de", "en", "fr", "es", "nl", "it", "sv"])
def test_two_special_letters_are_enough_for_a_western_file(language: str) -> None:
    text = next(text for text in SAID[language] if not text.isascii())
    (row,) = values(read(f'id,feedback\n1,"{text}"\n'.encode("cp1252")))
    assert row["feedback"] == text


@pytest.mark.parametrize(
    "text", ["café closed", "Malmö store", "Zoë said a là carte", "déjà vu", "crème and naïve"]
)
def test_a_western_word_has_no_letter_of_another_alphabet(text: str) -> None:
    for line in (f'1,"{text}"\n', f"1,{text}\n"):
        (row,) = values(read(f"id,feedback\n{line}".encode("cp1252")))
        assert row["feedback"] == text
    head = b"Content-Type: text/plain; charset=unknown-8bit\n\n"
    assert read_mail(head + text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    "encoding, text, mixed",
    [
        ("cp1253", "café closed", True),
        ("iso8859-7", "café closed", True),
        ("iso8859-7", "Το δέμα ήρθε αργά από το eShop", False),
        ("cp874", "iPhoneดี", False),
        ("iso8859-5", "Malmö store", True),
        ("cp1251", "Заказ опоздал, iPhone XЗ и Wi-Fi", False),
        ("koi8-r", "Заказ", False),
        ("cp1253", "Το δέμα ήρθε αργά από το eShop", False),
        ("cp1251", "nothing but English", False),
        ("cp932", "iPhoneが遅い", False),
        ("cp1250", "Malmö", False),
    ],
)
def test_a_guess_is_wrong_that_puts_two_alphabets_into_a_word(encoding: str, text: str, mixed: bool) -> None:
    said = text.encode("cp1252") if mixed else text.encode(encoding)
    assert mixes_letters(said, encoding) is mixed


@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman"])
def test_the_encodings_of_dos_and_old_macs_are_refused(encoding: str) -> None:
    data, _ = table("de", encoding)
    with pytest.raises(FileRefused, match="save the file as UTF-8"):
        layout_of(data)


@pytest.mark.parametrize(
    "encoding, language", [pair for pair in PAIRS if pair[0] not in {"cp1252", "iso8859-8"}]
)
@pytest.mark.parametrize("block", [1, 7, 64 * 1024])
def test_slices_cut_the_same_rows_and_bytes_keep_their_places(
    encoding: str, language: str, block: int
) -> None:
    data, texts = table(language, encoding, 6)
    try:
        whole = read(data)
    except FileRefused:
        return
    assert read(data, block) == whole
    assert read_with_restarts(data, block) == whole
    assert len(whole) == len(texts)


def test_a_head_that_ends_within_a_character_is_told_by_its_whole_lines() -> None:
    data, _ = table("ja", "cp932", 20)
    for cut in range(len(data) - 40, len(data)):
        assert inspect(data[:cut], complete=False).encoding == "cp932"


def test_a_stray_line_leaves_a_file_what_it_is() -> None:
    data = ("feedback\n" + "schön\n" * 5).encode() + "schön\n".encode("cp1252") * 9
    assert [row["feedback"] for row in values(read(data))] == ["schön"] * 14
    late = b"feedback\n" + b"plain\n" * HEAD_BYTES + "schön\n".encode("cp1252")
    assert values(read(late))[-1]["feedback"] == "schön"


def test_a_character_of_two_bytes_may_hold_what_looks_like_a_mark_of_the_table() -> None:
    text = "ソ表能,予申\\ポ|一"
    data = f'feedback,store\n"{text * 3}",配送が遅れて箱がつぶれていました\n'.encode("cp932")
    assert values(read(data)) == [{"feedback": text * 3, "store": "配送が遅れて箱がつぶれていました"}]


@given(
    st.binary(max_size=300),
    st.integers(1, 40),
    st.sampled_from(["cp932", "gb18030", "big5", "cp949", "euc_jp"]),
)
def test_any_bytes_are_cut_alike_in_an_encoding_of_two_bytes(data: bytes, block: int, encoding: str) -> None:
    whole = list(split_lines([data], encoding, 64))
    assert sum(line.size for line in whole) == len(data)
    if all(line.size <= 64 for line in whole):
        assert list(split_lines(blocks(data, block), encoding, 64)) == whole
    place = 0
    for line in whole:
        assert next(split_lines([data[place:]], encoding, 64)) == line
        place += line.size


def test_a_file_of_quotation_marks_and_one_strange_letter_is_looked_at_once() -> None:
    line = ("“ ”" * 10_000 + "ˆ\n").encode("cp1252")
    with processor_seconds(5), suppress(FileRefused):
        encoding_of([b"feedback\n", line])
