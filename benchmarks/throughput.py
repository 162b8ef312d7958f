"""Records per minute under a quota and a latency model: real time, real calls, the shipped pacing."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks import baseline
from benchmarks.pacing_workload import BATCH, DEFAULTS
from benchmarks.server import Server
from services.classify.groups import Group
from services.classify.incoming import Delivery
from services.classify.prompt_library import Prompts
from services.classify.settings import ClassifySettings
from services.classify.worker import Worker
from shared.contracts.records import Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.bedrock import Model
from shared.model.bedrock_client import ModelBusy
from shared.model.label_prompt import build, numbered
from shared.platform.received import Received

TOKENS_PER_MINUTE = 200_000
LATENCY = {"fixed_seconds": 0.5, "seconds_per_output_token": 0.02}
WORKERS = DEFAULTS.feedback_concurrency
WARM_UP_SECONDS = 15
MEASURED_SECONDS = 60
_FAR = 3600.0


@dataclass(frozen=True)
class Throughput:
    """What the server saw between the end of the warm-up and the end."""

    records_per_minute: float
    quota_share: float
    calls: int
    throttled: int
    output_tokens_per_record: float


def ours(server: Server, model_id: str, taxonomy: Taxonomy, records: Sequence[Record]) -> Throughput:
    """The workers of the template with the whole quota between them; nothing waits on a database."""
    known = {"tokens_per_minute": TOKENS_PER_MINUTE, "categorize_share": 0}
    return _measure(server, spending(server, model_id, taxonomy, records, **known), WORKERS)


def spending(
    server: Server, model_id: str, taxonomy: Taxonomy, records: Sequence[Record], **settings: float
) -> Callable[[threading.Event], None]:
    """What one worker does until it is told to stop: batch after batch of these records, over and over."""
    given = {"feedback_queue_url": "-", "model_id": model_id, "embedding_model_id": "-"}
    read = ClassifySettings.model_validate(given | settings)
    prompts = Prompts(taxonomy, build(taxonomy, [], Model(server.client(), model_id).family.answer_form))
    numbers = itertools.count()

    def work(stop: threading.Event) -> None:
        worker = Worker(Model(server.client(), model_id), read)
        while not stop.is_set():
            worker.label([_batch(prompts, model_id, records, next(numbers))], worker.clock.now() + _FAR)

    return work


def single(server: Server, model_id: str, taxonomy: Taxonomy, records: Sequence[Record]) -> Throughput:
    """The baseline."""
    turn = itertools.cycle(records)

    def work(stop: threading.Event) -> None:
        model = Model(server.client(), model_id)
        while not stop.is_set():
            try:
                model.converse(baseline.request(taxonomy, next(turn)))
            except ModelBusy:
                time.sleep(1)

    return _measure(server, work, baseline.CONCURRENCY)


def warm(server: Server, model_id: str, taxonomy: Taxonomy, records: Sequence[Record]) -> None:
    """Lets the server's engine meet every text once, so that its own arithmetic is not measured."""
    model = Model(server.client(), model_id)
    prompt = build(taxonomy, [], model.family.answer_form)
    for start in range(0, len(records), 20):
        model.converse(prompt.request(numbered(records[start : start + 20])))


def _batch(prompts: Prompts, model_id: str, records: Sequence[Record], number: int) -> Group:
    start = number * BATCH % len(records)
    chosen = itertools.islice(itertools.cycle(records), start, start + BATCH)
    group = Group("feedback", None, prompts, model_id)
    for record in chosen:
        group.deliveries[record.record_id] = Delivery(Received(record.record_id, ""), record, None)
    return group


def _measure(server: Server, work: Callable[[threading.Event], None], threads: int) -> Throughput:
    server.put("/latency", **LATENCY)
    server.put("/quota", tokens_per_minute=TOKENS_PER_MINUTE)
    stop = threading.Event()
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(work, stop) for _ in range(threads)]
        time.sleep(WARM_UP_SECONDS)
        server.reset()
        began = time.monotonic()
        time.sleep(MEASURED_SECONDS)
        seconds = time.monotonic() - began
        figures = server.get("/stats")
        stop.set()
        # What still runs ends without limits: its figures are not asked for any more.
        server.put("/quota")
        server.put("/latency")
    for each in running:
        each.result()
    return Throughput(
        records_per_minute=figures["records"] * 60 / seconds,
        quota_share=figures["quota_tokens"] / (TOKENS_PER_MINUTE * seconds / 60),
        calls=figures["calls"],
        throttled=figures["throttled"],
        output_tokens_per_record=figures["output_tokens"] / max(1, figures["records"]),
    )
