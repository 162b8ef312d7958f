"""Classify's workers on a fake clock: the shipped pacing against the local server's quota, hours in a second.

    minutes = minutes_to_label(1_000_000, characters=300, tokens_per_minute=4_000_000)

What is simulated is what the pacing decides by: when calls start, end and meet a 429, and how batches come
and go. Texts, MySQL and SQS are not; `Fleet.pause` stands for them.
"""

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks.pacing_workload import DEFAULTS, Fleet, Work, work_of
from local.bedrock.errors import BedrockError
from local.bedrock.quota import Quota, QuotaSettings, Reservation
from services.classify.pacing import Pace, Ticket
from services.classify.rate import Clock

FIXED_SECONDS, SECONDS_PER_OUTPUT_TOKEN = 0.5, 0.01
"""What a call takes; each 0.8 to 1.5 times as long."""
_BURN = 5
"""Tokens of the quota that an output token of the default model burns."""
_REFUSED_AFTER_SECONDS = 0.05
_STEP_SECONDS = 0.5


@dataclass
class Worker:
    """One worker, and the batch that it has."""

    pace: Pace
    left: int = 0
    under_way: int = 0
    began: float = 0.0
    waits: bool = False


@dataclass(frozen=True)
class Call:
    """A call that waits or is under way: its records, input tokens, and what the worker reserves for it."""

    worker: Worker
    records: int
    input_tokens: float
    reserved: float
    patient_until: float


