"""Tables `customer_feedback_category` and `taxonomy`: the allowed labels and their versions."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import Json

from shared.contracts.base import Contract
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile, RecordId
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory, Taxonomy
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import column, many, one


class FoundCategory(Contract):
    """A category that a discovery added, with its example records."""

    id: int
    name: str
    description: str
    status: CategoryStatus
    examples: Json[tuple[RecordId, ...]]


_COLUMNS = """
    id, profile, name, description, status, origin, merged_into,
    (SELECT parent FROM category_parent WHERE category_parent.id = customer_feedback_category.id) AS parent
"""
_VERSIONS = """
    SELECT taxonomy_version, corrections_version, profile_version FROM taxonomy WHERE profile = %(profile)s
"""
_ALL = f"SELECT {_COLUMNS} FROM customer_feedback_category WHERE profile = %(profile)s ORDER BY id"
_ONE = f"SELECT {_COLUMNS} FROM customer_feedback_category WHERE id = %(id)s FOR UPDATE"
_NAMED = f"""
    SELECT {_COLUMNS} FROM customer_feedback_category WHERE profile = %(profile)s AND name = %(name)s
"""
_CHANGE = """
    UPDATE customer_feedback_category SET name = %(name)s, description = %(description)s, status = %(status)s,
        merged_into = %(merged_into)s
    WHERE id = %(id)s
"""
_RENAME_PARENT = """
    UPDATE customer_feedback_category c JOIN customer_feedback_category p
        ON p.profile = c.profile AND p.name = c.parent
    SET c.parent = %(name)s WHERE p.id = %(id)s
"""
# The parent may have been merged or retired while the model was asked.
_SET_CHILD = """
    UPDATE customer_feedback_category c JOIN customer_feedback_category p ON p.profile = c.profile
    LEFT JOIN customer_feedback_category m ON m.id = p.merged_into
    SET c.parent = IF(m.id IS NULL, COALESCE(p.parent, p.name), COALESCE(m.parent, m.name))
    WHERE p.id = %(parent_id)s AND c.name = %(name)s AND COALESCE(m.status, p.status) <> 'retired'
"""
_SET_PARENT = """
    UPDATE customer_feedback_category SET parent = %(parent)s, route = %(route)s
    WHERE profile = %(profile)s AND name = %(name)s
"""
_NEXT_TAXONOMY = """
    INSERT INTO taxonomy (profile) VALUES (%(profile)s)
    ON DUPLICATE KEY UPDATE taxonomy_version = taxonomy_version + 1
"""
_NEXT_CORRECTIONS = """
    INSERT INTO taxonomy (profile, corrections_version) VALUES (%(profile)s, 1)
    ON DUPLICATE KEY UPDATE corrections_version = corrections_version + 1
"""
_TEAMS = "SELECT category, team FROM category_team WHERE profile = %(profile)s"
_PROFILES = """
    SELECT DISTINCT profile FROM customer_feedback_category WHERE status = 'active' ORDER BY profile
"""
_HAS_CATEGORIES = """
    SELECT DISTINCT profile FROM customer_feedback_category
    WHERE profile IN %(profiles)s AND status = 'active'
"""
_FOUND = """
    SELECT id, name, description, status, COALESCE(examples, '[]') AS examples
    FROM customer_feedback_category
    WHERE profile = %(profile)s AND origin = 'discovered' AND status <> 'retired'
        AND (execution_id = %(execution_id)s OR created_time > %(since)s)
    ORDER BY id
"""


def taxonomy(tx: Transaction, profile: Profile) -> Taxonomy:
    """The profile's active categories with their versions; empty if the profile has none."""
    tx.execute(_VERSIONS, {"profile": profile})
    versions = tx.fetchone() or {"taxonomy_version": 0, "corrections_version": 0, "profile_version": 0}
    active = tuple(c for c in categories(tx, profile) if c.status is CategoryStatus.ACTIVE)
    return Taxonomy(profile=profile, categories=active, **versions)


