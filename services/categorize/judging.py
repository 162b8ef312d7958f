"""Asks the model about one group of rows: a new theme, an existing category, or a mixture."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from services.categorize.judge_question import Question, request_of
from services.categorize.names import says_nothing
from services.categorize.verdict_fields import read_fields
from shared.contracts.execution import Usage
from shared.contracts.names import clean_name
from shared.contracts.taxonomy import NewCategory
from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, everybodys
from shared.model.canary import is_answered
from shared.stores.discovery_store import Verdict, VerdictKind

EXAMPLES = 3


MIXED = Verdict(kind=VerdictKind.MIXED)
UNJUDGED = Verdict(kind=VerdictKind.MIXED, failed=True)


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
    answer = read_fields(value, question.categories)
    if answer is None:
        return None
    examples = _places(answer.examples, len(question.texts))
    chosen = None
    if answer.verdict in (VerdictKind.SAME_AS, VerdictKind.CHILD):
        if not 1 <= answer.category <= len(question.categories):
            return None
        chosen = question.categories[answer.category - 1].id
    if answer.verdict is VerdictKind.SAME_AS:
        return Verdict(kind=VerdictKind.SAME_AS, category_id=chosen, examples=examples)
    if answer.verdict is VerdictKind.MIXED:
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
