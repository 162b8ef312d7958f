"""What a file is, told from its beginning: its form, encoding, delimiter and columns."""

import csv
import json
import re
from collections.abc import Iterable
from itertools import islice
from typing import Literal

from pydantic import Field

from services.ingest.column_names import spelled
from services.ingest.columns import Columns, field_of, find_columns
from services.ingest.encodings import encoding_of, switches_characters
from services.ingest.forms import SAVE_AS_CSV, refuse_other_forms
from services.ingest.headers import announced_delimiter, more_headers, read_header
from services.ingest.lines import Line, split_lines, without_surrogates
from services.ingest.refusal import FileRefused
from shared.contracts.base import Contract
from shared.contracts.tabular import NotText, sniff_delimiter, sniff_encoding

_NO_DELIMITER = "\x1f"
"""For a file of one column, whose texts may hold commas without quotes."""
_FIRST_NAME = 16
_SAMPLE = 100
"""Rows that tell a column of texts from one of ratings."""
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
    fields: dict[str, str] = Field(default_factory=dict)
    """For JSON Lines, what keys hold that are not called as we call it, by `spelled`; empty if nothing."""
    read_from: dict[str, str] = Field(default_factory=dict)
    """By field, the names of columns that are not called as we call them."""
    unsure: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By field, the names of columns of which each may hold it, so that none was taken for it."""
    ignored_columns: tuple[str, ...] = ()
    nearest: dict[str, str] = Field(default_factory=dict)
    """By ignored column, the field that its name is nearest to."""
    start: int
    """The offset of the first data row in the (unpacked) file, in bytes."""

    def may_have(self, field: str) -> bool:
        """Whether rows may hold this field: in JSON Lines any may."""
        return self.kind == "jsonl" or field in self.columns

    def field_of_key(self, name: str) -> tuple[str | None, bool]:
        """The field that a key of JSON Lines holds, and whether the key is called as we call it."""
        if self.fields and (said := self.fields.get(spelled(name))) is not None:
            return said or None, False
        return field_of(name), True


def inspect(head: bytes, *, compressed: bool, complete: bool, wishes: str = "") -> Layout:
    """How to read the file that begins with `head`.

    Args:
        head: its first bytes, unpacked.
        complete: whether that is all of it.
        wishes: which columns hold what, as the uploader said.

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
        layout = _inspect_json(lines, wishes)
    else:
        layout = _inspect_csv(lines, wishes, complete=complete)
    return layout.model_copy(
        update={"compressed": compressed, "encoding": encoding, "start": start + layout.start}
    )


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


def _inspect_json(lines: list[Line], wishes: str) -> Layout:
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    objects = 0
    for line in lines:
        value = _json_object(line.text)
        if value is not None:
            objects += 1
            for name, content in value.items():
                # Objects may differ in how they spell a key.
                key = field_of(name) or spelled(name)
                names.setdefault(key, without_surrogates(name))
                values.setdefault(key, []).append(_sample(content))
    if not objects:
        raise FileRefused(
            "the file begins like JSON, but no line holds a whole object: write one JSON object a line"
        )
    columns = find_columns(list(names.values()), list(values.values()), wishes)
    return _layout("jsonl", columns, fields=_other_keys(list(names.values()), columns))


def _other_keys(names: list[str], columns: Columns) -> dict[str, str]:
    """What keys hold that are not called as we call it, or are called so and hold nothing."""
    pairs = zip(names, columns.fields, strict=True)
    return {spelled(name): field or "" for name, field in pairs if field_of(name) != field}


def _sample(content: object) -> str:
    return content if isinstance(content, str) else ""


def _json_object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text, parse_int=str)  # of any length
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _inspect_csv(lines: list[Line], wishes: str, *, complete: bool) -> Layout:
    delimiter, skipped = announced_delimiter(lines)
    delimiter = delimiter or sniff_delimiter("".join(line.text for line in lines[:100]))
    names, used, skip_spaces = read_header(lines[skipped:], delimiter, complete=complete)
    used += more_headers(lines[skipped + used :], delimiter)
    texts = (line.text for line in lines[skipped + used :])
    columns = find_columns(names, _values(texts, delimiter, len(names)), wishes)
    return _layout(
        "csv",
        columns,
        delimiter=delimiter if len(names) > 1 else _NO_DELIMITER,
        skip_spaces=skip_spaces,
        columns=columns.fields,
        start=sum(line.size for line in lines[: skipped + used]),
    )


def _values(lines: Iterable[str], delimiter: str, columns: int) -> list[list[str]]:
    """By column, the values of the first rows, as far as they can be read without looking closely."""
    values: list[list[str]] = [[] for _ in range(columns)]
    try:
        for row in islice(csv.reader(lines, delimiter=delimiter), _SAMPLE):
            for place, cell in enumerate(row[:columns]):
                values[place].append(cell)
    except csv.Error:
        pass
    return values


def _layout(kind: Literal["csv", "jsonl"], found: Columns, start: int = 0, **how: object) -> Layout:
    return Layout.model_validate(
        {
            "kind": kind,
            "compressed": False,
            "encoding": "utf-8",
            "start": start,
            "read_from": found.read_from,
            "unsure": found.unsure,
            "ignored_columns": found.ignored,
            "nearest": found.nearest,
        }
        | how
    )
