"""An execution's counters, whatever is delivered in whatever order, how often, and whoever dies meanwhile.

Hypothesis plays SQS, S3, the model, people and the power supply against the real services and a real
database. After each step the counters equal the rows; when everything has arrived, every record is there
once, and every stage was announced once.
"""

import json
import os
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from local.state import Login
from shared.changes import curation
from shared.contracts.execution import ExecutionStatus
from shared.contracts.taxonomy import CategoryStatus
from shared.platform.database import Transaction
from shared.stores.feedback_store.replay import Failed
from tests.integration.delivering import ALL_DAYS, NAMES, Delivering, Trouble, retire
from tests.integration.dying_pipeline import never
from tests.integration.dying_world import Mood

# A row's text ends in a digit, by which the model labels it; few of them, so that texts repeat.
TEXTS = st.builds("{} {}".format, st.sampled_from(["text", "odd"]), st.integers(0, 3))
ROWS = st.lists(TEXTS | st.just(""), max_size=5)
# Where in the work (an effect's number), and what: the process dies, the world says no, another process acts.
TROUBLE = st.none() | st.tuples(st.integers(0, 15), st.sampled_from(["kill", "fail", "meanwhile"]))
PICK = st.integers(0, 50)
PICKS = st.lists(PICK, min_size=3, max_size=10)
RARELY = st.sampled_from([False, False, True])
MOODS = st.sampled_from(["right", "odd", "busy", "refused"])
DECISIONS = (
    ["correct", "take back", "list", "replay", "relabel", "approve", "reject", "retire", "forget", "undo"]
)  # fmt: skip
LABELS = st.sampled_from([*NAMES, "unknown", "", "No such"])
LISTS = st.lists(st.sampled_from([*NAMES[1:], "Theme 1", "Theme 2"]), unique=True)
MOST_FILES = 4


