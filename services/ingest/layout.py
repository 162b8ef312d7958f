"""What a file is, told from its beginning: its form, encoding, delimiter and columns."""

import json
import re
from collections.abc import Iterable
from typing import Literal

from services.ingest.encodings import encoding_of, switches_characters
from services.ingest.forms import SAVE_AS_CSV, refuse_other_forms
from services.ingest.headers import announced_delimiter, more_headers, read_header
from services.ingest.lines import Line, split_lines, without_surrogates
from services.ingest.refusal import FileRefused
from shared.contracts.base import Contract
from shared.contracts.records import Feedback
from shared.contracts.tabular import NotText, column_key, sniff_delimiter, sniff_encoding

COLUMNS = tuple(Feedback.model_fields)
REQUIRED = "feedback"
_ALIASES = {"id": "ref_id"}
_NO_DELIMITER = "\x1f"
"""For a file of one column, whose texts may hold commas without quotes."""
_FIRST_NAME = 16
_NAMED = 20
_MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class Layout(Contract):
    """How to read a file; part of the checkpoint, so that each slice reads it alike."""

    kind: Literal["csv", "jsonl"]
    compressed: bool
    encoding: str
    """As Python names it; utf-8 also stands for Windows-1252: which of the two is decided line by line."""
    delimiter: str = ","
    skip_spaces: bool = False
    """Whether a space follows each delimiter, as in `a, "b, c"`."""
    columns: tuple[str | None, ...] = ()
    """For CSV, the field that each column holds; None for one that is ignored."""
    ignored_columns: tuple[str, ...] = ()
    start: int
    """The offset of the first data row in the (unpacked) file, in bytes."""

    def may_have(self, field: str) -> bool:
        """Whether rows may hold this field: in JSON Lines any may."""
        return self.kind == "jsonl" or field in self.columns


def inspect(head: bytes, *, compressed: bool, complete: bool) -> Layout:
    """How to read the file that begins with `head`.

    Args:
        head: its first bytes, unpacked.
        complete: whether that is all of it.

    Raises:
        FileRefused: it is no table of feedback; says what to do.
    """
    refuse_other_forms(head)
    encoding = _encoding(head, complete=complete)
    mark = _MARKS.get(encoding, b"")
    start = len(mark) if head.startswith(mark) else 0
    lines = list(split_lines([head[start:]], encoding, len(head)))
    if not complete and len(lines) > 1:
        lines.pop()  # probably cut
    first = next((line.text for line in lines if line.text.strip()), "")
    if not first:
        raise FileRefused("the file is empty" if complete else "the file begins with nothing but white space")
    if _looks_like_json(first):
        return _inspect_json(lines, encoding, start, compressed=compressed)
    return _inspect_csv(lines, encoding, start, compressed=compressed, complete=complete)


def _encoding(head: bytes, *, complete: bool) -> str:
    encoding = _sniffed(head)
    if encoding.startswith("utf-32"):
        raise FileRefused("the file is encoded as UTF-32: save it as UTF-8")
    if encoding == "cp1252" or (encoding == "utf-8" and switches_characters(head)):
        lines = head.splitlines(keepends=True)
        return encoding_of(lines if complete or len(lines) == 1 else lines[:-1])
    return encoding


def _sniffed(head: bytes) -> str:
    # The header's names are ASCII, and so tell UTF-16 without a mark even if Chinese texts follow.
    for sample in (head, head[:_FIRST_NAME]):
        try:
            return sniff_encoding(sample)
        except NotText:
            continue
    raise FileRefused(f"the file is not text (it holds zero bytes): {SAVE_AS_CSV}")


def _looks_like_json(first: str) -> bool:
    start = first.lstrip()[:1]
    if start == "{":
        return True
    if start == "[" and re.match(r"\s*\[\s*($|\{|\"|\[)", first):
        raise FileRefused("the file is a JSON list: write one JSON object a line (JSON Lines), or CSV")
    return False


def _inspect_json(lines: list[Line], encoding: str, start: int, *, compressed: bool) -> Layout:
    found: dict[str, None] = {}
    objects = 0
    for line in lines:
        value = _json_object(line.text)
        if value is not None:
            objects += 1
            found.update(dict.fromkeys(map(without_surrogates, value)))
    if not objects:
        raise FileRefused(
            "the file begins like JSON, but no line holds a whole object: write one JSON object a line"
        )
    fields = [field_of(name) for name in found]
    if REQUIRED not in fields:
        raise _required_is_missing(found)
    ignored = tuple(name for name, field in zip(found, fields, strict=True) if field is None)
    return Layout(
        kind="jsonl", compressed=compressed, encoding=encoding, start=start, ignored_columns=_some(ignored)
    )


def _json_object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text, parse_int=str)  # of any length
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _inspect_csv(
    lines: list[Line],
    encoding: str,
    start: int,
    *,
    compressed: bool,
    complete: bool,
) -> Layout:
    delimiter, skipped = announced_delimiter(lines)
    delimiter = delimiter or sniff_delimiter("".join(line.text for line in lines[:100]))
    names, used, skip_spaces = read_header(lines[skipped:], delimiter, complete=complete)
    columns = _columns(names)
    used += more_headers(lines[skipped + used :], delimiter)
    return Layout(
        kind="csv",
        compressed=compressed,
        encoding=encoding,
        delimiter=delimiter if len(names) > 1 else _NO_DELIMITER,
        skip_spaces=skip_spaces,
        columns=columns,
        ignored_columns=_some(
            name.strip() for name, field in zip(names, columns, strict=True) if field is None and name.strip()
        ),
        start=start + sum(line.size for line in lines[: skipped + used]),
    )


def _columns(names: list[str]) -> tuple[str | None, ...]:
    fields = tuple(field_of(name) for name in names)
    known = [field for field in fields if field]
    twice = sorted({field for field in known if known.count(field) > 1})
    if twice:
        raise FileRefused(f"columns stand in the header twice: {_listed(twice)}; keep one of each")
    if REQUIRED not in fields:
        raise _required_is_missing(name.strip() for name in names if name.strip())
    return fields


def field_of(name: str) -> str | None:
    """The field that a column of this name holds; None if we know none."""
    key = column_key(name)
    key = _ALIASES.get(key, key)
    return key if key in COLUMNS else None


def _required_is_missing(found: Iterable[str]) -> FileRefused:
    return FileRefused(
        f"the required column {REQUIRED!r} is missing; found columns: {_listed(found) or 'none'}. "
        f"Known columns: {', '.join(COLUMNS).replace('ref_id', 'id')}"
    )


def _some(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name[:60] for name in names)[:_NAMED]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(_some(names)) + more
