"""CPU that the handler's code takes for a record, without the model: a batch of 100 invoked directly."""

import cProfile
import io
import json
import pstats
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.instant import Instant, NoServer
from local.state import Login
from shared.contracts.records import Record
from shared.model.bedrock import Model
from shared.platform.received import Received
from tests.conftest import open_login
from tests.integration.classify_world import World

BATCH = 100
BATCHES = 30
_WARM_UP = 3
_LINES = 14


@dataclass(frozen=True)
class HandlerCpu:
    """Milliseconds of this process's CPU for a record, and where they go."""

    milliseconds_per_record: float
    profile: str


def measure(login: Login, records: Sequence[Record]) -> HandlerCpu:
    """Runs batches through classify and a real database."""
    database = open_login(login)
    world = World(database, NoServer())  # type: ignore[arg-type]
    world.add_categories()
    world.start_file((BATCHES + _WARM_UP) * 2 * BATCH)
    worker = world.deps.worker
    worker.model = Model(Instant(), worker.model.model_id)
    key = world.execution().execution_key
    batches = [_messages(key, records, number) for number in range(2 * (BATCHES + _WARM_UP))]
    for batch in batches[:_WARM_UP]:
        _handle(world, batch)
    began = time.process_time()
    for batch in batches[_WARM_UP : _WARM_UP + BATCHES]:
        assert _handle(world, batch) == set()
    seconds = time.process_time() - began
    profile = _profile(world, batches[_WARM_UP + BATCHES :])
    database.close()
    return HandlerCpu(seconds * 1000 / (BATCHES * BATCH), profile)


def _handle(world: World, batch: Sequence[Received]) -> set[str]:
    failed = world.handle(batch)
    # What a flush prints would hide the table.
    world.telemetry.metrics.clear_metrics()
    return failed


def _profile(world: World, batches: Sequence[Sequence[Received]]) -> str:
    profiler = cProfile.Profile(time.thread_time)
    profiler.enable()
    for batch in batches:
        _handle(world, batch)
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(_LINES)
    return text.getvalue()


def _messages(key: str, records: Sequence[Record], number: int) -> list[Received]:
    rows = range(number * BATCH + 1, (number + 1) * BATCH + 1)
    return [Received(f"m-{row}", _body(key, records[row % len(records)], row)) for row in rows]


def _body(key: str, record: Record, row: int) -> str:
    said = record.feedback.model_dump(mode="json")
    body = {
        "version": 1,
        "execution_id": "reviews-0123456789abcdef",
        "execution_key": key,
        "row_number": row,
        "profile": "feedback",
        # A number at the end, so that no text was asked before.
        "feedback": {**said, "feedback": f"{said['feedback']} {row}"},
    }
    return json.dumps(body, ensure_ascii=False)