@dataclass
class Simulation:
    """Workers before one quota.

    Attributes:
        rows: that are to be labelled; infinite: for as long as one looks.
        burst: minutes' worth of quota that an idle model has saved up.
        used: time and quota tokens of each answered call.
        calls: of each call its time, the quota tokens that it would use, and whether it met a 429.
        worker_seconds: that batches took: seconds of one Lambda function.
        given_back: rows that went back to the queue, each time counted.
    """

    quota: float
    work: Work
    fleet: Fleet = field(default_factory=Fleet)
    rows: float = math.inf
    burst: float = 1.0
    seed: int = 1
    now: float = 0.0
    used: list[tuple[float, float]] = field(default_factory=list)
    calls: list[tuple[float, float, bool]] = field(default_factory=list)
    worker_seconds: float = 0.0
    given_back: int = 0

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._chance = random.Random(self.seed)
        self.server = Quota(lambda: self.now)
        self.change_quota(self.quota)
        self.workers = [Worker(self.new_pace()) for _ in range(self.fleet.workers)]
        for place, worker in enumerate(self.workers):
            self.after(0.7 * place, partial(self._begin, worker))

    def change_quota(self, tokens_per_minute: float) -> None:
        """As `PUT /quota` does it: the new quota begins full."""
        self.quota = tokens_per_minute
        self.limit(QuotaSettings(tokens_per_minute=tokens_per_minute, burst=self.burst))

    def limit(self, settings: QuotaSettings) -> None:
        """Any limits of the server's."""
        self.server.put(settings)

    def new_pace(self) -> Pace:
        """That of a cold worker."""
        return Pace(self.fleet.rate(), 0, Clock(lambda: self.now, lambda _: None))

    def run(self, until: float = math.inf) -> None:
        """Runs until that time in seconds, or until all rows are labelled."""
        while self._events and self._events[0][0] <= until:
            self.now, _, action = heapq.heappop(self._events)
            action()

    def used_share(self, start: float, end: float) -> float:
        """The part of today's quota that was used between these times."""
        return sum(tokens for at, tokens in self.used if start <= at < end) / self._granted(start, end)

    def throttled_share(self, start: float, end: float) -> float:
        """The part of the calls between these times that met a 429."""
        calls = [refused for at, _, refused in self.calls if start <= at < end]
        return sum(calls) / max(1, len(calls))

    def asked_share(self, start: float, end: float) -> float:
        """What was asked for between these times, 429s included, as a part of today's quota."""
        return sum(tokens for at, tokens, _ in self.calls if start <= at < end) / self._granted(start, end)

    def _granted(self, start: float, end: float) -> float:
        return self.quota * (end - start) / 60

    def seconds_per_thousand_rows(self) -> float:
        """Lambda-seconds for a thousand rows."""
        return 1_000 * self.worker_seconds / (len(self.used) * self.work.records)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Has this done after so many seconds."""
        heapq.heappush(self._events, (self.now + seconds, next(self._order), action))

    def _begin(self, worker: Worker) -> None:
        worker.left, worker.began = int(min(self.fleet.batch, self.rows)), self.now
        self.rows -= worker.left
        if worker.left:
            self._go_on(worker)
        elif any(each.left or each.under_way for each in self.workers):
            self.after(self.fleet.pause, partial(self._begin, worker))

    def _go_on(self, worker: Worker) -> None:
        """Begins to wait for the next call's quota, or ends the batch."""
        if worker.waits:
            return
        if worker.left and worker.under_way < self.fleet.calls:
            worker.waits = True
            self._try(self._next(worker))
        elif not worker.left and not worker.under_way:
            self.worker_seconds += self.now - worker.began + self.fleet.pause
            self.after(self.fleet.pause, partial(self._begin, worker))

    def _next(self, worker: Worker) -> Call:
        records = min(self.work.records, worker.left)
        part = records / self.work.records
        input_tokens = part * self.work.input_tokens * self._chance.uniform(0.7, 1.3)
        estimated = input_tokens * self._chance.uniform(0.95, 1.05)
        reserved = estimated + part * self.work.max_tokens * _BURN
        return Call(worker, records, input_tokens, reserved, self.now + self.fleet.patience)

    def _try(self, call: Call) -> None:
        worker = call.worker
        late = self.now > worker.began + self.fleet.hold
        pause = math.inf if late else worker.pace.start(call.reserved)
        if isinstance(pause, Ticket):
            worker.left -= call.records
            self._call(call, pause)
        elif late or (self.now >= call.patient_until and not worker.under_way):
            self._give_back(worker.left)
            worker.left = 0
        else:
            self.after(min(max(pause, 0.001), _STEP_SECONDS), partial(self._try, call))
            return
        worker.waits = False
        self._go_on(worker)

    def _call(self, call: Call, ticket: Ticket) -> None:
        call.worker.under_way += 1
        output_tokens = self.work.output_tokens * self._chance.uniform(0.8, 1.2)
        used = call.input_tokens + output_tokens * _BURN
        try:
            held = self.server.reserve("", call.input_tokens + self.work.max_tokens)
        except BedrockError:
            self.calls.append((self.now, used, True))
            self.after(_REFUSED_AFTER_SECONDS, partial(self._refused, call, ticket))
        else:
            self.calls.append((self.now, used, False))
            seconds = FIXED_SECONDS + SECONDS_PER_OUTPUT_TOKEN * output_tokens
            answered = partial(self._answered, call, ticket, held, used)
            self.after(seconds * self._chance.uniform(0.8, 1.5), answered)

    def _refused(self, call: Call, ticket: Ticket) -> None:
        call.worker.pace.throttled(ticket)
        self._give_back(call.records)
        self._ended(call.worker)

    def _give_back(self, rows: int) -> None:
        self.rows += rows
        self.given_back += rows

    def _answered(self, call: Call, ticket: Ticket, held: Reservation, used: float) -> None:
        self.server.settle(held, used)
        call.worker.pace.settle(ticket, used)
        self.used.append((self.now, used))
        self._ended(call.worker)

    def _ended(self, worker: Worker) -> None:
        worker.under_way -= 1
        self._go_on(worker)


def minutes_to_label(
    rows: int,
    characters: int,
    tokens_per_minute: float,
    *,
    pack_size: int = DEFAULTS.pack_size,
    fleet: Fleet | None = None,
) -> float:
    """Minutes until so many rows are labelled, from the first call on, with the shipped pacing.

    Args:
        rows: how many.
        characters: length of each text.
        tokens_per_minute: the model's quota, which the workers are not told.
        pack_size: records in a call, at most.
        fleet: other workers than the shipped ones.
    """
    work = work_of(characters, pack_size)
    simulation = Simulation(tokens_per_minute, work, fleet or Fleet(), rows=rows)
    simulation.run()
    return simulation.now / 60
