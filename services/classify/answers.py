"""Answers as neighbours vote for them: all that was said of a text, without words of its own."""

import json

from pydantic_core import to_jsonable_python

from shared.stores.feedback_store import Answer, Outcome

_SAID = frozenset(Answer.model_fields)


def said(outcome: Outcome) -> Answer:
    """The answer in an outcome that has one."""
    return Answer.model_validate({name: value for name, value in outcome if name in _SAID})


def essence(answer: Answer) -> str:
    """JSON that is the same for answers which say the same: the further topics in any order, no evidence."""
    topics = [each.model_copy(update={"evidence": None}) for each in answer.aspects]
    further = sorted(topics[1:], key=lambda each: (each.category, each.sentiment))
    told = answer.model_copy(update={"aspects": (*topics[:1], *further)})
    return json.dumps(to_jsonable_python(told), sort_keys=True, ensure_ascii=False)


def from_essence(text: str) -> Answer:
    """The answer again."""
    return Answer.model_validate_json(text)
