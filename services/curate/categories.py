"""Parses an uploaded category list (JSON) and works out what it changes. No I/O."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from services.curate.decisions import Decisions, read_decisions
from services.curate.uploads import UploadRefused
from shared.contracts.names import name_key
from shared.contracts.tabular import NotText, sniff_encoding
from shared.contracts.taxonomy import MOST_ACTIVE, Category, CategoryStatus, NewCategory
from shared.model.cost_estimate import entry_tokens

MAX_CATEGORIES = MOST_ACTIVE
MAX_TOKENS = 30_000
"""Estimated tokens of a list in the prompt: it is sent with every call, beside the feedback."""
MAX_BYTES = 2 * 1024 * 1024
_FORMS = (
    'Write a list of {"name": …, "description": …}, or {"1": "name", "2": "name"}, or {"categories": […]}.'
)


class CategoryChanges(NamedTuple):
    """What a list changes in a profile's categories; each category with its new values."""

    added: list[NewCategory]
    activated: list[Category]
    """Retired before."""
    approved: list[Category]
    """Proposed before."""
    described: list[Category]
    """With a new description."""
    retired: list[Category]
    waiting: list[Category]
    """Proposed and not in the list: they stay proposed."""
    kept: int
    """How many stay as they are."""

    @property
    def changes(self) -> int:
        changed = (self.activated, self.approved, self.described, self.retired)
        return len(self.added) + sum(len(categories) for categories in changed)


def read_document(data: bytes) -> list[NewCategory] | Decisions:
    """Parses an uploaded file: a category list, or decisions about single categories.

    Args:
        data: the file, JSON in any encoding that is read elsewhere.

    Raises:
        UploadRefused: the file is not valid; names every fault.
    """
    if len(data) > MAX_BYTES:
        raise UploadRefused(f"The file is larger than {MAX_BYTES:,} bytes, too large for a category list.")
    document = _json(data)
    return read_decisions(document) or _categories(document)


def _categories(document: Any) -> list[NewCategory]:
    entries = _entries(document)
    if not entries:
        raise UploadRefused("The list is empty; it would retire every category, so it was not taken.")
    if len(entries) > MAX_CATEGORIES:
        raise UploadRefused(f"The list has {len(entries):,} categories, more than {MAX_CATEGORIES}.")
    categories, wrong = _validated(entries)
    wrong += _twice(categories)
    if wrong:
        raise UploadRefused.for_faults(wrong)
    tokens = sum(entry_tokens([category.name, category.description]) for category in categories)
    if tokens > MAX_TOKENS:
        raise UploadRefused(
            f"The list takes about {tokens:,} tokens, more than the {MAX_TOKENS:,} that can be shown to the"
            " model with every call: shorten the descriptions, or have fewer categories."
        )
    return categories


def plan(new: Sequence[NewCategory], stored: Iterable[Category]) -> CategoryChanges:
    """Compares the uploaded list with the profile's stored categories, by the key of their names."""
    by_key = {name_key(category.name): category for category in stored}
    made = CategoryChanges([], [], [], [], [], [], 0)
    kept = 0
    for wanted in new:
        old = by_key.pop(name_key(wanted.name), None)
        if old is None:
            made.added.append(wanted)
        else:
            kept += not _sort_in(made, old, wanted)
    active = CategoryStatus.ACTIVE
    made.retired.extend(
        _with(c, status=CategoryStatus.RETIRED) for c in by_key.values() if c.status is active
    )
    made.waiting.extend(c for c in by_key.values() if c.status is CategoryStatus.PROPOSED)
    return made._replace(kept=kept)


def _sort_in(made: CategoryChanges, old: Category, wanted: NewCategory) -> bool:
    """Adds a stored category to the change it needs; False if it needs none.

    Its stored spelling stays, because rows hold it.
    """
    # A list of bare names says nothing about descriptions.
    says = "description" in wanted.model_fields_set
    description = wanted.description if says else old.description
    after = _with(old, status=CategoryStatus.ACTIVE, description=description, merged_into=None)
    if old.status is CategoryStatus.RETIRED:
        made.activated.append(after)
    elif old.status is CategoryStatus.PROPOSED:
        made.approved.append(after)
    elif after != old:
        made.described.append(after)
    else:
        return False
    return True


def _with(category: Category, **changes: object) -> Category:
    return category.model_copy(update=changes)


def _json(data: bytes) -> Any:
    try:
        text = data.decode(sniff_encoding(data)).removeprefix("\ufeff")
        return json.loads(text, object_pairs_hook=_object)
    except (NotText, UnicodeDecodeError) as error:
        raise UploadRefused(f"The file is no text. {_FORMS}") from error
    except RecursionError as error:
        raise UploadRefused(f"The JSON is nested too deeply. {_FORMS}") from error
    except json.JSONDecodeError as error:
        raise UploadRefused(f"The file is not JSON (line {error.lineno}: {error.msg}). {_FORMS}") from error
    except ValueError as error:
        raise UploadRefused(f"The file is not JSON. {_FORMS}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UploadRefused("A key stands in one object of the JSON twice.")
    return fields


def _entries(document: Any) -> list[Any]:
    if isinstance(document, dict) and set(document) == {"categories"}:
        document = document["categories"]
    if isinstance(document, dict) and "name" not in document:
        return list(document.values())
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        raise UploadRefused(f"This is one category and not a list of them. {_FORMS}")
    raise UploadRefused(f"The JSON is neither a list nor an object. {_FORMS}")


def _validated(entries: Sequence[Any]) -> tuple[list[NewCategory], list[str]]:
    categories, wrong = [], []
    for number, entry in enumerate(entries, 1):
        try:
            categories.append(
                NewCategory.model_validate({"name": entry} if isinstance(entry, str) else entry)
            )
        except ValidationError as error:
            wrong += [f"- entry {number}: {_told(item)}" for item in error.errors()]
    return categories, wrong


def _told(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else f"{message}. {_FORMS}"


def _twice(categories: Iterable[NewCategory]) -> list[str]:
    first: dict[str, str] = {}
    wrong = []
    for category in categories:
        key = name_key(category.name)
        if key in first:
            wrong.append(f"- {category.name!r} and {first[key]!r} are one name: keep one of them")
        first.setdefault(key, category.name)
    return wrong
