"""The labelling prompt: instructions from a file, categories, examples, and the records of a pack."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.contracts.records import Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.bedrock import ModelRequest
from shared.model.cost_estimate import MAX_SHOWN, max_tokens
from shared.model.examples import Corrected
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import Entry, render_block

TOOL = "label_feedback"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"labels": {"type": "array", "items": {"type": "string"}}},
    "required": ["labels"],
}
"""The same for every pack and every taxonomy, so that Bedrock compiles and caches it once."""

_CHANCE = random.Random()  # noqa: S311  # numbers that nobody can guess are not needed, only new ones
_FILE = Path(__file__).parent / "prompts" / "label.md"
_HEAD, _TAIL = 1_400, 595
_GAP = " […] "
_OFFERED = f"Answer by calling the tool {TOOL}."


@dataclass(frozen=True)
class Prompt:
    """What stays the same for all packs that are shown the same examples.

    Attributes:
        system: instructions, categories, examples.
        version: of instructions and form, stored with every row they label.
        examples: ids of the rows that are shown as examples.
        prefixes: see ModelRequest; instructions and categories come again with every pack, the examples
            only if all packs are shown the same.
    """

    system: str
    version: str
    examples: tuple[int, ...] = ()
    prefixes: tuple[int, ...] | None = None

    def request(self, records: Mapping[int, Record]) -> ModelRequest:
        """The question about these records, each under its number (see `numbered`)."""
        entries = [(number, texts(record)) for number, record in records.items()]
        return ModelRequest(
            system=self.system,
            user=render_block("feedback", entries),
            tool_name=TOOL,
            tool_description="",
            schema=SCHEMA,
            max_tokens=max_tokens(len(records)),
            prefixes=self.prefixes,
        )


def build(
    taxonomy: Taxonomy, examples: Sequence[Corrected], form: AnswerForm, *, of_a_pack: bool = False
) -> Prompt:
    """The prompt for a taxonomy that has at least one category.

    Args:
        of_a_pack: the examples were chosen for one pack, and the next is shown others.
    """
    numbers = {category.name: number for number, category in enumerate(taxonomy.categories, 1)}
    seeds = [each for each in examples if each.category in numbers]
    system = "\n".join([instructions(form), render_block("categories", _categories(taxonomy))])
    if not seeds:
        return Prompt(system, version(form))
    entries = [(numbers[each.category], (shown(each.text),)) for each in seeds]
    whole = f"{system}\n{render_block('examples', entries)}"
    prefixes = (len(system),) if of_a_pack else (len(system), len(whole))
    return Prompt(whole, version(form), tuple(each.id for each in seeds), prefixes)


@cache
def instructions(form: AnswerForm) -> str:
    """The prompt file's text, with the sentence that a model with an offered tool needs."""
    text = _FILE.read_text(encoding="utf-8").strip()
    return f"{text}\n{_OFFERED}" if form is AnswerForm.OFFERED_TOOL else text


@cache
def version(form: AnswerForm) -> str:
    """Twelve hex digits that change with the prompt file and with the form of the answer.

    Categories and examples are not part of it: they have versions of their own.
    """
    return hashlib.sha256(f"{form}\n{SCHEMA}\n{instructions(form)}".encode()).hexdigest()[:12]


def numbered(records: Sequence[Record], chance: random.Random = _CHANCE) -> dict[int, Record]:
    """The records in their order, each under a number that was drawn for this question alone.

    Numbers rise with gaps and have at least two digits, so an answer whose entries were numbered anew, or
    moved by one, names a number that nobody asked about. They cost no more tokens than 1, 2, 3.
    """
    digits = 2
    while len(records) > 4 * 10 ** (digits - 1):
        digits += 1
    lowest, count = 10 ** (digits - 1), 9 * 10 ** (digits - 1)
    # Drawn from fewer numbers and then spread by one each, no two of them are neighbours.
    drawn = sorted(chance.sample(range(count - len(records) + 1), len(records)))
    return {
        lowest + number + place: record
        for place, (number, record) in enumerate(zip(drawn, records, strict=True))
    }


def shown(text: str) -> str:
    """The text as the prompt shows it: whole, or its beginning and its end where it is too long."""
    if len(text) <= MAX_SHOWN:
        return text
    return text[:_HEAD] + _GAP + text[-_TAIL:]


def texts(record: Record) -> tuple[str, ...]:
    """What the prompt shows of a record: its title, if it has one, and its text."""
    said = record.feedback
    return (shown(said.title), shown(said.feedback)) if said.title else (shown(said.feedback),)


def _categories(taxonomy: Taxonomy) -> list[Entry]:
    return [
        (number, (category.name, category.description))
        for number, category in enumerate(taxonomy.categories, 1)
    ]
