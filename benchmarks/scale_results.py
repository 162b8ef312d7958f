"""results.csv of very many rows, slice by slice, and the figures of its report."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from typing_extensions import override

from benchmarks import memory
from benchmarks.scale_rows import LARGE
from local.state import Login
from services.notify.report_figures import read_figures
from services.notify.results_slices import ResultsSlices, part_bytes
from services.notify.storage import Storage
from shared.contracts.execution import Execution
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, results_upload_store
from shared.stores.feedback_store import tallies
from tests.conftest import database_settings, open_login, secret_of

SLICE_SECONDS = 100
"""Of an invocation of notify, which has 300."""
EXPLAINED = 5


@dataclass(frozen=True)
class Slice:
    """One invocation's: rows so far, parts so far, and seconds."""

    rows: int
    parts: int
    seconds: float


@dataclass(frozen=True)
class Written:
    """How the results were written; bytes of the file, and of the process at most."""

    slices: list[Slice]
    size: int
    peak: int

    @property
    def rows_per_second(self) -> float:
        return self.slices[-1].rows / sum(each.seconds for each in self.slices)


@dataclass(frozen=True)
class Query:
    """One statement of the figures, and what EXPLAIN says of its tables."""

    seconds: float
    text: str
    plan: str = ""


class _S3:
    """S3, which takes everything at once."""

    def __init__(self) -> None:
        self.size = 0

    def put_object(self, **request: Any) -> Mapping[str, Any]:
        self.size += len(request["Body"])
        return {}

    def create_multipart_upload(self, **_: Any) -> Mapping[str, Any]:
        return {"UploadId": "upload"}

    def upload_part(self, **request: Any) -> Mapping[str, Any]:
        self.size += len(request["Body"])
        return {"ETag": f'"{request["PartNumber"]:032x}"'}

    def complete_multipart_upload(self, **_: Any) -> Mapping[str, Any]:
        return {}


class _Timed(Transaction):
    """Notes how long each statement takes."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.queries: list[tuple[float, str, Any]] = []

    @override
    def execute(self, query: str, args: Any = None) -> int:
        began = time.monotonic()
        try:
            return self._tx.execute(query, args)
        finally:
            self.queries.append((time.monotonic() - began, query, args))

    @override
    def fetchone(self) -> dict[str, Any] | None:
        return self._tx.fetchone()

    @override
    def fetchall(self) -> list[dict[str, Any]]:
        return self._tx.fetchall()


def write(login: Login, rows: int) -> Written:
    """Writes slices until so many rows are written. In a process of its own, because memory is measured."""
    database, s3 = open_login(login), _S3()
    client: Any = s3
    settings = SimpleNamespace(writes_parquet=False)
    deps: Any = SimpleNamespace(database=database, storage=Storage(client, "data"), settings=settings)
    slices: list[Slice] = []
    while not slices or slices[-1].rows < rows:
        execution = _execution(login)
        began = time.monotonic()
        # Of fewer rows, shorter ones, so that there are some.
        until = began + SLICE_SECONDS * min(1.0, rows / 1_000_000)
        whole = ResultsSlices(deps, execution, None).write(lambda: time.monotonic() > until)  # noqa: B023
        seconds = time.monotonic() - began
        upload = database.transact(lambda tx: results_upload_store.find(tx, LARGE))
        if whole or upload is None or upload.place is None:
            slices.append(Slice(execution.accepted, len(upload.parts) if upload else 0, seconds))
            break
        slices.append(Slice(upload.place.row_number or 0, len(upload.parts), seconds))
    database.close()
    return Written(slices, s3.size, memory.peak())


def count_rest(login: Login) -> float:
    """Has the rows that were not written counted, as their slice would; returns the seconds for a million."""
    database, execution = open_login(login), _execution(login)
    upload = database.transact(lambda tx: results_upload_store.find(tx, LARGE))
    if upload is None or upload.place is None:
        return 0.0
    place, rest = upload.place, execution.accepted - (upload.place.row_number or 0)
    began = time.monotonic()
    database.transact(lambda tx: tallies.add(tx, execution, upload.upload_id, place, None))
    seconds = time.monotonic() - began
    database.close()
    return seconds * 1_000_000 / rest


def figures(login: Login, *, tallied: bool) -> list[Query]:
    """The statements of a report's figures, the slowest first.

    Args:
        tallied: whether they add up what slices have counted, or count all rows at once.
    """
    database = Database(database_settings(login), secret_of(login), timeout=600)
    if not tallied:
        database.transact(lambda tx: results_upload_store.forget(tx, LARGE))
    execution = _execution(login)
    timed: list[_Timed] = []

    def read(tx: Transaction) -> None:
        timed.append(_Timed(tx))
        read_figures(timed[-1], execution)

    database.transact(read)
    slowest = sorted(timed[-1].queries, key=lambda each: -each[0])
    found = [Query(seconds, query) for seconds, query, _ in slowest]
    plans = [
        database.transact(partial(_plan, query=query, arguments=arguments))
        for _, query, arguments in slowest[:EXPLAINED]
    ]
    database.close()
    return [replace(each, plan=plan) for each, plan in zip(found, plans, strict=False)] + found[EXPLAINED:]


def parts_of(size: float) -> int:
    """In how many parts a file of so many bytes is sent."""
    parts = 0
    while size > 0:
        size -= part_bytes(parts)
        parts += 1
    return parts


def _plan(tx: Transaction, query: str, arguments: Any) -> str:
    tx.execute("EXPLAIN " + query, arguments)
    return "; ".join(map(_table, tx.fetchall()))


def _table(row: Mapping[str, Any]) -> str:
    return f"{row['table']} by {row['key'] or 'no index'}, {row['rows']} rows"


def _execution(login: Login) -> Execution:
    database = open_login(login)
    execution = database.transact(lambda tx: execution_store.find(tx, LARGE))
    database.close()
    assert execution is not None
    return execution
