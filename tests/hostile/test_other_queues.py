"""Bodies that nobody sends to the queues behind: they go back alone, and quote nobody."""

import io
import json
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import pytest

from services.breaker import handler as breaker
from services.breaker.breaker import Circuit
from services.breaker.dependencies import Dependencies as BreakerDependencies
from services.categorize import discovery
from services.categorize import handler as categorize
from services.categorize.dependencies import Dependencies as CategorizeDependencies
from services.notify import handler as notify
from services.notify import notices
from services.notify.dependencies import Dependencies as NotifyDependencies
from services.sweep import carrying_out
from services.sweep import handler as sweep
from services.sweep.dependencies import Dependencies as SweepDependencies
from services.sweep.sweeping import Swept
from shared.platform.received import received
from tests.hostile import CANARY
from tests.hostile.stage import CONTEXT, Printed
from tests.integration.dying_world import Message

EVENT = {"version": 1, "execution_id": "a", "profile": "feedback", "status": "classified", "counts": {}}
BODIES: dict[str, Any] = {
    "empty": "",
    "text": f"{CANARY}\nforged",
    "cut": f'{{"kind": "{CANARY}',
    "deep": "[" * 100_000,
    "5000-digits": "9" * 5000,
    "null": None,
    "number": 7,
    "list": [CANARY],
    "unknown-kind": {"kind": CANARY},
    "unknown-event": {"detail-type": CANARY, "detail": EVENT},
    "text-for-an-event": {"detail-type": "ExecutionClassified", "detail": CANARY},
    "list-for-a-type": {"detail-type": [CANARY], "detail": EVENT},
    "sql-for-an-execution": {
        "detail-type": "ExecutionClassified",
        "detail": EVENT | {"execution_id": f"' OR 1=1 --{CANARY}"},
    },
    "newline-in-an-execution": {
        "kind": "tracker_waiting",
        "execution_id": f"{CANARY}\nforged",
        "task_token": "a",
    },
    "half-a-surrogate-pair": {"kind": "notice", "subject": f"{CANARY}\ud800", "message": "a"},
    "unknown-field": {"kind": "notice", "subject": "a", "message": "b", CANARY: 1},
    "list-for-a-notice": {"kind": "notice", "subject": [CANARY], "message": 5},
    "order-for-nothing": {"kind": "replay", "reason": None},
    "order-for-many": {"kind": "replay", "ids": list(range(20_000))},
    "order-for-a-profile": {"kind": "relabel", "profile": f"../{CANARY}"},
    "order-for-a-day": {"kind": "close_day", "before": CANARY},
}
GOOD = {
    "notify": {"kind": "notice", "subject": "All is well", "message": "Nothing happened."},
    "categorize": {"detail-type": "ExecutionClassified", "detail": EVENT},
    "sweep": {"kind": "sweep"},
    "breaker": {"kind": "tick"},
}
HANDLERS: dict[str, Any] = {"notify": notify, "categorize": categorize, "sweep": sweep, "breaker": breaker}
CLEANED = ("notify", "half-a-surrogate-pair")
"""A mail leaves out what no mail can hold."""
TICKS = {name for name, body in BODIES.items() if isinstance(body, dict)}
"""Whatever is no outage, the breaker takes for a tick: looking once more does no harm."""


class Done:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def send(self, *_: object) -> None:
        self.found.append("notify")

    def sweep(self, *_: object) -> Swept:
        self.found.append("sweep")
        return Swept()

    def tick(self, _: object) -> Circuit:
        self.found.append("breaker")
        return Circuit.CLOSED

    def look_daily(self, _: object) -> None:
        """Each tick asks for it."""

    def discover(self, *_: object) -> None:
        self.found.append("categorize")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    found = Done()
    nothing: Any = None
    given: dict[Any, Any] = {
        notify: NotifyDependencies(nothing, nothing, nothing, nothing, nothing, notify.consumer.telemetry),
        categorize: CategorizeDependencies(nothing, nothing, nothing, nothing, categorize.consumer.telemetry),
        sweep: SweepDependencies(nothing, nothing, nothing, sweep.consumer.telemetry, nothing),
        breaker: BreakerDependencies(cast(Any, found), cast(Any, found), breaker.consumer.telemetry),
    }
    for module, deps in given.items():
        monkeypatch.setattr(module.consumer, "dependencies", partial(_same, deps))
    monkeypatch.setattr(notices, "send", found.send)
    monkeypatch.setattr(discovery, "discover", found.discover)
    monkeypatch.setattr(carrying_out, "Sweeping", lambda _: found)
    return found


def _same(given: Any) -> Any:
    return given


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing of a body is printed."""
    said = Printed(io.StringIO())
    for module in HANDLERS.values():
        monkeypatch.setattr(module.consumer.telemetry.logger.registered_handler, "stream", said.stream)
    yield
    said.check("".join(capsys.readouterr()), "")


@pytest.mark.usefixtures("printed")
@pytest.mark.parametrize("queue", HANDLERS)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_nobody_sends_goes_back_alone(queue: str, name: str, done: Done) -> None:
    body = BODIES[name]
    texts = [body if isinstance(body, str) else json.dumps(body), json.dumps(GOOD[queue])]
    records = [Message(str(place), text, receives=1).raw(queue) for place, text in enumerate(texts)]

    answer = HANDLERS[queue].handler({"Records": records}, CONTEXT)

    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    if (queue == "breaker" and name in TICKS) or (queue, name) == CLEANED:
        assert (failed, done.found) == ([], [queue, queue])
    else:
        assert (failed, done.found) == (["0"], [queue])


@pytest.mark.parametrize("value", ["-1", "²", "٣", "9" * 5000, f"{CANARY}\nforged", ""])
def test_a_hostile_attribute_counts_as_none(value: str) -> None:
    attributes = {name: {"DataType": "String", "StringValue": value} for name in ("deferrals", "hops")}
    message = received(Message("1", "{}", attributes, receives=1).raw("categorize"))
    assert (message.deferrals, message.hops) == (0, 0)
