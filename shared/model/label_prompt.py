"""The labelling prompt: instructions from a file, categories, examples, and the records of a pack."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from shared.contracts.attributes import shown as shown_value
from shared.contracts.profiles import Input, ProfileDocument
from shared.contracts.records import Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.converse_request import ModelRequest
from shared.model.cost_estimate import MAX_SHOWN, MOST_NAMED, max_tokens
from shared.model.examples import Corrected
from shared.model.label_task import Task
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import render_block

TOOL = "label_feedback"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"labels": {"type": "array", "items": {"type": "string"}}},
    "required": ["labels"],
}
"""The same for every pack and every taxonomy, so that Bedrock compiles and caches it once."""

_CHANCE = random.Random()  # noqa: S311  # numbers that nobody can guess are not needed, only new ones
_HEAD = 0.7
_GAP = " […] "
_PLAIN = ProfileDocument()
_TASK = Task()
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
        task: what the answers are checked against.
        input: what of a record is shown.
    """

    system: str
    version: str
    examples: tuple[int, ...] = ()
    prefixes: tuple[int, ...] | None = None
    task: Task = _TASK
    input: Input = field(default_factory=Input)

    def request(self, records: Mapping[int, Record]) -> ModelRequest:
        """The question about these records, each under its number (see `numbered`)."""
        entries = [(number, texts(record, self.input)) for number, record in records.items()]
        return ModelRequest(
            system=self.system,
            user=render_block("feedback", entries),
            tool_name=TOOL,
            tool_description="",
            schema=SCHEMA,
            max_tokens=max_tokens(len(records), self.task.answer_tokens),
            prefixes=self.prefixes,
        )


def build(
    taxonomy: Taxonomy,
    examples: Sequence[Corrected],
    form: AnswerForm,
    document: ProfileDocument = _PLAIN,
    *,
    of_a_pack: bool = False,
) -> Prompt:
    """The prompt for a taxonomy that has at least one category.

    Args:
        document: the profile; its categories' own examples stand before the corrected rows.
        of_a_pack: the examples were chosen for one pack, and the next is shown others.
    """
    task = Task.of(document)
    numbers = {category.name: number for number, category in enumerate(taxonomy.categories, 1)}
    seeds = [each for each in examples if each.category in numbers]
    own = [(numbers[name], (text,)) for name, text in document.own_examples() if name in numbers]
    entries = own + [(numbers[each.category], (shown(each.text),)) for each in seeds]
    categories = enumerate(((each.name, each.description) for each in taxonomy.categories), 1)
    system = "\n".join([instructions(form, task), render_block("categories", categories)])
    whole = f"{system}\n{render_block('examples', entries)}" if entries else system
    prefixes = None
    if entries:
        prefixes = (len(system),) if of_a_pack else (len(system), len(whole))
    ids = tuple(each.id for each in seeds)
    return Prompt(whole, version(form, task), ids, prefixes, task, document.input)


@cache
def instructions(form: AnswerForm, task: Task = _TASK) -> str:
    """The words of the task, with the sentence that a model with an offered tool needs."""
    text = task.words()
    return f"{text}\n{_OFFERED}" if form is AnswerForm.OFFERED_TOOL else text


@cache
def version(form: AnswerForm, task: Task = _TASK) -> str:
    """Twelve hex digits that change with the task and with the form of the answer.

    Categories and examples are not part of it: they have versions of their own.
    """
    return hashlib.sha256(f"{form}\n{SCHEMA}\n{instructions(form, task)}".encode()).hexdigest()[:12]


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


def shown(text: str, most: int = MAX_SHOWN) -> str:
    """The text as the prompt shows it: whole, or its beginning and its end where it is too long."""
    if len(text) <= most:
        return text
    head = round(most * _HEAD)
    return text[:head] + _GAP + text[head + len(_GAP) - most :]


def texts(record: Record, shows: Input = _PLAIN.input) -> tuple[str, ...]:
    """What the prompt shows of a record: what the profile names, then its title, its text, what was found.

    Each of what the profile names has its place, also if the record has none: what a customer wrote, in a
    text or a column, cannot pose as another.
    """
    said = record.feedback
    strings = [shown(_named(record, name), MOST_NAMED) for name in shows.show]
    strings += [shown(text, shows.most_text) for text in (said.title, said.feedback) if text]
    if record.found:
        found = [f"{name}: {shown_value(each.value)}" for name, each in record.found.items()]
        strings.append(shown(f"found: {'; '.join(found)}", shows.most_text))
    return tuple(strings)


def _named(record: Record, name: str) -> str:
    """A field of the record, or a column of the customer's own."""
    value = getattr(record.feedback, name, None) if name in type(record.feedback).model_fields else None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return shown_value(value) or record.segments.get(name, "")
