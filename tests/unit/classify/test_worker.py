"""A worker asks about groups in packs, within its share of the quota."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from typing_extensions import override

from services.classify.nearest import Nearest
from services.classify.pacing import PATIENCE_SECONDS
from services.classify.rate import START_PER_MINUTE
from services.classify.settings import ClassifySettings
from services.classify.vectors import FoundVectors, Vectors
from services.classify.worker import HOLD_SECONDS, rate_of
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record
from shared.contracts.taxonomy import Sentiment
from shared.model.examples import Corrected, Examples
from shared.model.label_lines import Label
from shared.model.label_prompt import Prompt, build
from shared.model.model_table import AnswerForm
from shared.stores.feedback_store import Outcome, RowStatus
from tests.unit.classify.builders import FakeTime, record, taxonomy
from tests.unit.classify.working import MODEL, Praise, group, worker


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
    nearest = Dear(taxonomy(), Examples([]), AnswerForm.FORCED_TOOL, mine.prompts.document)
    mine.prompts = replace(mine.prompts, nearest=nearest)
    mine.embed(FoundVectors({b"key": vector}, Usage(input_tokens=5)))
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
