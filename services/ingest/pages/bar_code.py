"""The number of a product's bar code (GTIN), under the names that shops have for it."""

import re
from collections.abc import Iterator, Sequence

from services.ingest.pages.nodes import Node, local_name, texts_of

_GTINS = ("gtin", "gtin13", "gtin12", "gtin14", "gtin8", "ean", "ean13", "isbn", "isbn13", "upc", "barcode")
_ISBN_10 = 10


def bar_code(nodes: Sequence[Node]) -> str:
    """The first right number that the nodes of a product name; else empty."""
    return next(filter(None, map(gtin, _numbers(nodes))), "")


def gtin(text: str) -> str:
    """The number of a bar code (GTIN-8, -12, -13 or -14) whose check digit is right; else empty.

    An ISBN of ten digits is written with thirteen, and a zero before a GTIN-12 that became a number.
    """
    digits = re.sub(r"[\s-]", "", text.rpartition(":")[2]).upper()
    if not re.fullmatch(r"[0-9]{8}|[0-9]{9}[0-9X]|[0-9]{11,14}", digits) or not digits.strip("0"):
        return ""
    if len(digits) == _ISBN_10:
        total = sum((10 - place) * (10 if sign == "X" else int(sign)) for place, sign in enumerate(digits))
        return "" if total % 11 else f"978{digits[:9]}{-_weighed(f'978{digits[:9]}0') % 10}"
    digits = digits.zfill(12) if len(digits) > _ISBN_10 else digits
    return digits if _weighed(digits) % 10 == 0 else ""


def _weighed(digits: str) -> int:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))


def _numbers(nodes: Sequence[Node]) -> Iterator[str]:
    """What may be the number of a bar code, by its own name or by a name beside it."""
    yield from texts_of(nodes, *_GTINS)
    yield from (text for text in texts_of(nodes, "productid", "identifier") if ":" in text)
    for node in nodes:
        for each in node.nodes("identifier", "additionalproperty"):
            if local_name(each.text("propertyid", "name")) in _GTINS:
                yield from each.texts("value")
