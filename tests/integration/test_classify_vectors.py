"""Vectors of rows while they are labelled: which are made, kept and paid, and what their failing changes."""

from collections.abc import Callable
from typing import Any

import pytest

from services.classify import asking, vectors
from services.classify.vectors import PAUSE_SECONDS
from services.classify.worker import SYSTEM_CLOCK
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.model.examples import PER_CATEGORY
from shared.stores import embedding_store
from tests.integration.classify_world import DEAR, LATE, ODD, World, correct

OTHER = "other-0123456789abcdef"
TEXTS = [ODD, "The courier never came.", "A charge I do not know"]


@pytest.fixture
def corrected(world: World) -> World:
    """A world in which a category has more corrected rows than a prompt shows of it."""
    texts = [f"The price of lamp {number} is too high." for number in range(PER_CATEGORY + 3)]
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    assert embedded(world) == []
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, 1, "Price")
    world.start_file(len(TEXTS), OTHER)
    return world


def embedded(world: World) -> list[dict[str, Any]]:
    return [call for call in world.server.service.stats.calls(0) if call["kind"] == "embed"]


def kept(world: World, texts: list[str]) -> int:
    """How many of these rows need no embedding any more."""
    keys = [row["text_key"] for row in world.rows() if row["feedback"] in texts]
    model_id = world.deps.settings.embedding_model_id
    return len(keys) - len(world.database.transact(lambda tx: embedding_store.missing(tx, keys, model_id)))


def labelled(world: World) -> int:
    return sum(row["execution_id"] == OTHER and row["label_llm"] is not None for row in world.rows())


def test_rows_of_a_taxonomy_with_few_examples_are_not_embedded(world: World) -> None:
    world.start_file(2)

    world.handle(world.file_messages([LATE, DEAR]))

    assert embedded(world) == []


def test_rows_and_examples_are_embedded_once_and_kept_and_paid(corrected: World) -> None:
    before = corrected.execution(OTHER).usage
    messages = corrected.file_messages([*TEXTS[:2], TEXTS[0]], OTHER)

    corrected.handle(messages)

    # The two texts, and each corrected row.
    assert len(embedded(corrected)) == 2 + PER_CATEGORY + 3
    assert kept(corrected, TEXTS[:2]) == 3
    calls = [call for call in corrected.server.service.stats.calls(0) if call["kind"] == "label"]
    usage = corrected.execution(OTHER).usage
    asked = sum(int(str(call["input_tokens"])) for call in calls[-1:])
    assert before.calls == 0
    assert usage.calls == 1
    assert usage.input_tokens > asked
    assert usage.estimated_cost > 0


def test_discovery_finds_the_vectors_of_the_very_texts(corrected: World) -> None:
    titled = corrected.file_messages(TEXTS[:1], OTHER)
    corrected.handle(titled)
    sent = len(embedded(corrected))
    corrected.start_worker()

    corrected.handle(corrected.file_messages(TEXTS[:2], OTHER)[1:])

    # A new process reads the examples' vectors, and embeds only the row that is new.
    assert len(embedded(corrected)) == sent + 1
    assert kept(corrected, TEXTS[:2]) == 2


@pytest.mark.parametrize(
    "fault", ["throttling", "service_unavailable", "access_denied", "validation", "dropped"]
)
def test_rows_are_labelled_also_while_the_embedding_model_is_away(corrected: World, fault: str) -> None:
    corrected.faults({"fault": fault, "kinds": ["embed"]})

    assert corrected.handle(corrected.file_messages(TEXTS, OTHER)) == set()

    assert labelled(corrected) == len(TEXTS)
    assert kept(corrected, TEXTS) == 0


def test_a_model_that_is_away_is_asked_again_only_after_a_while(
    corrected: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(corrected.deps.vectors, "_now", lambda: seconds[0])
    monkeypatch.setattr(asking, "EMBED_SECONDS", 1_000.0)
    monkeypatch.setattr(corrected.deps.vectors, "_resume", 0.0)
    corrected.faults({"fault": "service_unavailable", "kinds": ["embed"]})
    first, second, third = corrected.file_messages(TEXTS, OTHER)
    corrected.handle([first])
    asked = len(embedded(corrected))

    corrected.handle([second])
    assert len(embedded(corrected)) == asked

    seconds[0] += PAUSE_SECONDS
    corrected.faults()
    corrected.handle([third])
    assert kept(corrected, TEXTS) == 1


def test_embedding_ends_when_its_time_is_over_and_the_rows_are_labelled(
    corrected: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(0, 10_000, 8))
    monkeypatch.setattr(vectors, "_PAGE", 1)
    monkeypatch.setattr(asking, "EMBED_SECONDS", 15.0 - SYSTEM_CLOCK.now())
    monkeypatch.setattr(corrected.deps.vectors, "_now", lambda: float(next(ticks)))
    monkeypatch.setattr(corrected.deps.vectors, "_resume", 0.0)

    corrected.handle(corrected.file_messages(TEXTS, OTHER))

    assert 0 < len(embedded(corrected)) < len(TEXTS) + PER_CATEGORY + 3
    assert labelled(corrected) == len(TEXTS)


def test_of_an_execution_with_too_many_rows_for_a_discovery_no_vector_is_kept(corrected: World) -> None:
    corrected.query(f"UPDATE execution SET accepted = {MOST_EMBEDDED + 1} WHERE execution_id = '{OTHER}'")

    corrected.handle(corrected.file_messages(TEXTS, OTHER))

    assert kept(corrected, TEXTS) == 0
    assert len(embedded(corrected)) == len(TEXTS) + PER_CATEGORY + 3
    assert labelled(corrected) == len(TEXTS)


def test_a_row_is_labelled_also_where_another_model_embedded_before(corrected: World) -> None:
    corrected.handle(corrected.file_messages(TEXTS[:1], OTHER))
    corrected.query("UPDATE feedback_embedding SET vector = REPEAT('abcd', 7)")

    assert corrected.handle(corrected.file_messages(TEXTS, OTHER)[1:]) == set()

    assert labelled(corrected) == len(TEXTS)


def test_a_pack_is_shown_what_is_near_in_meaning(make_world: Callable[..., World]) -> None:
    """The corrected row that means the same stands in the prompt, though it shares no word with the row."""
    world = make_world(pack_size=1)
    filling = [
        f"{number} lamps were on the shelf, {'all of them on the shelf, ' * 10}" for number in range(90)
    ]
    texts = [*filling, "Mein Paket kam viel zu spät an"]
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, len(texts), "Late delivery")
    world.start_file(1, OTHER)

    world.handle(world.file_messages(["The parcel took weeks"], OTHER))

    assert [row["label_llm"] for row in world.rows() if row["execution_id"] == OTHER] == ["Late delivery"]
