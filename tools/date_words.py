"""Writes services/ingest/date_words.json, names of months and weekdays, from CLDR: `make date-words`.

Babel, which brings CLDR, is 30 MB and stays in an environment of its own; what a function needs of it is
6 kB of words.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.ingest.date_words import word_key

TABLE = Path(__file__).parent.parent / "services" / "ingest" / "date_words.json"
LANGUAGES = [
    "ar",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "de_AT",
    "el",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "he",
    "hu",
    "id",
    "it",
    "lt",
    "lv",
    "ms",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "tr",
    "uk",
]
"""No two of them call different months by one name; Croatian would (listopad is October there)."""
MORE = {"mrz": 3, "feber": 2, "setiembre": 9, "sept": 9}
"""Excel's German March, Austria's February, Peru's September: known to people, not to CLDR."""
NUMBERED = ["ja", "ko", "zh"]
"""Languages that number their months."""
ABOUT = (
    "Written by `make date-words` from CLDR: months by their names as services.ingest.date_words keys them."
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


class Ambiguous(Exception):
    """One name for two months."""


def names_of(language: str, kind: str) -> Iterator[tuple[int, str]]:
    """The names of months or days, whole and short, within a date and alone, each with its number."""
    from babel import Locale  # type: ignore[import-not-found]  # noqa: PLC0415 (only where the table is made)

    tables: Any = getattr(Locale.parse(language), kind)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in tables[context][width].items():
                yield number, name
                if kind == "months":
                    yield from ((number, other) for other in _variants(language, name))


def _variants(language: str, name: str) -> Iterator[str]:
    """How else the name of a month is written: without umlauts, behind a preposition."""
    if language == "de":
        yield name.translate(_GERMAN)
    if language == "he":
        yield f"ב{name}"


def months() -> dict[str, int]:
    """Name → month, for all languages.

    Raises:
        Ambiguous: two languages mean different months by it.
    """
    found = dict(MORE)
    names = (each for language in LANGUAGES for each in names_of(language, "months"))
    # Catalan's come with their preposition: "de gener", "d’abril".
    for number, name in ((number, re.split("[ ’]", name)[-1]) for number, name in names):
        if found.setdefault(word_key(name), number) != number:
            raise Ambiguous(f"{name}: {found[word_key(name)]} and {number}")
    return dict(sorted(found.items()))


def weekdays() -> list[str]:
    """All words of the names of weekdays ("terça-feira" is two)."""
    names = (name for language in LANGUAGES + NUMBERED for _, name in names_of(language, "days"))
    return sorted({word_key(word) for name in names for word in re.split(r"[\W\d_]+", name)} - {""})


def main() -> int:
    """Writes the table."""
    table = {"about": ABOUT, "languages": LANGUAGES, "months": months(), "weekdays": weekdays()}
    lines = (f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{TABLE.name}: {len(table['months'])} names of months, {len(table['weekdays'])} of weekdays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
