"""An execution's counters, whatever is delivered in whatever order, how often, and whoever dies meanwhile.

Hypothesis plays SQS, S3, the model, people and the power supply against the real services and a real
database. After each step the counters equal the rows; when everything has arrived, every record is there
once, and every stage was announced once.
"""

import json
import os
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from local.state import Login
from shared import curation, replay
from shared.database import Transaction
from shared.execution import ExecutionStatus
from shared.taxonomy import CategoryStatus
from tests.integration.delivering import FEEDBACK, NAMES, Delivering, Trouble
from tests.integration.dying_pipeline import TODAY, never
from tests.integration.dying_world import Mood

# A row's text ends in a digit, by which the model labels it; few of them, so that texts repeat.
TEXTS = st.builds("{} {}".format, st.sampled_from(["text", "odd"]), st.integers(0, 3))
ROWS = st.lists(TEXTS | st.just(""), max_size=7)
TROUBLE = st.none() | st.tuples(st.integers(0, 12), st.sampled_from(["kill", "fail"]))
PICK = st.integers(0, 50)
MOODS = st.sampled_from(["right", "right", "odd", "busy", "refused"])


class Deliveries(Delivering):
    """What may happen, in any order."""

    # What people and producers do.

    @initialize(rows=ROWS)
    def begin(self, rows: list[str]) -> None:
        self.upload(["text 1", *rows], 1)
        self.post(1, "text 2", "feedback")

    @precondition(lambda self: len(self.files) < 3)
    @rule(rows=ROWS, events=st.integers(1, 3))
    def upload(self, rows: list[str], events: int) -> None:
        key = f"incoming/{len(self.files)}.csv"
        self.files[key] = rows
        body = "feedback,store\n" + "".join(f'"{text}",x\n' for text in rows)
        event = self.pipeline.put(key, body)
        for _ in range(events):
            self.queues.put("ingest", json.dumps(event))

    @rule(number=st.integers(1, 6), text=TEXTS, profile=st.sampled_from(["feedback", "feedback", "returns"]))
    def post(self, number: int, text: str, profile: str) -> None:
        record_id = f"direct-{number}"
        self.direct.setdefault(record_id, set()).add(text)
        body = {"id": record_id, "feedback": text, "profile": profile}
        self.queues.put("feedback", json.dumps(body))

    @rule(pick=PICK)
    def send_nonsense(self, pick: int) -> None:
        forged = {"execution_key": "0" * 32, "row_number": 1, "profile": "feedback"}
        named = self.executions()
        forged["execution_id"] = named[pick % len(named)].execution_id if named else "nobody"
        body = json.dumps(forged | {"feedback": {"feedback": "forged"}}) if pick % 2 else "{nonsense"
        self.nonsense.add(body)
        self.queues.put("feedback", body)

    @precondition(lambda self: self.rows)
    @rule(pick=PICK, label=st.sampled_from([*NAMES, "unknown", "", "No such"]), trouble=TROUBLE)
    def correct(self, pick: int, label: str, trouble: Trouble) -> None:
        rows = self.select("SELECT record_id FROM customer_feedback ORDER BY record_id")
        record_id = rows[pick % len(rows)]["record_id"]
        text = f"record_id,label_correction\n{record_id},{label}\n"
        self.curate("corrections/monday.csv", text, trouble)

    @rule(trouble=TROUBLE)
    def take_the_corrections_back(self, trouble: Trouble) -> None:
        rows = self.select("SELECT record_id FROM customer_feedback WHERE label_correction IS NOT NULL")
        if rows:
            text = "".join(f"{row['record_id']},\n" for row in rows)
            self.curate("corrections/tuesday.csv", f"record_id,label_correction\n{text}", trouble)

    @rule(names=st.lists(st.sampled_from([*NAMES[1:], "Theme 1", "Theme 2"]), unique=True), trouble=TROUBLE)
    def list_categories(self, names: list[str], trouble: Trouble) -> None:
        self.curate("categories/list.json", json.dumps([NAMES[0], *names]), trouble)

    @rule(pick=PICK, decision=st.sampled_from(["approve", "reject", "retire", "forget"]), trouble=TROUBLE)
    def decide(self, pick: int, decision: str, trouble: Trouble) -> None:
        # All but the first, without which nobody would take a file.
        found = self.select("SELECT id FROM customer_feedback_category ORDER BY id")[1:]
        category_id = found[pick % len(found)]["id"]

        def work(tx: Transaction) -> Sequence[int]:
            match decision:
                case "approve":
                    return curation.approve(tx, category_id).outbox_ids
                case "reject":
                    return curation.reject(tx, category_id).outbox_ids
            return curation.retire(tx, category_id, ask_again=decision == "retire").outbox_ids

        self.run(lambda: self.pipeline.change(work), trouble)

    @rule(trouble=TROUBLE)
    def undo_the_last_decision(self, trouble: Trouble) -> None:
        def work(tx: Transaction) -> Sequence[int]:
            tx.execute("SELECT id FROM curation WHERE undone_time IS NULL ORDER BY id DESC LIMIT 1")
            last = tx.fetchone()
            return curation.undo(tx, last["id"]).outbox_ids if last else ()

        self.run(lambda: self.pipeline.change(work), trouble)

    @precondition(lambda self: self.rows)
    @rule(pick=PICK, trouble=TROUBLE)
    def replay_the_failed(self, pick: int, trouble: Trouble) -> None:
        found = self.executions()
        failed = replay.Failed(execution_id=found[pick % len(found)].execution_id)
        self.run(lambda: self.pipeline.sweeping().replay(failed), trouble)

    @precondition(lambda self: self.rows)
    @rule(trouble=TROUBLE)
    def relabel(self, trouble: Trouble) -> None:
        self.run(lambda: self.pipeline.sweeping().relabel("feedback", None, never), trouble)

    # What queues and schedules do.

    @precondition(lambda self: self.waiting("ingest"))
    @rule(pick=PICK, rows=st.integers(0, 6), again=st.booleans(), trouble=TROUBLE)
    def ingest(self, pick: int, rows: int, again: bool, trouble: Trouble) -> None:
        (message,) = self.receive("ingest", [pick])
        if self.run(lambda: self.pipeline.ingest(message.body, rows), trouble) and not again:
            self.queues.waiting["ingest"].remove(message)

    @precondition(lambda self: any(map(self.waiting, FEEDBACK)))
    @rule(picks=st.lists(PICK, min_size=1, max_size=8), mood=MOODS, again=st.booleans(), trouble=TROUBLE)
    def classify(self, picks: list[int], mood: Mood, again: bool, trouble: Trouble) -> None:
        queue = self.fuller()
        messages = self.receive(queue, picks)
        self.pipeline.bedrock.mood = mood
        failed: set[str] = set()

        def work() -> None:
            failed.update(self.pipeline.label([each.raw(queue) for each in messages]))

        if self.run(work, trouble) and not again:
            self.acknowledge(queue, [each for each in messages if each.message_id not in failed])

    @precondition(lambda self: any(map(self.waiting, FEEDBACK)))
    @rule(pick=PICK, trouble=TROUBLE)
    def give_up(self, pick: int, trouble: Trouble) -> None:
        queue = self.fuller()
        messages = self.receive(queue, [pick])
        if self.run(lambda: self.pipeline.bury(messages[0].raw(queue)), trouble):
            self.acknowledge(queue, messages)

    @rule(trouble=TROUBLE)
    def sweep(self, trouble: Trouble) -> None:
        self.run(self.pipeline.sweep, trouble)

    @rule(trouble=TROUBLE)
    def close_the_days(self, trouble: Trouble) -> None:
        self.run(lambda: self.pipeline.sweeping().close_days(TODAY + timedelta(days=99_999)), trouble)

    @rule(status=st.sampled_from([CategoryStatus.ACTIVE, CategoryStatus.PROPOSED]), trouble=TROUBLE)
    def discover(self, status: CategoryStatus, trouble: Trouble) -> None:
        for each in self.executions(ExecutionStatus.CLASSIFIED):
            self.themes += 1
            unknown = self.select(
                "SELECT id FROM customer_feedback WHERE status = 'unknown' AND profile = 'feedback'"
                " ORDER BY record_id LIMIT 3"
            )
            ids = [row["id"] for row in unknown]
            name = f"Theme {self.themes}"
            self.run(partial(self.pipeline.discover, each.execution_id, name, ids, status), trouble)

    @rule(trouble=TROUBLE)
    def complete(self, trouble: Trouble) -> None:
        for each in self.executions(ExecutionStatus.CATEGORIZED):
            self.run(partial(self.pipeline.complete, each.execution_id), trouble)

    # What holds.

    @invariant()
    def counters_equal_the_rows(self) -> None:
        self.check_counters()

    @invariant()
    def no_stage_is_announced_twice(self) -> None:
        self.check_announcements()


def test_counters_hold_in_any_order_of_delivery_duplication_and_death(migrated_login: Login) -> None:
    Deliveries.login = migrated_login
    examples = int(os.environ.get("DELIVERIES", "25"))
    run_state_machine_as_test(
        Deliveries,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            derandomize="DELIVERIES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_row_that_is_corrected_while_it_is_sent_again_is_asked_when_that_is_taken_back(
    migrated_login: Login,
) -> None:
    Deliveries.login = migrated_login
    world = Deliveries()
    world.begin([])
    world.ingest(0, 100, False, None)
    world.classify([0, 1, 2], "refused", False, None)
    world.sweep(None)
    world.correct(0, "Price", None)
    world.correct(1, "Price", None)
    world.classify([0, 1, 2], "right", False, None)

    world.take_the_corrections_back(None)

    assert {row["status"] for row in world.select("SELECT status FROM customer_feedback")} == {"parked"}
    world.teardown()
