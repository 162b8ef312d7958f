"""The parts of a workbook as openpyxl opens them: read no further than memory and time allow."""

from collections.abc import Iterator
from xml.parsers import expat

from services.ingest.archive import Archive
from services.ingest.forms import SAVE_AS_CSV
from services.ingest.refusal import FileBroken

TOO_LARGE = f"is too large for a workbook: {SAVE_AS_CSV}"
DAMAGED = "its XML is damaged: open it in Excel and save it again"
SHEET_BYTES = 128 * 1024 * 1024
"""Of a sheet, unpacked: each slice reads it from its beginning again."""
TEXTS_BYTES = 64 * 1024 * 1024
"""Of the list of a workbook's texts, unpacked: it is kept in memory."""
PARTS_BYTES = 16 * 1024 * 1024
MOST_UNITS = 500_000
"""Rows of a sheet, or texts: openpyxl keeps an empty element of each."""
MOST_KEPT = 16 * 1024 * 1024
"""Characters of one of them, or outside of all, an element counted as 80: openpyxl keeps them as a tree."""
_ELEMENT = 80
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": _MAIN.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
"""Names in the strict form of the format, which openpyxl does not know."""


class Parts:
    """Answers what openpyxl asks of a ZIP file."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def has(self, name: str) -> bool:
        return self._archive.has(name)

    def read(self, name: str) -> bytes:
        return b"".join(Part(self._archive.blocks(name, PARTS_BYTES, TOO_LARGE)))

    def texts(self, name: str) -> "Part":
        return Part(self._archive.blocks(name, TEXTS_BYTES, TOO_LARGE), "si")

    def sheet(self, name: str) -> "Part":
        return Part(self._archive.blocks(name, SHEET_BYTES, TOO_LARGE), "row", "sheetData")


class Part:
    """A part as a file that is read once, its elements counted before openpyxl sees them.

    Args:
        unit: the element whose content openpyxl lets go of at its end.
        last: nothing is read from the end of this element on.

    Attributes:
        is_over: whether that was reached.
    """

    def __init__(self, blocks: Iterator[bytes], unit: str = "", last: str = "") -> None:
        self.is_over = False
        self._blocks = blocks
        self._unit, self._last = f"{_MAIN} {unit}", f"{_MAIN} {last}"
        self._units = self._open = self._within = self._outside = self._passed = self._end_at = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._say
        self._parser.StartDoctypeDeclHandler = _refuse

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self, _size: int = -1) -> bytes:
        """The next piece, of any size."""
        if self.is_over:
            return b""
        block = next(self._blocks, b"")
        for strict, usual in _STRICT.items():
            block = block.replace(strict, usual)
        try:
            self._parser.Parse(block)
        except expat.ExpatError:
            pass  # openpyxl comes to the same place, behind the rows before it
        except (LookupError, ValueError) as error:
            raise FileBroken(DAMAGED) from error
        self._passed += len(block)
        return block[: self._end_at - self._passed] if self._end_at else block

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._unit:
            self._units += 1
            self._open += 1
        if self._units > MOST_UNITS:
            raise FileBroken(f"it has more than {MOST_UNITS} rows or texts: {SAVE_AS_CSV}")
        self._keep(_ELEMENT + sum(map(len, attributes.values())))

    def _end(self, name: str) -> None:
        if name == self._unit:
            self._open -= 1
            self._within *= bool(self._open)
        elif name == self._last:
            self.is_over = True
            self._end_at = self._parser.CurrentByteIndex

    def _say(self, text: str) -> None:
        self._keep(len(text))

    def _keep(self, size: int) -> None:
        if self._open:
            self._within += size
        else:
            self._outside += size
        if max(self._within, self._outside) > MOST_KEPT:
            raise FileBroken(f"a row or text in it is longer than {MOST_KEPT} characters: {SAVE_AS_CSV}")


def _refuse(*_: object) -> None:
    raise FileBroken("its XML declares a document type, as no program that saves tables does: save it as CSV")
