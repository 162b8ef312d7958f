"""How the embedded engine labels: by meaning, from what stands in the prompt."""

from collections.abc import Mapping

import pytest

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from local.bedrock.errors import EngineError
from local.bedrock.labelling import Labeller, PromptCategory
from shared.model.prompt_blocks import render_block
from tests.unit.bedrock_server.prompting import INVOICES, LATE, labels
from tests.unit.bedrock_server.requests import (
    CATEGORIES,
    LABELS,
    categories_of,
    labelling,
)


def test_each_text_gets_the_category_it_means(engine: MiniLMEngine) -> None:
    assert categories_of(labels(engine, labelling())) == [2, 1, 3, 4]


def test_the_answer_follows_the_categories_when_they_change_places(engine: MiniLMEngine) -> None:
    lines = labels(engine, labelling(categories=CATEGORIES[::-1]))
    assert categories_of(lines) == [3, 4, 2, 1]


def test_a_text_that_no_category_means_is_unknown(engine: MiniLMEngine) -> None:
    texts = ["The chess club meets on Tuesdays.", "The firmware update never finishes."]
    assert categories_of(labels(engine, labelling(texts))) == [0, 0]


def test_a_text_is_labelled_alike_alone_and_in_company(engine: MiniLMEngine) -> None:
    texts = [*INVOICES, *LATE]
    together = [line.split(" ", 1)[1] for line in labels(engine, labelling(texts))]
    alone = [labels(engine, labelling([text]))[0].split(" ", 1)[1] for text in texts]
    assert together == alone


def test_examples_teach_what_a_name_does_not_say(engine: MiniLMEngine) -> None:
    categories = [("Alpha", ""), ("Beta", "")]
    texts = ["My parcel is late", "The invoice lacks the VAT"]
    examples = [*((1, text) for text in INVOICES), *((2, text) for text in LATE)]
    assert categories_of(labels(engine, labelling(texts, categories))) == [0, 0]
    assert categories_of(labels(engine, labelling(texts, categories, examples))) == [2, 1]


def test_examples_of_one_category_take_nothing_from_its_neighbours(engine: MiniLMEngine) -> None:
    """Sentences resemble sentences more than descriptions: without calibration the category with
    examples would win whatever its neighbours mean."""
    texts = ["The staff were friendly and helped me.", "Not worth the money.", "It broke at once."]
    examples = [(2, text) for text in LATE]
    assert categories_of(labels(engine, labelling(texts, examples=examples))) == [3, 4, 1]


def test_a_members_score_stays_on_the_scale_of_category_texts(engine: MiniLMEngine) -> None:
    categories = [PromptCategory(*category) for category in CATEGORIES]
    member = engine.embed(["The delivery came late."])
    plain = Labeller(categories, [], engine.embed).scores(member)
    taught = Labeller(categories, [(1, text) for text in LATE], engine.embed).scores(member)
    assert taught[0, 1] == pytest.approx(plain[0, 1], abs=0.15)
    assert (taught[0, [0, 2, 3]] == plain[0, [0, 2, 3]]).all()


def test_many_examples_say_how_clear_a_text_has_to_be(engine: MiniLMEngine) -> None:
    """What the rule for names and descriptions would take for late delivery is unlike all its examples."""
    examples = [*((2, text) for text in LATE), *((3, text) for text in INVOICES)] * 3
    categories = [
        ("Praise", "nice"),
        ("Late delivery", "the parcel is late"),
        ("Invoice", "the invoice lacks VAT"),
    ]
    text = "The parcel had a dent in one corner."
    assert categories_of(labels(engine, labelling([text], categories))) == [2]
    assert categories_of(labels(engine, labelling([text, LATE[0]], categories, examples))) == [0, 2]


def test_a_taxonomy_of_one_category_does_not_take_everything(engine: MiniLMEngine) -> None:
    texts = ["The parcel came late.", "asdf qwer"]
    assert categories_of(labels(engine, labelling(texts, [("Late delivery", "the parcel is late")]))) == [
        1,
        0,
    ]


@pytest.mark.parametrize(
    "text, mood",
    [
        ("I love it, great sound and easy to use.", "positive"),
        ("Terrible, it broke and nobody helps.", "negative"),
        ("I love the screen. The speakers are terrible.", "mixed"),
        ("I use it at the office.", "neutral"),
    ],
)
def test_a_texts_mood_is_told(engine: MiniLMEngine, text: str, mood: str) -> None:
    (line,) = labels(engine, labelling([text]))
    assert line.split(" ")[2] == mood


def test_a_title_counts_as_part_of_its_text(engine: MiniLMEngine) -> None:
    system, _ = labelling()
    user = render_block("feedback", [(1, ("Late delivery of the parcel", "See above."))])
    assert categories_of(labels(engine, (system, user))) == [2]


@pytest.mark.parametrize(
    "system, user, schema",
    [
        ("no blocks", "at all", LABELS),
        (labelling()[0], "no feedback", LABELS),
        (labelling()[0], "<feedback>\nno entry\n</feedback>", LABELS),
        ("", "", {"type": "object", "properties": {"haiku": {"type": "string"}}}),
    ],
)
def test_what_the_engine_does_not_understand_it_does_not_answer(
    engine: MiniLMEngine, system: str, user: str, schema: Mapping[str, object]
) -> None:
    with pytest.raises(EngineError):
        engine.answer(EnginePrompt(system, user, schema, "answer", 100))
