"""What ingest expects of a file is what classify plans for its batches."""

from decimal import Decimal

import pytest

from services.classify.packing import record_tokens
from shared.contracts.profiles import ProfileDocument
from shared.model.cost_estimate import estimate_tokens, feedback_tokens, labelling_cost, prompt_tokens
from shared.model.examples import Corrected
from shared.model.label_prompt import build, instructions
from shared.model.label_task import Task
from shared.model.model_table import AnswerForm, family_of
from tests.unit.classify.builders import record, taxonomy

NOVA = family_of("amazon.nova-lite-v1:0")


@pytest.mark.parametrize("form", list(AnswerForm))
@pytest.mark.parametrize("categories, examples", [(1, 0), (5, 0), (77, 0), (5, 25)])
def test_a_prompt_is_estimated_without_being_built(form: AnswerForm, categories: int, examples: int) -> None:
    names = [f"A category of number {number}" for number in range(categories)]
    shown = [
        Corrected(number, names[0], f"It came late, number {number}. " * 4) for number in range(examples)
    ]
    topic = taxonomy(*names)

    words = instructions(form, Task.of(ProfileDocument()))
    expected = prompt_tokens(topic, [each.text for each in shown], words)

    assert expected == pytest.approx(estimate_tokens(build(topic, shown, form).system), rel=0.15)


@pytest.mark.parametrize("title, text", [("", "Late."), ("Bad", "Came late."), ("Long", "word " * 1000)])
def test_a_feedback_is_estimated_as_the_prompt_shows_it(title: str, text: str) -> None:
    assert feedback_tokens(title, text) == record_tokens(record(text, title=title))


def test_every_call_pays_for_the_prompt_and_every_record_for_its_text_and_answer() -> None:
    cost = labelling_cost(NOVA, records=41, record_tokens=900, system_tokens=150, pack_size=20)

    # 3 calls of 150 + 100 tokens, 900 of texts; half of the 40 + 12 * 41 that may be answered.
    assert cost == Decimal(1650) * NOVA.input / 10**6 + Decimal(266) * NOVA.output / 10**6


def test_nothing_to_ask_costs_nothing() -> None:
    assert labelling_cost(NOVA, records=0, record_tokens=0, system_tokens=150, pack_size=20) == 0
