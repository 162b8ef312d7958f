"""The fields of a verdict in whatever form a model wrote it: what can be read in one way only is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.names import name_key
from shared.contracts.taxonomy import Category
from shared.model import answer_reader
from shared.model.label_lines import category_of
from shared.stores.discovery_store import VerdictKind

_VERDICT = ("verdict", "decision", "kind", "judgement", "judgment", "answer")
_CATEGORY = ("category", "category_number", "category_id", "existing_category", "parent")
_NAME = ("name", "category_name", "title", "theme", "new_category", "new_name", "label")
_KINDS = {
    **dict.fromkeys(("new", "newcategory", "newtheme"), VerdictKind.NEW),
    **dict.fromkeys(("child", "childof", "sub", "subcategory"), VerdictKind.CHILD),
    **dict.fromkeys(("same", "sameas", "sameascategory"), VerdictKind.SAME_AS),
    "mixed": VerdictKind.MIXED,
}
_BEFORE = {"a", "an", "the", "verdict", "it", "is"}
_NONE = {"none", "null", "nil", "n/a", "na", "no category", "no existing category", "not applicable"}
"""What models write where there is nothing to be named."""
_AROUND = " \t\r\n\"'“”‘’«»*_`"


@dataclass(frozen=True)
class Fields:
    """What a model answered about a theme; `category` is 0 for none."""

    verdict: VerdictKind
    category: int
    name: str
    description: str
    examples: tuple[int, ...]


def read_fields(value: object, categories: Sequence[Category]) -> Fields | None:
    """The answer's fields; None without one verdict that we know.

    What was not asked is passed over, and what is missing or null is empty: a theme is not lost for it.

    Args:
        categories: the existing ones that the model was shown, in the order of their numbers.
    """
    found = ((answer_reader.fields(value, key), key) for key in _VERDICT)
    said, key = next(((each, key) for each, key in found if each is not None), ({}, ""))
    verdict = answer_reader.word(said.get(key)) or ""
    kind = _kind(verdict)
    if kind is None:
        return None
    # Some put a category as a whole where its name or number is asked for.
    wholes = (each for each in map(said.get, (*_NAME, "category")) if isinstance(each, Mapping))
    inner: Mapping[str, Any] = next(wholes, {})
    number = next((each for each in map(said.get, _CATEGORY) if each is not None), None)
    category = _category(re.sub(r"\D", "", verdict) if number is None else number, categories)
    # What names no existing category may be the new one's name.
    keys = _NAME if category else (*_NAME, "category")
    named = (answer_reader.word(said.get(key)) for key in keys)
    name = next((each for each in (*named, inner.get("name")) if _is_name(each)), "")
    examples = said.get("examples")
    listed = re.findall(r"[0-9]+", examples) if isinstance(examples, str) else examples
    return Fields(
        verdict=kind,
        category=category,
        name=_text(name, 500).strip(_AROUND).removesuffix("."),
        description=_text(said.get("description", inner.get("description")), 2000),
        examples=tuple(n for each in (listed if isinstance(listed, list) else []) if (n := _whole(each))),
    )


def _kind(verdict: str) -> VerdictKind | None:
    """The one kind that begins it and that no other stands beside."""
    words = re.sub(r"[^a-z]+", " ", verdict.lower()).split()
    while words and words[0] in _BEFORE:
        del words[0]
    kinds = {_KINDS[word] for word in words if word in _KINDS}
    return kinds.pop() if len(kinds) == 1 and words[0] in _KINDS else None


def _is_name(said: object) -> bool:
    plain = name_key(said.strip(f"{_AROUND}.")) if isinstance(said, str) else ""
    return bool(plain) and plain not in _NONE and _whole(said) is None


def _category(said: object, categories: Sequence[Category]) -> int:
    """The number of an existing category that is named by its number, its very name, or both; 0 for none."""
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    if isinstance(said, dict):
        said = answer_reader.words(said)
    if (number := _whole(said)) is not None:
        return number
    names = {name_key(category.name): place for place, category in enumerate(categories, 1)}
    return (category_of(said, len(categories), names) or 0) if isinstance(said, str) else 0


def _whole(said: object) -> int | None:
    if isinstance(said, str) and re.fullmatch(r"\s*[0-9]{1,6}\s*", said):
        return int(said)
    if isinstance(said, float) and said.is_integer():
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _text(said: object, most: int) -> str:
    return said if isinstance(said, str) and len(said) <= most else ""
