from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.classify.health import FAILURES, UNUSABLE, Health
from services.classify.labelling import Reply
from services.classify.model_calls import UNUSABLE_ANSWERS, Asker, Meter, estimate
from services.classify.pacing import PATIENCE_SECONDS, Gauge, Pace
from services.classify.rate import Clock, Rate
from shared.contracts.attributes import Found
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Record
from shared.contracts.taxonomy import Sentiment
from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelRefused
from shared.model.cost_estimate import estimate_tokens
from shared.model.label_lines import Label
from shared.model.label_prompt import TOOL, build, instructions, numbered
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from tests.unit.classify.builders import NAMES, FakeTime, record, taxonomy

PROMPT = build(taxonomy(), [], AnswerForm.FORCED_TOOL)
USAGE = {"inputTokens": 400, "outputTokens": 30}
CACHED = {
    "inputTokens": 100,
    "outputTokens": 30,
    "cacheReadInputTokens": 240,
    "cacheWriteInputTokens": 60,
}


def error(code: str, status: int = 400, message: str = "") -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]


class World:
    """A worker's parts around a model that answers as told: an error, a tool's input, or None: rightly."""

    def __init__(self, answer: Callable[[str], Any], model_id: str = "amazon.nova-lite-v1:0") -> None:
        self.time = FakeTime()
        self.asked: list[str] = []
        self.instructed: list[str] = []
        self.answer = answer
        self.usage = USAGE
        self.stop_reason = "tool_use"
        self.health = Health()
        self.gauge = Gauge()
        self.pace = Pace(Rate(6_000, known=True), 0, Clock(self.time.now, self.time.sleep))
        model = Model(self, model_id)
        self.asker = Asker(model, self.pace, self.gauge, self.health, self.time.now, deadline=10_000)

    def converse(self, **request: Any) -> Any:
        text = request["messages"][0]["content"][0]["text"]
        self.asked.append(text)
        self.instructed.append(request["system"][0]["text"])
        answer = self.answer(text)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            answer = {"labels": [f"{number} 1 neutral" for number, _ in parse_block(text, "feedback")]}
        content = [{"toolUse": {"name": TOOL, "input": answer}}]
        return {
            "output": {"message": {"content": content}},
            "stopReason": self.stop_reason,
            "usage": self.usage,
        }

    def ask(self, *texts: str) -> Reply:
        return self.asker.ask(PROMPT, NAMES, numbered([record(text) for text in texts or ("fine",)]))

    def canaries(self) -> int:
        return sum("All is well." in text for text in self.asked)

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
    world.pace.wait(2_000, deadline=1)

    assert isinstance(world.ask().error, OutOfTime)
    slept = world.time.time
    assert slept == pytest.approx(PATIENCE_SECONDS, abs=0.01)

    world.time.time += 100
    late = world.ask().error
    assert isinstance(late, OutOfTime)
    assert "quota allows no further call" in str(late)
    assert world.time.time == slept + 100
    assert world.asked == []


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException"]
)
def test_throttling_is_never_about_the_request(code: str) -> None:
    """Not even for one record that meets it again and again while others are answered."""
    world = World(lambda text: error(code, 429) if "cursed" in text else None)

    for _ in range(2 * FAILURES):
        world.time.time += 100
        world.ask("fine")
        world.time.time += 100
        reply = world.ask("cursed")
        assert isinstance(reply.error, ModelBusy)
        assert reply.error.about is About.SHARE

    assert world.canaries() == 0


def test_an_answer_ends_a_row_of_throttles() -> None:
    answers = iter([*[error("ThrottlingException", 429)] * 3, None, error("ThrottlingException", 429)])
    world = World(lambda _: next(answers))

    for _ in range(5):
        world.time.time += 100
        world.ask()

    assert (world.health.throttles, world.health.throttled_seconds) == (1, 0)


def test_an_answer_ends_a_row_of_failures() -> None:
    answers = iter([error("ServiceUnavailableException", 503), None])
    world = World(lambda _: next(answers))

    world.ask()
    world.ask()

    assert world.health.failures == 0


@pytest.mark.parametrize(
    "code, status", [("ValidationException", 400), ("ModelErrorException", 424), ("SomethingNew", 424)]
)
def test_a_request_that_bedrock_cannot_deal_with_is_the_records_fault_if_a_harmless_one_is_taken(
    code: str, status: int
) -> None:
    world = World(lambda text: error(code, status, "a\nbad\u202e text") if "cursed" in text else None)

    replies = [world.ask("cursed one"), world.ask("cursed two")]

    words = f"the model cannot answer this text ({code}: a bad text)"
    assert replies == [Reply({}, Usage(calls=1), words)] * 2
    assert world.canaries() == 1
    assert world.health.failures == 0


