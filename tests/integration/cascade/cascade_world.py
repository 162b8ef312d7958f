"""Texts that vote, what was learned of their agreement, and how it is set."""

from typing import Any

from services.classify.agreement import LEVELS, Agreement
from shared.contracts.taxonomy import NewCategory
from shared.stores import category_store
from tests.integration.classify_world import World

OTHER = "other-0123456789abcdef"
THIRD = "third-0123456789abcdef"
THINGS = ("parcel", "lamp", "phone", "chair", "book", "coat", "table", "watch", "bag", "camera")
KNOWN = [
    text.format(thing=thing)
    for thing in THINGS
    for text in (
        "My {thing} arrived three weeks after the promised delivery day.",
        "The delivery of the {thing} came much later than you promised.",
        "I waited far too long until my {thing} was delivered.",
        "The {thing} is far too expensive for what you get.",
        "The price of this {thing} is much too high.",
        "Such an expensive {thing}, that is a lot of money.",
    )
]
NEW = "My suitcase arrived two weeks after the promised delivery day."


def never_audit(world: World, chance: float = 1.0) -> None:
    cascade = world.deps.cascade
    assert cascade is not None
    object.__setattr__(cascade, "_chance", lambda: chance)


def label(world: World, texts: list[str], execution_id: str) -> list[dict[str, Any]]:
    """Labels a file of these texts; returns its rows."""
    world.start_file(len(texts), execution_id)
    assert not world.handle(world.file_messages(texts, execution_id))
    return rows_of(world, execution_id)


def rows_of(world: World, execution_id: str) -> list[dict[str, Any]]:
    found = [row for row in world.rows() if row["execution_id"] == execution_id]
    return sorted(found, key=lambda row: row["row_number"] or 0)


def known(world: World) -> Agreement:
    (row,) = world.query("SELECT agreement FROM cascade_topic ORDER BY id DESC LIMIT 1")
    return Agreement.model_validate_json(row["agreement"])


def set_known(world: World, **fields: Any) -> None:
    agreement = known(world).model_copy(update=fields).model_dump_json()

    def work(tx: Any) -> None:
        tx.execute("UPDATE cascade_topic SET agreement = %(agreement)s", {"agreement": agreement})

    world.database.transact(work)


def open_all(world: World) -> None:
    set_known(world, open_levels=len(LEVELS), dense=False, stage=2)


def add_category(world: World) -> None:
    world.add_categories([NewCategory(name="Colour", description="The colour is not as on the picture.")])
    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))


def label_calls(world: World) -> int:
    return sum(call["kind"] == "label" for call in world.server.service.stats.calls(0))


def texts_kept(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT * FROM labelled_text")
