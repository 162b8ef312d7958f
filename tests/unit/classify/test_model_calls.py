from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.classify.model_calls import Asker, Health, estimate
from services.classify.pacing import Clock, Gauge, Pace
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.model.bedrock import Model, ModelBusy, ModelRefused
from shared.model.cost_estimate import estimate_tokens
from shared.model.label_prompt import TOOL, build, instructions
from shared.model.model_table import AnswerForm
from tests.unit.classify.builders import FakeTime, record, taxonomy

PROMPT = build(taxonomy(), [], AnswerForm.FORCED_TOOL)
USAGE = {"inputTokens": 400, "outputTokens": 30}
CACHED = {"inputTokens": 100, "cacheReadInputTokens": 240, "cacheWriteInputTokens": 60, "outputTokens": 30}
"""As much, most of it from the prompt cache."""


def error(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]


class World:
    """A worker's parts around a model that answers as told."""

    def __init__(self, answer: Callable[[str], Any], model_id: str = "amazon.nova-lite-v1:0") -> None:
        self.time = FakeTime()
        self.asked: list[str] = []
        self.instructed: list[str] = []
        self.usage = USAGE
        self.answer = answer
        self.health = Health()
        self.gauge = Gauge()
        self.pace = Pace(6_000, 0, Clock(self.time.now, self.time.sleep))
        model = Model(self, model_id)
        self.asker = Asker(model, self.pace, self.gauge, self.health, self.time.now, deadline=1_000)

    def converse(self, **request: Any) -> Any:
        text = request["messages"][0]["content"][0]["text"]
        self.asked.append(text)
        self.instructed.append(request["system"][0]["text"])
        answer = self.answer(text)
        if isinstance(answer, Exception):
            raise answer
        content = [{"toolUse": {"name": TOOL, "input": answer}}] if answer else []
        return {"output": {"message": {"content": content}}, "stopReason": "end_turn", "usage": self.usage}

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


def test_an_answer_comes_back_with_why_the_model_stopped_and_what_it_used() -> None:
    labels = {"labels": ["1 1 neutral"]}

    reply = World(lambda _: labels).ask()

    assert (reply.value, reply.stop_reason) == (labels, "end_turn")
    assert (reply.usage.calls, reply.usage.input_tokens, reply.usage.output_tokens) == (1, 400, 30)


def test_what_the_prompt_cache_reads_burns_no_quota_and_what_it_writes_does() -> None:
    world = World(lambda _: None)
    world.usage = CACHED
    before = world.free()

    world.ask()

    assert before - world.free() == 100 + 60 + 30


def test_an_estimate_is_compared_with_all_that_was_read_from_the_cache_or_not() -> None:
    plain, cached = World(lambda _: None), World(lambda _: None)
    cached.usage = CACHED

    plain.ask()
    cached.ask()

    assert cached.gauge.ratio == plain.gauge.ratio != 1


def test_a_call_reserves_as_many_tokens_as_the_model_has_counted_for_an_estimated_one() -> None:
    def left_during_a_call(ratio: float) -> float:
        left: list[float] = []
        world = World(lambda _: left.append(world.free()))
        world.gauge.ratio = ratio
        world.ask()
        return left[0]

    assert left_during_a_call(1) - left_during_a_call(2) == estimate(PROMPT.request([record("fine")]))


def test_more_is_estimated_than_the_texts_for_the_answers_schema_is_read_too() -> None:
    request = PROMPT.request([record("fine " * 100)])

    assert estimate(request) > estimate_tokens(request.system + request.user) + 1


def test_the_seconds_of_each_call_are_measured() -> None:
    world = World(lambda _: world.time.sleep(3))
    world.time.time = 100

    world.ask()

    assert world.asker.meter.seconds == [3]


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
    with pytest.raises(ModelBusy):
        world.ask()
    assert world.asker.meter.throttled == 2


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
    assert [reply.usage for reply in replies] == [Usage(calls=1)] * 2
    assert sum("All is well." in text for text in world.asked) == 1


def test_an_invalid_request_is_our_fault_if_a_harmless_one_is_refused_too() -> None:
    world = World(lambda _: error("ValidationException"))

    for _ in range(2):
        with pytest.raises(ModelRefused):
            world.ask()

    assert sum("All is well." in text for text in world.asked) == 1


def test_the_harmless_record_is_asked_about_in_the_models_own_form() -> None:
    """One that only knows of a tool must be told to call it."""
    world = World(
        lambda text: error("ValidationException") if "cursed" in text else None, "cohere.command-r-v1:0"
    )

    world.ask("cursed")

    assert instructions(AnswerForm.OFFERED_TOOL) in world.instructed[-1]


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
