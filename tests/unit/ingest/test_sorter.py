"""Rejected rows wait to be written together, but not until they fill the memory."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.ingest.checkpoint import Checkpoint
from services.ingest.reader import Row
from services.ingest.sorter import Sorter
from tests.unit.ingest.reading import layout_of


class Table:
    """The database, and how many rows each of its statements wrote."""

    def __init__(self) -> None:
        self.written: list[int] = []

    def transact(self, work: Any) -> Any:
        return work(self)

    def executemany(self, _: str, rows: list[Any]) -> int:
        self.written.append(len(rows))
        return len(rows)


@pytest.mark.parametrize("length,written", [(10, [200, 200, 100]), (1_000_000, [2] * 250)])
def test_rejected_rows_are_written_by_number_and_by_length(length: int, written: list[int]) -> None:
    table = Table()
    deps: Any = SimpleNamespace(database=table)
    sender: Any = SimpleNamespace(flush=lambda: None)
    execution: Any = SimpleNamespace(execution_id="reviews-0123456789abcdef")
    layout = layout_of(b"feedback\nlate\n")
    checkpoint = Checkpoint(phase="rows", layout=layout, offset=0, estimated_rows=500)
    sorter = Sorter(deps, sender, execution, checkpoint)

    raw = "x" * length
    for number in range(1, 501):
        sorter.take(Row(number, raw, problem="it cannot be read"))
    sorter.flush()

    assert table.written == written
    assert sorter.rejected == 500
