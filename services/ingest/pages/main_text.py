"""The main text of a page, for the model to read."""

from itertools import islice

import html_text
from lxml import etree, html
from readability import Document
from readability.readability import Unparseable

_MOST = 20_000
_LEAST = 200
"""A main text that is shorter than this missed the point: the page's whole text is taken."""
_STEPS = 100_000
"""Texts of a page that are looked at, where it is not known what it is about."""
_READABLE = 20_000
"""Elements up to which the extractor is asked; its time grows with them."""
_SKIPPED = (
    "title",
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "nav",
    "footer",
    "header",
    "select",
    "iframe",
    "form",
)


def main_text(root: html.HtmlElement) -> str:
    """The text that the page is about; all that it shows where that cannot be told.

    Takes attributes from the tree that libxml2 would write in quadratic time: it looks for the end of each
    comment that begins in a value.
    """
    small = sum(1 for _ in islice(root.iter(), _READABLE + 1)) <= _READABLE
    for value in root.xpath("//@*[contains(., '<!--')]"):
        del value.getparent().attrib[value.attrname]
    found = _readable(html.tostring(root, encoding="unicode")) if small else ""
    if len(found) >= _LEAST:
        return found
    etree.strip_elements(root, *_SKIPPED, with_tail=False)
    lines = (" ".join(text.split()) for text in islice(root.itertext(), _STEPS))
    return "\n".join(filter(None, lines))[:_MOST]


def _readable(markup: str) -> str:
    try:
        return str(html_text.extract_text(Document(markup).summary(html_partial=True)))[:_MOST].strip()
    except (Unparseable, etree.LxmlError, RecursionError, ValueError):
        return ""