def taxonomy_version(tx: Transaction, profile: Profile) -> int:
    """The version of the profile's taxonomy; 0 before the first change of it."""
    tx.execute(_VERSIONS, {"profile": profile})
    row = tx.fetchone()
    return row["taxonomy_version"] if row else 0


def categories(tx: Transaction, profile: Profile) -> list[Category]:
    """All of the profile's categories, whatever their status, oldest first."""
    return many(tx, Category, _ALL, {"profile": profile})


def lock(tx: Transaction, category_id: int) -> Category | None:
    """The category of this id, its row locked until the transaction ends."""
    return one(tx, Category, _ONE, {"id": category_id})


def named(tx: Transaction, profile: Profile, name: str) -> Category | None:
    """The profile's category of this name, as the database compares names: without case and accents."""
    return one(tx, Category, _NAMED, {"profile": profile, "name": name})


def profiles(tx: Transaction) -> list[Profile]:
    """The profiles that have an active category."""
    return column(tx, _PROFILES, {})


def known_profiles(tx: Transaction) -> set[Profile]:
    """The profiles that direct feedback may name: those with a category, and the default one even without."""
    return {DEFAULT_PROFILE, *profiles(tx)}


def known_among(tx: Transaction, named: Collection[Profile]) -> set[Profile]:
    """Those of these profiles that are known; reads nothing of any other."""
    found = column(tx, _HAS_CATEGORIES, {"profiles": list(named)}) if named else []
    return {*found, DEFAULT_PROFILE} & set(named)


def found_categories(
    tx: Transaction, execution_id: ExecutionId, profile: Profile, since: datetime | None
) -> list[FoundCategory]:
    """The categories that this execution's discovery found, or a later one, and that were not retired since.

    Args:
        since: when the execution's own discovery ended.
    """
    which = {"execution_id": execution_id, "profile": profile, "since": since}
    return many(tx, FoundCategory, _FOUND, which)


def add(
    tx: Transaction,
    profile: Profile,
    category: NewCategory,
    status: CategoryStatus,
    origin: CategoryOrigin,
    execution_id: ExecutionId | None = None,
    examples: Sequence[str] = (),
) -> bool:
    """Adds a category; False if the profile has one of that name, in whatever status."""
    row = {
        "profile": profile,
        "name": category.name,
        "description": category.description,
        "status": status,
        "origin": origin,
        "execution_id": execution_id,
        "examples": json.dumps(list(examples)),
    }
    return insert(tx, "customer_feedback_category", [row], once=True) > 0


def change(tx: Transaction, category: Category) -> bool:
    """Updates what decisions change of the category with this id; False if nothing changed."""
    row = category.model_dump(include={"id", "name", "description", "status", "merged_into"})
    # Before its own name changes, by which its children name it.
    tx.execute(_RENAME_PARENT, row)
    return tx.execute(_CHANGE, row) > 0


def set_parent(tx: Transaction, name: str, parent_id: int) -> None:
    """Makes the category of this id, or its own parent, the parent of the profile's category of this name.

    No retired one is a parent.
    """
    tx.execute(_SET_CHILD, {"name": name, "parent_id": parent_id})


def set_parents_and_routes(tx: Transaction, document: ProfileDocument) -> None:
    """Notes parent and team of each category that the profile lists; others keep theirs."""
    listed = [each.model_dump(include={"name", "parent", "route"}) for each in document.categories]
    if listed:
        tx.executemany(_SET_PARENT, [each | {"profile": document.name} for each in listed])


def teams(tx: Transaction, profile: Profile) -> dict[str, str]:
    """The team of each category that has one: its own, or that of its parent."""
    tx.execute(_TEAMS, {"profile": profile})
    return {row["category"]: row["team"] for row in tx.fetchall()}


def next_taxonomy_version(tx: Transaction, profile: Profile) -> None:
    """Increments the taxonomy version: once per transaction that changed active categories."""
    tx.execute(_NEXT_TAXONOMY, {"profile": profile})


def next_corrections_version(tx: Transaction, profile: Profile) -> None:
    """Increments the corrections version: once per transaction that changed corrections."""
    tx.execute(_NEXT_CORRECTIONS, {"profile": profile})
