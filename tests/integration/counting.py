"""Holds the counters and the announcements of executions against the rows and the outbox."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from shared.contracts.execution import Execution, ExecutionStatus
from shared.platform.database import Transaction
from shared.stores.feedback_store import RowStatus
from tests.integration.dying_pipeline import Pipeline

ONCE = (
    "ExecutionStarted",
    "ExecutionIngested",
    "ExecutionClassified",
    "ExecutionCategorized",
    "ExecutionCompleted",
)
"""An execution announces each of these once at most; ExecutionRevised may come often."""


class Counting(RuleBasedStateMachine):
    """A pipeline, and what was put into it.

    Attributes:
        files: the texts of each file by its key; an empty text is no feedback.
        direct: by the id of each direct record, the texts that were sent under it.
        nonsense: bodies that are no feedback.
        rows: how many there were when they were counted last.
    """

    pipeline: Pipeline
    files: dict[str, list[str]]
    direct: set[tuple[str, str, str]]
    nonsense: set[str]
    rows: int

    def select(self, query: str) -> list[dict[str, Any]]:
        def work(tx: Transaction) -> list[dict[str, Any]]:
            tx.execute(query)
            return list(tx.fetchall())

        return self.pipeline.database.transact(work)

    def executions(self, *statuses: ExecutionStatus) -> list[Execution]:
        """All of them, or those of these statuses."""
        rows = self.select("SELECT * FROM execution ORDER BY execution_id")
        found = [Execution.model_validate(row) for row in rows]
        return [each for each in found if not statuses or each.status in statuses]

    def check_counters(self) -> None:
        """The counters are what the rows say, as far as they can be while more is to come."""
        rows = _by_execution(
            self.select(
                "SELECT execution_id, status AS what, COUNT(*) AS n FROM customer_feedback GROUP BY 1, 2"
            )
        )
        rejected = _by_execution(
            self.select("SELECT execution_id, 'rejected' AS what, COUNT(*) AS n FROM rejected_row GROUP BY 1")
        )
        self.rows = sum(each.total() for each in rows.values())
        for each in self.executions():
            found, counts = rows[each.execution_id], each.counts
            by_status = {status.value: getattr(counts, status) for status in RowStatus}
            assert Counter(by_status) == Counter(found), each.execution_id
            assert counts.rows_read == counts.accepted + counts.rejected
            written, refused = found.total(), rejected[each.execution_id].total()
            if each.kind == "direct":
                assert (counts.accepted, counts.rejected) == (written, refused)
            elif each.status is not ExecutionStatus.RECEIVING:
                assert written <= counts.accepted
                assert refused == counts.rejected

    def check_announcements(self) -> None:
        """No stage was announced twice, and what an execution passed was announced."""
        found = self.select("SELECT execution_id, event_type, COUNT(*) AS n FROM outbox GROUP BY 1, 2")
        announced = {(row["execution_id"], row["event_type"]): row["n"] for row in found}
        assert [key for key, times in announced.items() if key[1] in ONCE and times > 1] == []
        for each in self.executions():
            passed = {
                "ExecutionStarted": each.started_at,
                "ExecutionIngested": each.ingested_at,
                "ExecutionClassified": each.classified_at,
                "ExecutionCategorized": each.categorized_at,
            }
            for event, moment in passed.items():
                assert ((each.execution_id, event) in announced) is (moment is not None)

    def check_what_arrived(self) -> None:
        """Every record is in one place, and all was announced."""
        self.check_counters()
        self.check_announcements()
        for key, rows in self.files.items():
            self._check_file(key, rows)
        self._check_direct()
        assert self.select("SELECT * FROM outbox WHERE published_at IS NULL") == []
        stored = self.select("SELECT event_type, execution_id FROM outbox WHERE destination = 'bus'")
        assert {(row["event_type"], row["execution_id"]) for row in stored} <= set(self.pipeline.bus.arrived)

    def _check_file(self, key: str, rows: Sequence[str]) -> None:
        (execution,) = [each for each in self.executions() if each.source_key == key]
        if not rows:
            assert execution.status is ExecutionStatus.FAILED
            return
        assert execution.classified_at is not None
        found = self.select(
            "SELECT `row_number`, feedback FROM customer_feedback"
            f" WHERE execution_id = '{execution.execution_id}' ORDER BY `row_number`"
        )
        good = [(number, text) for number, text in enumerate(rows, 1) if text]
        assert [(row["row_number"], row["feedback"]) for row in found] == good
        assert (execution.accepted, execution.rejected) == (len(good), len(rows) - len(good))

    def _check_direct(self) -> None:
        found = self.select(
            "SELECT ref_id, profile, feedback FROM customer_feedback WHERE `row_number` IS NULL"
        )
        assert sorted((row["ref_id"], row["profile"], row["feedback"]) for row in found) == sorted(
            self.direct
        )
        days = [each for each in self.executions() if each.kind == "direct"]
        assert all(each.classified_at is not None for each in days)
        refused = self.select(
            "SELECT r.raw FROM rejected_row r JOIN execution USING (execution_id) WHERE kind = 'direct'"
        )
        assert {row["raw"] for row in refused} == self.nonsense


def _by_execution(rows: Sequence[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row["execution_id"], Counter())[row["what"]] = row["n"]
    return _Empty(found)


class _Empty(dict[str, Counter[str]]):
    """Nothing is counted of an execution without rows."""

    def __missing__(self, key: str) -> Counter[str]:
        return Counter()
