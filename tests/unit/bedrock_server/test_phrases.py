"""Headings from customers' own words."""

import numpy as np
import pytest

from local.bedrock.engine import MiniLMEngine
from local.bedrock.naming import OtherCategories, name_group
from local.bedrock.phrases import Phrase, is_heading, phrases, spellings, stem, title


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


@pytest.mark.parametrize(
    "text, chance",
    [
        ("Are there any ATMs that this card works at?", "ATMs card"),
        ("I see in the app a cash withdrawal", "app cash withdrawal"),
        ("The driver threw my parcel", "driver threw parcel"),
        ("Their robot scratched our floor", "robot scratched floor"),
    ],
)
def test_what_one_article_begins_another_ends(text: str, chance: str) -> None:
    assert chance not in texts_of(text)


@pytest.mark.parametrize(
    "text, heading",
    [
        ("What is the minimum age to open an account?", "age to open account"),
        ("I want to activate my card", "activate card"),
        ("Is there a fee for my transfer?", "fee for transfer"),
        ("Can I get a card outside the UK?", "card outside UK"),
    ],
)
def test_an_article_ends_no_phrase_that_is_tied_to_what_follows(text: str, heading: str) -> None:
    assert heading in texts_of(text)


def test_no_phrase_reaches_over_the_end_of_a_sentence() -> None:
    assert "card delivery" not in texts_of("It took my card. Delivery was late")


def test_a_sentence_is_more_cluttered_than_a_heading() -> None:
    clutter = {phrase.text: phrase.clutter for phrase in phrases("the card was declined, declined card")}
    assert clutter["card was declined"] > clutter["declined card"] == 0


def test_forms_of_a_word_have_one_stem() -> None:
    assert len({stem(form) for form in ("charge", "charges", "charged", "charging")}) == 1
    assert stem("parcel's") == stem("parcels") == "parcel"
    assert stem("red") == "red"


@pytest.mark.parametrize(
    "word", ["payment", "account", "agent", "discount", "want", "plant", "knot", "donate"]
)
def test_a_word_that_ends_in_nt_denies_nothing(word: str) -> None:
    assert stem(word) == word.removesuffix("e")


DENIALS = """
not no can't cannot cant isn’t Won't doesnt shouldnt hadnt mustnt neednt mightnt couldnt arent wouldnt havent
didn't daren't oughtn't shan't ain't mayn't hadn’t SHOULDNT donot couldnot isnot
"""


@pytest.mark.parametrize("word", DENIALS.split())
def test_what_denies_is_one_word_in_whatever_form(word: str) -> None:
    found = texts_of(f"The card {word} scan")
    assert stem(word) == "not"
    assert {"card", "scan"} < found
    assert not any(text.endswith(word) for text in found)


@pytest.mark.parametrize("text", ["team not add", "money not refund in time", "score not update"])
def test_what_is_not_done_is_a_heading_by_its_participle(text: str) -> None:
    assert not is_heading(Phrase(text, 3, 0))
    assert is_heading(Phrase("money not refunded", 3, 0))


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


@pytest.mark.parametrize(
    "texts, name",
    [
        (
            ["points not updated", "My points not updated", "points not updated yet", "point's no updated"],
            "point",
        ),
        (
            ["cancel order", "Please cancel my order", "I want to cancel the order", "order cancel"],
            "Cancel Order",
        ),
        (["home gyms", "a home gym", "I want a home gym", "Home gym for my room"], "Home Gym"),
    ],
)
def test_of_the_forms_of_a_phrase_it_is_the_one_that_is_said_most(
    engine: MiniLMEngine, texts: list[str], name: str
) -> None:
    assert name_of(engine, texts).startswith(name.title())
    assert "'" not in name_of(engine, texts)


PACKAGING = """
Nice headphones, ridiculous packaging. Enough glossy board to build a house, a plastic window, two layers of
foam and a ribbon. Nobody keeps this. Put them in a plain brown box and knock two dollars off.

Works. But there's an absurd amount of packaging waste for such a tiny device. Do better for the
environment, it took me two trips to the recycling bin down the street and the bin was full afterwards.

Half a sack of plastic. I do appreciate that it's safe in transit, what I don't get is the fresh pouch for
the manual and the packaging around the pouch with the strap, all of it waste the next day.

overpackaged
"""
PRIVACY = """
Why does the headphone app need my location all the time? I set it to while using and it nags me each time
it starts. I contacted the company about my privacy and they said it improves the experience. Whose?

To switch on a light bulb, I have to grant precise location, Bluetooth scanning and my contacts. If I
decline any of it the app closes. It's a light. So much for privacy, I don't want my whereabouts sitting
somewhere.

I'd like to know where the camera images of my home are stored and who has access to them. The answer I got
from support was a link to the general privacy statement, which doesn't mention the vacuum at all.
"""
BATTERY = """
I bought it for the trips with my bike and the first weeks were fine, then the battery began to die before
noon. I charged it overnight, I turned off what can be turned off, nothing helped at all.

My daughter loves the colours and the sound is good enough for her room, if only the battery lasted for more
than an hour; she carries the charger around the house like a lamp on a leash.

The battery is swollen. After four months on the desk it no longer lies flat, the case has bulged in the
middle like a loaf and I keep it in a metal tin on the balcony now.
"""


@pytest.mark.parametrize("reviews", [PACKAGING, PRIVACY, BATTERY])
def test_a_long_text_says_what_a_phrase_says_at_less_similarity(engine: MiniLMEngine, reviews: str) -> None:
    texts = [" ".join(review.split()) for review in reviews.split("\n\n")]
    assert name_group(texts, engine.embed(texts), NOBODY, engine.embed).share > 0.5


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Organic tea?",
            "Flavour gone off",
            "tea for my skin",
            "Do you sell cups",
            "Is the shop open",
            "Flavour",
        ],
        [
            "Joined today",
            "Match money",
            "Late match",
            "joined before",
            "Yes we connected",
            "match?",
            "joined us",
        ],
        [
            "Product issue",
            "Returned product",
            "Change a product",
            "product seal",
            "Returned it",
            "no product seal",
        ],
    ],
)
def test_a_short_text_is_not_near_to_what_it_shares_a_word_with(
    engine: MiniLMEngine, texts: list[str]
) -> None:
    assert name_group(texts, engine.embed(texts), NOBODY, engine.embed).share <= 0.5


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Is your fish oil from a correct distributor",
            "I ordered for fish oil capsules",
            "fish oil after expiry?",
        ],
        [
            "points of my third cricketer not updated",
            "why my player points not updated sir",
            "points not updated",
        ],
        ["gift card for my aunt in Leeds", "your gift card site hangs", "no pin on my gift card, only dust"],
    ],
)
def test_a_short_text_says_a_phrase_of_several_words_that_it_uses(
    engine: MiniLMEngine, texts: list[str]
) -> None:
    assert name_group(texts, engine.embed(texts), NOBODY, engine.embed).share == 1
