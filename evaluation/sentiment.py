"""How right the sentiments of rows are, by what people marked or, where nobody did, by clear stars."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from evaluation import labelling
from evaluation.dataset import as_category, read_csv, read_profile_document
from evaluation.model import EvaluationError
from evaluation.page import Table
from services.classify.packing import pack
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Sentiment, Taxonomy
from shared.model.bedrock import Model
from shared.model.label_prompt import build

POSITIVE, NEGATIVE, NEUTRAL = Sentiment.POSITIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL
WITH, WITHOUT = "stars in the entry", "stars left out"
FAILED = "no answer"
_MOST_STARS, _CLEARLY_POOR = 5, 2
_LISTED = 40
"""Wrong rows on the page."""
_QUOTED = 200
"""Characters of each."""


@dataclass(frozen=True)
class MarkedRow:
    """A text, the stars that came with it, and its gold sentiment."""

    title: str
    text: str
    stars: Decimal | None
    gold: Sentiment


def read(path: Path, title: str, text: str, stars: str, sentiment: str) -> tuple[list[MarkedRow], int]:
    """The rows that have a gold sentiment, and how many have none.

    Args:
        title: a column, as those that follow; may be empty.
        stars: may be empty.
        sentiment: the marked one; empty: 1 or 2 stars are negative, 5 are positive, others say nothing.

    Raises:
        EvaluationError: no such file or column, or no row with a gold sentiment.
    """
    if not stars and not sentiment:
        raise EvaluationError("what is right is said by a column of sentiments or by one of stars: name one")
    found = read_csv(path, [name for name in (title, text, stars, sentiment) if name])
    rows = [row for each in found if (row := _marked(each, title, text, stars, sentiment))]
    if not rows:
        raise EvaluationError(f"{path.name} has no row of a known sentiment")
    return rows, len(found) - len(rows)


def ask(model: Model, rows: Sequence[MarkedRow], document: ProfileDocument) -> list[str]:
    """The sentiment that the model gives each row, by the profile's own prompt."""
    taxonomy = Taxonomy(
        profile="evaluation",
        taxonomy_version=1,
        corrections_version=0,
        categories=tuple(as_category(*each) for each in enumerate(document.categories, 1)),
    )
    prompt = build(taxonomy, [], model.family.answer_form, document)
    calls = labelling.Calls(model, [category.name for category in document.categories])
    records = [_record(number, row) for number, row in enumerate(rows)]
    with ThreadPoolExecutor(labelling.THREADS) as pool:
        done = pool.map(
            partial(labelling.label_pack, partial(calls.ask, prompt)),
            pack(records, labelling.PACK_SIZE, labelling.PACK_TOKENS, document.input),
        )
        found = {key: label.sentiment.value for each in done for key, label in each.labels.items()}
    return [found.get(record.record_id, FAILED) for record in records]


def profile(name: str, *, stars: bool) -> ProfileDocument:
    """A profile that shows the model the stars, or does not.

    Raises:
        EvaluationError: there is no such profile, or it has no categories.
    """
    document = read_profile_document(name)
    if not document.categories:
        raise EvaluationError(f"the profile {name} has no categories to ask about")
    others = tuple(each for each in document.input.show if each != "stars")
    shown = document.input.model_copy(update={"show": (*others, "stars") if stars else others})
    return document.model_copy(update={"input": shown})


def result(
    rows: Sequence[MarkedRow], answers: Mapping[str, Sequence[str]], about: Mapping[str, Any]
) -> dict[str, Any]:
    """All that was found, for the JSON file."""
    return {
        "about": dict(about),
        "figures": {way: figures(rows, said) for way, said in answers.items()},
        "rows": [
            {
                "title": row.title,
                "text": row.text,
                "stars": None if row.stars is None else float(row.stars),
                "gold": row.gold.value,
                "answers": {way: said[number] for way, said in answers.items()},
            }
            for number, row in enumerate(rows)
        ],
    }


