from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.classify.model_calls import Asker, Health
from services.classify.pacing import Clock, Gauge, OutOfTime, Pace
from shared.model.bedrock import Model, ModelBusy, ModelRefused
from shared.model.label_prompt import build
from shared.model.model_table import AnswerForm
from tests.unit.classify.builders import FakeTime, record, taxonomy

PROMPT = build(taxonomy(), [], AnswerForm.FORCED_TOOL)
USAGE = {"inputTokens": 400, "outputTokens": 30}


def error(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]


class World:
    """A worker's parts around a model that answers as told."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self.time = FakeTime()
        self.asked: list[str] = []
        self.answer = answer
        self.health = Health()
        self.gauge = Gauge()
        self.pace = Pace(6_000, 0, Clock(self.time.now, self.time.sleep))
        model = Model(self, "amazon.nova-lite-v1:0")
        self.asker = Asker(model, self.pace, self.gauge, self.health, self.time.now, deadline=1_000)

    def converse(self, **request: Any) -> Any:
        text = request["messages"][0]["content"][0]["text"]
        self.asked.append(text)
        answer = self.answer(text)
        if isinstance(answer, Exception):
            raise answer
        return {"output": {"message": {"content": []}}, "stopReason": "end_turn", "usage": USAGE}

    def ask(self, text: str = "fine") -> Any:
        return self.asker.ask(PROMPT, [record(text)])

    def free(self) -> float:
        """Tokens that could be spent now."""
        bucket = self.pace._tokens
        bucket.missing(0)
        return bucket._level


def test_a_call_takes_from_the_share_what_it_used_in_the_end() -> None:
    world = World(lambda _: None)
    before = world.free()

    world.ask()

    assert before - world.free() == 400 + 30
    assert world.asker.meter.seconds == [0.0]


def test_estimates_come_nearer_to_what_the_model_counts() -> None:
    world = World(lambda _: None)

    for _ in range(30):
        world.ask()

    assert world.gauge.ratio > 1.2


@pytest.mark.parametrize(
    "code, status", [("ServiceUnavailableException", 503), ("ModelTimeoutException", 408)]
)
def test_a_failed_call_costs_no_share_and_is_a_failure_in_a_row(code: str, status: int) -> None:
    world = World(lambda _: error(code, status))
    before = world.free()

    with pytest.raises(ModelBusy):
        world.ask()

    assert world.free() == before
    assert (world.health.failures, world.health.code) == (1, code)
    assert world.asker.meter.throttled == 0


def test_a_throttled_call_slows_the_worker_down() -> None:
    world = World(lambda _: error("ThrottlingException", 429))

    with pytest.raises(ModelBusy):
        world.ask()

    assert world.free() == 0
    assert world.asker.meter.throttled == 1


def test_an_answer_ends_a_row_of_failures() -> None:
    answers = iter([error("ServiceUnavailableException", 503), None])
    world = World(lambda _: next(answers))
    with pytest.raises(ModelBusy):
        world.ask()

    world.ask()

    assert world.health.failures == 0


def test_an_invalid_request_is_the_records_fault_if_a_harmless_one_is_taken() -> None:
    world = World(lambda text: error("ValidationException") if "cursed" in text else None)

    replies = [world.ask("cursed one"), world.ask("cursed two")]

    assert [(reply.value, reply.stop_reason) for reply in replies] == [(None, "invalid")] * 2
    assert sum("All is well." in text for text in world.asked) == 1


def test_an_invalid_request_is_our_fault_if_a_harmless_one_is_refused_too() -> None:
    world = World(lambda _: error("ValidationException"))

    with pytest.raises(ModelRefused):
        world.ask()


def test_access_denied_is_not_tried_with_another_record() -> None:
    world = World(lambda _: error("AccessDeniedException", 403))
    before = world.free()

    with pytest.raises(ModelRefused):
        world.ask()

    assert len(world.asked) == 1
    assert world.health.failures == 0
    assert world.free() == before


def test_running_out_of_time_is_no_outage() -> None:
    world = World(lambda _: None)
    world.time.time = 2_000

    with pytest.raises(OutOfTime):
        world.ask()

    assert world.health.failures == 0
    assert world.asked == []
