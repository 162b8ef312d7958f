"""What the model is asked about a group of rows, and shown of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.taxonomy import Category
from shared.model.converse_request import ModelRequest
from shared.model.prompt_blocks import Entry, render_block
from shared.stores.discovery_store import VerdictKind

CENTRAL_ROWS = 12
EDGE_ROWS = 4
SHOWN_CHARACTERS = 400
NEAREST_CATEGORIES = 20
CATEGORIES_WITH_EXAMPLES = 8
EXAMPLES_PER_CATEGORY = 10
EXAMPLE_CHARACTERS = 200
MAX_TOKENS = 400


@dataclass(frozen=True)
class Question:
    """The prompt's content about a group.

    Attributes:
        texts: its most central rows, then a few from its edge.
        categories: the existing ones nearest to it, the nearest first, whatever their status.
        examples: rows that have a category already, by its id.
        labels: by category id, None for unknown: how many of the group's rows have it, and how many of all.
    """

    texts: Sequence[str]
    categories: Sequence[Category]
    examples: Mapping[int, Sequence[str]]
    labels: Mapping[int | None, tuple[int, int]] = field(default_factory=dict)


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": [kind.value for kind in VerdictKind]},
        "category": {"type": "integer"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "examples": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["verdict", "category", "name", "description", "examples"],
    "additionalProperties": False,
}


def labels_of(
    given: Iterable[str | None], in_all: Mapping[str | None, int], categories: Iterable[Category]
) -> dict[int | None, tuple[int, int]]:
    """How the rows of a group are labelled, for `Question`.

    Args:
        given: the label of each; None for unknown.
        in_all: how many rows have each label.
        categories: the existing ones.
    """
    here = Counter(given)
    ids: dict[str | None, int | None] = {None: None} | {each.name: each.id for each in categories}
    return {ids[name]: (rows, max(rows, in_all.get(name, 0))) for name, rows in here.items() if name in ids}


def shown(central_first: Sequence[int]) -> list[int]:
    """Of a group's members, the most central first, those that the model reads."""
    if len(central_first) <= CENTRAL_ROWS + EDGE_ROWS:
        return list(central_first)
    return [*central_first[:CENTRAL_ROWS], *central_first[-EDGE_ROWS:]]


def request_of(system: str, question: Question) -> ModelRequest:
    """The question under these instructions."""
    categories = [(n, (c.name, c.description)) for n, c in enumerate(question.categories, 1)]
    feedback = [(n, (text,)) for n, text in enumerate(question.texts, 1)]
    blocks = [render_block("categories", categories), render_block("feedback", feedback)]
    if examples := _examples(question):
        blocks.insert(1, render_block("examples", examples))
    if labels := _labels(question):
        blocks.append(render_block("labels", labels))
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


def _labels(question: Question) -> list[Entry]:
    """How the group's rows are labelled: under the category's number, how many, and of how many in all."""
    numbers: dict[int | None, int] = {None: 0}
    numbers |= {category.id: number for number, category in enumerate(question.categories, 1)}
    found = [(numbers[key], counts) for key, counts in question.labels.items() if key in numbers]
    return [(number, (str(here), str(in_all))) for number, (here, in_all) in sorted(found)]
