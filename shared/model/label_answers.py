"""What of a model's answer holds: every record named once, allowed categories, known sentiments, and
values of the attributes' types.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from shared.contracts.names import clean_name
from shared.model import answer_reader
from shared.model.answer_json import is_flat
from shared.model.label_lines import Known, Label, LineReader, number_of
from shared.model.label_task import Task

_ONE_LABEL = Task()
_NOTHING_KNOWN = Known()
_PARTS = (
    (
        "entry",
        "record",
        "id",
        "number",
        "index",
        "entry_number",
        "entry_id",
        "feedback_id",
        "record_id",
        "feedback",
    ),
    ("category", "label", "class", "category_number", "category_id"),
    ("sentiment", "mood", "tone"),
)


def check(
    value: object,
    asked: Sequence[int],
    categories: Sequence[str],
    task: Task = _ONE_LABEL,
    *,
    cut_off: bool = False,
    known: Mapping[int, Known] | None = None,
) -> dict[int, Label]:
    """The answers that hold, by the number that the record was asked under.

    An entry that was never asked, more entries than were asked, or none for the first or, although the
    answer is complete, the last record show that the numbering is off or the labels have moved: then
    nothing holds, because a label that went to another record looks like a right one. Else only those are
    left out, and so asked again, that are missing, named twice, or answered with a category out of range,
    a word that is no sentiment, a quote that is not in the text, or no value of a required attribute.

    Args:
        value: the answer, in whatever form it came.
        asked: the numbers of the records, in their order.
        categories: their names, in the order of their numbers; a name may stand for its number.
        task: what was asked of each record.
        cut_off: whether the answer ended where the model had no more tokens for it.
        known: of the records, by their numbers.
    """
    entries = answer_reader.lines(value, "labels") or []
    numbered = _numbered(entries, asked, task)
    if not numbered and is_flat(entries):
        numbered = _numbered([entries], asked, task)
    named = Counter(number for number, _ in numbered)
    ends = {asked[0]} if cut_off else {asked[0], asked[-1]}
    if named.keys() - set(asked) or len(numbered) > len(asked) or ends - named.keys():
        return {}
    reader = LineReader(categories, task)
    labels = {
        number: reader.label(line, (known or {}).get(number, _NOTHING_KNOWN))
        for number, line in numbered
        if named[number] == 1
    }
    return {number: label for number, label in labels.items() if label is not None}


def _numbered(entries: Sequence[object], asked: Sequence[int], task: Task) -> list[tuple[int, str]]:
    lines = [line for each in entries if (line := _line(each, task)) is not None]
    said = ["\n".join(map(clean_name, line.splitlines())) for line in lines]
    return [(number, line) for line in _parted(said, asked) if (number := number_of(line)) is not None]


def _parted(said: Sequence[str], asked: Sequence[int]) -> Sequence[str]:
    """The lines: one that names all records in as many parts, and those of a list without its numbers."""
    if len(said) == 1 < len(asked):
        numbers = "|".join(map(str, asked))
        parts = re.split(rf"(?:[;,]\s*|\n)(?=(?:{numbers})\b)", said[0])
        return parts if len(parts) == len(asked) else said
    items = [re.fullmatch(rf"{place}[.)]\s+(\D*[0-9].*)", line) for place, line in enumerate(said, 1)]
    inner = [item[1] for item in items if item]
    return inner if len(inner) == len(said) and set(asked).issuperset(map(number_of, inner)) else said


def _line(entry: object, task: Task) -> str | None:
    """An entry as one line; the attributes of an object, which have names, behind bars in their order."""
    small = answer_reader.named_values(entry)
    if small is not None and {"category", "category_name"} <= small.keys():
        # Read as one, so that a number and the name of another category are none.
        entry = small = small | {"category": f"{small['category']} {small['category_name']}"}
    names = {each.name for each in task.attributes}
    if small is None or not names & small.keys():
        return answer_reader.words(entry, _PARTS)
    labels = {name: said for name, said in small.items() if name not in names}
    line = answer_reader.words(labels, _PARTS)
    values = [answer_reader.value_text(small.get(each.name)).replace("|", "/") for each in task.attributes]
    return None if line is None else " | ".join([line, *values])
