"""What the embedded engine makes of prompts: by meaning, from what stands in them."""

from collections.abc import Mapping

import pytest

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from local.bedrock.errors import EngineError
from local.bedrock.labelling import Labeller, PromptCategory
from local.bedrock.naming import clip
from local.bedrock.phrases import title
from shared.model.prompt_blocks import render_block
from tests.unit.bedrock_server.requests import (
    CATEGORIES,
    LABELS,
    MERGES,
    VERDICT,
    categories_of,
    labelling,
    numbered,
)

INVOICES = [
    "I need an invoice with my VAT number and nobody can issue one.",
    "The invoice shows the wrong company name.",
    "Please correct the VAT on my invoice, our accountant refuses it.",
    "Where can I download the invoice for my tax return?",
    "Invoice arrived without the VAT breakdown.",
]
LATE = [
    "The parcel came two weeks late.",
    "My delivery was a week late.",
    "Late delivery again, I waited ten days for the parcel.",
    "The shipment arrived much later than promised.",
]


def ask(engine: MiniLMEngine, prompt: tuple[str, str], schema: Mapping[str, object]) -> dict[str, object]:
    answer = engine.answer(EnginePrompt(prompt[0], prompt[1], schema, "answer", 1000)).value
    assert isinstance(answer, dict)
    return answer


def labels(engine: MiniLMEngine, prompt: tuple[str, str]) -> list[str]:
    lines = ask(engine, prompt, LABELS)["labels"]
    assert isinstance(lines, list)
    return lines


def judgement(engine: MiniLMEngine, texts: list[str], categories: list[tuple[str, str]]) -> dict[str, object]:
    blocks = [render_block("categories", numbered(categories))] if categories else []
    blocks.append(render_block("feedback", numbered([[text] for text in texts])))
    return ask(engine, ("Judge.", "\n".join(blocks)), VERDICT)


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
    plain = Labeller(categories, [], engine.embed, 0.1, 0.25).scores(member)
    taught = Labeller(categories, [(1, text) for text in LATE], engine.embed, 0.1, 0.25).scores(member)
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


def test_a_group_that_no_category_covers_is_new_and_named_from_its_own_words(engine: MiniLMEngine) -> None:
    answer = judgement(engine, INVOICES, list(CATEGORIES))
    assert (answer["verdict"], answer["category"]) == ("NEW", 0)
    name = str(answer["name"])
    assert "Invoice" in name
    assert {word.casefold() for word in name.split()} <= {
        word.strip(".,?").casefold() for text in INVOICES for word in text.split()
    }
    assert any(text in str(answer["description"]) for text in INVOICES)
    assert len(set(map(str, answer["examples"]))) == 3  # type: ignore[call-overload]


def test_a_group_of_an_existing_category_is_that_category(engine: MiniLMEngine) -> None:
    categories = [("Invoices", "invoices and VAT"), ("Late delivery", "the parcel came late")]
    answer = judgement(engine, LATE, categories)
    assert (answer["verdict"], answer["category"], answer["name"]) == ("SAME_AS", 2, "")


def test_a_group_without_a_theme_is_mixed(engine: MiniLMEngine) -> None:
    texts = [
        "The chess club meets on Tuesdays.",
        "My parcel is late.",
        "Fresh bread smells good.",
        "VAT is missing.",
    ]
    assert judgement(engine, texts, [])["verdict"] == "MIXED"


def test_without_categories_a_theme_is_new(engine: MiniLMEngine) -> None:
    assert judgement(engine, LATE, [])["verdict"] == "NEW"


def test_a_name_that_is_taken_is_not_given_again(engine: MiniLMEngine) -> None:
    first = str(judgement(engine, INVOICES, [])["name"])
    second = judgement(engine, INVOICES, [(first, "something else: chess, bread and butter")])
    assert second["name"] not in {first, ""}


@pytest.mark.parametrize(
    "texts",
    [
        ["👍", "👍👍", "😍"],
        ["Parou de funcionar depois de um mês.", "La batería dura muy poco.", "Sehr gute Beratung im Laden."],
    ],
)
def test_what_is_alike_in_form_or_language_alone_is_no_theme(engine: MiniLMEngine, texts: list[str]) -> None:
    assert judgement(engine, texts, [])["verdict"] == "MIXED"


def test_a_category_is_recognised_by_the_texts_it_has(engine: MiniLMEngine) -> None:
    categories = [("Alpha", "the first"), ("Beta", "the second")]
    blocks = [
        render_block("categories", numbered(categories)),
        render_block("examples", [(2, (text,)) for text in INVOICES]),
        render_block("feedback", numbered([["My invoice has no VAT."], ["The invoice is wrong."]])),
    ]
    answer = ask(engine, ("Judge.", "\n".join(blocks)), VERDICT)
    assert (answer["verdict"], answer["category"]) == ("SAME_AS", 2)


def test_a_heading_keeps_the_negation_that_makes_its_sense(engine: MiniLMEngine) -> None:
    texts = [
        "My virtual card is not working.",
        "The virtual card is not working.",
        "Virtual card not working!",
    ]
    assert "Not Working" in str(judgement(engine, texts, [])["name"])


def test_proposals_that_mean_the_same_are_merged(engine: MiniLMEngine) -> None:
    categories = [("Late delivery", "the parcel came late")]
    proposals = [
        ("Missing Invoices", "customers get no invoice"),
        ("Delivery Too Late", "the parcel came too late"),
        ("Invoices Missing", "the customer gets no invoice"),
        ("Firmware Update Fails", "the update of the firmware stops"),
    ]
    user = "\n".join(
        [render_block("categories", numbered(categories)), render_block("proposals", numbered(proposals))]
    )
    answer = ask(engine, ("Merge.", user), MERGES)
    assert answer == {"merges": ["2 into category 1", "3 into proposal 1"]}


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


@pytest.mark.parametrize(
    "phrase, heading",
    [
        ("card not working", "Card Not Working"),
        ("invoice with my VAT", "Invoice with My VAT"),
        ("ATMs", "ATMs"),
    ],
)
def test_a_phrase_becomes_a_heading(phrase: str, heading: str) -> None:
    assert title(phrase) == heading


def test_a_long_quote_ends_at_a_word() -> None:
    assert clip("one two\nthree four", 11) == "one two…"
    assert clip("one  two", 11) == "one two"


def test_a_group_of_interjections_is_no_theme(engine: MiniLMEngine) -> None:
    texts = ["ok", "good", "Meh.", "fine", "👍", "ok I guess", "nice", "it's ok"]
    answer = ask(engine, ("Judge.", render_block("feedback", numbered([[text] for text in texts]))), VERDICT)
    assert answer["verdict"] == "MIXED"
