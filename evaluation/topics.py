"""`python -m evaluation.topics FILE`: several topics a row against one label a row, by what people marked.

FILE is XML as SemEval 2014 and MAMS have it: sentences, each with a text and its aspectCategories.
CATEGORIES is a JSON list of name and description; without it the names stand for themselves.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

from evaluation.table import TableRow, row, show
from local.bedrock.engine import EnginePrompt, MiniLMEngine, load_engine
from shared.contracts.profiles import Aspects, ProfileDocument
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, Taxonomy
from shared.model.label_answers import check
from shared.model.label_prompt import build, numbered
from shared.model.model_table import AnswerForm

_PACK = 40
_BETTER = 10
"""Points of micro-F1 by which topics are to be better than one label."""
_MIXED = "conflict"
Topics = frozenset[tuple[str, str]]
"""Categories with their sentiments."""


@dataclass(frozen=True)
class Marked:
    """A text, and the topics that people marked in it."""

    text: str
    topics: Topics


def main() -> int:
    """Measures both, prints them; 1 if topics are not so much better."""
    options = _options()
    rows = read(options.file)
    categories = json.loads(options.categories.read_text("utf-8")) if options.categories else _named(rows)
    engine = load_engine()
    one, several = (topics(engine, rows, categories, most) for most in (1, options.most))
    found = [*_rows("category", one, several, rows, names=True), *_rows("with sentiment", one, several, rows)]
    print(f"{len(rows)} texts of {options.file}, {sum(len(each.topics) for each in rows)} topics")
    print(show(found))
    return int(any(each.passed is False for each in found))


def read(file: Path) -> list[Marked]:
    """The sentences of a file that have a topic."""
    root = ET.parse(file).getroot()  # noqa: S314  # a file of the user's own
    marked = [Marked(each.findtext("text", "").strip(), _topics(each)) for each in root.iter("sentence")]
    return [each for each in marked if each.text and each.topics]


def topics(
    engine: MiniLMEngine, rows: Sequence[Marked], categories: Sequence[dict[str, str]], most: int
) -> list[Topics]:
    """What the engine answers about each text, by the production code's prompt and check."""
    taxonomy = _taxonomy(categories)
    prompt = build(taxonomy, [], AnswerForm.FORCED_TOOL, ProfileDocument(aspects=Aspects(most=most)))
    names = [each.name for each in taxonomy.categories]
    found: list[Topics] = []
    for start in range(0, len(rows), _PACK):
        asked = numbered(list(_records(rows[start : start + _PACK])))
        request = prompt.request(asked)
        question = EnginePrompt(request.system, request.user, request.schema, request.tool_name, 10**6)
        labels = check(engine.answer(question).value, list(asked), names, prompt.task)
        for number in asked:
            label = labels.get(number)
            said = (label, *label.further) if label else ()
            found.append(frozenset((names[t.category - 1], t.sentiment.value) for t in said if t.category))
    return found


def micro_f1(found: Sequence[frozenset[object]], marked: Sequence[frozenset[object]]) -> float:
    """In per cent, over all topics of all texts."""
    right = sum(len(ours & theirs) for ours, theirs in zip(found, marked, strict=True))
    return 200 * right / max(1, sum(map(len, found)) + sum(map(len, marked)))


def _rows(
    what: str,
    one: Sequence[Topics],
    several: Sequence[Topics],
    rows: Sequence[Marked],
    *,
    names: bool = False,
) -> list[TableRow]:
    shown = partial(_shown, names=names)
    marked = [shown(each.topics) for each in rows]
    before, after = (micro_f1(list(map(shown, found)), marked) for found in (one, several))
    enough = (f">= {_BETTER}", lambda value: value >= _BETTER)
    return [
        row(f"micro-F1, {what}, %", after, baseline=f"{before:.1f}"),
        row("… points better than one label a row", after - before, enough),
    ]


def _shown(topics: Topics, *, names: bool) -> frozenset[object]:
    return frozenset(name for name, _ in topics) if names else frozenset(topics)


def _topics(sentence: ET.Element) -> Topics:
    marked = sentence.iter("aspectCategory")
    return frozenset((each.get("category", ""), _sentiment(each.get("polarity", ""))) for each in marked)


def _sentiment(polarity: str) -> str:
    return "mixed" if polarity == _MIXED else polarity


def _named(rows: Sequence[Marked]) -> list[dict[str, str]]:
    names = sorted({name for each in rows for name, _ in each.topics})
    return [{"name": name, "description": name.replace("/", ", ")} for name in names]


def _records(rows: Sequence[Marked]) -> Iterator[Record]:
    for number, each in enumerate(rows):
        yield Record(record_id=str(number), profile="evaluation", feedback=Feedback(feedback=each.text))


def _taxonomy(categories: Sequence[dict[str, str]]) -> Taxonomy:
    return Taxonomy(
        profile="evaluation",
        taxonomy_version=1,
        corrections_version=0,
        categories=tuple(
            Category(
                id=number,
                profile="evaluation",
                name=each["name"],
                description=each.get("description", ""),
                status=CategoryStatus.ACTIVE,
                origin=CategoryOrigin.DEFAULT,
            )
            for number, each in enumerate(categories, 1)
        ),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval-topics", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--categories", type=Path, help="JSON list of name and description")
    parser.add_argument("--most", type=int, default=3, help="topics of a row, at most")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
