"""People's corrections: as labels of the same text, as examples in the prompt, and in the model's cache."""

import io
import json
from collections.abc import Callable

import pytest

from services.classify.prompt_library import Library, Prompts
from shared.contracts.taxonomy import UNKNOWN, NewCategory
from shared.model.examples import PER_CATEGORY
from shared.model.label_prompt import Prompt
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from tests.integration.classify_world import DEAR, LATE, ODD, VERSIONS, World, correct
from tests.unit.classify.builders import record as a_record


def prompts_of(world: World) -> Prompts:
    return world.database.transact(lambda tx: Library(AnswerForm.TEXT).prompts(tx, "feedback"))


def shown_examples(prompt: Prompt) -> list[tuple[int, str]]:
    return [(number, strings[0]) for number, strings in parse_block(prompt.system, "examples")]


def test_corrections_of_people_are_shown_to_the_model_as_examples(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    world.telemetry.logger.setLevel("INFO")
    monkeypatch.setattr(world.telemetry.logger.registered_handler, "stream", written)
    world.start_worker()
    world.start_file(2)
    messages = world.file_messages([ODD, LATE])
    world.handle(messages[:1])
    correct(world, 1, "Price")

    world.handle(messages[1:])

    without, with_example = (int(str(call["input_tokens"])) for call in world.server.service.stats.calls(0))
    assert with_example > without
    corrected, row = world.rows()
    assert row["corrections_version"] == 1
    assert row["prompt_version"] == corrected["prompt_version"]
    logged = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line.get("examples") for line in logged] == [None, [corrected["id"]]]
    assert LATE not in written.getvalue()


def test_a_corrected_text_that_comes_again_gets_the_corrected_label_without_a_call(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE.upper()}"])
    world.handle([first])
    correct(world, 1, "Price")

    world.handle([second])

    corrected, row = world.rows()
    assert world.calls == 1
    assert (row["label_final"], row["label_correction"], row["status"]) == ("Price", None, "labelled")
    assert row["sentiment"] == corrected["sentiment"] is not None
    assert [row[name] for name in VERSIONS] == [None, None, 1, 1, 0]


def test_a_text_that_people_called_unknown_is_unknown_when_it_comes_again(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE}"])
    world.handle([first])
    correct(world, 1, UNKNOWN)

    world.handle([second])

    assert (world.calls, world.rows()[1]["status"]) == (1, "unknown")


def test_a_corrected_text_whose_category_is_given_no_more_is_asked(world: World) -> None:
    world.start_file(2)
    first, second = world.file_messages([LATE, f"  {LATE}"])
    world.handle([first])
    correct(world, 1, "Gone")

    world.handle([second])

    assert (world.calls, world.rows()[1]["label_llm"]) == (2, "Late delivery")


def test_a_few_corrections_of_each_category_become_examples(world: World) -> None:
    world.start_file(8)
    world.handle(world.file_messages([f"{LATE} {number}" for number in range(8)]))
    world.query("UPDATE customer_feedback SET label_correction = 'Price' WHERE `row_number` < 8")
    correct(world, 8, "Gone")

    prompts = prompts_of(world)

    assert prompts.prompt is not None
    assert [number for number, _ in shown_examples(prompts.prompt)] == [2] * PER_CATEGORY


def test_when_examples_are_many_a_pack_is_shown_those_near_to_it(world: World) -> None:
    world.start_file(9)
    texts = [*(f"The price of lamp {number} is too high." for number in range(8)), "Batteries cost a fortune"]
    world.handle(world.file_messages(texts))
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, 9, "Price")
    prompts = prompts_of(world)

    near = prompts.prompt_for([a_record("What a fortune these batteries cost")], {})

    assert (2, texts[8]) == shown_examples(near)[0]
    assert prompts.prompt is not None
    assert near.version == prompts.prompt.version
    assert near.system != prompts.prompt_for([a_record("lamp 3 price")], {}).system


def test_as_long_as_all_examples_are_shown_every_pack_has_the_same_prompt(world: World) -> None:
    world.start_file(2)
    world.handle(world.file_messages([LATE, DEAR]))
    correct(world, 1, "Price")
    correct(world, 2, "Price")

    prompts = prompts_of(world)

    assert prompts.prompt_for([a_record("late")], {}) is prompts.prompt


def test_a_long_taxonomy_is_read_from_the_models_cache_and_counted_apart(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    world.add_categories(
        [
            NewCategory(name=f"Prompts {number}", description="All that concerns it. " * 8)
            for number in range(60)
        ]
    )
    world.start_file(2)
    messages = world.file_messages([LATE, DEAR])

    world.handle(messages[:1])
    world.handle(messages[1:])

    usage = world.execution().usage
    assert usage.cache_write_tokens > 1_000
    assert usage.cache_read_tokens == usage.cache_write_tokens
    assert usage.input_tokens < usage.cache_read_tokens


def test_examples_that_change_with_the_pack_are_not_written_to_the_models_cache(
    make_world: Callable[..., World],
) -> None:
    world = make_world(pack_size=1)
    world.add_categories(
        [
            NewCategory(name=f"Prompts {number}", description="All that concerns it. " * 8)
            for number in range(60)
        ]
    )
    texts = [f"The price of {thing} number {n} is too high." for thing in ("lamps", "rugs") for n in range(8)]
    world.start_file(len(texts))
    world.handle(world.file_messages(texts))
    world.query("UPDATE customer_feedback SET label_correction = 'Price'")
    correct(world, 1, "Price")
    other = "other-0123456789abcdef"
    world.start_file(3, other)

    for each in world.file_messages(["A dear lamp", "A dear rug", "A dear lamp number 3"], other):
        world.handle([each])

    usage = world.execution(other).usage
    assert usage.calls == 3
    # The categories are in the cache since the first file; each pack's own examples are read at full price.
    assert usage.cache_write_tokens == 0
    assert usage.cache_read_tokens > 1_000
    assert usage.input_tokens > 3 * PER_CATEGORY * 8
