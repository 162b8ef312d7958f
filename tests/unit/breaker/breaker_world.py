"""Memory, mappings, model and news of a breaker."""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from services.breaker.breaker import (
    Breaker,
    Circuit,
    State,
)
from shared.contracts.events import ModelEvent
from shared.model.bedrock import Model
from shared.model.label_prompt import TOOL

MODEL = "amazon.nova-lite-v1:0"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class World:
    """Memory, mappings, model and news at once."""

    def __init__(self, model_id: str = MODEL) -> None:
        self.model_id = model_id
        self.state = State()
        self.enabled = True
        self.free = True
        self.probes = 0
        self.requests: list[str] = []
        self.error: Exception | None = None
        self.form_error: Exception | None = None
        self.says: object = {"labels": ["42 1 positive"]}
        self.told: list[str] = []
        self.bus_error: Exception | None = None
        self.saved = 0
        self.slept: list[float] = []
        self.throttled = 0
        self.breaker = Breaker(self, self, Model(self, model_id), self, self.slept.append)

    def circuit(self) -> Circuit:
        return self.state.circuit

    def flows(self) -> bool:
        return self.enabled

    def load(self) -> State:
        return self.state

    def save(self, state: State) -> None:
        self.state = state
        self.saved += 1

    def enable(self) -> bool:
        self.enabled = self.enabled or self.free
        return self.free

    def disable(self) -> bool:
        self.enabled = False
        return True

    def model_available(self, cause: str) -> None:
        if self.bus_error:
            raise self.bus_error
        self.told.append(cause)

    def converse(self, **request: Any) -> Any:
        probe = "toolConfig" not in request
        if self.throttled:
            self.throttled -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Converse")
        self.probes += probe
        if not probe:
            self.requests.append(request["system"][0]["text"])
        if error := self.error if probe else self.form_error:
            raise error
        content = [] if probe else [{"toolUse": {"name": TOOL, "input": self.says}}]
        return {"output": {"message": {"content": content}}, "usage": {}}

    def outage(self, at: datetime = NOON, *, needs_person: bool = False) -> None:
        cause = "ServiceUnavailableException"
        event = ModelEvent(model_id=self.model_id, cause=cause, needs_person=needs_person)
        self.breaker.unavailable(event, at, at)
