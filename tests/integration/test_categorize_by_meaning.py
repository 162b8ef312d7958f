"""Discovery against the real local model server: texts that mean the same and share few words."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from evaluation.model import Models, models
from services.categorize.dependencies import Dependencies
from services.categorize.discovery import discover
from services.categorize.settings import CategorizeSettings
from shared.changes import curation
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from tests.integration.categorize_world import (
    ID,
    ODD,
    PACKAGING,
    PACKAGING_AGAIN,
    TRACKING,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    find,
    labels,
    rows,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Models]:
    with models("amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0") as running:
        yield running


def run(database: Database, server: Models, execution_id: str, **changes: Any) -> None:
    settings = CategorizeSettings(
        model_id=server.label.model_id, embedding_model_id=server.embed.model_id, **changes
    )
    deps = Dependencies(settings, database, server.label, server.embed, Telemetry("test"))
    discover(deps, Attempt(lambda: 900.0, Received("m", "")), execution_id)


def test_two_themes_nobody_had_named_become_two_categories(database: Database, server: Models) -> None:
    add_category(database, "Delivery")
    classified(database, ID, PACKAGING + TRACKING + ODD, ["The parcel came two days late."] * 12)
    run(database, server, ID)
    found = [category for category in categories(database).values() if category.origin == "discovered"]
    assert len(found) == 2
    by_text = {row.feedback: str(row.label_final) for row in rows(database)}
    kept = [
        [by_text[text] for text in theme if by_text[text] != "unknown"] for theme in (PACKAGING, TRACKING)
    ]
    for given in kept:
        assert len(given) >= 8
        assert max(map(given.count, given)) >= 0.8 * len(given)
    assert max(kept[0], key=kept[0].count) != max(kept[1], key=kept[1].count)
    assert all(category.description for category in found)
    assert counters_equal_rows(database)
    assert 2 < find(database).usage.calls < len(PACKAGING + TRACKING)


def test_a_theme_that_people_turned_down_does_not_come_back_in_other_words(
    database: Database, server: Models
) -> None:
    late = ["The parcel came two days late."] * 12
    add_category(database, "Delivery")
    classified(database, ID, PACKAGING + TRACKING + ODD, late)
    run(database, server, ID, category_approval="manual")
    proposed = [each for each in categories(database).values() if each.status == "proposed"]
    assert len(proposed) == 2
    for each in proposed:
        database.transact(partial(curation.reject, category_id=each.id))
    before = categories(database)
    classified(database, "next", PACKAGING_AGAIN, late)

    run(database, server, "next")

    assert categories(database) == before
    assert labels(database, "next") == {"unknown": len(PACKAGING_AGAIN), "Delivery": len(late)}


def _update(tx: Transaction, table: str, change: str) -> None:
    tx.execute(f"UPDATE {table} SET {change}")


@pytest.mark.parametrize("ask_again", [False, True])
def test_a_category_that_people_retired_does_not_come_back_in_other_words(
    database: Database, server: Models, ask_again: bool
) -> None:
    late = ["The parcel came two days late."] * 12
    add_category(database, "Delivery")
    classified(database, ID, PACKAGING + TRACKING + ODD, late)
    run(database, server, ID)
    found = [each for each in categories(database).values() if each.origin == "discovered"]
    assert len(found) == 2
    for each in found:
        database.transact(partial(curation.retire, category_id=each.id, ask_again=ask_again))
    # As the model labels them without the two.
    for table, change in (
        ("customer_feedback", "status = 'unknown' WHERE status = 'parked'"),
        ("execution", "`unknown` = `unknown` + parked, parked = 0"),
    ):
        database.transact(partial(_update, table=table, change=change))
    before = categories(database)
    # As many again: the theme has grown by more than half, so the model is asked.
    classified(database, "next", PACKAGING_AGAIN, late)

    run(database, server, "next")

    assert categories(database) == before
    assert labels(database, "next") == {"unknown": len(PACKAGING_AGAIN), "Delivery": len(late)}
