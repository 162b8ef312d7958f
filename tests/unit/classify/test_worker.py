from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from services.classify.groups import LONE_DEFERRALS, Group
from services.classify.incoming import Delivery
from services.classify.nearest import Nearest
from services.classify.pacing import PATIENCE_SECONDS
from services.classify.prompt_library import Topic
from services.classify.rate import START_PER_MINUTE, Clock
from services.classify.settings import ClassifySettings
from services.classify.vectors import Found, Vectors
from services.classify.worker import HOLD_SECONDS, Worker, rate_of
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record
from shared.contracts.taxonomy import Sentiment
from shared.model.bedrock import Model
from shared.model.examples import Corrected, Examples
from shared.model.label_lines import Label
from shared.model.label_prompt import Prompt, build
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from shared.platform.received import Received
from shared.stores.feedback_store import Outcome, RowStatus
from tests.unit.classify.builders import FakeTime, record, taxonomy

MODEL = "amazon.nova-lite-v1:0"
WITH_FLEX = "amazon.nova-pro-v1:0"


class Praise:
    """A model that likes everything; `hears` how much it was asked at a time."""

    def __init__(self) -> None:
        self.packs: list[int] = []
        self.systems: list[str] = []
        self.tiers: list[object] = []

    def converse(self, **request: Any) -> Any:
        entries = parse_block(request["messages"][0]["content"][0]["text"], "feedback")
        self.packs.append(len(entries))
        self.tiers.append(request.get("serviceTier"))
        self.systems.append("\n".join(part["text"] for part in request["system"] if "text" in part))
        labels = [f"{number} 1 positive" for number, _ in entries]
        content = [{"toolUse": {"name": "label_feedback", "input": {"labels": labels}}}]
        usage = {"inputTokens": 300, "outputTokens": 10}
        return {"output": {"message": {"content": content}}, "stopReason": "tool_use", "usage": usage}


def worker(model: Praise, time: FakeTime, model_id: str = MODEL, **settings: Any) -> Worker:
    given = {
        "feedback_queue_url": "f",
        "notify_queue_url": "n",
        "model_id": model_id,
        "embedding_model_id": "e",
        "parallel_calls": 1,
        "categorize_share": 0,
        "feedback_concurrency": 1,
    }
    read = ClassifySettings.model_validate(given | settings)
    return Worker(Model(model, model_id), read, Clock(time.now, time.sleep))


def group(*records: Record) -> Group:
    topic = Topic(taxonomy(), build(taxonomy(), [], AnswerForm.FORCED_TOOL))
    made = Group("feedback", None, topic, MODEL)
    for each in records:
        made.deliveries[each.record_id] = Delivery(Received(each.record_id, ""), each, None)
    return made


def test_records_are_asked_in_packs_of_the_set_size_and_each_text_once() -> None:
    model = Praise()
    texts = [record(f"text {place}") for place in range(5)]
    mine = group(*texts, record("TEXT 0", record_id="twin"))

    worker(model, FakeTime(), pack_size=2).label([mine], 1e9)

    assert sorted(model.packs) == [1, 2, 2]
    assert {each.status for each in mine.outcomes.values()} == {RowStatus.LABELLED}
    assert mine.outcomes["twin"].label == "Delivery"
    assert mine.usage.calls == 3


@pytest.mark.parametrize("model_id, label", [(MODEL, "Delivery"), (None, "Price")])
def test_of_one_text_what_the_model_said_is_said_anew_and_what_a_person_did_is_not(
    model_id: str | None, label: str
) -> None:
    mine = group(record("late", "asked"), record("late", "other"))
    for key, by in (("asked", MODEL), ("other", model_id)):
        of = mine.deliveries[key].record
        mine.outcomes[key] = Outcome(record=of, status=RowStatus.LABELLED, label="Price", model_id=by)

    mine.relabel({"asked": Label(1, Sentiment.NEGATIVE)})

    assert (mine.outcomes["asked"].label, mine.outcomes["other"].label) == ("Delivery", label)


def test_each_pack_is_shown_its_own_examples_and_the_group_knows_of_all() -> None:
    asked: list[str] = []
    vector = np.ones(2, np.float32)

    class Dear(Nearest):
        @override
        def prompt(self, records: Sequence[Record], vectors: Vectors) -> Prompt:
            assert vectors == {b"key": vector}
            asked.extend(each.feedback.feedback for each in records)
            seeds = [Corrected(int(each.feedback.feedback[-1]), "Price", "dear") for each in records]
            return build(taxonomy(), seeds, AnswerForm.FORCED_TOOL)

    mine = group(*(record(f"text {place}") for place in range(3)))
    nearest = Dear(taxonomy(), Examples([]), AnswerForm.FORCED_TOOL, mine.topic.document)
    mine.topic = replace(mine.topic, nearest=nearest)
    mine.embed(Found({b"key": vector}, Usage(input_tokens=5)))
    model = Praise()

    worker(model, FakeTime(), pack_size=2).label([mine], 1e9)

    assert sorted(asked) == ["text 0", "text 1", "text 2"]
    assert mine.examples == {0, 1, 2}
    assert mine.usage.input_tokens == 5 + 2 * 300
    assert all('2 "dear"' in system for system in model.systems)


