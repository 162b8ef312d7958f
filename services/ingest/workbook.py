"""What the cells of an Excel workbook (.xlsx) mean: its visible sheets, list of texts and number formats."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from services.ingest.archive import Archive
from services.ingest.number_formats import NumberForm, number_form
from services.ingest.refusal import FileBroken
from services.ingest.xml_stream import XmlReader, local_name, read_xml

TOO_LARGE = "is too large for a workbook: save it as CSV (UTF-8) and upload that"
TEXT_LENGTH = 4 * 1024 * 1024
"""Characters of one text; a longer row is rejected for its length, whatever more it holds."""
_TEXTS_BYTES = 64 * 1024 * 1024
"""Of the list of a workbook's texts, unpacked: it is kept in memory."""
_PARTS_BYTES = 16 * 1024 * 1024
_MOST_FOUND = 100_000
_CARRIAGE_RETURN = re.compile("_x000[dD]_")
_HIDDEN = ("hidden", "veryHidden")


@dataclass(frozen=True)
class Workbook:
    """What the cells of a workbook's sheets mean.

    Attributes:
        sheets: the names of the visible ones' parts.
        texts: what cells refer to by number.
        forms: by a cell's style, how its number is shown.
    """

    sheets: Sequence[str]
    texts: Sequence[str]
    forms: Sequence[NumberForm]
    from_1904: bool


def open_workbook(archive: Archive) -> Workbook:
    """Reads all but the sheets.

    Raises:
        FileBroken: it cannot be read.
    """
    main = _target(archive, "", "/officeDocument") or "xl/workbook.xml"
    parts = _targets(archive, main, "/worksheet")
    book = _Elements("workbookPr", "sheet")
    _read(archive, main, book)
    shown = [
        parts.get(attributes.get("id", ""), "")
        for name, attributes in book.found
        if name == "sheet" and attributes.get("state") not in _HIDDEN
    ]
    if not any(shown):
        raise FileBroken("the workbook shows no sheet: show the one with the feedback and save it again")
    texts, styles = _Texts(), _Styles()
    _read(archive, _target(archive, main, "/sharedStrings"), texts, _TEXTS_BYTES)
    _read(archive, _target(archive, main, "/styles"), styles)
    return Workbook(
        sheets=list(filter(None, shown)),
        texts=texts.texts,
        forms=styles.forms,
        from_1904=any(attributes.get("date1904") in ("1", "true") for _, attributes in book.found),
    )


class Words(XmlReader):
    """Gathers what `v` and `t` elements say, without how it is pronounced."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._length = 0
        self._reads = self._aside = False

    @override
    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._reads = name in ("v", "t")
        self._aside = self._aside or name == "rPh"

    @override
    def say(self, text: str) -> None:
        if self._reads and not self._aside and self._length < TEXT_LENGTH:
            self._said.append(text)
            self._length += len(text)

    @override
    def end(self, name: str) -> None:
        self._reads = False
        self._aside = self._aside and name != "rPh"

    def taken(self) -> str:
        """What was said since this was last asked."""
        said = "".join(self._said)
        self._said.clear()
        self._length = 0
        return said


class _Texts(Words):
    """The list of texts that cells refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @override
    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.texts.append(plain(self.taken()))


class _Elements(XmlReader):
    """The attributes of elements of some names, in their order."""

    def __init__(self, *names: str) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self._names = names

    @override
    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._names and len(self.found) < _MOST_FOUND:
            self.found.append((name, {local_name(key): value for key, value in attributes.items()}))


class _Styles(XmlReader):
    """By a cell's style, how its number is shown."""

    def __init__(self) -> None:
        self.forms: list[NumberForm] = []
        self._codes: dict[int, str] = {}
        self._inside = False

    @override
    def begin(self, name: str, attributes: dict[str, str]) -> None:
        said = attributes.get("numFmtId", "0")
        number = int(said) if said.isdecimal() else 0
        if name == "cellXfs":
            self._inside = True
        elif name == "numFmt":
            self._codes[number] = attributes.get("formatCode", "")
        elif name == "xf" and self._inside:
            self.forms.append(number_form(number, self._codes.get(number)))

    @override
    def end(self, name: str) -> None:
        self._inside = self._inside and name != "cellXfs"


def _read(archive: Archive, part: str, reader: XmlReader, most: int | None = None) -> None:
    """Reads a whole part, if there is one of that name."""
    if archive.has(part):
        for _ in read_xml(archive.blocks(part, most or _PARTS_BYTES, TOO_LARGE), reader):
            pass


def _target(archive: Archive, part: str, kind: str) -> str:
    return next(iter(_targets(archive, part, kind).values()), "")


def _targets(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """By id, the parts of a kind that this one refers to."""
    folder, name = posixpath.split(part)
    relations = _Elements("Relationship")
    _read(archive, posixpath.join(folder, "_rels", f"{name}.rels"), relations)
    return {
        attributes.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, attributes.get("Target", ""))
        ).lstrip("/")
        for _, attributes in relations.found
        if attributes.get("Type", "").endswith(kind)
    }


def plain(text: str) -> str:
    """A text without what Excel writes for characters that XML cannot hold."""
    return _CARRIAGE_RETURN.sub("\r", text).replace("\0", "\ufffd")