def test_a_pack_is_asked_again_in_halves_on_the_word_of_one_harmless_request_a_batch() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)

    for _ in range(3):
        assert world.ask("cursed", "fine").error is None

    assert world.canaries() == 1


def test_a_record_alone_fails_only_by_what_others_met_since_it_was_first_asked() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("fine")

    assert world.ask("cursed").error is None
    assert world.canaries() == 0
    assert world.ask("cursed").error is None
    assert world.canaries() == 1


def test_only_answers_since_a_record_was_first_asked_alone_count() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("fine")
    world.ask("cursed one")
    world.ask("fine")
    world.ask("cursed one")
    world.ask("cursed two")

    assert world.canaries() == 0
    assert world.ask("cursed two").error is None
    assert world.canaries() == 1
    assert world.ask("cursed one").error is None
    assert world.canaries() == 1


def test_one_harmless_request_that_is_answered_is_enough_however_many_are_answered_later() -> None:
    world = World(lambda text: error("ModelErrorException", 424) if "cursed" in text else None)
    world.ask("cursed")
    world.ask("fine")

    world.ask("cursed", "fine")

    assert world.canaries() == 1


def test_an_answer_to_others_since_shows_as_much_as_a_harmless_request() -> None:
    def answer(text: str) -> Any:
        if "cursed" not in text:
            return None
        # What another thread was answered while this one waited.
        world.ask("fine")
        return error("ModelErrorException", 424)

    world = World(answer)

    assert world.ask("cursed").error is None
    assert world.canaries() == 0


def test_an_invalid_request_is_our_fault_if_a_harmless_one_is_refused_too() -> None:
    world = World(lambda _: error("ValidationException"))

    replies = [world.ask(), world.ask()]

    assert all(isinstance(reply.error, ModelRefused) for reply in replies)
    assert world.health.failures == 0
    assert world.canaries() == 1


def test_a_model_error_for_everybody_is_an_outage_in_which_nothing_fails() -> None:
    answered = True
    world = World(lambda _: None if answered else error("ModelErrorException", 424))
    world.ask()
    answered = False

    for number in range(FAILURES):
        world.ask(f"text {number}")
    replies = [world.ask(f"text {number}") for number in range(FAILURES)]

    assert all(isinstance(reply.error, ModelBusy) for reply in replies)
    assert {reply.error.about for reply in replies if isinstance(reply.error, ModelBusy)} == {About.EVERYBODY}
    assert world.health.failures >= FAILURES
    assert world.canaries() == 1


@pytest.mark.parametrize(
    "code, status",
    [("InternalServerException", 500), ("ModelTimeoutException", 408), ("SomethingNew", 502), ("Odd", 400)],
)
def test_an_error_that_does_not_say_whom_it_is_about_is_the_requests_own_while_others_are_answered(
    code: str, status: int
) -> None:
    world = World(lambda text: error(code, status) if "cursed" in text else None)

    alone, pack = world.ask("cursed"), world.ask("cursed", "fine")

    for reply in (alone, pack):
        assert isinstance(reply.error, ModelBusy)
        assert (reply.error.code, reply.error.about) == (code, About.REQUEST)
        assert (reply.labels, reply.usage) == ({}, Usage(calls=1))
        assert not reply.concerns_everybody
    assert world.health.failures == 0


def test_an_error_that_does_not_say_whom_it_is_about_is_everybodys_if_nobody_is_answered() -> None:
    world = World(lambda _: error("InternalServerException", 500))

    reply = world.ask("one", "two")

    assert reply.concerns_everybody
    assert world.health.failures == 2


def test_a_harmless_request_that_is_throttled_shows_nothing_against_a_record() -> None:
    world = World(
        lambda text: error(
            *(("ModelErrorException", 424) if "cursed" in text else ("ThrottlingException", 429))
        )
    )

    reply = world.ask("cursed")

    assert isinstance(reply.error, ModelBusy)
    assert reply.error.about is About.SHARE
    assert world.health.failures == 0
    assert world.health.throttles


