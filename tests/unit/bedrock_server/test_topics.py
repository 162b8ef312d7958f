"""Topics that no category covers: the embedded engine names them by a zero, sentence by sentence."""

import pytest

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from shared.contracts.profiles import Aspects, ProfileDocument
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, Taxonomy
from shared.model.label_answers import check
from shared.model.label_lines import Label
from shared.model.label_prompt import build
from shared.model.model_table import AnswerForm

CATEGORIES = {
    "Late delivery": "The parcel came after the promised day.",
    "Price": "Too expensive, or good value for money.",
    "Battery": "The battery is weak or does not charge.",
}
LATE = "My parcel arrived three weeks after the promised delivery day."
DEAR = "Far too expensive for what you get."
COURSE = "Where do I register my child for the swimming course on Tuesday evening?"


def labelled(engine: MiniLMEngine, text: str, title: str = "", most: int = 3) -> Label:
    categories = tuple(
        Category(
            id=number,
            profile="feedback",
            name=name,
            description=description,
            status=CategoryStatus.ACTIVE,
            origin=CategoryOrigin.DEFAULT,
        )
        for number, (name, description) in enumerate(CATEGORIES.items(), 1)
    )
    taxonomy = Taxonomy(profile="feedback", taxonomy_version=1, corrections_version=0, categories=categories)
    prompt = build(taxonomy, [], AnswerForm.FORCED_TOOL, ProfileDocument(aspects=Aspects(most=most)))
    said = Feedback(title=title, feedback=text)
    asked = prompt.request({17: Record(record_id="1", profile="feedback", feedback=said)})
    question = EnginePrompt(asked.system, asked.user, asked.schema, asked.tool_name, 1000)
    return check(engine.answer(question).value, [17], list(CATEGORIES), prompt.task)[17]


def numbers(label: Label) -> list[int]:
    return [label.category, *(topic.category for topic in label.further)]


@pytest.mark.parametrize(
    "text, categories",
    [
        (f"{LATE} {COURSE}", [1, 0]),
        (f"{COURSE}\n{LATE}", [1, 0]),
        (f"{LATE} {DEAR} {COURSE}", [1, 2, 0]),
        (f"{LATE} The parcel lay in the depot for days.", [1]),
        (LATE, [1]),
        (COURSE, [0]),
        (f"{LATE} Oh well.", [1]),
    ],
)
def test_a_sentence_of_no_category_is_a_topic_beside_a_known_one(
    engine: MiniLMEngine, text: str, categories: list[int]
) -> None:
    assert numbers(labelled(engine, text)) == categories


@pytest.mark.parametrize(
    "sentence",
    [
        "No bench anywhere, we all had to stand in the queue.",
        "It collects my data and sends it who knows where.",
        "App asks for permissions it does not need, such as contacts and location.",
        "The app demands location permission or it does not start.",
    ],
)
def test_no_clause_of_a_sentence_of_no_category_has_one(engine: MiniLMEngine, sentence: str) -> None:
    assert numbers(labelled(engine, f"{DEAR} {sentence}")) == [2, 0]


def test_a_title_may_name_the_known_topic(engine: MiniLMEngine) -> None:
    assert numbers(labelled(engine, COURSE, title=LATE)) == [1, 0]


def test_known_topics_have_the_room_first(engine: MiniLMEngine) -> None:
    text = f"{LATE} {DEAR} {COURSE}"
    assert numbers(labelled(engine, text, most=2)) == [1, 2]
    assert numbers(labelled(engine, text, most=1)) == [1]


def test_a_story_has_no_topic_for_each_of_its_sentences(engine: MiniLMEngine) -> None:
    story = f"{LATE} My sister was there. She had a cake with her. It rained all day. {COURSE}"
    assert 0 not in numbers(labelled(engine, story))
