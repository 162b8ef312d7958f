"""JSON that is no JSON Lines (a list of objects, also within an object; objects of many lines) → JSON Lines.

As a stream: no more is kept than one object, and the next piece of the file.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator

from services.ingest.columns import REQUIRED, field_of, is_text_name
from services.ingest.headers import HEAD_BYTES
from services.ingest.nested import DEEPEST, within
from services.ingest.refusal import FileBroken

MAX_BYTES = 1024 * 1024 * 1024
"""Of the whole text: each slice reads it from its beginning again."""
_MAX_VALUE = 4 * 1024 * 1024
"""Characters of one object; nothing behind a longer one is read."""
_SPACE = re.compile(r"[\s,\ufeff]*")
_NAME = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
_LIST = re.compile(r'\[\s*(?:[\[{"\]]|$)')
_LIST_BEGINS = re.compile(r"\[\s*\{")
_SECOND_LIST = re.compile(r'":\s*\[\s*\{')
_OVERLAP = 100
_BREAKS = str.maketrans("\r\n", "  ")
_DECODER = json.JSONDecoder(strict=False)
_TOO_LONG = f"an object in it is longer than {_MAX_VALUE} characters, or does not end"
_AFTER = "something else follows the list: keep the list alone, or write one JSON object a line (JSON Lines)"


def is_list_or_spread(text: str) -> bool:
    """Whether a file that begins so is JSON that is not written one object a line."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return _LIST.match(text) is not None
    line = text.splitlines()[0]
    end = _end_of_object(line)
    if end is not None and line[end:].lstrip(" \t,").startswith("{"):
        return True  # as Firehose writes objects, one behind the other
    whole = end is not None
    if whole and text[len(line) :].lstrip().startswith("{"):
        return False
    return _list_within(text) is not None or (not whole and _end_of_object(text) is not None)


def json_lines(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The objects, each as a line of UTF-8, written as they were.

    Raises:
        FileBroken: it is no JSON from here on; what was yielded before is good.
    """
    text = _Text(blocks, encoding)
    text.fill()
    within = _list_within(text.ahead) if text.begins("{") else None
    in_list = within is not None or text.begins("[")
    if in_list:
        text.skip((within or 0) + 1)
    while not (text.begins("") or (in_list and text.begins("]"))):
        yield text.value().translate(_BREAKS).encode("utf-8", "surrogatepass") + b"\n"
    if in_list:
        text.end_of_list(alone=within is None)


def _list_within(text: str) -> int | None:
    """Where, in a text that begins with an object that is no feedback itself, its list of feedback begins."""
    lists, place = _lists(text, text.find("{") + 1)
    if re.match(r"\s*\}\s*\{", text[place : place + 100]):
        return None
    texts = (begin for deep in (0, DEEPEST) for begin, _ in lists if _holds_texts(text, begin, deep))
    return next(texts, next((begin for begin, depth in lists if depth == 0), None))


def _lists(text: str, place: int, depth: int = 0) -> tuple[list[tuple[int, int]], int]:
    """Where lists of objects begin in an object, with their depth in it; none if it is feedback itself.

    Args:
        place: behind its bracket.
    """
    lists: list[tuple[int, int]] = []
    while match := _NAME.match(text, place):
        if _LIST_BEGINS.match(text, match.end()):
            lists.append((match.end(), depth))
        elif text.startswith("{", match.end()) and depth < DEEPEST:
            lists += _lists(text, match.end() + 1, depth + 1)[0]
        try:
            name = _DECODER.decode(match[1])
            value, place = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            break  # a long list goes on behind this beginning of the file
        if _is_text(name, value):
            return [], place
    return lists, place


def _is_text(name: str, value: object) -> bool:
    """Whether this is feedback; one word in `message` and the like is what a program answers."""
    if not isinstance(value, str):
        return False
    return field_of(name) == REQUIRED or (is_text_name(name) and len(value.split()) > 1)


def _holds_texts(text: str, begin: int, deep: int) -> bool:
    """Whether the first object of a list, or one so deep in it, holds feedback."""
    try:
        first, _ = _DECODER.raw_decode(text, text.index("{", begin))
    except (ValueError, RecursionError):
        return False
    return any(is_text_name(path.rpartition(".")[2]) for path, _ in within(first, depth=DEEPEST - deep))


def _end_of_object(text: str) -> int | None:
    try:
        return _DECODER.raw_decode(text)[1]
    except (ValueError, RecursionError):
        return None


class _Text:
    """The part of the file that is being looked at."""

    def __init__(self, blocks: Iterable[bytes], encoding: str) -> None:
        self._pieces = codecs.iterdecode(_bounded(blocks), encoding, "replace")
        self._rest = ""
        self._place = 0

    def begins(self, sign: str) -> bool:
        """Whether the next thing is this sign; an empty one stands for the end."""
        while True:
            match = _SPACE.match(self._rest, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._rest):
                return bool(sign) and self._rest.startswith(sign, self._place)
            if not self._more():
                return not sign

    def skip(self, count: int) -> None:
        """Leaves out so many characters."""
        self._place += count

    def value(self) -> str:
        """The next value as it stands, which is not the end."""
        self.begins("")
        while True:
            try:
                _, end = _DECODER.raw_decode(self._rest, self._place)
            except RecursionError as error:
                raise FileBroken("an object in it is nested too deeply") from error
            except ValueError as error:
                if len(self._rest) - self._place > _MAX_VALUE:
                    raise FileBroken(_TOO_LONG) from error
                if not self._more():
                    raise FileBroken("it is no JSON from here on: an object is cut off or damaged") from error
                continue
            # A number at the very end of what is there may go on.
            if end == len(self._rest) and self._more():
                continue
            text, self._place = self._rest[self._place : end], end
            return text

    def end_of_list(self, *, alone: bool) -> None:
        """Reads to the end of the file.

        Args:
            alone: whether nothing may follow the list.
        """
        if not self.begins("]"):
            raise FileBroken("the list does not end: upload the file again")
        self._place += 1
        if alone and not self.begins(""):
            raise FileBroken(_AFTER)
        while not _SECOND_LIST.search(self._rest, self._place):
            self._place = max(self._place, len(self._rest) - _OVERLAP)
            if not self._more():
                return
        raise FileBroken("a second list of objects follows the first: keep one of them")

    def fill(self) -> None:
        """Reads as much as tells what the file is."""
        while len(self._rest) < HEAD_BYTES and self._more():
            pass

    @property
    def ahead(self) -> str:
        """What was read and not taken yet."""
        return self._rest[self._place :]

    def _more(self) -> bool:
        # As much again as there is, lest a long object is looked at over and over.
        wanted = max(1, len(self._rest) - self._place)
        pieces = [self.ahead]
        while wanted > 0 and (piece := next(self._pieces, "")):
            pieces.append(piece)
            wanted -= len(piece)
        self._rest, self._place = "".join(pieces), 0
        return len(pieces) > 1


def _bounded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    read = 0
    for block in blocks:
        read += len(block)
        if read > MAX_BYTES:
            raise FileBroken(f"it is longer than {MAX_BYTES} bytes: write JSON Lines")
        yield block
