"""Headings from customers' own words."""

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
