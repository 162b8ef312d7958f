"""The answer parser: whatever the model answers, every record gets an allowed label or a reason, once.

The first two bytes choose the question (`Asked`); the others are what the model says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from services.categorize.merging import destinations, read_merges
from services.classify.labelling import LONE_ATTEMPTS, Labelled, Reply, label
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import (
    Category,
    CategoryOrigin,
    CategoryStatus,
    NewCategory,
    Sentiment,
    Taxonomy,
)
from shared.model.bedrock import Model
from shared.model.label_answers import check as check_answer
from shared.model.label_prompt import Prompt, build
from shared.model.model_table import AnswerForm

MODELS = {
    AnswerForm.FORCED_TOOL: "amazon.nova-lite-v1:0",
    AnswerForm.OFFERED_TOOL: "us.meta.llama3-3-70b-instruct-v1:0",
    AnswerForm.STRUCTURED: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    AnswerForm.TEXT: "mistral.mistral-7b-instruct-v0:2",
}
TAXONOMY = Taxonomy(
    profile="feedback",
    taxonomy_version=1,
    corrections_version=0,
    categories=tuple(
        Category(
            id=number,
            profile="feedback",
            name=f"Category {number}",
            description="",
            status=CategoryStatus.ACTIVE,
            origin=CategoryOrigin.DEFAULT,
        )
        for number in (1, 2, 3)
    ),
)
NAMES = [category.name for category in TAXONOMY.categories]
STOP_REASONS = (
    "end_turn",
    "tool_use",
    "max_tokens",
    "content_filtered",
    "guardrail_intervened",
    "",
    "new one",
)
_LONGEST_REASON = 100


@dataclass(frozen=True)
class Asked:
    """A question: how the answer was to be kept in form, of how many records, and why the model stopped."""

    form: AnswerForm
    records: int
    stop_reason: str
    in_tool: bool

    @classmethod
    def of(cls, choice: bytes) -> "Asked":
        """Any two bytes choose one."""
        first, second = (*choice, 0, 0)[:2]
        return cls(
            form=tuple(AnswerForm)[first % 4],
            records=1 + first // 4 % 8,
            stop_reason=STOP_REASONS[second // 2 % len(STOP_REASONS)],
            in_tool=bool(second % 2),
        )


class Bedrock:
    """Says the same to every question."""

    def __init__(self, asked: Asked, said: bytes) -> None:
        self.calls = 0
        self._content = _content(asked, said)
        self._stop_reason = asked.stop_reason

    def converse(self, **_: Any) -> Mapping[str, Any]:
        self.calls += 1
        return {
            "output": {"message": {"role": "assistant", "content": self._content}},
            "stopReason": self._stop_reason,
            "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
        }


def check(data: bytes) -> None:
    """Labels a pack by this answer; raises AssertionError, or whatever else the parser lets out."""
    asked = Asked.of(data[:2])
    bedrock = Bedrock(asked, data[2:])
    model = Model(bedrock, MODELS[asked.form])
    prompt = build(TAXONOMY, [], asked.form)
    records = [_record(number) for number in range(asked.records)]
    result = label(records, partial(_ask, model, prompt), lambda some: dict(enumerate(some, 1)))
    _check_result(records, result, bedrock.calls)
    said = model.converse(prompt.request({1: records[0]}))
    _check_labels(said.value, asked.records)
    _check_verdict(said.value)
    _check_merges(said.value)


def _ask(model: Model, prompt: Prompt, records: Mapping[int, Record]) -> Reply:
    answer = model.converse(prompt.request(records))
    labels = check_answer(answer.value, list(records), NAMES, cut_off=answer.stop_reason == "max_tokens")
    return Reply(labels, answer.usage, "the model gave no usable answer")


def _record(number: int) -> Record:
    return Record(record_id=f"r{number}", profile="feedback", feedback=Feedback(feedback=f"text {number}"))


def _content(asked: Asked, said: bytes) -> list[dict[str, Any]]:
    text = said.decode("utf-8", "replace")
    if asked.form is AnswerForm.TEXT or not asked.in_tool:
        return [{"text": part} for part in text.split("\x1e")]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    name = "label_feedback" if asked.form is not AnswerForm.STRUCTURED else "another"
    return [{"text": "I call the tool."}, {"toolUse": {"toolUseId": "1", "name": name, "input": value}}]


def _check_result(records: Sequence[Record], result: Labelled, calls: int) -> None:
    ids = [record.record_id for record in records]
    assert sorted([*result.labels, *result.failures]) == ids, "every record ends in exactly one place"
    assert not result.left
    assert calls <= 2 * len(records) * LONE_ATTEMPTS, "asking again has an end"
    for answer in result.labels.values():
        assert TAXONOMY.label_of(answer.category) is not None, "only labels of the taxonomy"
        assert isinstance(answer.sentiment, Sentiment)
    for reason in result.failures.values():
        assert "model" in reason or "guardrail" in reason, "the reason is ours, never the model's words"
        assert len(reason) < _LONGEST_REASON


def _check_labels(value: object, records: int) -> None:
    """Each label is of a record that was asked about, and is said of it in the answer's own words."""
    answers = check_answer(value, range(1, records + 1), NAMES)
    said = json.dumps(value, default=str).lower()
    for number, answer in answers.items():
        assert 1 <= number <= records
        assert 0 <= answer.category <= len(NAMES)
        assert str(number) in said
        assert answer.sentiment.value in said


def _check_verdict(value: object) -> None:
    """The same as a verdict on a theme: it names a category that exists, or one that can be made."""
    verdict = read_verdict(value, Question(["a", "b"], TAXONOMY.categories, {}))
    if verdict is None:
        return
    assert all(place < 2 for place in verdict.examples)
    if verdict.name:
        NewCategory(name=verdict.name, description=verdict.description)


def _check_merges(value: object) -> None:
    """And as merges: whatever is read as one ends at a proposal or a category that exists."""
    proposals = [NewCategory(name=name) for name in ("Loud fan", "Dim lamp")]
    found = destinations(read_merges(value) or [], proposals, TAXONOMY.categories)
    assert set(found.proposal.values()) <= {0, 1}
    assert all(category in TAXONOMY.categories for category in found.category.values())
