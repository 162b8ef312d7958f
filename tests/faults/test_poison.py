"""A record that crashes its function each time, among good ones."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.plan import Rule
from tests.faults.scenario import Scenario


def test_a_record_that_crashes_the_function_fails_alone_and_can_be_replayed(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("5 one record crashes the function")
    # Whichever process is about to send this record to the model dies, each time.
    where = r'No\. 500\\"'
    scenario.faulty.plan.set(
        Rule(id="poison", function="Classify", point="Converse:before", action="kill", where=where, times=99)
    )
    scenario.upload("incoming/poison.csv", rows=1000)
    scenario.finish(failed=1)
    failed = scenario.faulty.query(
        "SELECT ref_id, failure_reason FROM customer_feedback WHERE status = 'failed' AND ref_id LIKE %s",
        "poison-%",
    )
    assert [row["ref_id"] for row in failed] == ["poison-500"]
    assert failed[0]["failure_reason"]
