"""The one place where classify calls the model: paced, counted, its failures noticed."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.classify.pacing import Gauge, Pace
from shared.contracts.execution import Usage
from shared.contracts.records import Record
from shared.model.bedrock import Model, ModelAnswer, ModelBusy, ModelRefused, ModelRequest
from shared.model.cost_estimate import SCHEMA_TOKENS, estimate_tokens
from shared.model.label_prompt import Prompt, canary

INVALID = "ValidationException"
"""Bedrock's code for a request it does not take: our form may be at fault, or one record's text."""

_THROTTLED = ("ThrottlingException", "TooManyRequestsException")


@dataclass
class Meter:
    """What the calls of one batch were like. Threads share it."""

    throttled: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass
class Health:
    """Failures in a row, over all batches of this worker: enough of them are an outage."""

    failures: int = 0
    code: str = ""

    def failed(self, code: str) -> None:
        """Counts one more failure of this kind; another kind counts on."""
        self.failures, self.code = self.failures + 1, code

    def answered(self) -> None:
        """The model is there."""
        self.failures = 0


class Asker:
    """Asks the model about packs.

    Args:
        model: Bedrock.
        pace: this worker's share of the quota.
        gauge: what our estimates are worth.
        health: told of every answer and every failure.
        now: a clock in seconds.
        deadline: when the function's time is over, on that clock; no call begins that must wait longer.
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
        self._form_is_fine: bool | None = None
        self._checking = threading.Lock()
        self.meter = Meter()

    def ask(self, prompt: Prompt, records: Sequence[Record]) -> ModelAnswer:
        """Asks about these records.

        A request that Bedrock calls invalid is tried with a harmless record in their place: if that one is
        taken, the fault is in the records, and the answer is an empty one.

        Raises:
            ModelBusy, OutOfTime: it may be asked later.
            ModelRefused: a person must look.
        """
        try:
            return self._converse(prompt.request(records))
        except ModelRefused as error:
            if error.code != INVALID or not self._is_form_fine():
                raise
            return ModelAnswer(None, "invalid", Usage(calls=1))

    def _converse(self, request: ModelRequest) -> ModelAnswer:
        estimated = estimate(request)
        family = self._model.family
        spent = family.quota_tokens(round(estimated * self._gauge.ratio), request.max_tokens)
        self._pace.wait(spent, self._deadline)
        started = self._now()
        try:
            answer = self._model.converse(request)
        except (ModelBusy, ModelRefused) as error:
            self._note(error, spent)
            raise
        self._health.answered()
        self.meter.seconds.append(self._now() - started)
        usage = answer.usage
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        self._gauge.learn(estimated, read)
        # What is read from the prompt cache does not burn the quota in the end.
        used = family.quota_tokens(read - usage.cache_read_tokens, usage.output_tokens)
        self._pace.settle(spent, used)
        return answer

    def _note(self, error: ModelBusy | ModelRefused, spent: float) -> None:
        if isinstance(error, ModelRefused):
            self._pace.settle(spent, 0)
            return
        self._health.failed(error.code)
        if error.code in _THROTTLED:
            self.meter.throttled += 1
            self._pace.throttled(spent)
        else:
            self._pace.settle(spent, 0)

    def _is_form_fine(self) -> bool:
        """Whether the model takes a harmless record in the form of our requests; asked once a batch."""
        with self._checking:
            if self._form_is_fine is None:
                try:
                    self._converse(canary(self._model.family.answer_form))
                    self._form_is_fine = True
                except ModelRefused:
                    self._form_is_fine = False
            return self._form_is_fine


def estimate(request: ModelRequest) -> int:
    """Tokens that the model will read of a request, from its prompt cache or not."""
    return estimate_tokens(request.system) + estimate_tokens(request.user) + SCHEMA_TOKENS
