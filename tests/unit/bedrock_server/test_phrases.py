"""Headings from customers' own words."""

import numpy as np
import pytest

from local.bedrock.engine import MiniLMEngine
from local.bedrock.naming import OtherCategories, name_group
from local.bedrock.phrases import phrases, spellings, stem, title


def texts_of(text: str) -> set[str]:
    return {phrase.text for phrase in phrases(text)}


def test_a_phrase_begins_and_ends_with_a_word_that_says_something() -> None:
    found = texts_of("I would like to know the source of my funds, please")
    assert found == {"source", "source of funds", "funds"}


def test_a_verb_keeps_its_particle() -> None:
    assert "top up card" in texts_of("How do I top up my card?")
    assert "card to top" not in texts_of("Which card to top up?")


@pytest.mark.parametrize("text", ["Why can't I verify my identity?", "I can't verify my identity."])
def test_what_does_not_go_may_begin_a_heading(text: str) -> None:
    assert "can't verify identity" in texts_of(text)


def test_no_phrase_reaches_over_the_end_of_a_sentence() -> None:
    assert "card delivery" not in texts_of("It took my card. Delivery was late")


def test_a_sentence_is_more_cluttered_than_a_heading() -> None:
    clutter = {phrase.text: phrase.clutter for phrase in phrases("the card was declined, declined card")}
    assert clutter["card was declined"] > clutter["declined card"] == 0


def test_forms_of_a_word_have_one_stem() -> None:
    assert len({stem(form) for form in ("charge", "charges", "charged", "charging")}) == 1
    assert stem("parcel's") == stem("parcels") == "parcel"
    assert stem("red") == "red"


def test_an_abbreviation_is_spelled_as_most_do() -> None:
    spelled = spellings(["The ATM is broken", "no cash from the atm", "NOTHING FROM THE ATM"])
    assert title("cash from atm", spelled) == "Cash from ATM"


@pytest.mark.parametrize("shouted", ["I need a MASS gainer", "which MASS GAINER is best", "mASS gainer"])
def test_what_one_of_many_shouts_is_no_abbreviation(shouted: str) -> None:
    spelled = spellings([shouted, *["a mass gainer, please"] * 3])
    assert title("mass gainer", spelled) == "Mass Gainer"


def test_a_name_uses_the_words_that_the_texts_share_and_others_do_not(engine: MiniLMEngine) -> None:
    texts = [
        "The parcel was damaged when it came.",
        "My parcel arrived damaged and the lid was cracked.",
        "Damaged parcel, again.",
        "The driver threw it over the fence, damaged parcel.",
    ]
    others = OtherCategories(["Late parcel"], ["The parcel came late."], engine.embed(["Late parcel"]))
    name = name_group(texts, engine.embed(texts), others, engine.embed)
    assert name.text == "Damaged Parcel"


def test_a_name_is_none_that_a_category_has(engine: MiniLMEngine) -> None:
    texts = ["Damaged parcel.", "Damaged parcel, again.", "Another damaged parcel."]
    others = OtherCategories(["damaged parcel"], [], engine.embed([]))
    assert name_group(texts, engine.embed(texts), others, engine.embed).text.casefold() != "damaged parcel"


NOBODY = OtherCategories([], [], np.empty((0, 384), np.float32))


def name_of(engine: MiniLMEngine, texts: list[str], others: OtherCategories = NOBODY) -> str:
    return name_group(texts, engine.embed(texts), others, engine.embed).text


@pytest.mark.parametrize(
    "texts",
    [
        ["EMi is available?", "EMI is available", "Is EMI there", "Emi option", "What is EMI"],
        ["Products be available when", "When will products be available", "will the products be available"],
        ["Sir you are not replying", "you are not replying sir", "You are not replying to me, sir"],
    ],
)
def test_a_name_is_no_sentence(engine: MiniLMEngine, texts: list[str]) -> None:
    assert not {"is", "are", "be", "you"} & set(name_of(engine, texts).lower().split())


@pytest.mark.parametrize(
    "texts, word",
    [
        (["A payment I made to payment", "the payment I made to the payment"], "payment"),
        (["match for match", "A match for a match, please"], "match"),
        (["Refund of the refunds", "the refund of refunds"], "refund"),
    ],
)
def test_a_name_says_nothing_twice(engine: MiniLMEngine, texts: list[str], word: str) -> None:
    assert name_of(engine, texts).lower().count(word) <= 1


@pytest.mark.parametrize(
    "texts, name",
    [
        (["Insulin?", "insulin", "Is it about insulin", "my insulin", "a red cap", "red cap"], "Insulin"),
        (["Parking?", "parking", "the parking", "blue door", "a blue door", "parking"], "Parking"),
        (["Refund!", "refund", "a refund", "my refund", "Monday morning", "on Monday morning"], "Refund"),
    ],
)
def test_a_word_that_is_near_to_the_texts_names_them_rather_than_a_longer_phrase_that_is_not(
    engine: MiniLMEngine, texts: list[str], name: str
) -> None:
    assert name_of(engine, texts) == name
