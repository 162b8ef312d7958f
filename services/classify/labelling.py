"""Packs in, labels out: what an answer leaves wrong is asked again in halves, down to one record."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.classify.packing import halves, shuffled
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record, RecordId
from shared.model.bedrock import About, ModelBusy, ModelRefused
from shared.model.label_answers import Label
from shared.model.label_prompt import numbered

LONE_ATTEMPTS = 2
"""How often a record is asked alone before it fails: once more than once, for answers vary."""

Unanswered = ModelBusy | OutOfTime | ModelRefused
"""Why nothing more is asked now."""


@dataclass(frozen=True)
class Reply:
    """What a question brought.

    Attributes:
        labels: by the number that the record was asked under.
        reason: why a record without a label fails, if it was asked alone.
        error: what everybody meets; or, if it is about the request, what others do not meet now, and this
            request may not meet later.
    """

    labels: Mapping[int, Label]
    usage: Usage
    reason: str = ""
    error: Unanswered | None = None

    @property
    def concerns_everybody(self) -> bool:
        """Whether the other records need not be asked now either."""
        return self.error is not None and not is_own(self.error)


Ask = Callable[[Mapping[int, Record]], Reply]
"""Asks about these records, each under its number."""
Number = Callable[[Sequence[Record]], Mapping[int, Record]]


@dataclass
class Labelled:
    """What became of the records of one pack."""

    labels: dict[RecordId, Label] = field(default_factory=dict)
    failures: dict[RecordId, str] = field(default_factory=dict)
    left: list[Record] = field(default_factory=list)
    """Not answered, because of `error`."""
    error: Unanswered | None = None
    alone: dict[RecordId, ModelBusy] = field(default_factory=dict)
    """Asked alone and not answered while others were, by an error that may pass."""
    usage: Usage = field(default_factory=Usage)
    examples: tuple[int, ...] = ()
    """Ids of the rows that the model was shown as examples."""


def label(pack: Sequence[Record], ask: Ask, number: Number = numbered) -> Labelled:
    """Labels a pack, whatever the model answers.

    A record whose answer is wrong while its neighbours' are right costs them nothing: only what is wrong
    is asked again. One that spoils whole answers costs each neighbour at most log2(pack) more calls,
    because every pack asked again is at most half as large as the one it comes from.

    Args:
        number: gives the records of one question their numbers.
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
    """What is to be asked again, and at which attempt; a record that was asked alone often enough ends."""
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
