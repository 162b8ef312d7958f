"""The bodies of the categorize queue: the bus's news of executions that were classified."""

from typing import Literal

from shared.contracts.events import Envelope, EventType, ExecutionEvent
from shared.contracts.records import ExecutionId


class Classified(Envelope[Literal[EventType.EXECUTION_CLASSIFIED], ExecutionEvent]):
    """An execution was classified."""

    @property
    def execution_id(self) -> ExecutionId:
        """Which one."""
        return self.detail.execution_id


def parse(body: str) -> Classified:
    """The event in a queue's body. Raises pydantic's ValidationError if it is no such event."""
    return Classified.model_validate_json(body)
