"""A million rows through ingest, beside `csv.reader` reading the same file: rows per second and memory."""

import csv
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import memory
from local.state import Login
from services.ingest.dependencies import Dependencies
from services.ingest.ingest import Ingest
from services.ingest.routing import ObjectCreated
from services.ingest.settings import IngestSettings
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import ContinueIngest
from shared.platform.telemetry import Telemetry
from shared.stores import execution_store
from tests.builders import ingest_settings, object_created
from tests.conftest import open_login


@dataclass(frozen=True)
class Ingested:
    """What it took; `peak` and `before` are bytes of the process, at most and before the first slice."""

    rows: int
    sent: int
    slices: int
    seconds: float
    plain_seconds: float
    peak: int
    before: int


class _File:
    """S3 with one object."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    def get_object(self, **request: Any) -> Mapping[str, Any]:
        first, last = request["Range"].removeprefix("bytes=").split("-")
        with self._path.open("rb") as file:
            file.seek(int(first))
            block = file.read(int(last) - int(first) + 1)
        return {"ETag": '"0a"', "Body": io.BytesIO(block), "ContentRange": f"bytes {first}-/{self._size}"}


class _Queue:
    """SQS, which takes everything at once."""

    def __init__(self) -> None:
        self.sent = 0

    def send_message_batch(self, **request: Any) -> Mapping[str, Any]:
        self.sent += len(request["Entries"])
        return {}


class _Tracker:
    def start_execution(self, **_: Any) -> Mapping[str, Any]:
        return {}


def measure(login: Login, path: Path) -> Ingested:
    """Reads the file to its end, slice by slice. In a process of its own, because memory is measured."""
    plain = _plain(path)
    database, queue = open_login(login), _Queue()
    telemetry = Telemetry("bench")
    telemetry.logger.setLevel("CRITICAL")
    settings: IngestSettings = ingest_settings()
    s3: Any = _File(path)
    sqs: Any = queue
    sfn: Any = _Tracker()
    deps = Dependencies(settings, database, s3, sqs, sfn, telemetry, time.monotonic)
    event = ObjectCreated.model_validate(object_created("incoming/large.csv", size=path.stat().st_size))
    before = memory.peak()
    began = time.monotonic()
    Ingest(deps).upload(event, time.monotonic() + settings.slice_seconds)
    slices = 1
    find = execution_store.find
    while execution := database.transact(lambda tx: find(tx, event.execution_id)):
        if execution.status is not ExecutionStatus.RECEIVING:
            break
        message = ContinueIngest(execution_id=event.execution_id, slice=execution.ingest_slice)
        Ingest(deps).go_on(message, time.monotonic() + settings.slice_seconds)
        slices += 1
    seconds = time.monotonic() - began
    database.close()
    assert execution is not None
    return Ingested(execution.accepted, queue.sent, slices, seconds, plain, memory.peak(), before)


def _plain(path: Path) -> float:
    began = time.monotonic()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.monotonic() - began
