"""Asks the model about one group of rows: a new theme, an existing category, or a mixture."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from services.categorize.judge_question import Question, request_of
from services.categorize.names import says_nothing
from shared.contracts.execution import Usage
from shared.contracts.names import clean_name, name_key
from shared.contracts.taxonomy import Category, NewCategory
from shared.model import answer_reader
from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, everybodys
from shared.model.canary import is_answered
from shared.model.label_lines import category_of
from shared.stores.discovery_store import Kind, Verdict

EXAMPLES = 3


MIXED = Verdict(kind=Kind.MIXED)
UNJUDGED = Verdict(kind=Kind.MIXED, failed=True)


@dataclass(frozen=True)
class _Answer:
    """The fields of the model's answer."""

    verdict: Kind
    category: int
    name: str
    description: str
    examples: tuple[int, ...]


def judge(model: Model, question: Question) -> tuple[Verdict, Usage]:
    """Asks, and asks once more if the answer has no form or its name says nothing; then it is MIXED.

    A group that the model fails on twice, by an error that others do not meet, is left unjudged.

    Raises:
        ModelBusy: nobody is answered now.
        ModelRefused: a person must look.
    """
    used, failure = Usage(), None
    for system in (_instructions(), f"{_instructions()}\n{_AGAIN}"):
        try:
            answer = model.converse(request_of(system, question))
        except (ModelBusy, ModelFailed) as error:
            if isinstance(error, ModelBusy) and error.about is not About.UNCLEAR:
                raise
            failure, used = error, used + Usage(calls=1)
            continue
        used += answer.usage
        verdict = read_verdict(answer.value, question)
        if verdict is not None:
            return verdict, used
        failure = None
    if failure is None:
        return MIXED, used
    if not is_answered(model):
        raise everybodys(failure)
    return UNJUDGED, used


def read_verdict(value: object, question: Question) -> Verdict | None:
    """The verdict in an answer; None if it is not valid."""
    answer = _read(value, question)
    if answer is None:
        return None
    examples = _places(answer.examples, len(question.texts))
    chosen = None
    if answer.verdict in (Kind.SAME_AS, Kind.CHILD):
        if not 1 <= answer.category <= len(question.categories):
            return None
        chosen = question.categories[answer.category - 1].id
    if answer.verdict is Kind.SAME_AS:
        return Verdict(kind=Kind.SAME_AS, category_id=chosen, examples=examples)
    if answer.verdict is Kind.MIXED:
        return MIXED
    try:
        new = NewCategory(name=answer.name, description=clean_name(answer.description)[:1000])
    except ValidationError:
        return None
    if says_nothing(new.name):
        return None
    return Verdict(
        kind=answer.verdict,
        category_id=chosen,
        name=new.name,
        description=new.description,
        examples=examples,
    )


def _read(value: object, question: Question) -> _Answer | None:
    """The answer in whatever form it came; None without a verdict that we know.

    What was not asked is passed over, and what is missing or null is empty: a theme is not lost for it.
    """
    said = answer_reader.fields(value, "verdict")
    if said is None:
        return None
    kind = _KINDS.get(re.sub(r"[^a-z]", "", said["verdict"].lower()))
    if kind is None:
        return None
    examples = said.get("examples")
    return _Answer(
        verdict=kind,
        category=_category(said.get("category"), question.categories),
        name=_text(said.get("name", said.get("category_name", said.get("title"))), 500),
        description=_text(said.get("description"), 2000),
        examples=tuple(n for each in (examples if isinstance(examples, list) else []) if (n := _whole(each))),
    )


def _category(said: object, categories: Sequence[Category]) -> int:
    """The number of an existing category that is named by its number, its very name, or both; 0 for none."""
    if isinstance(said, dict):
        said = answer_reader.words(said)
    if (number := _whole(said)) is not None:
        return number
    names = {name_key(category.name): place for place, category in enumerate(categories, 1)}
    return (category_of(said, len(categories), names) or 0) if isinstance(said, str) else 0


def _whole(said: object) -> int | None:
    if isinstance(said, str) and re.fullmatch(r"\s*[0-9]{1,6}\s*", said):
        return int(said)
    if isinstance(said, float) and said.is_integer():
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _text(said: object, most: int) -> str:
    return said if isinstance(said, str) and len(said) <= most else ""


_KINDS = {
    **dict.fromkeys(("new", "newcategory", "newtheme"), Kind.NEW),
    **dict.fromkeys(("child", "childof", "childofcategory", "subcategory"), Kind.CHILD),
    **dict.fromkeys(("same", "sameas", "sameascategory"), Kind.SAME_AS),
    "mixed": Kind.MIXED,
}
_AGAIN = (
    "Follow the answer's form exactly. A name that would fit any feedback, or that repeats an existing"
    " category's, is refused: be specific, or answer SAME_AS or MIXED."
)


def _places(numbers: Sequence[int], shown_texts: int) -> tuple[int, ...]:
    """Positions of the named texts; what names none is passed over, and the central ones fill up."""
    named = [number - 1 for number in numbers if 1 <= number <= shown_texts]
    return tuple(dict.fromkeys([*named, *range(shown_texts)]))[:EXAMPLES]


@cache
def _instructions() -> str:
    return (files("services.categorize") / "prompts" / "judge.md").read_text("utf-8")