def test_each_worker_has_a_share_of_the_quota() -> None:
    time = FakeTime()
    mine = worker(Praise(), time, tokens_per_minute=6_000, feedback_concurrency=4)

    for place in range(5):
        batch = group(record(f"text {place}"))
        while not batch.outcomes:
            batch.busy.clear()
            mine.label([batch], 1e9)

    # 25 tokens a second; the saved-up seconds pay the first call, about 310 each.
    assert time.time == pytest.approx((5 * 310 - 5 * 25) / 25, rel=0.35)
    assert time.time > 12


def test_a_worker_sleeps_a_few_seconds_for_its_share_and_leaves_the_rest_to_others() -> None:
    time = FakeTime()
    mine = group(*(record(f"text {place}") for place in range(100)))

    worker(Praise(), time, tokens_per_minute=1_500, pack_size=1, parallel_calls=5).label([mine], 1e9)

    assert time.time <= PATIENCE_SECONDS + 0.1
    assert mine.outcomes
    assert len(mine.outcomes) + len(mine.busy) == 100
    assert all(isinstance(error, OutOfTime) for error in mine.busy.values())


def test_a_batch_begins_no_call_after_half_a_minute_though_none_waits_long() -> None:
    time = FakeTime()
    mine = group(*(record(f"text {place}") for place in range(100)))

    worker(Praise(), time, tokens_per_minute=6_000, pack_size=1).label([mine], 1e9)

    assert HOLD_SECONDS - 5 < time.time <= HOLD_SECONDS
    assert len(mine.outcomes) + len(mine.busy) == 100


def test_workers_that_are_told_no_quota_begin_slowly_and_find_it() -> None:
    time, model = FakeTime(), Praise()
    settings = ClassifySettings(
        feedback_queue_url="f", model_id=MODEL, embedding_model_id="e", feedback_concurrency=3
    )
    assert rate_of(settings).per_second == START_PER_MINUTE / 60 / 3
    cold = worker(model, time, tokens_per_minute=0, pack_size=1)
    assert cold.tokens_per_minute == START_PER_MINUTE

    mine = group(*(record(f"text {place}") for place in range(300)))
    cold.label([mine], 1e9)

    assert not mine.busy
    assert cold.tokens_per_minute > START_PER_MINUTE
    assert time.time < 300 * 310 / (START_PER_MINUTE / 60)


def test_what_time_does_not_suffice_for_is_left_busy() -> None:
    time = FakeTime()
    mine = group(record("a"), record("b"))

    worker(Praise(), time, tokens_per_minute=600, pack_size=1).label([mine], deadline=10)

    assert len(mine.outcomes) == 1
    assert len(mine.busy) == 1


def test_groups_do_not_share_packs() -> None:
    model = Praise()
    first, second = group(record("a")), group(record("b"))

    worker(model, FakeTime()).label([first, second], 1e9)

    assert model.packs == [1, 1]
    assert first.usage.calls == second.usage.calls == 1


def of_a_file(*records: Record) -> Group:
    mine = group(*records)
    mine.home = "reviews-1"
    return mine


@pytest.mark.parametrize("tier, of_files", [("flex", {"type": "flex"}), ("default", None)])
def test_files_are_asked_in_their_tier_and_direct_feedback_by_default(tier: str, of_files: object) -> None:
    model = Praise()
    mine = worker(model, FakeTime(), WITH_FLEX, service_tier=tier)
    file, direct = of_a_file(record("a")), group(record("b"))

    meter = mine.label([file, direct], 1e9)

    assert model.tiers == [of_files, None]
    assert len(meter.seconds) == 2
    assert file.usage.estimated_cost * (2 if of_files else 1) == direct.usage.estimated_cost
    assert mine.model_for(file).priced.input * (2 if of_files else 1) == mine.model_for(direct).priced.input
    assert not mine.fallback_to_tell()


def test_a_tier_that_the_model_has_not_is_told_once() -> None:
    model = Praise()
    mine = worker(model, FakeTime(), service_tier="flex")

    for text in "ab":
        mine.label([of_a_file(record(text))], 1e9)

    assert model.tiers == [None, None]
    assert [mine.fallback_to_tell() for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize("code", ["InternalServerException", "ModelTimeoutException", "SomethingNew"])
def test_trouble_of_one_tier_alone_fails_no_record_of_files(code: str) -> None:
    """The harmless question that tells whose the fault is goes in the tier of those that met it."""

    class TroubledInFlex(Praise):
        @override
        def converse(self, **request: Any) -> Any:
            if "serviceTier" in request:
                raise ClientError({"Error": {"Code": code}}, "Converse")
            return super().converse(**request)

    mine = worker(TroubledInFlex(), FakeTime(), WITH_FLEX, service_tier="flex", pack_size=1)
    file, direct = of_a_file(record("a"), record("b")), group(record("c"))
    for key, each in file.deliveries.items():
        file.deliveries[key] = replace(each, message=replace(each.message, deferrals=LONE_DEFERRALS))

    mine.label([file, direct], 1e9)

    assert not file.outcomes
    assert len(file.busy) == 2
    assert [each.status for each in direct.outcomes.values()] == [RowStatus.LABELLED]
    assert not mine.fallback_to_tell()
