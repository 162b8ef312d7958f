"""Packs in, labels out: what an answer leaves wrong is asked again in halves, down to one record."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.classify.answers import Label, check
from services.classify.packing import halves, shuffled
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record, RecordId
from shared.model.bedrock import ModelAnswer, ModelBusy, ModelRefused

LONE_ATTEMPTS = 2
"""How often a record is asked alone before it fails: once more than once, for answers vary."""


Ask = Callable[[Sequence[Record]], ModelAnswer]
"""Asks about these records, in this order; raises ModelBusy, OutOfTime or ModelRefused."""

_REASONS = {
    "content_filtered": "the model's content filter withheld its answer",
    "guardrail_intervened": "a guardrail withheld the model's answer",
    "max_tokens": "the model's answer was cut off",
    "refusal": "the model refused to answer",
    "invalid": "the model rejects this text as invalid input",
}


@dataclass
class Labelled:
    """What became of the records of one pack."""

    labels: dict[RecordId, Label] = field(default_factory=dict)
    failures: dict[RecordId, str] = field(default_factory=dict)
    left: list[Record] = field(default_factory=list)
    """Not answered, because of `error`."""
    error: ModelBusy | OutOfTime | ModelRefused | None = None
    usage: Usage = field(default_factory=Usage)
    examples: tuple[int, ...] = ()
    """Ids of the rows that the model was shown as examples."""


def label(pack: Sequence[Record], categories: int, ask: Ask) -> Labelled:
    """Labels a pack, whatever the model answers.

    A record whose answer is wrong while its neighbours' are right costs them nothing: only what is wrong
    is asked again. One that spoils whole answers costs each neighbour at most log2(pack) more calls,
    because every pack asked again is at most half as large as the one it comes from.
    """
    result = Labelled()
    waiting: deque[tuple[list[Record], int]] = deque([(list(pack), 1)])
    while waiting:
        records, attempt = waiting.popleft()
        try:
            answer = ask(records)
        except (ModelBusy, OutOfTime, ModelRefused) as error:
            result.error = error
            result.left = [*records, *(record for later, _ in waiting for record in later)]
            return result
        result.usage += answer.usage
        wrong = _take(result, records, check(answer.value, len(records), categories))
        waiting.extend(_again(result, wrong, len(records), attempt, answer.stop_reason))
    return result


def _take(result: Labelled, records: Sequence[Record], answers: Mapping[int, Label]) -> list[Record]:
    """Keeps the answers that hold; returns the records that have none."""
    for number, answer in answers.items():
        result.labels[records[number - 1].record_id] = answer
    return [record for number, record in enumerate(records, 1) if number not in answers]


def _again(
    result: Labelled, wrong: Sequence[Record], asked: int, attempt: int, stop_reason: str
) -> list[tuple[list[Record], int]]:
    if not wrong:
        return []
    if asked > 1:
        return [(shuffled(part), 1) for part in halves(wrong, asked)]
    if attempt < LONE_ATTEMPTS:
        return [(list(wrong), attempt + 1)]
    result.failures[wrong[0].record_id] = _REASONS.get(stop_reason, "the model gave no usable answer")
    return []
