"""What a file is, told from its beginning: its form, encoding, delimiter and columns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Literal

from pydantic import Field, model_validator

from services.ingest.column_names import spelled
from services.ingest.columns import ColumnNames, Columns, field_of, find_columns, is_weak
from services.ingest.encodings import encoding_of_file
from services.ingest.forms import refuse_other_forms
from services.ingest.headers import Header, announced_delimiter, read_header
from services.ingest.lines import Line, split_lines, without_surrogates
from services.ingest.nested import Object, object_in, opened, paths_to_open, unwrapped
from services.ingest.refusal import FileRefused, RowRejected
from services.ingest.segments import segment_names
from services.ingest.steps import Steps
from shared.contracts.profiles import Reader

_NO_DELIMITER = "\x1f"
"""For a file of one column, whose texts may hold commas without quotes."""
_TITLES = 10
"""Rows above the header that may be titles."""
_MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


Names = Mapping[str, Sequence[str]]


class Layout(ColumnNames):
    """How to read a file; part of the checkpoint, so that each slice reads it alike."""

    kind: Literal["csv", "jsonl"]
    steps: Steps = ()
    """How its text is got out of the file."""
    reader: Reader = Reader.TABLE
    """What its rows hold: a text, a mail or a page."""
    encoding: str
    """As Python names it; utf-8 also stands for Windows-1252: which of the two is decided line by line."""
    delimiter: str = ","
    skip_spaces: bool = False
    """Whether a space follows each delimiter, as in `a, "b, c"`."""
    columns: tuple[str | None, ...] = ()
    """For CSV, the field that each column holds; None for one that is ignored."""
    segments: tuple[str | None, ...] = ()
    """For CSV, the name of the customer's own column; None for one that holds a field or has no name."""
    fields: dict[str, str] = Field(default_factory=dict)
    """For JSON Lines, what keys hold that are not called as we call it, by `spelled`; empty if nothing."""
    opened: tuple[str, ...] = ()
    """For JSON Lines, the paths of objects within objects that hold fields."""
    wrapped: bool = False
    """For CSV, whether each line is quoted as a whole."""
    header: str = ""
    """For CSV, its lines: files that were put behind one another have them again."""
    passed_over: int = 0
    """Rows above and below the header that are no customers' either: titles, further header rows."""
    start: int
    """The offset of the first data row in the (unpacked) file, in bytes."""

    @model_validator(mode="before")
    @classmethod
    def _with_steps(cls, value: object) -> object:
        """Of a checkpoint that was saved when gzip was the only step."""
        if isinstance(value, dict) and "compressed" in value:
            value = dict(value)
            value["steps"] = ("gzip",) if value.pop("compressed") else ()
        return value

    def may_have(self, field: str) -> bool:
        """Whether rows may hold this field: in JSON Lines any may."""
        return self.kind == "jsonl" or field in self.columns

    def field_of_key(self, name: str) -> tuple[str | None, bool]:
        """The field that a key of JSON Lines holds, and whether the key is called as we call it."""
        if self.fields and (said := self.fields.get(spelled(name))) is not None:
            return said or None, False
        return field_of(name), True


def inspect(
    head: bytes, *, steps: Steps = (), complete: bool, wishes: str = "", names: Names | None = None
) -> Layout:
    """How to read the file that begins with `head`.

    Args:
        head: the first bytes of its text.
        steps: how that was got out of it.
        complete: whether that is all of it.
        wishes: which columns hold what, as the uploader said.
        names: by field, names that the profile gives to columns.

    Raises:
        FileRefused: it is no table of feedback; says what to do.
    """
    refuse_other_forms(head)
    encoding = encoding_of_file(head, complete=complete)
    mark = _MARKS.get(encoding, b"")
    start = len(mark) if head.startswith(mark) else 0
    lines = list(split_lines([head[start:]], encoding, len(head)))
    if not complete and len(lines) > 1:
        lines.pop()  # probably cut
    first = next((line.text for line in lines if line.text.strip()), "")
    if not first:
        raise FileRefused("the file is empty" if complete else "the file begins with nothing but white space")
    if "json" in steps or first.lstrip().startswith("{"):
        layout = _inspect_json(lines, wishes, names or {})
    else:
        layout = _inspect_csv(lines, wishes, names or {}, complete=complete)
    return layout.model_copy(update={"steps": steps, "encoding": encoding, "start": start + layout.start})


