"""Classify's model calls: paced by the quota, counted, their failures attributed to request or model."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.classify.health import FAILURES, UNUSABLE, Health
from services.classify.labelling import Reply, Unanswered
from services.classify.pacing import TOO_LATE, Gauge, Pace, Ticket
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import Record, RecordId
from shared.model.bedrock import Model, ModelAnswer
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, ModelRefused, everybodys
from shared.model.canary import canary, is_usable
from shared.model.converse_request import ModelRequest
from shared.model.cost_estimate import SCHEMA_TOKENS, estimate_tokens
from shared.model.label_answers import check
from shared.model.label_lines import Known
from shared.model.label_prompt import Prompt

UNUSABLE_ANSWERS = "UnusableAnswers"
"""An error code of ours: the model answers, but no answer has a usable label."""

_REASONS = {
    "content_filtered": "the model's content filter withheld its answer",
    "guardrail_intervened": "a guardrail withheld the model's answer",
    "malformed_model_output": "the model's answer was malformed",
    "malformed_tool_use": "the model's answer was malformed",
    "max_tokens": "the model's answer was cut off",
    "model_context_window_exceeded": "the model's answer was cut off",
    "refusal": "the model refused to answer",
}
_NO_ANSWER = "the model gave no usable answer"
_ONE_CALL = Usage(calls=1)


@dataclass
class Meter:
    """Throttled calls and latencies (in seconds) of one batch, shared by its threads."""

    throttled: int = 0
    seconds: list[float] = field(default_factory=list)

    def __add__(self, other: "Meter") -> "Meter":
        return Meter(self.throttled + other.throttled, [*self.seconds, *other.seconds])


class Asker:
    """Makes the model calls of one batch, from several threads.

    Args:
        model: the Bedrock client for the model.
        pace: the worker's share of the quota.
        gauge: the ratio of counted to estimated tokens.
        health: the worker's failure counters.
        now: a monotonic clock in seconds.
        deadline: on that clock; a call that would have to wait for its quota beyond it is not made.
    """

    def __init__(
        self,
        model: Model,
        pace: Pace,
        gauge: Gauge,
        health: Health,
        now: Callable[[], float],
        deadline: float,
    ) -> None:
        self._model = model
        self._pace = pace
        self._gauge = gauge
        self._health = health
        self._now = now
        self._deadline = deadline
        self._turn = threading.Lock()
        self._late = False
        self._checking = threading.Lock()
        self._usable = 0
        self._alone: dict[RecordId, int] = {}
        self._everybody: Unanswered | None = None
        self.meter = Meter()

    def ask(self, prompt: Prompt, categories: Sequence[str], records: Mapping[int, Record]) -> Reply:
        """Makes one call about these records.

        An error, or an answer without a usable label, is attributed to this request if other calls of the
        batch were answered; for a record that was asked alone before, other calls since then, so that no
        record fails because an outage has just begun. If there was no such answer, a call about a harmless
        record (the canary) decides.

        Args:
            prompt: of the records' taxonomy.
            categories: names, in the order of their numbers in the prompt.
            records: by the number under which each is asked.
        """
        seen = self._seen_before(records)
        try:
            answer = self._converse(prompt.request(records))
        except ModelFailed as error:
            reason = f"the model cannot answer this text ({error.code}{error.words and ': '}{error.words})"
            return self._own_or_not(seen, error.code, Reply({}, _ONE_CALL, reason))
        except ModelBusy as error:
            if error.about is About.UNCLEAR:
                own = ModelBusy(error.code, About.REQUEST)
                return self._own_or_not(seen, error.code, Reply({}, _ONE_CALL, error=own))
            self._count(error, error.code)
            if error.about is About.EVERYBODY and self._health.failures >= FAILURES:
                # One request that fails each time is no outage, whatever its code: the canary decides.
                self._others(self._usable)
            return Reply({}, Usage(), error=error)
        except (OutOfTime, ModelRefused) as error:
            return Reply({}, Usage(), error=error)
        labels = check(
            answer.value,
            list(records),
            categories,
            prompt.task,
            cut_off=answer.cut_off,
            known={number: Known(record.text, record.found.keys()) for number, record in records.items()},
        )
        everybody = self._note(seen, answer, len(labels), len(records))
        return Reply(labels, answer.usage, _REASONS.get(answer.stop_reason, _NO_ANSWER), everybody)

    def _seen_before(self, records: Mapping[int, Record]) -> int:
        """Usable answers to disregard: those before the record was first asked alone; 0 for a pack."""
        if len(records) > 1:
            return 0
        (record_id,) = (record.record_id for record in records.values())
        if record_id in self._alone:
            return self._alone[record_id]
        self._alone[record_id] = self._usable
        return 0

    def _own_or_not(self, seen: int, code: str, own: Reply) -> Reply:
        everybody = self._others(seen)
        if isinstance(everybody, ModelBusy):
            self._count(everybody, code)
        return Reply({}, Usage(), error=everybody) if everybody else own

    def _count(self, error: ModelBusy, code: str) -> None:
        """Counts an error that is not about a request: the model's for everybody, or our share's."""
        if error.about is About.SHARE:
            self._health.throttled(error.code, self._now())
        else:
            self._health.failed(code)

    def _note(self, seen: int, answer: ModelAnswer, labels: int, asked: int) -> Unanswered | None:
        """Counts an answer as usable or not; returns what all calls meet, if that made it unusable."""
        if labels:
            self._usable += 1
            self._health.used()
            return None
        self._health.not_used(answer.said)
        enough = self._health.unusable >= UNUSABLE
        if asked > 1 and not enough:
            return None
        everybody = self._others(self._usable if enough else seen)
        if everybody is None:
            self._health.used()
        return everybody

    def _converse(self, request: ModelRequest) -> ModelAnswer:
        estimated = estimate(request)
        family = self._model.family
        spent = family.quota_tokens(round(estimated * self._gauge.ratio), request.max_tokens)
        ticket = self._wait(spent)
        started = self._now()
        try:
            answer = self._model.converse(request)
        except Exception as error:
            # Nothing is swallowed: whatever ended the call, its tokens go back first.
            self._settle(error, ticket)
            raise
        self._health.answered()
        self.meter.seconds.append(self._now() - started)
        usage = answer.usage
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        self._gauge.learn(estimated, read)
        # Tokens read from the prompt cache are not charged to the quota.
        used = family.quota_tokens(read - usage.cache_read_tokens, usage.output_tokens)
        self._pace.settle(ticket, used)
        return answer

    def _wait(self, tokens: float) -> Ticket:
        """Waits for the quota; once a call of the batch has waited in vain, the others do not."""
        with self._turn:
            if self._late:
                raise OutOfTime(TOO_LATE)
            try:
                return self._pace.wait(tokens, self._deadline)
            except OutOfTime:
                self._late = True
                raise

    def _settle(self, error: Exception, ticket: Ticket) -> None:
        if isinstance(error, ModelBusy) and error.about is About.SHARE:
            self.meter.throttled += 1
            self._pace.throttled(ticket)
        else:
            self._pace.settle(ticket, 0)

    def _others(self, seen: int) -> Unanswered | None:
        """The error that all calls meet; None if more than `seen` answers, or the canary's, were usable."""
        with self._checking:
            if self._everybody is None and self._usable == seen:
                self._everybody = self._ask_canary()
            return self._everybody

    def _ask_canary(self) -> Unanswered | None:
        try:
            answer = self._converse(canary(self._model.family.answer_form))
        except (OutOfTime, ModelRefused) as error:
            return error
        except (ModelBusy, ModelFailed) as error:
            met = error if isinstance(error, ModelBusy) and error.about is About.SHARE else everybodys(error)
            if isinstance(met, ModelBusy):
                self._count(met, met.code)
            return met
        if is_usable(answer):
            self._usable += 1
            self._health.used()
            return None
        self._health.not_used(answer.said)
        return ModelBusy(UNUSABLE_ANSWERS)


def estimate(request: ModelRequest) -> int:
    """Estimated input tokens of a request, those in the prompt cache included."""
    return estimate_tokens(request.system) + estimate_tokens(request.user) + SCHEMA_TOKENS
