"""The circuit breaker: the feedback queue's mappings are disabled while the model is unavailable.

    closed ──ModelUnavailable──▶ open ──a probe is answered──▶ closed

Disabling and enabling a mapping, and writing the state, can be repeated without harm. The state is
written before the mappings are disabled and after they are enabled, so that a crash in between is
made good at the next tick.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.contracts.base import Tolerant
from shared.contracts.events import ModelEvent
from shared.model.bedrock import Model
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, ModelRefused
from shared.model.canary import canary, is_usable

PROBE_INTERVAL = timedelta(seconds=55)
"""A little less than the minute between ticks; a tick may also be delivered twice."""

PROBE_ATTEMPTS, PROBE_PAUSE_SECONDS = 15, 0.7
"""How often in all, and how long apart, a tick asks where it is throttled: a model whose quota others use up
answers some calls, and two a minute would hardly ever be among them."""


class Circuit(StrEnum):
    """The circuit's state; closed: feedback is taken from the queues."""

    CLOSED = "closed"
    OPEN = "open"


class State(Tolerant):
    """What the breaker keeps between invocations; times in UTC."""

    circuit: Circuit = Circuit.CLOSED
    cause: str = ""
    changed_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    probed_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)


class Memory(Protocol):
    """Loads and saves the state."""

    def load(self) -> State: ...
    def save(self, state: State) -> None: ...


class Mappings(Protocol):
    """The event source mappings of the feedback queue."""

    def enable(self) -> bool:
        """Enables all mappings; False if one is just changing and could not be."""

    def disable(self) -> bool:
        """Disables all mappings; False if one is just changing and could not be."""


class News(Protocol):
    """Announces that the model is available again."""

    def model_available(self, cause: str) -> None: ...


class Breaker:
    """Opens the circuit at an outage, probes the model, and closes the circuit when it answers.

    Args:
        memory: loads and saves the state.
        mappings: the event source mappings of the feedback queue.
        model: the model to probe.
        news: announces that the model is available again.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        memory: Memory,
        mappings: Mappings,
        model: Model,
        news: News,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._memory = memory
        self._mappings = mappings
        self._model = model
        self._news = news
        self._sleep = sleep

    def unavailable(self, event: ModelEvent, happened_at: datetime, now: datetime) -> None:
        """Opens the circuit, unless it is open, the event older than the last change, or about another model.

        Of an open circuit the ticks keep the mappings disabled: one may be enabling them just now.

        Args:
            event: the outage.
            happened_at: the event's time.
        """
        state = self._memory.load()
        if event.model_id != self._model.model_id or happened_at < state.changed_at:
            return
        if state.circuit is Circuit.OPEN:
            return
        # The outage has just been seen: the first probe comes an interval later.
        self._memory.save(State(circuit=Circuit.OPEN, cause=event.cause, changed_at=now, probed_at=now))
        self._mappings.disable()

    def tick(self, now: datetime) -> Circuit:
        """While the circuit is open: keeps the mappings disabled and probes, once an interval.

        Returns:
            the circuit as it was before the tick.
        """
        state = self._memory.load()
        # Made anew by a deployment, it does not know whether the mappings were disabled.
        if state == State() and self._mappings.enable():
            self._memory.save(State(probed_at=now))
        if state.circuit is Circuit.CLOSED or now - state.probed_at < PROBE_INTERVAL:
            return state.circuit
        # Written first, so that a tick that comes twice probes once.
        self._memory.save(state.model_copy(update={"probed_at": now}))
        if not self._answers():
            self._mappings.disable()
        elif self._mappings.enable():
            # Announced first: announced twice is safe; never announced, parked records would stay parked.
            self._news.model_available(state.cause)
            self._memory.save(State(circuit=Circuit.CLOSED, changed_at=now))
        return state.circuit

    def _answers(self) -> bool:
        # A model that answers a plain question may still refuse the form of our requests.
        attempts = iter(range(PROBE_ATTEMPTS))
        return all(self._patiently(ask, attempts) for ask in (self._is_there, self._takes_our_form))

    def _patiently(self, ask: Callable[[], bool], attempts: Iterator[int]) -> bool:
        """What `ask` says, as soon as it is not throttled; False if it fails, or no attempt is left."""
        for _ in attempts:
            try:
                return ask()
            except (ModelBusy, ModelFailed, ModelRefused) as error:
                if not (isinstance(error, ModelBusy) and error.about is About.SHARE):
                    return False
                self._sleep(PROBE_PAUSE_SECONDS)
        return False

    def _is_there(self) -> bool:
        self._model.probe()
        return True

    def _takes_our_form(self) -> bool:
        return is_usable(self._model.converse(canary(self._model.family.answer_form)))