def _inspect_json(lines: list[Line], wishes: str, also: Names) -> Layout:
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    objects: list[Object] = []
    for line in lines:
        with suppress(RowRejected):
            objects.append(object_in(line.text))
    asked = [*(wish.partition("=")[2].strip() for wish in wishes.split(";")), *chain(*also.values())]
    paths, holder = paths_to_open(objects, asked)
    for value in objects:
        for name, content in opened(value, paths).items():
            if name in paths:
                continue  # it is null here
            # Objects may differ in how they spell a key.
            key = field_of(name) or spelled(name)
            names.setdefault(key, without_surrogates(name))
            values.setdefault(key, []).append(_sample(content))
    if not objects:
        raise FileRefused(
            "the file begins like JSON, but no line holds a whole object: write one object a line, or a list"
        )
    keys, within = list(names.values()), f"{holder}." if holder else ""
    short = [key.removeprefix(within) for key in keys]
    columns = find_columns(keys, list(values.values()), wishes, short, also, within)
    return _layout("jsonl", columns, fields=_other_keys(keys, columns), opened=paths)


def _other_keys(names: list[str], columns: Columns) -> dict[str, str]:
    """What keys hold that are not called as we call it, or are called so and hold nothing."""
    pairs = zip(names, columns.fields, strict=True)
    return {spelled(name): field or "" for name, field in pairs if field_of(name) != field}


def _sample(content: object) -> str:
    """A value as a text; what is none and no null as a sign that no field holds."""
    content = unwrapped(content)
    return content if isinstance(content, str) else "" if content is None else "{"


def _inspect_csv(lines: list[Line], wishes: str, also: Names, *, complete: bool) -> Layout:
    delimiter, skipped = announced_delimiter(lines)
    refused: FileRefused | None = None
    narrow: Layout | None = None
    for titles in range(_TITLES + 1):
        try:
            header = read_header(lines[skipped:], delimiter, complete=complete or titles > 0)
        except FileRefused as error:
            refused = refused or error
            break
        start = sum(line.size for line in lines[: skipped + header.lines])
        try:
            columns = find_columns(header.names, header.values, wishes, header.second, also)
        except FileRefused as error:
            refused = refused or error
        else:
            layout = _table(header, columns, start, titles)
            # Below a survey's further rows of names there is no other header.
            may_be_title = header.is_title and not header.others and is_weak(columns)
            if not header.is_narrow and not may_be_title:
                return layout
            narrow = narrow or layout
        if not (header.is_narrow or header.is_title or header.is_comment):
            break
        skipped += header.own_lines
    if narrow is not None:
        return narrow
    assert refused is not None, "a header was read or refused"
    raise refused


def _table(header: Header, columns: Columns, start: int, titles: int) -> Layout:
    return _layout(
        "csv",
        columns,
        delimiter=header.delimiter if len(header.names) > 1 else _NO_DELIMITER,
        skip_spaces=header.skip_spaces,
        columns=columns.fields,
        segments=segment_names(header.names, columns.fields),
        wrapped=header.wrapped,
        header=header.text,
        passed_over=titles + len(header.others),
        start=start,
    )


def _layout(kind: Literal["csv", "jsonl"], found: Columns, start: int = 0, **how: object) -> Layout:
    names = found.model_dump(exclude={"fields"})
    return Layout.model_validate({"kind": kind, "encoding": "utf-8", "start": start} | names | how)
