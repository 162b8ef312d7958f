"""Gzip in bounded memory, and what is left of a damaged file."""

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.refusal import FileBroken
from services.ingest.unpack import unpack
from tests.unit.ingest.reading import blocks

MUCH = 10**9
TEXT = "".join(f"{number},{random.Random(number).random()}\n" for number in range(20_000)).encode()


def unpacked(data: bytes, block: int = 1000, max_bytes: int = MUCH) -> tuple[bytes, str | None]:
    """What came out, and why no more did."""
    out = b""
    try:
        for piece in unpack(blocks(data, block), max_bytes):
            out += piece
    except FileBroken as broken:
        return out, str(broken)
    return out, None


@pytest.mark.parametrize("block", [1, 1000, 10**7])
def test_a_file_unpacks_to_what_was_packed(block: int) -> None:
    data = gzip.compress(TEXT if block > 1 else TEXT[:5000])
    assert unpacked(data, block) == (gzip.decompress(data), None)


def test_several_archives_in_a_row_and_padding_are_one_file() -> None:
    data = gzip.compress(b"a\n") + gzip.compress(b"") + gzip.compress(b"b\n") + b"\0" * 600
    for block in (1, 7, 10_000):
        assert unpacked(data, block) == (b"a\nb\n", None)


@pytest.mark.parametrize("cut", [1, 5, 11, 100, 50_000])
def test_a_file_cut_off_gives_what_it_holds_and_says_so(cut: int) -> None:
    data = gzip.compress(TEXT)[:cut]
    out, reason = unpacked(data)
    assert TEXT.startswith(out)
    assert len(out) >= cut - 100
    assert reason is not None
    assert "ends too early" in reason


def test_damage_in_the_middle_costs_little_of_what_came_before() -> None:
    data = bytearray(gzip.compress(TEXT, mtime=0))
    middle = len(data) // 2
    data[middle : middle + 50] = b"\xff" * 50
    whole = len(TEXT) // 2
    out, reason = unpacked(bytes(data), block=10**7)
    assert reason is not None
    assert "is damaged" in reason
    assert out[: whole - 70_000] == TEXT[: whole - 70_000]


def test_a_wrong_checksum_is_damage_at_the_very_end() -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-8] ^= 1
    out, reason = unpacked(bytes(data))
    assert out[: len(TEXT) - 1] == TEXT[:-1]  # zlib checks the sum together with the last byte
    assert "is damaged" in str(reason)


def test_something_else_behind_the_archive_is_said() -> None:
    out, reason = unpacked(gzip.compress(b"a\n") + b"PK\x03\x04")
    assert (out, "not gzip follows" in str(reason)) == (b"a\n", True)


def test_a_file_that_unpacks_to_too_much_is_stopped() -> None:
    out, reason = unpacked(gzip.compress(TEXT), max_bytes=300_000)
    assert 0 < len(out) <= 300_000
    assert "unpacks to more than 300000 bytes" in str(reason)


def test_a_bomb_is_stopped_by_how_much_it_unpacks_to() -> None:
    bomb = gzip.compress(b"\0" * (1 << 27))
    sizes: list[int] = []
    pieces = unpack(blocks(bomb, 10_000), MUCH)
    with pytest.raises(FileBroken, match="more than 250 times its size"):
        sizes.extend(len(piece) for piece in pieces)
    assert max(sizes) <= 256 * 1024
    assert sum(sizes) <= 65 * 1024 * 1024


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_any_bytes_unpack_or_are_called_broken(data: bytes, block: int) -> None:
    unpacked(data, block, max_bytes=100_000)
    out, reason = unpacked(gzip.compress(data), block, max_bytes=100_000)
    assert (out, reason) == (data, None)
