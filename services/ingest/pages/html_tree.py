"""The bytes of a page → its tree, in whatever encoding and however broken, within bounds."""

import codecs
import re

import chardet
from lxml import etree, html

from services.ingest.encodings import READABLE, SURE, WIDER, mixes_letters

MOST_BYTES = 8 * 1024 * 1024
"""Of a page; what stands behind is not read."""
_HEAD = 8 * 1024
_SAMPLE = 64 * 1024
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", **WIDER}
_DECODED = READABLE | {"cp1252", "iso8859-15"}
"""Python knows more codecs, such as `punycode` and `unicode_escape`, which pages have no use for."""
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# What stands behind them is dropped by the parser, and shops paste whole documents into a page.
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
# What no XML document holds, and so no text that lxml takes.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def tree_of(page: bytes, charset: str = "") -> html.HtmlElement | None:
    """The root of the page; None if there is nothing in it.

    Args:
        charset: what came with the page, as in an HTTP header.
    """
    text = _ENDS.sub("", _FORBIDDEN.sub("", _PROLOG.sub("", text_of(page[:MOST_BYTES], charset))))
    if not text.strip():
        return None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def is_hidden(element: etree._Element) -> bool:
    """Whether nobody sees it, by its own attributes."""
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style", "")[:200]))


def drop_hidden(root: html.HtmlElement) -> None:
    """Empties the elements that nobody sees."""
    for element in [each for each in root.iter(etree.Element) if is_hidden(each)]:
        if element.tag not in ("html", "body"):  # shown when the page has loaded
            # Taken out, each would be joined to all the text before it.
            element.clear(keep_tail=True)


def text_of(page: bytes, charset: str = "") -> str:
    """The page decoded: by its mark, as UTF-8 if it is, as it says, or as it looks."""
    for mark, encoding in _MARKS:
        if page.startswith(mark):
            return page[len(mark) :].decode(encoding, "replace")
    declared = _DECLARED.search(page[:_HEAD])
    said = _known(declared[1].decode() if declared else charset)
    if said == "utf-8" or not page.isascii():
        # What is valid UTF-8 and no ASCII is nothing else, whatever is said of it.
        try:
            return codecs.utf_8_decode(page, "strict", False)[0]
        except UnicodeDecodeError:
            pass
    said = "" if said == "utf-8" else said
    if said and "\ufffd" not in (text := page.decode(said, "replace")):
        return text
    return page.decode(_guessed(page) or said or "cp1252", "replace")


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    encoding = _AS_BROWSERS_DO.get(found, found)
    return encoding if encoding in _DECODED else ""


def _guessed(page: bytes) -> str:
    """The encoding that the words of the page tell; UTF-8 with damage counts as UTF-8."""
    text = page.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged * 20 < sum(1 for character in text[:_SAMPLE] if character > "\x7f") + 1:
        return "utf-8"
    lines = [line for line in page.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    found = chardet.detect(sample)
    encoding = _known(found["encoding"] or "") if found["confidence"] >= SURE else ""
    return "" if mixes_letters(sample, encoding) else encoding
