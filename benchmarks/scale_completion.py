"""Classify's transaction (rows, counters, the test whether all are written) by fifty workers at once."""

import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import quantiles

from local.state import Login
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus, Source, Usage
from shared.contracts.records import Feedback, Record
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.conftest import open_login

ID = "completion-0123456789abcdef"
WORKERS = 50
BATCH = 100
TRANSACTIONS = 10
PROCESSES = 5


@dataclass(frozen=True)
class Completion:
    """Milliseconds of a transaction, and how often the end of classifying was announced."""

    p50: float
    p99: float
    rows_per_second: float
    announced: int


def measure(login: Login) -> Completion:
    """Writes one execution's rows by all workers at once."""
    database = open_login(login)
    rows = WORKERS * TRANSACTIONS * BATCH
    source = Source(bucket="data", key="incoming/completion.csv")
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", source))
    counts = Counts(rows_read=rows, accepted=rows)
    database.transact(lambda tx: execution_store.save_slice(tx, ID, 0, {}, counts))
    database.transact(lambda tx: lifecycle.close_receiving(tx, ID))
    began = time.monotonic()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        each = WORKERS // PROCESSES
        jobs = [pool.submit(_work, login, range(p * each, (p + 1) * each)) for p in range(PROCESSES)]
        seconds = [second for job in jobs for second in job.result()]
    took = time.monotonic() - began
    execution = database.transact(lambda tx: execution_store.find(tx, ID))
    assert execution is not None
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert execution.labelled == rows
    announced = database.transact(
        lambda tx: tx.execute("SELECT id FROM outbox WHERE event_type = 'ExecutionClassified'")
    )
    database.close()
    cuts = quantiles(seconds, n=100)
    return Completion(
        p50=1000 * cuts[49],
        p99=1000 * cuts[98],
        rows_per_second=rows / took,
        announced=announced,
    )


def _work(login: Login, workers: range) -> list[float]:
    """What some of the workers do, each on its own connection."""
    seconds: list[float] = []
    threads = [threading.Thread(target=_worker, args=(login, worker, seconds)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds


def _worker(login: Login, worker: int, seconds: list[float]) -> None:
    database: Database = open_login(login)
    for number in range(TRANSACTIONS):
        outcomes = _outcomes((worker * TRANSACTIONS + number) * BATCH)

        def write(tx: Transaction, outcomes: list[Outcome] = outcomes) -> None:
            execution_store.lock(tx, ID)
            found = feedback_store.whereabouts(tx, [each.record.record_id for each in outcomes])
            counts = feedback_store.write_outcomes(tx, ID, outcomes, found)
            lifecycle.count_written(tx, ID, counts, Usage(calls=5, input_tokens=9000, output_tokens=600))

        began = time.monotonic()
        database.transact(write)
        seconds.append(time.monotonic() - began)
    database.close()


def _outcomes(start: int) -> list[Outcome]:
    return [_outcome(row) for row in range(start + 1, start + BATCH + 1)]


def _outcome(row: int) -> Outcome:
    text = (f"Row {row}. " + "The parcel came late and nobody answered. " * 8)[:300]
    feedback = Feedback(feedback=text, ref_id=f"C{row}", product_name=f"Product {row % 500}")
    record = Record(
        record_id=f"{ID}:{row}", profile="feedback", execution_id=ID, row_number=row, feedback=feedback
    )
    return Outcome(
        record=record,
        status=RowStatus.LABELLED,
        label=f"Category {row % 40}",
        sentiment="negative",
        model_id="model-x",
        prompt_version="1",
        taxonomy_version=1,
        corrections_version=0,
    )
