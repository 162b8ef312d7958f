"""The categories that a new database begins with."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from shared.contracts.records import DEFAULT_PROFILE, Profile
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Transaction
from shared.stores import category_store

FILE = Path(__file__).parent / "categories.json"
_CATEGORIES: TypeAdapter[list[NewCategory]] = TypeAdapter(list[NewCategory])


def shipped_categories(file: Path = FILE) -> list[NewCategory]:
    """The default categories of the shipped file."""
    return _CATEGORIES.validate_json(file.read_bytes())


def seed(tx: Transaction, categories: Sequence[NewCategory], profile: Profile = DEFAULT_PROFILE) -> int:
    """Gives the profile these categories if it has none, in whatever status; returns how many were added."""
    if category_store.categories(tx, profile):
        return 0
    for category in categories:
        category_store.add(tx, profile, category, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)
    category_store.next_taxonomy_version(tx, profile)
    return len(categories)
