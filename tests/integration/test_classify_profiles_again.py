"""Topics and attributes of rows that are asked again, or whose category changes."""

import json

from services.sweep.again import message_of
from shared.changes import curation
from shared.contracts.taxonomy import NewCategory
from shared.platform.database import Transaction
from shared.platform.queue_batches import queue_body
from shared.stores import category_store, feedback_store
from tests.integration.classify_world import World, message
from tests.integration.profile_rows import BOTH, ORDERED, PRICE, attributes, mentions, store, topics


def relabelled(world: World) -> None:
    """All parked rows sent again, as the sweeper does."""
    execution = world.execution()
    rows = world.database.transact(lambda tx: feedback_store.page(tx, execution.execution_id))
    world.handle([message(queue_body(message_of(row, execution))) for row in rows if row.status == "parked"])


def test_a_row_that_is_asked_again_loses_the_topics_of_before(world: World) -> None:
    world.start_file(1)
    world.handle(world.file_messages([BOTH]))
    store(world, aspects=1)
    world.database.transact(lambda tx: curation.relabel(tx, "feedback"))

    relabelled(world)

    assert [each[:3] for each in topics(world)] == [(1, 1, "Late delivery")]


def test_a_row_that_is_sent_again_still_has_its_columns_and_what_was_found(world: World) -> None:
    store(world, attributes=(PRICE,))
    world.start_file(1)
    (sent,) = world.file_messages([BOTH])
    found = {"paid": {"value": {"amount": 7.5, "currency": "USD"}, "source": "text"}}
    body = json.loads(sent.body) | {"found": found, "segments": {"plan": "gold"}}
    world.handle([message(body)])
    store(world, attributes=(PRICE, ORDERED))
    world.database.transact(lambda tx: curation.relabel(tx, "feedback"))

    relabelled(world)

    (row,) = world.rows()
    assert (row["status"], row["profile_version"]) == ("labelled", 2)
    assert json.loads(row["segments"]) == {"plan": "gold"}
    assert attributes(world) == [{"paid": {"amount": 7.5, "currency": "USD"}}]
    assert json.loads(row["attribute_sources"]) == {"paid": "text"}


def test_mentions_follow_a_category_that_is_renamed_merged_retired_and_restored(world: World) -> None:
    world.start_file(1)
    world.handle(world.file_messages([BOTH]))
    further = topics(world)[1][3]
    stored = world.database.transact(lambda tx: category_store.categories(tx, "feedback"))
    names = {each.name: each.id for each in stored}
    battery, price = names["Battery"], names["Price"]
    main = (1, *topics(world)[0][2:])
    assert mentions(world) == [main, (2, "Battery", further)]

    new = NewCategory(name="Power", description="")
    world.database.transact(lambda tx: curation.rename(tx, battery, new))
    assert mentions(world) == [main, (2, "Power", further)]

    merged = world.database.transact(lambda tx: curation.merge(tx, battery, price))
    assert mentions(world) == [main, (2, "Price", further)]

    world.database.transact(lambda tx: curation.undo(tx, merged.curation_id or 0))
    assert mentions(world) == [main, (2, "Power", further)]

    world.database.transact(lambda tx: curation.retire(tx, battery))
    assert mentions(world) == [main]


def test_children_follow_a_parent_that_is_renamed(world: World) -> None:
    def rename(tx: Transaction) -> list[tuple[str, str | None]]:
        stored = {each.name: each.id for each in category_store.categories(tx, "feedback")}
        category_store.set_parent(tx, "Battery", stored["Price"])
        curation.rename(tx, stored["Price"], NewCategory(name="Cost", description=""))
        return [(each.name, each.parent) for each in category_store.categories(tx, "feedback")]

    assert world.database.transact(rename) == [("Late delivery", None), ("Cost", None), ("Battery", "Cost")]


def test_a_corrected_row_counts_as_a_mention_of_its_correction(world: World) -> None:
    world.start_file(1)
    world.handle(world.file_messages([BOTH]))
    world.database.transact(
        lambda tx: tx.execute("UPDATE customer_feedback SET label_correction = 'Battery'")
    )
    assert [each[1] for each in mentions(world)] == ["Battery"]
