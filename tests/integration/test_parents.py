"""A category that discovery finds within another is counted with it, in the report and in SQL."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from services.notify.report_categories import groups
from services.notify.report_figures import read_figures
from shared.changes import curation
from shared.contracts.taxonomy import NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store
from tests.integration.categorize_world import about, add_category, categories, classified, find, run
from tests.unit.categorize.fakes import FakeBedrock, verdict

CHILD = "Battery breaks early"


def within(texts: list[str], names: list[str]) -> Mapping[str, Any]:
    return verdict("CHILD", names.index("Delivery") + 1, CHILD, "It breaks.")


def by_parent(database: Database) -> dict[str, int]:
    def read(tx: Transaction) -> dict[str, int]:
        tx.execute("SELECT parent, COUNT(*) AS mentions FROM feedback_mentions GROUP BY parent")
        return {row["parent"]: row["mentions"] for row in tx.fetchall()}

    return database.transact(read)


def rolled_up(database: Database) -> list[tuple[str, list[str], int]]:
    figures = database.transact(lambda tx: read_figures(tx, find(database)))
    return [(line.name, line.children, line.rows) for line in groups(figures)]


@pytest.fixture
def found(database: Database) -> Database:
    add_category(database, "Delivery")
    classified(database, "reviews-0123456789abcdef", about("battery", 6), about("parcel", 3))
    run(database, FakeBedrock(within))
    return database


def test_rows_of_a_part_are_counted_with_the_whole(found: Database) -> None:
    assert rolled_up(found) == [("Delivery", [CHILD], 9)]
    assert by_parent(found) == {"Delivery": 9}


def test_they_are_so_under_the_names_that_people_give_both(found: Database) -> None:
    known = {name: each.id for name, each in categories(found).items()}
    for name, new in (("Delivery", "Shipping"), (CHILD, "Battery")):
        renamed = NewCategory(name=new, description="")
        found.transact(partial(curation.rename, category_id=known[name], new=renamed))
    assert rolled_up(found) == [("Shipping", ["Battery"], 9)]
    assert by_parent(found) == {"Shipping": 9}


def test_a_part_that_people_retire_is_counted_no_more(found: Database) -> None:
    child = categories(found)[CHILD].id
    found.transact(lambda tx: curation.retire(tx, child, ask_again=False))
    assert rolled_up(found) == []
    assert by_parent(found) == {"Delivery": 3, "unknown": 6}


def part_with_team(database: Database) -> int:
    """Gives the parent a team; returns its id."""

    def write(tx: Transaction) -> None:
        tx.execute("UPDATE customer_feedback_category SET route = 'logistics' WHERE name = 'Delivery'")

    database.transact(write)
    return categories(database)["Delivery"].id


def team_of_part(database: Database) -> str | None:
    return database.transact(lambda tx: category_store.teams(tx, "feedback")).get(CHILD)


def test_a_part_of_a_retired_category_is_counted_for_itself_and_keeps_its_team(found: Database) -> None:
    parent = part_with_team(found)
    retired = found.transact(lambda tx: curation.retire(tx, parent, ask_again=False))
    assert categories(found)[CHILD].parent is None
    assert rolled_up(found) == []
    assert by_parent(found) == {CHILD: 6, "unknown": 3}
    assert team_of_part(found) == "logistics"

    found.transact(lambda tx: curation.undo(tx, retired.curation_id or 0))
    assert by_parent(found) == {"Delivery": 9}


@pytest.mark.parametrize("target_parent", [None, "Logistics"])
def test_a_part_of_a_merged_category_is_counted_with_what_took_its_rows(
    found: Database, target_parent: str | None
) -> None:
    parent = part_with_team(found)
    add_category(found, "Logistics")
    add_category(found, "Shipping")
    known = categories(found)
    found.transact(
        lambda tx: tx.execute(
            "UPDATE customer_feedback_category SET parent = %s WHERE name = 'Shipping'", (target_parent,)
        )
    )
    found.transact(lambda tx: curation.merge(tx, parent, known["Shipping"].id))
    counted = target_parent or "Shipping"
    assert by_parent(found) == {counted: 9}
    assert rolled_up(found) == [(counted, [CHILD] + ["Shipping"] * (target_parent is not None), 9)]
    assert team_of_part(found) is None


def test_a_category_that_is_merged_into_its_own_part_leaves_that_one_alone(found: Database) -> None:
    known = categories(found)
    found.transact(lambda tx: curation.merge(tx, known["Delivery"].id, known[CHILD].id))
    assert categories(found)[CHILD].parent is None
    assert by_parent(found) == {CHILD: 9}
