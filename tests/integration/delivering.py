"""Hands messages of a dying world to the services, and holds what they leave behind against the rows."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from hypothesis.stateful import RuleBasedStateMachine
from typing_extensions import override

from local.state import Login
from shared import category_store
from shared.database import Transaction
from shared.errors import InsightsError
from shared.execution import Execution, ExecutionStatus
from shared.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from tests.conftest import _empty, open_login
from tests.integration.dying_pipeline import TODAY, Pipeline
from tests.integration.dying_world import Ending, Killed, Message

NAMES = ("Delivery", "Price", "Battery")
FEEDBACK = ("feedback", "feedback-bulk")
Trouble = tuple[int, Ending] | None
ONCE = (
    "ExecutionStarted",
    "ExecutionIngested",
    "ExecutionClassified",
    "ExecutionCategorized",
    "ExecutionCompleted",
)
"""An execution announces each of these once at most; ExecutionRevised may come often."""
_ROUNDS = 40
"""Many more than it takes for all to arrive."""


class Delivering(RuleBasedStateMachine):
    """A world with a pipeline in it, and what was put into it."""

    login: Login

    def __init__(self) -> None:
        super().__init__()
        _empty(self.login)
        self.pipeline = Pipeline(open_login(self.login))
        self.queues = self.pipeline.queues
        self.files: dict[str, list[str]] = {}
        self.direct: dict[str, set[str]] = {}
        self.nonsense: set[str] = set()
        self.themes = 0
        self.rows = 0
        self.pipeline.database.transact(_add_categories)
        self.pipeline.start()

    @override
    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.check_that_all_arrives()
        self.pipeline.database.close()

    def run(self, work: Callable[[], object], trouble: Trouble) -> bool:
        """Does it; False if the process died of it, or said that it must be done again."""
        self.pipeline.fuse.light(*(trouble or (None,)))
        try:
            work()
        except (Killed, ClientError, InsightsError):
            return False
        finally:
            if self.pipeline.fuse.dead:
                self.pipeline.start()
            self.pipeline.fuse.light(None)
        return True

    def waiting(self, queue: str) -> bool:
        """Whether messages wait there."""
        return bool(self.queues.waiting.get(queue))

    def fuller(self) -> str:
        """The feedback queue that has more to do."""
        return max(FEEDBACK, key=lambda queue: len(self.queues.waiting.get(queue, ())))

    def receive(self, queue: str, picks: Sequence[int]) -> list[Message]:
        """Some of the messages, each once; they stay in the queue until they are acknowledged."""
        waiting = self.queues.waiting[queue]
        messages = list(dict.fromkeys(waiting[pick % len(waiting)] for pick in picks))
        for each in messages:
            each.receives += 1
        return messages

    def acknowledge(self, queue: str, messages: Sequence[Message]) -> None:
        """Takes them out of the queue."""
        self.queues.waiting[queue] = [each for each in self.queues.waiting[queue] if each not in messages]

    def curate(self, key: str, text: str, trouble: Trouble) -> None:
        """An upload of people's, whose event comes until it is dealt with, and once more."""
        body = json.dumps(self.pipeline.put(key, text))
        while not self.run(lambda: self.pipeline.curate(body), trouble):
            trouble = None
        self.run(lambda: self.pipeline.curate(body), None)

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
            assert Counter(
                labelled=counts.labelled, unknown=counts.unknown, failed=counts.failed, parked=counts.parked
            ) == Counter(found), each.execution_id
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

    def check_that_all_arrives(self) -> None:
        """With time enough and nothing in the way, every record is in one place, and all was announced."""
        self._deliver_everything()
        self.check_counters()
        self.check_announcements()
        for key, rows in self.files.items():
            self._check_file(key, rows)
        self._check_direct()
        assert self.select("SELECT * FROM outbox WHERE published_at IS NULL") == []
        stored = self.select("SELECT event_type, execution_id FROM outbox WHERE destination = 'bus'")
        assert {(row["event_type"], row["execution_id"]) for row in stored} <= set(self.pipeline.bus.arrived)

    def _deliver_everything(self) -> None:
        self.pipeline.bedrock.mood = "right"
        for _ in range(_ROUNDS):
            self._must(self.pipeline.sweep)
            self._must(lambda: self.pipeline.sweeping().close_days(TODAY + timedelta(days=99_999)))
            if not any(map(self.waiting, ("ingest", *FEEDBACK))):
                break
            for message in list(self.queues.waiting.get("ingest", ())):
                self._must(partial(self.pipeline.ingest, message.body, 1000))
                self.acknowledge("ingest", [message])
            for queue in filter(self.waiting, FEEDBACK):
                messages = self.receive(queue, range(len(self.queues.waiting[queue])))
                assert self.pipeline.label([each.raw(queue) for each in messages]) == set()
                self.acknowledge(queue, messages)
        assert not any(map(self.waiting, ("ingest", *FEEDBACK))), "messages go round for ever"
        assert self.select("SELECT * FROM customer_feedback WHERE status = 'parked'") == []

    def _must(self, work: Callable[[], object]) -> None:
        assert self.run(work, None), "nothing is in the way"

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
        found = self.select("SELECT record_id, feedback FROM customer_feedback WHERE `row_number` IS NULL")
        assert sorted(row["record_id"] for row in found) == sorted(self.direct)
        assert all(row["feedback"] in self.direct[row["record_id"]] for row in found)
        days = [each for each in self.executions() if each.kind == "direct"]
        assert all(each.classified_at is not None for each in days)
        refused = self.select(
            "SELECT r.raw FROM rejected_row r JOIN execution USING (execution_id) WHERE kind = 'direct'"
        )
        assert {row["raw"] for row in refused} == self.nonsense


def _add_categories(tx: Transaction) -> None:
    for name in NAMES:
        category_store.add(
            tx, "feedback", NewCategory(name=name), CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT
        )
    category_store.next_taxonomy_version(tx, "feedback")


def _by_execution(rows: Sequence[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row["execution_id"], Counter())[row["what"]] = row["n"]
    return _Empty(found)


class _Empty(dict[str, Counter[str]]):
    """Nothing is counted of an execution without rows."""

    def __missing__(self, key: str) -> Counter[str]:
        return Counter()
