"""A proposed theme, and decisions about it."""

from shared.changes import curation, lifecycle
from shared.changes.row_batches import Curated
from shared.platform.database import Database
from shared.stores import category_store
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    categories,
    classified,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock

THEME = "Battery breaks early"


def propose(database: Database) -> int:
    """A completed execution with a proposed theme of six rows and three rows of Delivery."""
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 6), about("parcel", 3))
    run(database, FakeBedrock(), category_approval="manual")
    database.transact(lambda tx: lifecycle.completed(tx, ID))
    return categories(database)[THEME].id


def version(database: Database) -> int:
    return database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version


def approve(database: Database, category_id: int) -> Curated:
    return database.transact(lambda tx: curation.approve(tx, category_id))


def undo(database: Database, curated: Curated) -> Curated:
    assert curated.curation_id is not None
    number = curated.curation_id
    return database.transact(lambda tx: curation.undo(tx, number))


def correct(database: Database, number: int, label: str) -> None:
    query = "UPDATE customer_feedback SET label_correction = %s WHERE record_id = %s"
    database.transact(lambda tx: tx.execute(query, (label, f"{ID}:{number}")))
