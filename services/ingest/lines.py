"""Bytes of a text file → its lines, each with its length in the file, in bounded memory."""

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_PIECE = 64 * 1024


class Line(NamedTuple):
    """One physical line, with its end; or a piece of one that is longer than any record may be."""

    text: str
    size: int
    """Bytes of the file that it takes up, in the file's own encoding."""
    ended: bool
    """False for a piece that the same line goes on after."""


def split_lines(blocks: Iterable[bytes], encoding: str, limit: int) -> Iterator[Line]:
    r"""The lines of a text that may end with \n, \r\n or \r.

    Args:
        blocks: the file's bytes from the beginning of a line on.
        encoding: as Python names it; utf-8, where a line that is not valid is read as Windows-1252.
        limit: from how many bytes on an unended line is given out in pieces, which are not decoded further.
    """
    if encoding.startswith("utf-16"):
        for part, ended in split(_transcode(pieces(blocks), encoding), limit):
            text = part.decode("utf-8", "surrogatepass")
            yield Line(without_surrogates(text), len(text.encode(encoding, "surrogatepass")), ended)
        return
    # In every other encoding that is read, the bytes of a line end are nothing else: bytes keep their places.
    for part, ended in split(pieces(blocks), limit):
        # What is longer is no record, and shows no more of itself than any first piece of it has.
        whole = ended and len(part) <= limit
        text = (
            _decode(part[:limit], whole) if encoding == "utf-8" else part[:limit].decode(encoding, "replace")
        )
        yield Line(text, len(part), ended)


def bare(text: str) -> str:
    """Lines without a byte-order mark in front, and without what ends lines and files (DOS: ^Z) behind."""
    return text.strip("\ufeff\r\n\x1a")


def without_surrogates(text: str) -> str:
    """Halves of surrogate pairs are no characters, and no queue or database takes them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def pieces(blocks: Iterable[bytes], size: int = _PIECE) -> Iterator[bytes]:
    """Small blocks, since a block of nothing but line ends becomes thirty times its size in lines."""
    for block in blocks:
        for start in range(0, len(block), size):
            yield block[start : start + size]


def _transcode(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for block in blocks:
        text = decoder.decode(block)
        if text:
            yield text.encode("utf-8", "surrogatepass")
    if half := decoder.getstate()[0]:
        # Half a character at the very end: what stands for it is no shorter, lest reading goes on within it.
        yield ("\ufffd" * ((len(half) + 1) // 2)).encode()


def split(blocks: Iterable[bytes], limit: int) -> Iterator[tuple[bytes, bool]]:
    """Lines with their ends, or pieces of a line that is longer; whether the line ends with it."""
    held = b""
    for block in blocks:
        parts = (held + block).splitlines(keepends=True)
        # What has no end yet, or only the first half of \r\n, waits for the next block.
        held = b"" if parts[-1].endswith(b"\n") else parts.pop()
        for part in parts:
            yield part, True
        if len(held) > limit:
            yield held, held.endswith(b"\r")
            held = b""
    if held:
        yield held, True


def _decode(part: bytes, whole: bool) -> str:
    try:
        # A piece may end in the middle of a character; a line may not.
        return codecs.utf_8_decode(part, "strict", whole)[0]
    except UnicodeDecodeError:
        return part.decode("cp1252", "replace")
