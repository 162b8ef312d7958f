"""The profiles that come with the code (`profiles/*.yaml`, linked here so that they are packaged)."""

from collections.abc import Iterable
from pathlib import Path

from shared.contracts.profile_yaml import read_profile
from shared.contracts.profiles import ProfileDocument
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus
from shared.platform.database import Transaction
from shared.stores import category_store, profile_store

_FOLDER = Path(__file__).parent / "profiles"


def shipped_profiles() -> list[ProfileDocument]:
    """The shipped documents, by name.

    Raises:
        InvalidProfile: with the faults of the first that is none.
    """
    files = sorted(_FOLDER.glob("*.yaml"))
    return [read_profile(file.read_bytes(), f"profiles/{file.name}", file.stem) for file in files]


def seed(tx: Transaction, documents: Iterable[ProfileDocument]) -> int:
    """Stores the documents, but for profiles that people have uploaded one for; returns how many are new.

    A profile without categories, in whatever status, gets those of its document.
    """
    return sum(_seed(tx, document) for document in documents)


def _seed(tx: Transaction, document: ProfileDocument) -> bool:
    if not category_store.categories(tx, document.name):
        for category in document.categories:
            category_store.add(tx, document.name, category, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)
        category_store.next_taxonomy_version(tx, document.name)
    if not profile_store.current(tx, document.name).shipped:
        return False
    category_store.set_parents_and_routes(tx, document)
    return profile_store.store(tx, document, shipped=True) is not None
