"""Taxonomies and pools that nobody would call usual, through classify and categorize, on real servers."""

from itertools import product
from typing import Any

import pytest

from local.bedrock.server import BedrockServer
from services.categorize.judge_question import NEAREST_CATEGORIES
from services.categorize.merging import MOST_CATEGORIES
from services.categorize.settings import CategorizeSettings
from services.curate.categories import MAX_CATEGORIES, MAX_TOKENS
from shared.contracts.execution import ExecutionStatus
from shared.contracts.taxonomy import NewCategory
from shared.model.cost_estimate import estimate_tokens
from shared.model.prompt_blocks import parse_block
from shared.platform.database import Database
from shared.stores import discovery_store
from tests.integration.categorize_world import (
    EARLIER,
    ODD,
    PACKAGING,
    TRACKING,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    find,
    labels,
    run,
)
from tests.integration.classify_world import ID, World
from tests.integration.model_server import client
from tests.unit.categorize.fakes import FakeBedrock

MINIMUM_ROWS = CategorizeSettings.model_fields["minimum_rows"].default
LATE = "The parcel came two weeks after the promised day."
THINGS = ("Kettle", "Lamp", "Headphones", "Vacuum cleaner", "Toaster", "Camera", "Printer", "Router", "Sofa")
PARTS = ("lid", "cable", "switch", "battery", "display", "handle", "motor", "manual", "filter", "colour")
FAULTS = ("breaks", "is missing", "is loud", "gets hot", "smells", "is too short")
MANY = [
    NewCategory(name=f"{thing} {part} {fault}", description=f"The {part} of the {thing.lower()} {fault}.")
    for thing, part, fault in product(THINGS, PARTS, FAULTS)
][:MAX_CATEGORIES]
ABROAD = [
    "Die Verpackung ist viel zu groß, überall Plastik.",
    "Viel zu viel Verpackungsmüll für ein kleines Kabel.",
    "Demasiado plástico en el paquete, es una vergüenza.",
    "Trop d'emballage plastique pour un si petit objet.",
    "梱包のプラスチックが多すぎます。",
    "包装太浪费了，全是塑料。",
    "التغليف مليء بالبلاستيك بلا فائدة.",
    "Слишком много пластиковой упаковки.",
    "प्लास्टिक की पैकेजिंग बहुत ज़्यादा है।",
    "📦📦📦 🙄",
]


class Listener:
    """A Bedrock client that keeps what the model is asked."""

    def __init__(self, url: str) -> None:
        self._client = client(url)
        self.asked: list[str] = []

    def converse(self, **request: Any) -> Any:
        self.asked.append(request["messages"][0]["content"][0]["text"])
        return self._client.converse(**request)

    def invoke_model(self, **request: Any) -> Any:
        return self._client.invoke_model(**request)

    def names(self, block: str) -> list[list[str]]:
        """What stood in this block, prompt by prompt."""
        found = [[strings[0] for _, strings in parse_block(text, block)] for text in self.asked]
        return [names for names in found if names]


@pytest.fixture
def world(database: Database, bedrock: BedrockServer) -> World:
    return World(database, bedrock)


def discover(world: World, execution_id: str) -> Listener:
    """Categorize with its shipped settings and the local model."""
    listener = Listener(world.server.url)
    run(world.database, listener, execution_id, minimum_rows=MINIMUM_ROWS)
    return listener


def test_a_taxonomy_of_one_category_labels_what_it_covers_and_discovers_the_rest(world: World) -> None:
    world.add_categories([NewCategory(name="Late delivery", description="It came after the promised day.")])
    texts = [f"{LATE} Order {n}." for n in range(6)] + PACKAGING + TRACKING
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    assert set(labels(world.database, ID)) <= {"Late delivery", "unknown"}
    assert labels(world.database, ID)["Late delivery"] >= 6

    discover(world, ID)

    found = labels(world.database, ID)
    assert sum(found.values()) == len(texts)
    assert find(world.database, ID).status is ExecutionStatus.CATEGORIZED
    assert counters_equal_rows(world.database, ID)
    assert set(found) <= {"unknown", *categories(world.database)}


