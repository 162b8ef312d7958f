"""One record that meets a busy model 25 times in a row: is it still there, and counted once?"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from typing_extensions import override

from benchmarks.instant import Instant, NoServer
from local.state import Login
from shared.model.bedrock import Model
from shared.platform.received import Received
from tests.conftest import open_login
from tests.integration.classify_world import World, direct_message

HOPS = 25
"""More than the five receives after which SQS gives a message up."""
_TEXT = "It came late."


@dataclass(frozen=True)
class Deferrals:
    """What became of the record."""

    hops: int
    rows: int
    counted: int


class _BusyFor(Instant):
    """A model that throttles so many calls and then answers."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    @override
    def converse(self, **request: Any) -> Any:
        if self._left:
            self._left -= 1
            response = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}
            raise ClientError(response, "Converse")  # type: ignore[arg-type]
        return super().converse(**request)


def measure(login: Login) -> Deferrals:
    """Sends the record, and each copy of it that comes back, until none does."""
    database = open_login(login)
    world = World(database, NoServer())  # type: ignore[arg-type]
    world.add_categories()
    worker = world.deps.worker
    worker.model = Model(_BusyFor(HOPS), worker.model.model_id)
    messages: list[Received] = [direct_message("deferred-record", _TEXT)]
    hops = 0
    while messages:
        assert world.handle(messages) == set()
        messages = world.copies()
        hops += len(messages)
    counts = world.direct().counts
    rows = [row for row in world.rows() if row["feedback"] == _TEXT]
    database.close()
    return Deferrals(hops=hops, rows=len(rows), counted=counts.labelled + counts.unknown + counts.failed)
