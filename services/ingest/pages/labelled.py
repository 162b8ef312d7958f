"""Values that stand beside a label: in tables, lists of terms, and lines such as `Brand: Bosch`."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from services.ingest.pages.bar_code import gtin
from services.ingest.pages.nodes import short_text
from services.ingest.pages.page_words import phrase, words

_FIELDS = ("brand", "sku", "gtin")
_LABEL = 40
_VALUE = 100
_LINE = re.compile(r"^([^:：]{2,40})\s*[:：]\s*(.{1,100})$")
_SKU = re.compile(r"[A-Za-z0-9][\w./-]{1,39}")
_LABELS = ("strong", "label", "b")
"""Elements that name what stands behind them."""
_LINES = frozenset({"li", "p", "span", "div", "td", "small"})
_NEXT = {"th": "td", "dt": "dd", "td": "td"}


def labelled_values(elements: Iterable[etree._Element]) -> dict[str, str]:
    """By field, the first value with such a label."""
    found: dict[str, str] = {}
    for element in elements:
        label, value = _pair(element)
        if not value:
            continue
        for field in _FIELDS:
            if field not in found and phrase(label) in words(field) and (read := _read(field, value)):
                found[field] = read
    return found


def _pair(element: etree._Element) -> tuple[str, str]:
    tag, following = str(element.tag), element.getnext()
    beside = following is not None and (tag in _LABELS or _NEXT.get(tag) == following.tag)
    if not beside and tag in _LINES and len(element) <= 4:
        if match := _LINE.match(short_text(element, _LABEL + _VALUE + 1)):
            return match[1], match[2]
        beside = _is_label(element)
    if beside and following is not None:
        return short_text(element, _LABEL), short_text(following, _VALUE)
    return "", ""


def _is_label(element: etree._Element) -> bool:
    """Whether an element holds nothing but a label, so that its value stands in the next one."""
    text = short_text(element, _LABEL + 1)
    return 0 < len(text) <= _LABEL and text.endswith((":", "："))


def _read(field: str, value: str) -> str:
    if field == "gtin":
        return next(filter(None, map(gtin, _numbers(value))), "")
    if field == "sku":
        match = _SKU.match(value)
        return match[0] if match and any(letter.isdigit() for letter in match[0]) else ""
    return value if len(value) <= 60 and any(map(str.isalpha, value)) else ""


def _numbers(value: str) -> Sequence[str]:
    return re.findall(r"\d[\d -]{6,20}\d", value)
