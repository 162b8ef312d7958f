"""A record that crashes its function each time, among good ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from tests.faults.feedback import Sent
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

_ROW = "INSERT INTO customer_feedback"


def test_a_record_that_crashes_the_function_fails_alone_and_can_be_replayed(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("5 one record crashes the function")
    faulty = scenario.faulty
    # Whichever process is about to send this record to the model dies, each time; and whoever settles the
    # dead letter dies twice, too.
    where = r'No\. 500\\"'
    faulty.plan.set(
        _kill("poison", "ClassifyFunction", "Converse:before", where, times=99),
        _kill("unsettled", "ClassifyDeadLettersFunction", "commit:before", _ROW),
        _kill("settled", "ClassifyDeadLettersFunction", "commit:after", _ROW),
    )
    with faulty.hidden_for(FeedbackDeadLetter=20):
        sent = scenario.upload("incoming/poison.csv", rows=1000)
        scenario.finish(failed=1)

    (failed,) = faulty.query(
        "SELECT * FROM customer_feedback WHERE status = 'failed' AND ref_id LIKE 'poison-%%'"
    )
    assert failed["ref_id"] == "poison-500"
    assert failed["failure_reason"]
    assert _payload(failed) == _as_sent(sent)["poison-500"], "it is kept whole, to be replayed"
    fired = faulty.plan.fired()
    assert fired["poison"] >= 5, "each delivery must have crashed"
    assert fired["unsettled"] == fired["settled"] == 1

    replayed = scenario.goes_on("5 the failed record replayed by its id")
    faulty.plan.set(_kill("replaying", "SweepFunction", "SendMessageBatch:after", "poison-500"))
    faulty.order(kind="replay", ids=[failed["id"]])
    faulty.wait(lambda: not _is_open(scenario, failed["id"]), "the replayed record's label", 300)
    replayed.finish()
    assert faulty.plan.fired()["replaying"] == 1, "sent once, and not marked as sent"
    # Once more changes nothing: no row of that id is failed.
    faulty.order(kind="replay", ids=[failed["id"]])
    replayed.settle()
    (row,) = faulty.query("SELECT status, failure_reason FROM customer_feedback WHERE id = %s", failed["id"])
    assert row["status"] in ("labelled", "unknown")
    assert row["failure_reason"] is None


def _kill(name: str, function: str, point: str, where: str, times: int = 1) -> Rule:
    return Rule(id=name, function=function, point=point, action="kill", where=where, times=times)


def _is_open(scenario: Scenario, row_id: int) -> bool:
    (row,) = scenario.faulty.query("SELECT status FROM customer_feedback WHERE id = %s", row_id)
    return row["status"] in ("failed", "parked")


def _as_sent(sent: Sent) -> dict[str, tuple[object, ...]]:
    """What the file says of each row, by the customer's id."""
    rows = csv.DictReader(io.StringIO(sent.body.decode(), newline=""))
    names = ("product_name", "store", "stars", "title", "feedback", "date")
    return {row["id"]: tuple(row[name] for name in names) for row in rows}


def _payload(row: Mapping[str, Any]) -> tuple[object, ...]:
    """The same of a row in MySQL."""
    stars, day = f"{row['stars']:.0f}", row["create_date"].date().isoformat()
    return row["product_name"], row["store"], stars, row["title"], row["feedback"], day
