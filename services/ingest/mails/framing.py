"""Mails out of a file as a stream: one `.eml`, or an `.mbox` with many; without what is attached."""

import re
from collections.abc import Iterable, Iterator

from services.ingest.lines import pieces, split

_KEPT = 8 * 1024 * 1024
"""Bytes of one mail that are kept."""
_RUN = 1024 * 1024
"""Bytes of one run of encoded lines that are kept: a text, not a film."""
_LINE = 64 * 1024
_FROM = re.compile(rb"From \S")
_POSTMARK = re.compile(rb"From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} [\d:]{8} [+\w -]{0,20}\d{4}\s*")
_HEADER = re.compile(rb">?[!-9;-~]+(?::| \S+@)")
"""What follows the line that begins a mail: a header, or another such line."""
_QUOTED_FROM = re.compile(rb">+From ")
_LENGTH = re.compile(rb"\d{1,9}\s*\n")
_ENCODED = re.compile(rb"[A-Za-z0-9+/=]{40,}\s*")


def mails(blocks: Iterable[bytes], *, many: bool) -> Iterator[bytes]:
    """The raw mails of a file, each of bounded size.

    Args:
        many: whether lines that begin with `From ` begin the next mail (mbox): with an empty one before and a
            header behind, as not every program marks those of a text; by sender and date, with one of both.
    """
    kept = _Kept()
    blank, mark = True, b""
    for line in _measured(line for line, _ in split(pieces(blocks), _LINE)):
        begins = _HEADER.match(line) or (blank and not line.strip() and _POSTMARK.fullmatch(mark))
        if mark and begins:
            yield from kept.taken()
        elif mark:
            kept.add(mark)
        if mark:
            blank, mark = False, b""
        if many and (_POSTMARK.fullmatch(line) or (blank and _FROM.match(line))):
            mark = line
            continue
        kept.add(line[1:] if many and _QUOTED_FROM.match(line) else line)
        blank = not line.strip()
    kept.add(mark)
    yield from kept.taken()


def _measured(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines; of a mail as Apple Mail keeps it (.emlx), as many bytes as its first line says."""
    first = next(lines, b"")
    left = int(first) if _LENGTH.fullmatch(first) else None
    if left is None:
        yield first
    for line in lines:
        if left is not None and (left := left - len(line)) < 0:
            return
        yield line


class _Kept:
    """The mail that is being read."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = self._run = 0

    def add(self, line: bytes) -> None:
        """Keeps a line, unless it belongs to an attachment or there is too much of the mail."""
        self._run = self._run + len(line) if _ENCODED.fullmatch(line) else 0
        if self._run <= _RUN and self._size + len(line) <= _KEPT:
            self._parts.append(line)
            self._size += len(line)

    def taken(self) -> Iterator[bytes]:
        """The mail, if there is anything of it; begins the next."""
        raw = b"".join(self._parts)
        self.__init__()  # type: ignore[misc]
        if raw.strip():
            yield raw
