"""A profile that routes categories to teams, and what was told of its rows."""

from collections.abc import Mapping
from typing import Any

from services.curate import correcting
from services.curate.matching import Matches
from shared.contracts.profiles import ProfileDocument
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus
from shared.platform.database import Database, Transaction
from shared.stores import category_store, profile_store
from tests.integration.categorize_world import (
    events,
    rows,
)

TEAMS = {"Delivery": "logistics", "Refund": "returns", "Praise": None}


def store_profile(database: Database, teams: Mapping[str, str | None] = TEAMS, **parents: str) -> None:
    """A profile that routes these categories; a category's parent is named by it."""
    listed = [{"name": name, "route": team, "parent": parents.get(name)} for name, team in teams.items()]
    document = ProfileDocument.model_validate({"categories": listed})

    def work(tx: Transaction) -> None:
        for each in document.categories:
            category_store.add(tx, "feedback", each, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)
        category_store.set_parents_and_routes(tx, document)
        profile_store.store(tx, document)

    database.transact(work)


def told(database: Database) -> list[dict[str, Any]]:
    return events(database, "RecordRouted")


def again(database: Database) -> list[tuple[int, str, str | None, list[str], dict[str, Any]]]:
    """The later events of each record: its row, category, team, what changed, and from what."""
    return [
        (
            int(each["record_id"].rpartition(":")[2]),
            each["category"],
            each["team"],
            each["changed"],
            each["previous"],
        )
        for each in told(database)
        if "revision" in each
    ]


def correct(database: Database, labels: Mapping[int, str | None]) -> None:
    """Corrects rows by their numbers."""
    found = Matches()
    found.wanted = {row.id: labels[row.row_number or 0] for row in rows(database) if row.row_number in labels}
    database.transact(lambda tx: correcting.apply(tx, "corrections/monday.csv", found))


def status(database: Database, number: int, **columns: str | None) -> None:
    """Changes a row by hand."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    values = {**columns, "number": number}
    database.transact(
        lambda tx: tx.execute(f"UPDATE customer_feedback SET {sets} WHERE `row_number` = %(number)s", values)
    )
