"""Other names that people and programs give to our columns (`column_names.json`), with any case and signs."""

import difflib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("column_names.json")
_SIGNS = re.compile(r"[\s_\-‐‑–—./:：\\|・·'’`´\"“”?？!！*#,、。()（）\[\]【】\ufeff]+")
_ASIDE = re.compile(
    r"(?:\s*[(\[]\s*(?:[^()\[\]]*\d[^()\[\]]*|%|percent|utc|gmt|cet|local(?: time)?|optional|required"
    r"|必須|任意|[a-z]{3,}/[a-z_/]+|[dmyhstja]{1,4}(?:[/.:\s-]+[dmyhstja]{1,4})+)\s*[)\]]"
    r"|\s*%|\s*(?:/|\s(?:out of|sur|von))\s*\d{1,3})\s*[*:?]*\s*$",
    re.IGNORECASE,
)
"""What stands behind a name: a unit, a scale, the form of a date, or that an answer is required."""
_NUMBERED = re.compile(r"^\s*(?:q|question|frage|pregunta)?\s*\d{1,3}\s*[.):]\s*(?=\D)", re.IGNORECASE)
"""What stands before a survey's question."""
_LANGUAGES = re.compile(r"\s+[/|]\s+")
_WORDS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
IF_NOTHING_ELSE = "feedback, if nothing else"
"""In the table, names of columns that hold the text if no other one is called as texts are."""
_LONGEST = 200
"""Characters; no name that is known has more."""
_NEAR = 0.82
"""How alike two names are of which one is a slip of the other."""


def spelled(name: str) -> str:
    """A name as letters and digits alone: `Review Text`, `review.text` and `reviewText` are one."""
    plain = _NUMBERED.sub("", _ASIDE.sub("", unicodedata.normalize("NFKC", name[:_LONGEST]))).casefold()
    parts = unicodedata.normalize("NFKD", _SIGNS.sub("", plain))
    return "".join(part for part in parts if not unicodedata.combining(part))


def spellings(name: str) -> set[str]:
    """A name as `spelled` gives it; of one in two languages, as in `Commentaire / Comment`, each, too."""
    return {spelled(said) for said in (name, *_LANGUAGES.split(name[:_LONGEST]))}


def names_of(field: str) -> frozenset[str]:
    """The names, as `spelled` gives them, of columns that hold this field."""
    return _names().get(field, frozenset())


def is_known(name: str) -> bool:
    """Whether columns of any field are called so."""
    return any(spellings(name) & names for names in _names().values())


def nearest(name: str, fields: Sequence[str]) -> str | None:
    """The field whose names this one is nearest to: has one of its words, or is a slip of one."""
    words = [spelled(word) for word in _WORDS.findall(_HUMPS.sub(" ", name))]
    # In the languages of the table, what a column is stands last (English, German) or first.
    for word in (spelled(name), *dict.fromkeys([*words[-1:], *words])):
        for field in fields:
            if word in names_of(field):
                return field
    slips = {known: field for field in fields for known in names_of(field)}
    alike = difflib.get_close_matches(spelled(name)[:60], slips, n=1, cutoff=_NEAR)
    return slips[alike[0]] if alike else None


@cache
def _names() -> dict[str, frozenset[str]]:
    table: dict[str, dict[str, list[str]]] = json.loads(_TABLE.read_text("utf-8"))
    return {
        field: frozenset(spelled(name) for names in languages.values() for name in names)
        for field, languages in table.items()
    }
