"""What openpyxl reads of an Excel workbook (.xlsx) besides its sheets: their names, texts and formats."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from openpyxl.packaging.relationship import Relationship, get_dependents, get_rels_path
from openpyxl.packaging.workbook import WorkbookPackage
from openpyxl.reader.strings import read_string_table
from openpyxl.styles.stylesheet import Stylesheet
from openpyxl.xml.functions import fromstring, localname

from services.ingest.archive import Archive
from services.ingest.number_formats import NumberForm, number_form
from services.ingest.refusal import FileBroken
from services.ingest.workbook_parts import DAMAGED, Parts

ODD = "it is not written as Excel writes workbooks: open it in Excel and save it again, or as CSV (UTF-8)"
FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What openpyxl raises where it finds what it does not expect."""
_HIDDEN = ("hidden", "veryHidden")
_FIRST_CUSTOM = 164
_CARRIAGE_RETURN = re.compile("_x000[dD]_")


@dataclass(frozen=True)
class Workbook:
    """What the cells of a workbook's sheets mean.

    Attributes:
        sheets: the names of the visible ones' parts.
        texts: what cells refer to by number.
        forms: by a cell's style, how its number is shown.
    """

    parts: Parts
    sheets: Sequence[str]
    texts: Sequence[str]
    forms: Sequence[NumberForm]
    from_1904: bool


def open_workbook(archive: Archive) -> Workbook:
    """Reads all but the sheets.

    Raises:
        FileBroken: it cannot be read.
    """
    try:
        return _open(Parts(archive))
    except ParseError as error:
        raise FileBroken(DAMAGED) from error
    except FAULTS as error:
        raise FileBroken(ODD) from error


def _open(parts: Parts) -> Workbook:
    main = _target(_relations(parts, ""), "/officeDocument") or "xl/workbook.xml"
    relations = _relations(parts, main)
    sheets = {each.Id: each.target for each in relations if each.Type.endswith("/worksheet")}
    book: Any = WorkbookPackage.from_tree(_tree(parts, main, "workbookPr", "sheets"))
    shown = [sheets.get(sheet.id, "") for sheet in book.sheets if sheet.state not in _HIDDEN]
    if not any(shown):
        raise FileBroken("the workbook shows no sheet: show the one with the feedback and save it again")
    texts, styles = _target(relations, "/sharedStrings"), _target(relations, "/styles")
    return Workbook(
        parts=parts,
        sheets=list(filter(parts.has, shown)),
        texts=list(map(plain, read_string_table(parts.texts(texts)))) if parts.has(texts) else [],
        forms=_forms(parts, styles) if parts.has(styles) else [],
        from_1904=bool(book.properties and book.properties.date1904),
    )


def _relations(parts: Parts, part: str) -> list[Relationship]:
    name = get_rels_path(part)  # type: ignore[no-untyped-call]
    return list(get_dependents(cast(Any, parts), name)) if parts.has(name) else []


def _target(relations: Sequence[Relationship], kind: str) -> str:
    return next((each.target for each in relations if each.Type.endswith(kind)), "")


def _tree(parts: Parts, name: str, *wanted: str) -> Any:
    """A part's tree without what is not wanted: openpyxl refuses a workbook for a font, say."""
    root: Any = fromstring(parts.read(name))
    for child in list(root):
        if localname(child) not in wanted:
            root.remove(child)
    return root


def _forms(parts: Parts, name: str) -> list[NumberForm]:
    styles: Any = Stylesheet.from_tree(_tree(parts, name, "numFmts", "cellXfs"))
    codes = dict(enumerate(styles.number_formats, _FIRST_CUSTOM))
    return [number_form(style.numFmtId, codes.get(style.numFmtId)) for style in styles.cell_styles]


def plain(text: str) -> str:
    """A text without what Excel writes for the end of a line."""
    return _CARRIAGE_RETURN.sub("\r", text)
