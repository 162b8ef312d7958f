"""The circuit breaker's adapters for SSM, Lambda and EventBridge."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from botocore.exceptions import ClientError

from shared.contracts.base import Contract, Tolerant
from shared.contracts.errors import TransientError
from shared.contracts.events import SOURCE, EventType, ModelEndingEvent, ModelEvent
from shared.platform.telemetry import Telemetry

Kept = TypeVar("Kept", bound=Tolerant)


class NewsNotTaken(TransientError):
    """EventBridge did not take the event; the next tick sends it again."""


class ParameterMemory(Generic[Kept]):
    """Keeps a state as JSON in an SSM parameter."""

    def __init__(self, ssm: Any, name: str, kind: type[Kept]) -> None:
        self._ssm = ssm
        self._name = name
        self._kind = kind

    def load(self) -> Kept:
        return self._kind.model_validate_json(self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"])

    def save(self, state: Kept) -> None:
        self._ssm.put_parameter(Name=self._name, Value=state.model_dump_json(), Type="String", Overwrite=True)


class LambdaMappings:
    """Enables and disables event source mappings, named by their UUIDs."""

    def __init__(self, client: Any, mapping_ids: Sequence[str], telemetry: Telemetry) -> None:
        self._client = client
        self._ids = mapping_ids
        self._telemetry = telemetry

    def enable(self) -> bool:
        return self._switch(on=True)

    def disable(self) -> bool:
        return self._switch(on=False)

    def _switch(self, *, on: bool) -> bool:
        results = [self._set(mapping_id, on=on) for mapping_id in self._ids]
        return all(results)

    def _set(self, mapping_id: str, *, on: bool) -> bool:
        wanted = ("Enabled", "Enabling") if on else ("Disabled", "Disabling")
        if self._client.get_event_source_mapping(UUID=mapping_id)["State"] in wanted:
            return True
        try:
            self._client.update_event_source_mapping(UUID=mapping_id, Enabled=on)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            # It is just changing: the next tick tries again.
            return False
        self._telemetry.logger.info("mapping switched", mapping_id=mapping_id, enabled=on)
        return True


class BusNews:
    """Publishes ModelAvailable and ModelEnding on the event bus."""

    def __init__(self, events: Any, bus_name: str, model_id: str, telemetry: Telemetry) -> None:
        self._events = events
        self._bus_name = bus_name
        self._model_id = model_id
        self._telemetry = telemetry

    def model_available(self, cause: str) -> None:
        self._publish(EventType.MODEL_AVAILABLE, ModelEvent(model_id=self._model_id, cause=cause))
        self._telemetry.logger.info("model available", cause=cause)
        self._telemetry.count("ModelAvailable")

    def model_ending(self, event: ModelEndingEvent) -> None:
        self._publish(EventType.MODEL_ENDING, event)
        self._telemetry.logger.warning("a model will end", model=event.name, days=event.days_left)

    def _publish(self, event_type: EventType, event: Contract) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": event_type,
            "Detail": event.model_dump_json(),
            "EventBusName": self._bus_name,
        }
        if self._events.put_events(Entries=[entry])["FailedEntryCount"]:
            raise NewsNotTaken(f"the bus did not take {event_type}")