@pytest.mark.parametrize(
    "code, status", [("ServiceUnavailableException", 503), ("InternalServerException", 500)]
)
def test_one_request_that_fails_again_and_again_is_no_outage(code: str, status: int) -> None:
    world = World(lambda text: error(code, status) if "cursed" in text else None)

    for _ in range(3 * FAILURES):
        world.ask("cursed")
        assert world.health.failures < FAILURES


def test_answers_that_are_never_usable_are_an_outage_of_form() -> None:
    world = World(lambda _: {"labels": [{"thoughts": "Ann says 42"}] * 2})

    replies = [world.ask("one", "two") for _ in range(UNUSABLE)]

    assert [reply.error for reply in replies[:-1]] == [None] * (UNUSABLE - 1)
    last = replies[-1].error
    assert isinstance(last, ModelBusy)
    assert last.code == UNUSABLE_ANSWERS
    assert world.health.unusable >= UNUSABLE
    assert world.health.shape == "{'aaaaaa': [{'aaaaaaaa': 'aaa aaaa 99'}, {'aaaaaaaa': 'aaa aaaa 99'}]}"


def test_answers_that_are_usable_no_more_are_an_outage_of_form_too() -> None:
    usable = True
    world = World(lambda _: None if usable else "nonsense")
    world.ask("one", "two")
    usable = False

    replies = [world.ask("one", "two")]
    assert world.health.shape == "'aaaaaaaa'"
    replies += [world.ask("one", "two") for _ in range(UNUSABLE - 1)]

    assert isinstance(replies[-1].error, ModelBusy)
    assert replies[-1].error.code == UNUSABLE_ANSWERS


def test_a_record_alone_does_not_fail_where_nobody_gets_a_usable_answer() -> None:
    world = World(lambda text: "nonsense" if "alone" in text else {"labels": "none"})

    reply = world.ask("alone")

    assert isinstance(reply.error, ModelBusy)
    assert reply.usage.calls == 1
    assert world.health.shape == "{'aaaaaa': 'aaaa'}"


def test_a_record_that_spoils_its_answer_is_judged_by_what_others_were_answered() -> None:
    world = World(lambda text: "nonsense" if "cursed" in text else None)
    world.ask("fine")

    assert world.ask("cursed").error is None
    assert world.canaries() == 0


def test_an_outage_that_a_harmless_request_meets_after_an_unusable_answer_is_known_by_its_code() -> None:
    world = World(lambda text: "nonsense" if "alone" in text else error("ServiceUnavailableException", 503))

    world.ask("alone")

    assert (world.health.failures, world.health.code) == (1, "ServiceUnavailableException")


def test_records_that_spoil_their_answers_are_no_outage_of_form_while_a_harmless_one_is_answered() -> None:
    world = World(lambda text: "nonsense" if "cursed" in text else None)

    for _ in range(2 * UNUSABLE):
        assert world.ask("cursed").error is None

    assert world.health.unusable < UNUSABLE


@pytest.mark.parametrize(
    "stop_reason, reason",
    [
        ("content_filtered", "the model's content filter withheld its answer"),
        ("guardrail_intervened", "a guardrail withheld the model's answer"),
        ("max_tokens", "the model's answer was cut off"),
        ("end_turn", "the model gave no usable answer"),
    ],
)
def test_a_record_that_fails_alone_says_why(stop_reason: str, reason: str) -> None:
    world = World(lambda text: "nonsense" if "odd" in text else None)
    world.stop_reason = stop_reason

    assert world.ask("odd").reason == reason


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

    reply = world.ask()

    assert isinstance(reply.error, ModelRefused)
    assert len(world.asked) == 1
    assert world.health.failures == 0
    assert world.free() == before


def test_running_out_of_time_is_no_outage() -> None:
    world = World(lambda _: None)
    world.time.time = 20_000

    reply = world.ask()

    assert isinstance(reply.error, OutOfTime)
    assert world.health.failures == 0
    assert world.asked == []


def test_an_answer_that_ended_early_is_read_as_far_as_it_goes_and_no_other() -> None:
    def first_alone(text: str) -> dict[str, list[str]]:
        number, _ = next(iter(parse_block(text, "feedback")))
        return {"labels": [f"{number} 1 neutral"]}

    world = World(first_alone)

    whole = world.ask("one", "two")
    world.stop_reason = "max_tokens"
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


@pytest.mark.parametrize("code, status", [("InternalServerException", 500), ("ModelErrorException", 424)])
def test_an_outage_is_known_by_the_code_that_everybody_meets(code: str, status: int) -> None:
    world = World(lambda _: error(code, status))

    world.ask("one", "two")

    assert world.health.code == code
