"""Functions killed (SIGKILL) at every point that matters, while they work on a file."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.mailbox import Mailbox
from tests.faults.documents import a_mailbox, a_shop
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

ROWS, TEAMS, SLICE = "INSERT INTO customer_feedback", "INSERT INTO record_route", "SET ingest_slice"
SECONDS = {"Ingest": 15, "Categorize": 45, "Notify": 30}
"""How long what a dead function held stays hidden: one message is to come back several times.

Longer than the function's work with a cold start: what outlasts it is delivered beside its own delivery,
and a fifth delivery that does so is its queue's last.
"""


def test_ingest_classify_and_discovery_killed_wherever_they_are(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("2 ingest, classify, discovery killed at 20 points")
    faulty = scenario.faulty
    key = faulty.new_profile("killed") + "killed.csv"
    slow = Rule(id="slow", function="IngestFunction", point="SendMessageBatch:before", action="wait",
                times=60, seconds=0.4)  # fmt: skip
    kills = [
        # In the middle of a file, before and after SQS took some of its rows.
        _kill("Ingest", "SendMessageBatch:before", skip=9),
        _kill("Ingest", "SendMessageBatch:after", skip=60),
        # At a checkpoint, and between it and the message that goes on from there. That of the second slice:
        # the fifth delivery is a queue's last, and the first slice's message has died three times already.
        _kill("Ingest", "commit:before", SLICE, skip=1),
        _kill("Ingest", "commit:after", SLICE, skip=1),
        _kill("Ingest", "SendMessage:before", "continue_ingest"),
        # Among e-mails and product pages: before and after SQS took them, at their answers, and around the
        # commit of rows together with what is told of their teams.
        _kill("Ingest", "SendMessageBatch:after", r"profile\W+email"),
        _kill("Ingest", "SendMessageBatch:before", r"profile\W+product"),
        _kill("Classify", "Converse:after", "product in a web shop"),
        _kill("Classify", "commit:before", TEAMS),
        _kill("Classify", "commit:after", TEAMS, skip=1),
        _kill("Classify", "Converse:before", skip=3),
        _kill("Classify", "Converse:after", skip=9),
        _kill("Classify", "commit:before", ROWS, skip=14),
        _kill("Classify", "commit:after", ROWS, skip=20),
        # Between the commit of the last row, or of the file's end if that is later, and its event.
        _kill("", "PutEvents:before", "ExecutionClassified"),
        _kill("Categorize", "InvokeModel:after", skip=5),
        _kill("Categorize", "Converse:after"),
        _kill("Notify", "PutObject:before", r"results\.csv"),
        _kill("Notify", "PutObject:before", r"report\.html"),
        _kill("Notify", "PutObject:after", r"report\.html"),
    ]
    # A rule that waits strikes first at its point, so the kills there come before it.
    faulty.plan.set(*kills, slow)
    with faulty.hidden_for(**SECONDS), faulty.configured("Ingest", SLICE_SECONDS="0.5"):
        scenario.upload(key, rows=1000, bad=10)
        scenario.send(a_mailbox("incoming/email/killed.mbox", 60, by_program=3))
        scenario.send(a_shop("incoming/product/killed.zip", 40))
        scenario.finish(seconds=1200)
    fired = faulty.plan.fired()
    assert {kill.id for kill in kills} - fired.keys() == set(), "these points were never reached"
    assert int(_state(scenario, key, "ingest_slice")) >= 3, "the file must have been cut"
    assert _state(scenario, key, "discovery") == "done"


def test_discovery_and_notify_killed_around_each_of_their_commits(
    begin: Callable[[str], Scenario], mailbox: Mailbox
) -> None:
    scenario = begin("2 discovery and notify killed at 12 points")
    faulty = scenario.faulty
    before, after, marked = "kept-from-commit", "dead-after-commit", "told-and-marked"
    place = faulty.new_profile("killed-later")
    # Three at most for each message: the fifth delivery is a queue's last.
    kills = [
        _kill("Categorize", "commit:before", f"SET discovery = 'done'.*{before}"),
        _kill("Categorize", "PutEvents:before", f"ExecutionCategorized.*{before}"),
        _kill("Notify", "commit:before", f"ExecutionCompleted.*{before}"),
        _kill("Notify", "Publish:before", rf"{before}\.csv"),
        _kill("Notify", "SendTaskSuccess:before", before),
        _kill("Categorize", "commit:after", f"SET discovery = 'done'.*{after}"),
        _kill("Notify", "commit:after", f"ExecutionCompleted.*{after}"),
        _kill("Notify", "Publish:after", rf"{after}\.csv"),
        _kill("Notify", "SendTaskSuccess:after", after),
        _kill("Notify", "PutEvents:before", f"ExecutionCompleted.*{marked}"),
        _kill("Notify", "commit:before", f"SET notified_revision.*{marked}"),
        _kill("Notify", "commit:after", f"SET notified_revision.*{marked}"),
    ]
    faulty.plan.set(*kills)
    with faulty.hidden_for(**SECONDS):
        for name in (before, after, marked):
            scenario.upload(f"{place}{name}.csv", rows=400)
        scenario.finish(seconds=1200)
    assert {kill.id for kill in kills} - faulty.plan.fired().keys() == set(), (
        "these points were never reached"
    )
    for name in (before, after, marked):
        assert _state(scenario, f"{place}{name}.csv", "discovery") == "done"
    # Only a death between a mail and its mark repeats it; the execution's own mark comes later.
    assert len(_reports(mailbox, before)) == 1
    assert len(_reports(mailbox, after)) == 2
    assert len(_reports(mailbox, marked)) == 1


def _kill(function: str, point: str, where: str = "", skip: int = 0) -> Rule:
    """Kills the function when it comes to this point for the first time, after `skip` arrivals."""
    name = f"{function}-{point}-{where}".replace(":", "-")
    readable = "".join(letter for letter in name if letter.isalnum() or letter == "-")
    return Rule(
        id=readable, function=f"{function}Function", point=point, action="kill", where=where, skip=skip
    )


def _reports(mailbox: Mailbox, name: str) -> list[str]:
    """Subjects of the mails that told of this file's report for the first time."""
    subjects = [mail["Subject"] for mail in mailbox.all() if f"{name}.csv" in mail["Subject"]]
    return [subject for subject in subjects if "revised" not in subject]


def _state(scenario: Scenario, key: str, column: str) -> str:
    """A column of an upload's execution; empty before it has begun."""
    rows = scenario.faulty.query("SELECT * FROM execution WHERE source_key = %s", key)
    return str(rows[0][column]) if rows else ""
