"""Labels packs of records; records without a valid answer are asked again in packs of half the size."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.classify.packing import halves, shuffled
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record, RecordId
from shared.model.bedrock_client import About, ModelBusy, ModelRefused
from shared.model.label_lines import Label
from shared.model.label_prompt import numbered

LONE_ATTEMPTS = 2
"""How often a record is asked alone before it fails; twice, because answers vary."""

Unanswered = ModelBusy | OutOfTime | ModelRefused
"""Why no further call is made in this batch."""


@dataclass(frozen=True)
class Reply:
    """The result of one model call.

    Attributes:
        labels: by the number that the record was asked under.
        reason: failure reason of a record that was asked alone and has no label.
        error: what every call meets now; or, if it is about this request, an error that other calls do
            not meet and that may pass.
    """

    labels: Mapping[int, Label]
    usage: Usage
    reason: str = ""
    error: Unanswered | None = None

    @property
    def concerns_everybody(self) -> bool:
        """Whether other calls would meet the error, too, so that none is made."""
        return self.error is not None and not is_own(self.error)


Ask = Callable[[Mapping[int, Record]], Reply]
"""Asks about these records, each under its number."""
Number = Callable[[Sequence[Record]], Mapping[int, Record]]


@dataclass
class Labelled:
    """The results of one pack's records."""

    labels: dict[RecordId, Label] = field(default_factory=dict)
    failures: dict[RecordId, str] = field(default_factory=dict)
    left: list[Record] = field(default_factory=list)
    """Records without an answer because of `error`."""
    error: Unanswered | None = None
    alone: dict[RecordId, ModelBusy] = field(default_factory=dict)
    """Records asked alone that met an error which may pass, while others were answered."""
    usage: Usage = field(default_factory=Usage)
    examples: tuple[int, ...] = ()
    """Ids of the rows that the model was shown as examples."""


def label(pack: Sequence[Record], ask: Ask, number: Number = numbered) -> Labelled:
    """Labels the records of a pack.

    Only records without a valid answer are asked again, in packs at most half as large as the pack they
    come from. So a record that makes whole answers invalid costs each other record of the pack at most
    log2(size of the pack) further calls.

    Args:
        ask: makes one model call.
        number: draws the numbers under which the records of a call are asked.
    """
    result = Labelled()
    waiting: deque[tuple[list[Record], int]] = deque([(list(pack), 1)])
    while waiting:
        records, attempt = waiting.popleft()
        asked = number(records)
        reply = ask(asked)
        result.usage += reply.usage
        if reply.concerns_everybody:
            result.error = reply.error
            result.left = [*records, *(record for later, _ in waiting for record in later)]
            break
        result.labels |= {asked[key].record_id: each for key, each in reply.labels.items()}
        wrong = [record for key, record in asked.items() if key not in reply.labels]
        waiting.extend(_again(result, wrong, len(asked), attempt, reply))
    return result


def is_own(error: Unanswered) -> bool:
    """Whether an error is about the request that met it, while others are answered."""
    return isinstance(error, ModelBusy) and error.about is About.REQUEST


def _again(
    result: Labelled, wrong: Sequence[Record], asked: int, attempt: int, reply: Reply
) -> list[tuple[list[Record], int]]:
    """The packs to ask again, each with its attempt; fails a record that was asked alone often enough."""
    if not wrong:
        return []
    if asked > 1:
        return [(shuffled(part), 1) for part in halves(wrong, asked)]
    if attempt < LONE_ATTEMPTS:
        return [(list(wrong), attempt + 1)]
    if isinstance(reply.error, ModelBusy):
        result.alone[wrong[0].record_id] = reply.error
    else:
        result.failures[wrong[0].record_id] = reply.reason
    return []