class Deliveries(Delivering):
    """What may happen, in any order."""

    @initialize(first=ROWS, second=ROWS, rows=st.integers(2, 8))
    def begin(self, first: list[str], second: list[str], rows: int) -> None:
        self.upload([*first, "text 1", "odd 2", "text 0"], 2)
        self.upload(second, 1)
        self.upload(["text 0", "text 1", "text 1"], 1)
        for number in range(4):
            self.post(number, f"text {number}", "returns" if number == 3 else "feedback")
        self.ingest(0, rows, False, None)

    @rule(what=st.sampled_from(["file", "post", "nonsense"]), rows=ROWS, text=TEXTS, pick=PICK)
    def produce(self, what: str, rows: list[str], text: str, pick: int) -> None:
        if what == "file" and len(self.files) < MOST_FILES:
            self.upload(rows, 1 + pick % 3)
        elif what == "nonsense":
            self.send_nonsense(pick)
        else:
            self.post(pick % 7, text, "returns" if pick % 3 == 0 else "feedback")

    @precondition(lambda self: self.waiting("ingest"))
    @rule(pick=PICK, rows=st.integers(1, 6), again=RARELY, trouble=TROUBLE)
    def ingest(self, pick: int, rows: int, again: bool, trouble: Trouble) -> None:
        (message,) = self.receive("ingest", [pick])
        if self.run(lambda: self.pipeline.ingest(message.body, rows), trouble) and not again:
            self.acknowledge("ingest", [message])

    @precondition(lambda self: self.waiting("feedback"))
    @rule(picks=PICKS, mood=MOODS, again=RARELY, trouble=TROUBLE)
    def classify(self, picks: list[int], mood: Mood, again: bool, trouble: Trouble) -> None:
        messages = self.receive("feedback", picks)
        self.pipeline.bedrock.mood = mood
        failed: set[str] = set()

        def work() -> None:
            failed.update(self.pipeline.label([each.raw("feedback") for each in messages]))

        if self.run(work, trouble) and not again:
            self.acknowledge("feedback", [each for each in messages if each.message_id not in failed])

    @precondition(lambda self: self.waiting("feedback"))
    @rule(picks=PICKS, trouble=TROUBLE)
    def classify_well(self, picks: list[int], trouble: Trouble) -> None:
        self.classify(picks, "right", False, trouble)

    @rule(
        what=st.sampled_from(["give up", "sweep", "sweep", "close days", "discover", "propose", "complete"]),
        pick=PICK,
        trouble=TROUBLE,
    )
    def go_on(self, what: str, pick: int, trouble: Trouble) -> None:
        match what:
            case "give up" if self.waiting("feedback"):
                messages = self.receive("feedback", [pick])
                if self.run(lambda: self.pipeline.bury(messages[0].raw("feedback")), trouble):
                    self.acknowledge("feedback", messages)
            case "sweep":
                self.run(self.pipeline.sweep, trouble)
            case "close days":
                self.run(lambda: self.pipeline.sweeping().close_days(ALL_DAYS), trouble)
            case "discover" | "propose":
                self.discover(
                    CategoryStatus.ACTIVE if what == "discover" else CategoryStatus.PROPOSED, trouble
                )
            case "complete":
                for each in self.executions(ExecutionStatus.CATEGORIZED):
                    self.run(partial(self.pipeline.complete, each.execution_id), trouble)

    @precondition(lambda self: self.rows)
    @rule(what=st.sampled_from(DECISIONS), label=LABELS, names=LISTS, pick=PICK, trouble=TROUBLE)
    def decide(self, what: str, label: str, names: list[str], pick: int, trouble: Trouble) -> None:
        match what:
            case "correct":
                self.correct(pick, label, trouble)
            case "take back":
                self.take_the_corrections_back(trouble)
            case "list":
                self.curate("categories/list.json", json.dumps([NAMES[0], *names]), trouble)
            case "replay":
                executions = self.executions()
                failed = Failed(execution_id=executions[pick % len(executions)].execution_id)
                self.run(lambda: self.pipeline.sweeping().replay(failed), trouble)
            case "relabel":
                self.run(lambda: self.pipeline.sweeping().relabel("feedback", None, never), trouble)
            case _:
                self.run(lambda: self.pipeline.change(partial(self._decide, what, pick)), trouble)

    def upload(self, rows: list[str], events: int) -> None:
        key = f"incoming/{len(self.files)}.csv"
        self.files[key] = rows
        # Texts that come again in another file are known by their ids, the odd ones have none.
        ids = [text.replace(" ", "-") if text.startswith("text") else "" for text in rows]
        lines = [f'{each},"{text}",x\n' for each, text in zip(ids, rows, strict=True)]
        event = self.pipeline.put(key, "id,feedback,store\n" + "".join(lines))
        for _ in range(events):
            self.queues.put("ingest", json.dumps(event))

    def post(self, number: int, text: str, profile: str) -> None:
        direct_id = f"direct-{number}"
        self.direct.add((direct_id, profile, text))
        body = {"id": direct_id, "feedback": text, "profile": profile}
        self.queues.put("feedback", json.dumps(body))

    def send_nonsense(self, pick: int) -> None:
        forged = {"execution_key": "0" * 32, "row_number": 1, "profile": "feedback"}
        named = self.executions()
        forged["execution_id"] = named[pick % len(named)].execution_id if named else "nobody"
        body = json.dumps(forged | {"feedback": {"feedback": "forged"}}) if pick % 2 else "{nonsense"
        self.nonsense.add(body)
        self.queues.put("feedback", body)

    def correct(self, pick: int, label: str, trouble: Trouble) -> None:
        rows = self.select("SELECT record_id FROM customer_feedback ORDER BY record_id")
        record_id = rows[pick % len(rows)]["record_id"]
        text = f"record_id,label_correction\n{record_id},{label}\n"
        self.curate("corrections/monday.csv", text, trouble)

    def take_the_corrections_back(self, trouble: Trouble) -> None:
        rows = self.select("SELECT record_id FROM customer_feedback WHERE label_correction IS NOT NULL")
        text = "".join(f"{row['record_id']},\n" for row in rows)
        self.curate("corrections/tuesday.csv", f"record_id,label_correction\n{text}", trouble)

    def discover(self, status: CategoryStatus, trouble: Trouble) -> None:
        for each in self.executions(ExecutionStatus.CLASSIFIED):
            self.themes += 1
            unknown = self.select(
                "SELECT id FROM customer_feedback WHERE status = 'unknown' AND profile = 'feedback'"
                " ORDER BY record_id LIMIT 3"
            )
            ids, name = [row["id"] for row in unknown], f"Theme {self.themes}"
            self.run(partial(self.pipeline.discover, each.execution_id, name, ids, status), trouble)

    def _decide(self, what: str, pick: int, tx: Transaction) -> object:
        if what == "undo":
            tx.execute("SELECT id FROM curation WHERE undone_time IS NULL ORDER BY id DESC LIMIT 1")
            last = tx.fetchone()
            return curation.undo(tx, last["id"]) if last else None
        if what in ("retire", "forget"):
            retire(tx, pick, ask_again=what == "retire")
            return None
        tx.execute("SELECT id FROM customer_feedback_category WHERE status = 'proposed' ORDER BY id")
        proposed = tx.fetchall()
        if not proposed:
            return None
        decision = curation.approve if what == "approve" else curation.reject
        return decision(tx, proposed[pick % len(proposed)]["id"])

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
    world.upload(["text 1", "text 2"], 1)
    world.ingest(0, 100, False, None)
    everything = list(range(3))
    world.classify(everything, "refused", False, None)
    world.go_on("sweep", 0, None)
    world.correct(0, "Price", None)
    world.correct(1, "Price", None)
    world.classify(everything, "right", False, None)

    world.take_the_corrections_back(None)

    assert {row["status"] for row in world.select("SELECT status FROM customer_feedback")} == {"parked"}
    world.teardown()
