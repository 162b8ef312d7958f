"""Merges new names that mean the same as one another, or as an existing category."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.categorize.names import same_name
from shared.contracts.execution import Usage
from shared.contracts.taxonomy import Category, NewCategory
from shared.model import answer_reader
from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, everybodys
from shared.model.canary import is_answered
from shared.model.converse_request import ModelRequest
from shared.model.prompt_blocks import render_block

MOST_CATEGORIES = 300
"""Existing categories shown in one call: about ten thousand tokens, with the descriptions cut."""
_DESCRIPTION_CHARACTERS = 200
_TOKENS_PER_MERGE = 12
_LINE = re.compile(
    r"[\s\-*•\"'#]*(?:merge\s+)?(?:proposal[\s#]*)?([0-9]{1,6})(?:\s*\([^()]*\))?[\s,:.=>→\-]+"
    r"(?:(?:merges?\s+)?into[\s,:]+|is the same as\s+)?(proposal|category)[\s,:#.]+(?:number\s+)?"
    r"([0-9]{1,6})(?:\s*\([^()]*\))?[\s.,;\"']*",
    re.IGNORECASE,
)

_JOINED = re.compile(r"(?<=[0-9)])[;,]\s*(?=(?:merge |proposal )?#?[0-9])", re.IGNORECASE)
"""Between two merges in one line."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"merges": {"type": "array", "items": {"type": "string"}}},
    "required": ["merges"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Destinations:
    """The merged proposals, by position.

    Attributes:
        proposal: the position of the proposal that it becomes part of, or its own.
        category: the existing category that it is after all.
    """

    proposal: Mapping[int, int]
    category: Mapping[int, Category]


def merge(
    model: Model, proposals: Sequence[NewCategory], categories: Sequence[Category]
) -> tuple[list[str] | None, Usage]:
    """The lines of the model's answer, or None if it is not valid. Without proposals no call is made.

    Where the model fails on it twice, while it answers others, only equal names are merged.

    Raises:
        ModelBusy: nobody is answered now.
        ModelRefused: a person must look.
    """
    if len(proposals) + len(categories) < 2 or not proposals:
        return [], Usage()
    used, failure = Usage(), None
    for _ in range(2):
        try:
            answer = model.converse(_request(proposals, categories))
        except (ModelBusy, ModelFailed) as error:
            if isinstance(error, ModelBusy) and error.about is not About.UNCLEAR:
                raise
            failure, used = error, used + Usage(calls=1)
        else:
            return read_merges(answer.value), used + answer.usage
    if failure and not is_answered(model):
        raise everybodys(failure)
    return None, used


def read_merges(value: object) -> list[str] | None:
    """The lines of an answer in whatever form it came; None if it has none."""
    entries = answer_reader.lines(value, "merges")
    if entries is None:
        return None
    lines = [line for each in entries if (line := answer_reader.words(each)) is not None]
    return [part for line in lines for part in _JOINED.split(line)]


def destinations(
    lines: Sequence[str],
    proposals: Sequence[NewCategory],
    categories: Sequence[Category],
    unlike: Sequence[Collection[int]] = (),
) -> Destinations:
    """Reads the answer's lines; one that names nothing, or would close a circle, is passed over.

    Equal names are merged whatever the model said.

    Args:
        unlike: of each proposal the ids of categories whose rows are clearly other than its own. Names
            alone do not make it one of those: the model saw no rows when it was asked to merge.
    """
    parent = dict(enumerate(range(len(proposals))))
    category: dict[int, Category] = {}
    for at, proposal in enumerate(proposals):
        twin = next((c for c in categories if same_name(c.name, proposal.name)), None)
        if twin is not None:
            category[at] = twin
        earlier = next((n for n in range(at) if same_name(proposals[n].name, proposal.name)), at)
        _unite(at, _root(parent, earlier), parent, category)
    for line in lines:
        _read(line, parent, category, categories, unlike)
    roots = {at: _root(parent, at) for at in parent}
    found = {at: category[root] for at, root in roots.items() if root in category}
    return Destinations(proposal=roots, category=found)


def _read(
    line: str,
    parent: dict[int, int],
    category: dict[int, Category],
    categories: Sequence[Category],
    unlike: Sequence[Collection[int]],
) -> None:
    match = _LINE.fullmatch(line)
    if match is None or (source := int(match[1]) - 1) not in parent:
        return
    target = int(match[3]) - 1
    if match[2].lower() == "proposal":
        if target in parent:
            _unite(_root(parent, source), _root(parent, target), parent, category)
        return
    others = unlike[source] if source < len(unlike) else ()
    if 0 <= target < len(categories) and categories[target].id not in others:
        category.setdefault(_root(parent, source), categories[target])


def _unite(source: int, target: int, parent: dict[int, int], category: dict[int, Category]) -> None:
    if source == target:
        return
    parent[source] = target
    if source in category:
        category.setdefault(target, category[source])


def _root(parent: Mapping[int, int], at: int) -> int:
    while parent[at] != at:
        at = parent[at]
    return at


def _request(proposals: Sequence[NewCategory], categories: Sequence[Category]) -> ModelRequest:
    return ModelRequest(
        system=_instructions(),
        user="\n".join([_block("categories", categories), _block("proposals", proposals)]),
        tool_name="merge_themes",
        tool_description="Records which proposed categories mean the same as another.",
        schema=SCHEMA,
        max_tokens=100 + _TOKENS_PER_MERGE * len(proposals),
    )


def _block(name: str, categories: Sequence[Category | NewCategory]) -> str:
    described = [(each.name, each.description[:_DESCRIPTION_CHARACTERS]) for each in categories]
    return render_block(name, enumerate(described, 1))


@cache
def _instructions() -> str:
    return (files("services.categorize") / "prompts" / "merge.md").read_text("utf-8")
