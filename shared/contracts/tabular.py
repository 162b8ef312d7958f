"""How a table of text was saved: its encoding, its delimiter, its column names as people write them.

Decides from a sample and reads nothing itself. Ingest and curate share it.
"""

import codecs
import re

from shared.contracts.errors import PermanentError

_DELIMITERS = ("\t", ";", ",", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOSTLY = 0.6
"""The share of zero bytes on one side of each pair from which on a sample without a mark is UTF-16."""


class NotText(PermanentError):
    """The bytes are no text in any encoding that people save tables in."""


def sniff_encoding(sample: bytes) -> str:
    """The encoding of a file that begins with `sample` (which may end in the middle of a character).

    Returns:
        utf-8, utf-16-le, utf-16-be, utf-32-le, utf-32-be or cp1252. A byte-order mark decodes to
        U+FEFF at the text's beginning, for the reader to drop; so decoding may resume anywhere.

    Raises:
        NotText: zero bytes where no text has them.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return _sixteen_bit(sample)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _sixteen_bit(sample: bytes) -> str:
    even, odd = sample[0::2], sample[1::2]
    if odd and odd.count(0) >= _MOSTLY * len(odd) and even.count(0) < len(even) * (1 - _MOSTLY):
        return "utf-16-le"
    if even.count(0) >= _MOSTLY * len(even) and odd.count(0) < len(odd) * (1 - _MOSTLY):
        return "utf-16-be"
    raise NotText("the file is not text: it holds zero bytes")


def sniff_delimiter(sample: str) -> str:
    """Comma, semicolon, tab or bar: what parts most rows into as many columns as the header.

    Of equals what parts the header into most (a comma if none does). What stands in few of the rows is a part
    of a column's name.
    """
    header, *rows = _lines(sample) or [""]
    used = [
        each for each in _DELIMITERS if each in header and 2 * sum(each in row for row in rows) >= len(rows)
    ]
    # Of equals the rarer wins: a comma stands in a column's name sooner than a tab does.
    fits = {each: sum(row.count(each) == header.count(each) for row in rows) for each in used}
    likely = max(used or _DELIMITERS, key=lambda each: (fits.get(each, 0), header.count(each)))
    return likely if likely in header else ","


def _lines(sample: str) -> list[str]:
    """The lines that say something, without what they say in quotes."""
    unquoted = re.sub(r'"(?:[^"]|"")*"', "quoted", sample.lstrip("\ufeff"))
    return [line for line in re.split(r"\r\n|\r|\n", unquoted) if line.strip()]


def column_key(header: str) -> str:
    """A column's name without what people vary: `" Product-Name "` and `product_name` are the same."""
    return re.sub(r"[\s_\-]+", "_", header.replace("\ufeff", "").strip().casefold()).strip("_")
