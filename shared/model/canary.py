"""A harmless request: what it meets is about everybody, not about one customer's words."""

from shared.contracts.records import DEFAULT_PROFILE, Feedback, Record
from shared.model.bedrock import Model, ModelAnswer
from shared.model.bedrock_client import ModelBusy, ModelFailed, ModelRefused
from shared.model.converse_request import ModelRequest
from shared.model.label_answers import check
from shared.model.label_prompt import Prompt, instructions, version
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import render_block

_NUMBER, _PRAISE = 42, "Praise"


def canary(form: AnswerForm) -> ModelRequest:
    """A request in our form with nothing in it that a model could object to."""
    categories = render_block("categories", [(1, (_PRAISE, "The customer is glad."))])
    record = Record(record_id="canary", profile=DEFAULT_PROFILE, feedback=Feedback(feedback="All is well."))
    prompt = Prompt(system=f"{instructions(form)}\n{categories}", version=version(form))
    return prompt.request({_NUMBER: record})


def is_usable(answer: ModelAnswer) -> bool:
    """Whether the model said something usable of it, so that our form is one that it can answer."""
    return bool(check(answer.value, [_NUMBER], [_PRAISE]))


def is_answered(model: Model) -> bool:
    """Asks it, and says whether the answer is usable."""
    try:
        return is_usable(model.converse(canary(model.family.answer_form)))
    except (ModelBusy, ModelFailed, ModelRefused):
        return False
