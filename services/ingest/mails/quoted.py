"""Where the mail that is answered begins, told by its form: programs write that line in any language."""

import re
from collections.abc import Sequence

from services.ingest.mails.mail_words import folded, phrases

_LONG = 300
_LABELS = 4
"""Lines in which Outlook names sender and date."""
_ADDRESS = re.compile(r"[<(][^<>()\s@]{1,100}@[^<>()\s]{1,100}[>)]")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_RULE = re.compile(r"\s*[-_=*#]{2,}\s*(.{3,60}?)\s*[-_=*#]{2,}\s*")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of writing from right to left."""
_MARKS = (">", "|")


def own_part(lines: Sequence[str]) -> list[str]:
    """The lines without the mail that they answer, unless it has marks, and without the line before it."""
    for place, line in enumerate(lines):
        if _is_rule(line) or _is_header(lines[place : place + _LABELS]):
            return list(lines[:place])
        for width in (1, 2):
            if _is_attribution(lines[place : place + width]):
                rest = lines[place + width :]
                marked = next((each for each in rest if each.strip()), ">").lstrip().startswith(_MARKS)
                return [*lines[:place], *(rest if marked else ())]
    return list(lines)


def _is_rule(line: str) -> bool:
    """Whether it is a line such as `-----Original Message-----`."""
    match = _RULE.fullmatch(line[:_LONG])
    return match is not None and folded(match[1]).rstrip(":") in phrases("original")


def _is_header(lines: Sequence[str]) -> bool:
    """Whether they begin with a sender, and name a date soon."""
    labels = [re.split("[:：]", folded(line).lstrip("*> "), maxsplit=1)[0].strip(" *") for line in lines]
    return (
        len(labels) > 1
        and not lines[0].lstrip().startswith(_MARKS)
        and labels[0] in phrases("from label")
        and not set(labels[1:]).isdisjoint(phrases("sent label"))
    )


def _is_attribution(lines: Sequence[str]) -> bool:
    """Whether they say who wrote when, and nothing else: an address, a time, and a colon at the end."""
    text = _DIRECTIONS.sub("", " ".join(lines))[: _LONG + 1].strip()
    return (
        len(text) <= _LONG
        and text.endswith((":", "："))
        and _ADDRESS.search(text) is not None
        and _TIME.search(text) is not None
    )