def figures(rows: Sequence[MarkedRow], said: Sequence[str]) -> dict[str, Any]:
    """Shares of all rows that are right, of opinions that were turned into the opposite, and so on."""
    counts = Counter((row.gold.value, answer) for row, answer in zip(rows, said, strict=True))
    flipped = counts[POSITIVE, NEGATIVE] + counts[NEGATIVE, POSITIVE]
    of = Counter(row.gold.value for row in rows)
    return {
        "right": sum(counts[each.value, each.value] for each in Sentiment) / len(rows),
        "flips": _share(flipped, of[POSITIVE] + of[NEGATIVE]),
        "positive called negative": _share(counts[POSITIVE, NEGATIVE], of[POSITIVE]),
        "negative called positive": _share(counts[NEGATIVE, POSITIVE], of[NEGATIVE]),
        "neutral called positive": _share(counts[NEUTRAL, POSITIVE], of[NEUTRAL]),
        "answers": {f"{gold}: {answer}": rows for (gold, answer), rows in sorted(counts.items())},
    }


def tables(found: Mapping[str, Any]) -> list[Table]:
    """The figures of each way; what each gold sentiment was called; rows that were called the opposite."""
    ways: Mapping[str, Mapping[str, Any]] = found["figures"]
    shares = [name for name in next(iter(ways.values())) if name != "answers"]
    return [
        (
            "Sentiments",
            ["", *shares],
            [[way, *(each[name] for name in shares)] for way, each in ways.items()],
        ),
        *(_confusion(way, each["answers"]) for way, each in ways.items()),
        *(_wrong(way, found["rows"]) for way in ways),
    ]


def _confusion(way: str, answers: Mapping[str, int]) -> Table:
    counts = {tuple(key.split(": ")): rows for key, rows in answers.items()}
    golds = [each.value for each in Sentiment if any(gold == each for gold, _ in counts)]
    columns = [*(each.value for each in Sentiment), FAILED]
    lines = [[gold, *(counts.get((gold, column), 0) for column in columns)] for gold in golds]
    return f"What rows were called, {way}", ["marked", *columns], lines


def _wrong(way: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    opposite = {POSITIVE.value: NEGATIVE.value, NEGATIVE.value: POSITIVE.value}
    wrong = [row for row in rows if row["answers"][way] == opposite.get(row["gold"])]
    lines = [
        [row["gold"], row["answers"][way], row["stars"], f"{row['title']} {row['text']}".strip()[:_QUOTED]]
        for row in wrong[:_LISTED]
    ]
    return f"Called the opposite, {way}: {len(wrong)}", ["marked", "called", "stars", "text"], lines


def _share(part: int, whole: int) -> float | str:
    return part / whole if whole else "-"


def _marked(row: Mapping[str, str], title: str, text: str, stars: str, sentiment: str) -> MarkedRow | None:
    given = _stars(row[stars] or "") if stars else None
    gold = (row[sentiment] or "").strip().lower() if sentiment else _clear(given)
    if gold not in {each.value for each in Sentiment} or not (row[text] or "").strip():
        return None
    return MarkedRow((row[title] or "").strip() if title else "", row[text].strip(), given, Sentiment(gold))


def _stars(value: str) -> Decimal | None:
    try:
        stars = Decimal(value.strip())
    except InvalidOperation:
        return None
    return stars if 0 <= stars <= _MOST_STARS else None


def _clear(stars: Decimal | None) -> str:
    """The sentiment of which so many stars leave no doubt; empty if they do."""
    if stars is None or _CLEARLY_POOR < stars < _MOST_STARS:
        return ""
    return NEGATIVE.value if stars <= _CLEARLY_POOR else POSITIVE.value


def _record(number: int, row: MarkedRow) -> Record:
    said = Feedback(title=row.title, feedback=row.text, stars=row.stars)
    return Record(record_id=f"row:{number}", profile="evaluation", feedback=said)
