"""People change what holds while files are under way: budgets, access, categories, failed rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest

from shared.contracts import keys
from tests.faults.faulty import Faulty
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario


@pytest.fixture
def unlimited(faulty: Faulty) -> Iterator[None]:
    """No budget is left behind, whatever becomes of the test."""
    yield
    faulty.limit_budgets()


@pytest.mark.usefixtures("unlimited")
def test_rows_parked_for_a_budget_come_back_when_it_is_raised(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("12 budgets reached and raised")
    faulty, key, later = scenario.faulty, "incoming/budget.csv", "incoming/budget-later.csv"
    faulty.limit_budgets(execution="0.001")
    scenario.upload(key, rows=500)
    faulty.wait(lambda: _parked(faulty, key) >= 150, "rows parked for the execution's budget", 360)
    assert _parked(faulty, key) < 500
    # The month has cost more than this already: what the first limit let through waits for the second.
    faulty.limit_budgets(month="0.0002")
    scenario.upload(later, rows=500)
    faulty.wait(lambda: _parked(faulty, later) == 500, "rows parked for the month's budget", 360)
    faulty.wait(lambda: len(_budgets(faulty, key)) == 2, "the first file to meet the month's budget", 360)
    assert _budgets(faulty, later) == ["month"]
    faulty.limit_budgets(execution="100", month="1000")
    scenario.mended()
    scenario.finish()


def test_a_models_access_is_taken_away_and_given_back(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("12 the model's access taken away and given back")
    faulty, key = scenario.faulty, "incoming/access.csv"
    with faulty.slow_model(0.5):
        scenario.upload(key, rows=1000)
        scenario.wait_for_rows(key, 200)
        faulty.model_fails({"fault": "access_denied"})
        faulty.wait(lambda: _parked(faulty, key) > 0, "rows parked for the model", 180)
    faulty.wait(lambda: not faulty.is_taking(), "the breaker to open", 180)
    assert faulty.struck()[0] > 0
    faulty.model_is_well()
    scenario.mended()
    scenario.finish()
    assert faulty.is_taking()


def test_a_category_is_retired_and_failures_replayed_under_a_report(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("12 a category retired, failed rows replayed, while the report is written")
    faulty = scenario.faulty
    key = faulty.new_profile("revised") + "revised.csv"
    withheld = [f"No. {number}" for number in range(7, 1000, 200)]
    faulty.model_fails(*({"fault": "content_filtered", "containing": f'"{title}"'} for title in withheld))
    faulty.plan.set(Rule(id="write", function="NotifyFunction", point="PutObject:before", action="hold"))
    scenario.upload(key, rows=1000)
    scenario.wait_until_fired("write")
    assert len([row for row in faulty.rows(key) if row["status"] == "failed"]) == len(withheld)
    before = {row["ref_id"]: row["label_final"] for row in faulty.rows(key)}
    assert "Delivery" in before.values()
    faulty.model_is_well()
    (execution_id,) = faulty.executions(key)
    faulty.order("replay", execution_id=execution_id)
    faulty.new_profile("revised", without="Delivery")
    faulty.wait(lambda: not _with(faulty, key, "failed"), "the failed rows to be asked again", 180)
    faulty.plan.release("write")
    scenario.mended()
    scenario.finish()
    after = {row["ref_id"]: row["label_final"] for row in faulty.rows(key)}
    assert "Delivery" not in after.values()
    text = faulty.text_of(keys.results(execution_id))
    written = {row["ref_id"]: row["label_final"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert written == after
    (execution,) = faulty.query("SELECT * FROM execution WHERE execution_id = %s", execution_id)
    assert execution["revision"] == execution["notified_revision"] > 0


def _with(faulty: Faulty, key: str, status: str) -> int:
    return sum(row["status"] == status for row in faulty.rows(key))


def _parked(faulty: Faulty, key: str) -> int:
    return _with(faulty, key, "parked")


def _budgets(faulty: Faulty, key: str) -> list[str]:
    """The budgets that the file's execution has reached."""
    found = faulty.query(
        "SELECT DISTINCT budget FROM budget_notice JOIN execution USING (execution_id)"
        " WHERE source_key = %s ORDER BY budget",
        key,
    )
    return [str(row["budget"]) for row in found]
