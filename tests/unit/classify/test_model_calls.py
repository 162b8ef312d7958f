"""One call of the model: what it takes from the quota, how it slows down, and what its answer says."""

import pytest

from services.classify.model_calls import Meter, estimate
from services.classify.pacing import PATIENCE_SECONDS
from shared.contracts.attributes import Found
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Record
from shared.contracts.taxonomy import Sentiment
from shared.model.bedrock_client import ModelBusy
from shared.model.cost_estimate import estimate_tokens
from shared.model.label_lines import Label
from shared.model.label_prompt import build
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from tests.unit.classify.builders import NAMES, record, taxonomy
from tests.unit.classify.calling import CACHED, PROMPT, World, error


def test_a_call_takes_from_the_share_what_it_used_in_the_end() -> None:
    world = World(lambda _: None)
    before = world.free()

    world.ask()

    assert before - world.free() == 400 + 30


def test_an_answer_comes_back_as_labels_and_what_it_used() -> None:
    reply = World(lambda _: None).ask("one", "two")

    assert list(reply.labels.values()) == [Label(1, Sentiment.NEUTRAL)] * 2
    assert (reply.usage.calls, reply.usage.input_tokens, reply.usage.output_tokens) == (1, 400, 30)
    assert reply.error is None


def test_an_answer_is_held_against_the_profiles_task_the_records_text_and_what_was_found_in_it() -> None:
    attributes = [{"name": "priority", "type": "enumeration", "values": ["low", "high"], "required": True}]
    document = ProfileDocument.model_validate(
        {"aspects": {"most": 1, "evidence": True}, "attributes": attributes}
    )
    prompt = build(taxonomy(), [], AnswerForm.FORCED_TOOL, document)
    titled = record("It came late again.", title="Slow")
    found = titled.model_copy(update={"found": {"priority": Found(value="high", source="text")}})

    def labels(asked: Record, quote: str) -> list[Label]:
        world = World(lambda _: {"labels": [f"17 1 negative [{quote}] | -"]})
        return list(world.asker.ask(prompt, NAMES, {17: asked}).labels.values())

    assert [each.evidence for each in labels(found, "late again")] == ["late again"]
    assert [each.evidence for each in labels(found, "Slow")] == ["Slow"]
    assert labels(found, "too dear") == []
    assert labels(titled, "late again") == []


def test_meters_are_added() -> None:
    assert Meter(1, [2.0]) + Meter(3, [4.0]) == Meter(4, [2.0, 4.0])


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

    assert left_during_a_call(1) - left_during_a_call(2) == estimate(PROMPT.request({10: record("fine")}))


def test_more_is_estimated_than_the_texts_for_the_answers_schema_is_read_too() -> None:
    request = PROMPT.request({10: record("fine " * 100)})

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


def test_a_failed_call_costs_no_share_and_is_a_failure_in_a_row() -> None:
    world = World(lambda _: error("ServiceUnavailableException", 503))
    before = world.free()

    reply = world.ask()

    assert isinstance(reply.error, ModelBusy)
    assert world.free() == before
    assert (world.health.failures, world.health.code) == (1, "ServiceUnavailableException")
    assert world.asker.meter.throttled == 0


@pytest.mark.parametrize("crash", [RuntimeError("no thread"), MemoryError(), OSError("no file")])
def test_a_call_that_crashes_is_no_longer_under_way(crash: Exception) -> None:
    world = World(lambda _: crash)
    before = world.free()

    with pytest.raises(type(crash)):
        world.ask()

    assert world.free() == before
    world.pace.settle(world.pace.wait(500, deadline=1), used=3_000)
    with pytest.raises(OutOfTime):
        world.pace.wait(500, deadline=1_000)
    assert world.time.time == pytest.approx(PATIENCE_SECONDS, abs=0.01)


def test_a_throttled_call_slows_the_worker_down() -> None:
    world = World(lambda _: error("ThrottlingException", 429))

    reply = world.ask()

    assert isinstance(reply.error, ModelBusy)
    assert world.free() == 0
    assert world.pace.rate.per_second < 100
    assert world.asker.meter.throttled == 1
    world.time.time += 40
    world.ask()
    assert world.asker.meter.throttled == 2
    health = world.health
    assert (health.throttles, health.throttle_code, health.throttled_seconds) == (
        2,
        "ThrottlingException",
        40,
    )
    assert health.failures == 0, "the model is there"


def test_once_a_call_of_a_batch_has_waited_in_vain_the_others_do_not_wait() -> None:
    world = World(lambda _: None)
    world.pace.settle(world.pace.wait(2_000, deadline=1), used=2_000)

    assert isinstance(world.ask().error, OutOfTime)
    slept = world.time.time
    assert slept == pytest.approx(PATIENCE_SECONDS, abs=0.01)

    world.time.time += 100
    late = world.ask().error
    assert isinstance(late, OutOfTime)
    assert "quota allows no further call" in str(late)
    assert world.time.time == slept + 100
    assert world.asked == []


def test_an_answer_ends_a_row_of_throttles() -> None:
    answers = iter([*[error("ThrottlingException", 429)] * 3, None, error("ThrottlingException", 429)])
    world = World(lambda _: next(answers))

    for _ in range(5):
        world.time.time += 100
        world.ask()

    assert (world.health.throttles, world.health.throttled_seconds) == (1, 0)


def test_running_out_of_time_is_no_outage() -> None:
    world = World(lambda _: None)
    world.time.time = 20_000

    reply = world.ask()

    assert isinstance(reply.error, OutOfTime)
    assert world.health.failures == 0
    assert world.asked == []


@pytest.mark.parametrize(
    "stop_reason",
    ["max_tokens", "model_context_window_exceeded", "content_filtered", "guardrail_intervened"],
)
def test_an_answer_that_ended_early_is_read_as_far_as_it_goes_and_no_other(stop_reason: str) -> None:
    def first_alone(text: str) -> dict[str, list[str]]:
        number, _ = next(iter(parse_block(text, "feedback")))
        return {"labels": [f"{number} 1 neutral"]}

    world = World(first_alone)

    whole = world.ask("one", "two")
    world.stop_reason = stop_reason
    cut_off = world.ask("one", "two")

    assert (len(whole.labels), len(cut_off.labels)) == (0, 1)


@pytest.mark.parametrize(
    "code, status",
    [("ThrottlingException", 429), ("AccessDeniedException", 403), ("InternalServerException", 500)],
)
def test_a_call_that_nobody_answered_has_no_labels_and_used_nothing(code: str, status: int) -> None:
    reply = World(lambda _: error(code, status)).ask("one", "two")

    assert (reply.labels, reply.usage) == ({}, Usage())
    assert reply.error is not None