def test_500_categories_are_shown_whole_to_classify_and_read_from_the_models_cache(world: World) -> None:
    assert len(MANY) == MAX_CATEGORIES
    world.add_categories(MANY)
    texts = [
        f"The {part} of my {thing.lower()} {fault}!" for thing, part, fault in product(THINGS, PARTS, FAULTS)
    ]
    world.start_file(60)

    messages = world.file_messages(texts[:60])
    while messages:
        # A slow machine's first answer may come too late: the local model reads 500 new categories.
        world.handle(messages)
        messages = world.copies()

    usage = world.execution().usage
    assert usage.calls == 3
    assert world.execution().labelled + world.execution().unknown == 60
    # Three calls side by side may each write; a later batch reads.
    other = "other-0123456789abcdef"
    world.start_file(20, other)
    world.handle(world.file_messages(texts[60:80], other))
    later = world.execution(other).usage
    assert later.cache_write_tokens == 0
    assert later.cache_read_tokens > 5 * later.input_tokens
    assert later.cache_read_tokens < MAX_TOKENS


def test_among_500_categories_judging_sees_the_nearest_and_merging_no_more_than_it_can(world: World) -> None:
    world.add_categories(MANY)
    classified(world.database, EARLIER, PACKAGING + TRACKING + ODD)

    listener = discover(world, EARLIER)

    *judged, merged = listener.names("categories")
    assert judged
    assert {len(names) for names in judged} == {NEAREST_CATEGORIES}
    assert NEAREST_CATEGORIES <= len(merged) <= MOST_CATEGORIES
    assert max(map(estimate_tokens, listener.asked)) < MAX_TOKENS
    assert counters_equal_rows(world.database, EARLIER)
    found = [each for each in categories(world.database).values() if each.origin == "discovered"]
    # There is no room for another in the prompt of every call, so people are asked.
    assert found
    assert {each.status for each in found} == {"proposed"}
    assert labels(world.database, EARLIER)["unknown"] > len(ODD)


def test_three_unknown_rows_wait_and_cost_nothing(world: World) -> None:
    add_category(world.database, "Delivery")
    classified(world.database, EARLIER, PACKAGING[:3], ["It came late."])

    listener = discover(world, EARLIER)

    assert listener.asked == []
    execution = find(world.database, EARLIER)
    assert (execution.discovery, execution.discovered, execution.usage.input_tokens) == ("done", 0, 0)
    assert labels(world.database, EARLIER) == {"unknown": 3, "Delivery": 1}
    searched = world.database.transact(lambda tx: discovery_store.searched(tx, EARLIER))
    assert (searched.pool, searched.left_out) == (4, 0)


def test_rows_that_are_all_equal_are_asked_once_and_share_what_comes_of_it(database: Database) -> None:
    classified(database, EARLIER, ["Battery dies"] * 40)
    fake = FakeBedrock()

    run(database, fake, EARLIER)

    assert fake.embedded == ["Battery dies"]
    assert fake.judged == [["Battery dies"]]
    assert labels(database, EARLIER) == {"Battery breaks early": 40}
    assert counters_equal_rows(database, EARLIER)


def test_rows_that_are_all_equal_are_labelled_by_one_call(world: World) -> None:
    world.add_categories()
    world.start_file(40)

    world.handle(world.file_messages([LATE] * 40))

    assert world.execution().labelled == 40
    assert world.execution().usage.calls == 1
    discover(world, ID)
    assert world.execution().status is ExecutionStatus.CATEGORIZED


def test_texts_in_many_languages_go_through_and_are_what_they_were(world: World) -> None:
    world.add_categories()
    world.start_file(len(ABROAD))
    world.handle(world.file_messages(ABROAD))

    listener = discover(world, ID)

    stored = world.rows()
    assert {row["feedback"] for row in stored} == set(ABROAD)
    assert world.execution().failed == 0
    assert {row["label_final"] for row in stored} <= {"unknown", *categories(world.database)}
    assert {text for texts in listener.names("feedback") for text in texts} <= set(ABROAD)
    assert counters_equal_rows(world.database, ID)


def test_a_theme_in_several_languages_is_one_group_if_the_embeddings_say_so(database: Database) -> None:
    texts = [f"{word} {text}" for text in ABROAD for word in ("batterie", "バッテリー")]
    classified(database, EARLIER, texts)
    fake = FakeBedrock()

    run(database, fake, EARLIER)

    assert labels(database, EARLIER) == {"Batterie breaks early": 10, "バッテリー breaks early": 10}
