"""How the embedded engine judges, names and merges groups, from what stands in the prompt."""

import pytest

from local.bedrock.engine import MiniLMEngine
from local.bedrock.naming import clip
from local.bedrock.phrases import title
from shared.model.prompt_blocks import render_block
from tests.unit.bedrock_server.prompting import INVOICES, LATE, ask, judgement
from tests.unit.bedrock_server.requests import (
    CATEGORIES,
    MERGES,
    VERDICT,
    numbered,
)


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


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Sir, tell me",
            "Sir I will",
            "bonus give me sir",
            "Sir all is updated",
            "Sir, baseball kya h",
            "ok sir",
        ],
        [
            "How much in kg",
            "10 kg price",
            "I am 48 kg",
            "pending 1.2 kg please update",
            "size 5 kg box",
            "kg?",
        ],
        [
            "I lost it",
            "How is your taste",
            "What a product",
            "Product was open",
            "Share product images",
            "my product",
        ],
    ],
)
def test_a_word_that_texts_share_is_no_theme(engine: MiniLMEngine, texts: list[str]) -> None:
    assert judgement(engine, texts, [])["verdict"] == "MIXED"


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Account change karna hai bank ka",
            "kya Hindi me koi support mil sakta hai",
            "Screen ke upar jo sign aa raha hai",
            "match ke points nahi mile hai abhi tak",
        ],
        [
            "paise abhi tak nahi aaye hai account me",
            "paise wapas kab tak milenge bhai batao jaldi",
            "paise kat gaye order nahi hua hai",
            "paise account me nahi aaye hai kal se",
        ],
        [
            "barang belum sampai sudah dua minggu ini",
            "barang yang datang tidak sesuai pesanan saya",
            "barang rusak waktu sampai di rumah kami",
            "barang belum dikirim padahal sudah bayar kemarin",
        ],
    ],
)
def test_sentences_without_the_small_words_of_english_are_no_theme(
    engine: MiniLMEngine, texts: list[str]
) -> None:
    assert judgement(engine, texts, [])["verdict"] == "MIXED"


@pytest.mark.parametrize("word", ["parking", "insulin", "home gym"])
def test_texts_of_a_few_words_need_no_small_ones(engine: MiniLMEngine, word: str) -> None:
    texts = [f"{word} please", f"cheap {word} offers", f"{word} prices today", f"best {word} brands"] * 4
    assert judgement(engine, texts, [])["verdict"] == "NEW"


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
