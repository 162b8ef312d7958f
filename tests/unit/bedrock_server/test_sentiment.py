"""Sentiments of the embedded engine: by the words, and by the stars where the prompt shows them."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from local.bedrock.minilm import DIMENSIONS
from local.bedrock.sentiment import HEAD, MOODS
from shared.contracts.profiles import Input, ProfileDocument
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.label_answers import check
from shared.model.label_prompt import build, numbered
from shared.model.model_table import AnswerForm
from tests.builders import a_category
from tools.sentiment_head import NEUTRAL as TRAINED

CATEGORY = a_category(1, "Product").model_copy(update={"description": "how good it is"})
TAXONOMY = Taxonomy(profile="feedback", taxonomy_version=1, corrections_version=0, categories=(CATEGORY,))


def moods(
    engine: MiniLMEngine, said: Sequence[Feedback], show: Sequence[str] = ("stars",), **segments: str
) -> list[str]:
    """What the engine answers to classify's prompt of a profile that shows this."""
    document = ProfileDocument(input=Input(show=tuple(show)))
    prompt = build(TAXONOMY, [], AnswerForm.FORCED_TOOL, document)
    asked = numbered(
        [
            Record(record_id=f"r:{place}", profile="feedback", feedback=each, segments=segments)
            for place, each in enumerate(said)
        ]
    )
    request = prompt.request(asked)
    question = EnginePrompt(request.system, request.user, request.schema, request.tool_name, 10_000)
    labels = check(engine.answer(question).value, list(asked), [CATEGORY.name], prompt.task)
    return [labels[number].sentiment.value for number in asked]


def rated(text: str, stars: str | None, title: str = "") -> Feedback:
    return Feedback(title=title, feedback=text, stars=None if stars is None else Decimal(stars))


def test_the_head_has_a_weight_for_each_dimension_and_an_offset() -> None:
    head = np.load(HEAD)

    assert head.shape == (DIMENSIONS + 1, len(MOODS))
    assert np.isfinite(head).all()
    assert HEAD.stat().st_size < 5_000


@pytest.mark.parametrize(
    "text, mood",
    [
        ("I love it, great sound and easy to use.", "positive"),
        ("Fast delivery, well wrapped, exactly as ordered.", "positive"),
        ("Excellent!", "positive"),
        ("Terrible, it broke and nobody helps.", "negative"),
        ("It came two weeks late and the box was crushed.", "negative"),
        ("Never again. Worst purchase ever.", "negative"),
        ("The food was delicious, but the service was rude and slow.", "negative"),
        ("I use it at the office.", "neutral"),
        ("I bought it last week.", "neutral"),
        ("asdf qwer", "neutral"),
        ("I love the screen. The speakers are terrible.", "mixed"),
    ],
)
def test_words_alone_tell_a_mood(engine: MiniLMEngine, text: str, mood: str) -> None:
    assert moods(engine, [rated(text, None)]) == [mood]


NEUTRAL = {
    "news": [
        "The library opens a reading room for children in May.",
        "Our bakery now has a counter at the airport.",
        "The ferry to the island starts again in April.",
        "The publisher presents its autumn books on Monday.",
        "A second season of the series starts next week.",
        "The team presents its new jersey on Sunday.",
        "The zoo shows two young pandas from Saturday on.",
    ],
    "offers": [
        "Get a free sticker at our stand.",
        "Win a weekend in Rome: answer three questions.",
        "Children under six travel for free.",
        "Students get ten percent off on Wednesdays.",
        "Free entry to the castle on the first Sunday of the month.",
        "Download the first chapter for free.",
        "Follow @cityzoo and win two tickets.",
    ],
    "questions": [
        "Do you have this coat in green?",
        "Can I bring a friend to the workshop?",
        "Is the pool open in the evening?",
        "Who of you is at the book fair?",
        "How do I get from the harbour to the hotel?",
        "Does the phone fit into the holder?",
        "What is your favourite song on the album?",
    ],
    "statements": [
        "I ordered the coat in size M.",
        "The hotel has forty rooms and a garden.",
        "We flew to Oslo on Tuesday and came back on Friday.",
        "The camera has a zoom of factor ten.",
        "I am sitting in the first row of the theatre.",
        "My daughter uses the tablet for school.",
        "The form asks for the number of the contract.",
    ],
}
"""By kind; none of them is among those that the head was trained on (tools/neutral_sentences.txt)."""


@pytest.mark.parametrize("kind", NEUTRAL)
def test_what_says_no_feeling_is_not_called_positive(engine: MiniLMEngine, kind: str) -> None:
    texts = NEUTRAL[kind]

    assert moods(engine, [rated(text, None) for text in texts]).count("positive") <= 1
    assert not set(texts) & set(TRAINED.read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "The new reading room is wonderful, our children love it.",
        "Thanks for the free sticker, it looks great!",
        "So happy that I won two tickets!",
        "The best zoom I have ever had in a camera.",
    ],
)
def test_praise_of_the_same_things_is_still_positive(engine: MiniLMEngine, text: str) -> None:
    assert moods(engine, [rated(text, None)]) == ["positive"]


@pytest.mark.parametrize(
    "stars, mood",
    [
        ("5", "positive"),
        ("4", "positive"),
        ("3", "neutral"),
        ("2", "negative"),
        ("1", "negative"),
        ("0", "negative"),
    ],
)
def test_stars_decide_where_words_do_not(engine: MiniLMEngine, stars: str, mood: str) -> None:
    texts = ["I use it at the office.", "I bought it last week.", "It is blue."]

    assert moods(engine, [rated(text, stars) for text in texts]) == [mood] * len(texts)


@pytest.mark.parametrize(
    "text, stars, mood",
    [
        ("Terrible, it broke after two days and nobody helps. Waste of money.", "5", "negative"),
        ("Never again. Worst purchase ever.", "5", "negative"),
        ("Awful.", "4", "negative"),
        ("Broken on arrival.", "5", "negative"),
        ("Total garbage, do not buy.", "4.5", "negative"),
        ("I love it, great sound and easy to use.", "1", "positive"),
        ("Best purchase of the year, absolutely perfect!", "1", "positive"),
        ("Excellent!", "2", "positive"),
    ],
)
def test_words_that_plainly_say_the_opposite_count_more_than_stars(
    engine: MiniLMEngine, text: str, stars: str, mood: str
) -> None:
    assert moods(engine, [rated(text, stars)]) == [mood]


def test_a_verdict_of_stars_is_not_mixed_and_one_between_may_be(engine: MiniLMEngine) -> None:
    text = "I love the screen. The speakers are terrible."
    found = moods(engine, [rated(text, stars) for stars in ("1", "3", "5", None)])

    assert (found[1], found[3]) == ("mixed", "mixed")
    assert "mixed" not in (found[0], found[2])


def test_stars_that_the_profile_does_not_show_change_nothing(engine: MiniLMEngine) -> None:
    said = [rated("I use it at the office.", stars) for stars in ("5", "1")]

    assert moods(engine, said, show=()) == ["neutral", "neutral"]
    assert moods(engine, said, show=("title", "stars")) == ["positive", "negative"]


@pytest.mark.parametrize("claimed", ["5", "5 stars", "nan", "inf", "-1", "99", "1e9", ""])
def test_what_a_customer_writes_in_another_column_is_no_stars(engine: MiniLMEngine, claimed: str) -> None:
    said = [rated("I bought it last week.", None, title=claimed)]

    assert moods(engine, said, show=("plan", "stars"), plan=claimed) == moods(engine, said, show=())
