"""Rows of a new theme that have a label are asked again in the words of their profile."""

import json
from typing import Any

import pytest
from typing_extensions import override

from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.profiles import Aspects, Input, ProfileCategory, ProfileDocument
from shared.model.prompt_blocks import parse_block
from shared.platform.database import Database
from shared.stores import profile_store
from tests.integration.categorize_world import labels, run
from tests.integration.hidden_themes import BATTERY, hidden, judge, others
from tests.unit.categorize.fakes import FakeBedrock, failure

URGENCY = Attribute(name="urgency", type=AttributeType.ENUMERATION, values=("low", "high"))
TOLD = "Told by people in a hurry"


class Asked(FakeBedrock):
    """Keeps the prompts, and says behind each label what is told it."""

    def __init__(self, behind: str = "") -> None:
        super().__init__(judge)
        self.prompts: list[str] = []
        self.behind = behind

    @override
    def _label(self, prompt: str) -> Any:
        self.prompts.append(prompt)
        names = [name.split()[0].lower() for _, (name, *_) in parse_block(prompt, "categories")]
        said = [(number, text.split()[0]) for number, (*_, text) in parse_block(prompt, "feedback")]
        return {"labels": [f"{n} {names.index(word) + 1} positive{self.behind}" for n, word in said]}


def asked_with(database: Database, document: ProfileDocument, behind: str = "") -> Asked:
    """Sixteen batteries among labelled rows, looked at under this document."""
    hidden(database)
    database.transact(lambda tx: profile_store.store(tx, document))
    bedrock = Asked(behind)
    run(database, bedrock)
    return bedrock


@pytest.mark.parametrize(
    "document, words, behind",
    [
        (ProfileDocument(instructions=TOLD), TOLD, ""),
        (ProfileDocument(attributes=(URGENCY,)), "urgency", " | 2"),
        (
            ProfileDocument(attributes=(URGENCY.model_copy(update={"required": True}),)),
            "urgency",
            " | 1",
        ),
        (ProfileDocument(aspects=Aspects(most=3)), "at most 3", " 1 neutral"),
    ],
    ids=["instructions", "an attribute", "a required attribute", "several topics"],
)
def test_they_are_asked_what_the_profile_asks(
    database: Database, document: ProfileDocument, words: str, behind: str
) -> None:
    bedrock = asked_with(database, document, behind)
    assert bedrock.prompts
    assert all(words in prompt for prompt in bedrock.prompts)
    assert labels(database) == others() | {BATTERY: 16}


@pytest.mark.parametrize("withheld", [True, False], ids=["withheld", "an error"])
def test_a_row_that_the_model_cannot_read_costs_the_others_of_its_pack_nothing(
    database: Database, withheld: bool
) -> None:
    class Filtered(FakeBedrock):
        @override
        def converse(self, **request: Any) -> Any:
            if "battery number 7" not in json.dumps(request) or "judge_theme" in json.dumps(request):
                return super().converse(**request)
            if not withheld:
                raise failure("ModelErrorException", 424)
            return {"stopReason": "content_filtered", "output": {"message": {"content": []}}, "usage": {}}

    hidden(database)
    run(database, Filtered(judge))
    assert labels(database)[BATTERY] == 15


def test_evidence_has_to_be_in_the_text_as_everywhere(database: Database) -> None:
    document = ProfileDocument(aspects=Aspects(most=1, evidence=True))
    asked_with(database, document, " [never said]")
    assert BATTERY not in labels(database)


def test_the_examples_of_the_profile_stand_beside_typical_rows_of_the_new_category(
    database: Database,
) -> None:
    own = ProfileCategory(name="Parcel", description="about Parcel", examples=("my parcel is lost",))
    bedrock = asked_with(database, ProfileDocument(categories=(own,)))
    shown = [text for _, (text, *_) in parse_block(bedrock.prompts[0], "examples")]
    assert shown[0] == "my parcel is lost"
    assert sum(text.startswith("battery") for text in shown) == 5


def test_what_the_profile_shows_of_a_row_is_shown_and_tells_equal_texts_apart(database: Database) -> None:
    document = ProfileDocument(input=Input(show=("stars", "country")))
    hidden(database)
    alike = """
        UPDATE customer_feedback SET feedback = 'battery breaks', stars = MOD(id, 2), segments = %s
        WHERE feedback LIKE %s
    """
    values = ('{"country": "CH"}', "battery%")
    database.transact(lambda tx: tx.execute(alike, values))
    database.transact(lambda tx: profile_store.store(tx, document))
    bedrock = Asked()
    run(database, bedrock)
    entries = [strings for prompt in bedrock.prompts for _, strings in parse_block(prompt, "feedback")]
    assert sorted(entries) == [
        ("0", "CH", "battery breaks"),
        ("1", "CH", "battery breaks"),
    ]
    assert labels(database) == others() | {BATTERY: 16}
