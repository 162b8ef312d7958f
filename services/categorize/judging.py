"""One group of rows, one question to the model: a new theme, an existing category, or a mixture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import Field, ValidationError

from services.categorize.names import says_nothing
from shared.contracts.base import Contract
from shared.contracts.execution import Usage
from shared.contracts.taxonomy import UNKNOWN, Category
from shared.model.bedrock import Model, ModelRequest
from shared.model.prompt_blocks import Entry, render_block
from shared.stores.discovery_store import Kind, Verdict

CENTRAL_ROWS = 12
EDGE_ROWS = 4
SHOWN_CHARACTERS = 400
NEAREST_CATEGORIES = 20
CATEGORIES_WITH_EXAMPLES = 8
EXAMPLES_PER_CATEGORY = 10
EXAMPLE_CHARACTERS = 200
MAX_TOKENS = 400
EXAMPLES = 3


MIXED = Verdict(kind=Kind.MIXED)


@dataclass(frozen=True)
class Question:
    """What the model is shown of a group.

    Attributes:
        texts: its most central rows, then a few from its edge.
        categories: the existing ones nearest to it, the nearest first, whatever their status.
        examples: rows that have a category already, by its id.
    """

    texts: Sequence[str]
    categories: Sequence[Category]
    examples: Mapping[int, Sequence[str]]


class _Answer(Contract):
    """The form of the model's answer."""

    verdict: Kind
    category: int = 0
    name: Annotated[str, Field(max_length=500)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    examples: tuple[int, ...] = ()


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": [kind.value for kind in Kind]},
        "category": {"type": "integer"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "examples": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["verdict", "category", "name", "description", "examples"],
    "additionalProperties": False,
}


def shown(central_first: Sequence[int]) -> list[int]:
    """Of a group's members, the most central first, those that the model reads."""
    if len(central_first) <= CENTRAL_ROWS + EDGE_ROWS:
        return list(central_first)
    return [*central_first[:CENTRAL_ROWS], *central_first[-EDGE_ROWS:]]


def judge(model: Model, question: Question) -> tuple[Verdict, Usage]:
    """Asks, and asks once more if the answer has no form or its name says nothing; then it is MIXED."""
    used = Usage()
    for system in (_instructions(), f"{_instructions()}\n{_AGAIN}"):
        answer = model.converse(_request(system, question))
        used += answer.usage
        verdict = read_verdict(answer.value, question)
        if verdict is not None:
            return verdict, used
    return MIXED, used


def read_verdict(value: Mapping[str, Any] | None, question: Question) -> Verdict | None:
    """The verdict that an answer is; None if it cannot be taken."""
    try:
        answer = _Answer.model_validate(value)
    except ValidationError:
        return None
    examples = _places(answer.examples, len(question.texts))
    if answer.verdict is Kind.SAME_AS:
        if not 1 <= answer.category <= len(question.categories):
            return None
        chosen = question.categories[answer.category - 1]
        return Verdict(kind=Kind.SAME_AS, category_id=chosen.id, examples=examples)
    if answer.verdict is Kind.MIXED:
        return MIXED
    name = " ".join(answer.name.split())
    if says_nothing(name) or name.casefold() == UNKNOWN:
        return None
    description = " ".join(answer.description.split())[:1000]
    return Verdict(kind=Kind.NEW, name=name, description=description, examples=examples)


_AGAIN = (
    "Follow the answer's form exactly. A name that would fit any feedback, or that repeats an existing"
    " category's, is refused: be specific, or answer SAME_AS or MIXED."
)


def _request(system: str, question: Question) -> ModelRequest:
    categories = [(n, (c.name, c.description)) for n, c in enumerate(question.categories, 1)]
    feedback = [(n, (text,)) for n, text in enumerate(question.texts, 1)]
    blocks = [render_block("categories", categories), render_block("feedback", feedback)]
    if examples := _examples(question):
        blocks.insert(1, render_block("examples", examples))
    return ModelRequest(
        system=system,
        user="\n".join(blocks),
        tool_name="judge_theme",
        tool_description="Records what a group of feedback is about.",
        schema=SCHEMA,
        max_tokens=MAX_TOKENS,
    )


def _examples(question: Question) -> list[Entry]:
    """What the nearest categories hold already, each under its category's number."""
    return [
        (number, (text[:EXAMPLE_CHARACTERS],))
        for number, category in enumerate(question.categories[:CATEGORIES_WITH_EXAMPLES], 1)
        for text in question.examples.get(category.id, ())[:EXAMPLES_PER_CATEGORY]
    ]


def _places(numbers: Sequence[int], shown_texts: int) -> tuple[int, ...]:
    """Positions of the named texts; what names none is passed over, and the central ones fill up."""
    named = [number - 1 for number in numbers if 1 <= number <= shown_texts]
    return tuple(dict.fromkeys([*named, *range(shown_texts)]))[:EXAMPLES]


@cache
def _instructions() -> str:
    return (files("services.categorize") / "prompts" / "judge.md").read_text("utf-8")
