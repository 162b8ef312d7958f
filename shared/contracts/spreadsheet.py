"""Texts of customers as cells of a CSV that people open in a spreadsheet."""

import re

_STARTS = "=+\\-@＝＋－＠"
_FORMULA = re.compile(rf"\s*[{_STARTS}\t\r\n]")
# Where cells are parted by semicolons or tabs, a text with one goes on in the next cell; a quotation
# mark protects only a cell that begins with it.
_FORMULA_WITHIN = re.compile(rf'([;\t\r\n][ "]*)(?=[{_STARTS}])')


def neutral(text: str) -> str:
    """The text so that no spreadsheet takes it, or a part of it, for a formula: an apostrophe before it."""
    text = _FORMULA_WITHIN.sub(r"\1'", text.replace("\0", "\ufffd"))
    return f"'{text}" if _FORMULA.match(text) else text


def written(cell: str) -> str:
    """What stood in a cell before `neutral` put an apostrophe in front, without blanks around it."""
    text = cell.strip()
    return text[1:].strip() if text[:1] == "'" and _FORMULA.match(text[1:]) else text
