"""Bedrock throttles, fails, hangs, and answers what nobody can read, while files are under way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.e2e.mailbox import Mailbox
from tests.faults.faulty import Faulty
from tests.faults.scenario import Scenario

UNREADABLE = (
    "malformed", "missing_ids", "duplicate_ids", "invented_ids", "wrong_labels", "truncated", "refusal",
    "content_filtered", "guardrail", "empty", "chatty", "validation", "model_error",
)  # fmt: skip
DEAD_SECONDS = 300
RECEIVES = 5
"""After which a queue gives a message to its dead-letter queue."""
OF_THE_FILE = '"No. '
"""In the prompts about a file's records, and in no harmless request."""
PACK = 64
"""More records than a pack has."""
UNDER_WAY_SECONDS, STILL_SECONDS = 20, 65


def test_a_model_that_is_dead_for_minutes_costs_no_record(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("4 the model dead for 5 minutes")
    faulty, key = scenario.faulty, "incoming/dead.csv"
    begun, first = time.monotonic(), faulty.calls() + 1
    # At first it answers harmless requests, so that no breaker opens and records keep coming back in vain.
    faulty.model_fails({"fault": "service_unavailable", "kinds": ["label"], "containing": OF_THE_FILE})
    scenario.upload(key, rows=1000)
    faulty.wait(lambda: _asked_in_vain(faulty, first) > RECEIVES, "a record put off often", 600)
    assert faulty.is_taking()
    faulty.model_fails({"fault": "service_unavailable"})
    faulty.wait(lambda: not faulty.is_taking(), "the breaker to open", 600)
    time.sleep(max(0.0, begun + DEAD_SECONDS - time.monotonic()))
    probes = faulty.model("GET", "/stats")["by_kind"].get("probe", 0)
    faulty.wait(lambda: faulty.model("GET", "/stats")["by_kind"].get("probe", 0) > probes, "a probe", 180)
    assert not faulty.is_taking()
    assert not faulty.rows(key)
    faulty.model_is_well()
    scenario.mended()
    scenario.finish()
    assert faulty.is_taking()


def test_throttling_of_nine_calls_in_ten_only_delays(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("4 the model throttles 90 % of all calls")
    faulty, key = scenario.faulty, "incoming/throttled.csv"
    faulty.model_fails({"fault": "throttling", "probability": 0.9})
    scenario.upload(key, rows=1000)
    faulty.wait(lambda: faulty.struck()[0] >= 150, "150 throttled calls", 360)
    scenario.wait_for_rows(key, 1)
    faulty.model_is_well()
    scenario.mended()
    scenario.finish()


def test_errors_time_outs_and_dropped_connections_only_delay(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("4 500s, 503s, time-outs, hanging and dropped connections")
    faulty = scenario.faulty
    key = faulty.new_profile("errors") + "errors.csv"
    errors = ["server_error", "service_unavailable", "model_not_ready", "model_timeout", "dropped"]
    labelling = [fault for error in errors for fault in (error, "ok", "ok")] * 5
    rules: list[dict[str, Any]] = [
        # Held for longer than classify waits for an answer.
        {"fault": "hang", "kinds": ["label"], "after": 40, "next": 3, "seconds": 90},
        {"plan": labelling, "kinds": ["label"]},
        {"plan": errors, "kinds": ["embed"]},
        {"plan": ["server_error", "dropped"], "kinds": ["judge"]},
        {"plan": ["service_unavailable"], "kinds": ["merge"]},
    ]
    faulty.model_fails(*rules)
    scenario.upload(key, rows=1000)
    scenario.finish()
    # The merging of names is asked only if there is more than one.
    assert faulty.struck()[:4] == [3, len(labelling), len(errors), 2]


def test_whatever_the_model_answers_each_record_is_settled(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("4 every malformed answer that there is")
    faulty = scenario.faulty
    key = faulty.new_profile("malformed") + "malformed.csv"
    labelling = UNREADABLE * 3
    judging = tuple(fault for fault in UNREADABLE if fault != "validation")
    faulty.model_fails(
        {"plan": labelling, "kinds": ["label"], "records": 2},
        {"plan": judging, "kinds": ["judge"]},
        {"plan": ["malformed"], "kinds": ["merge"]},
        {"plan": ["validation", "model_error"], "kinds": ["embed"]},
    )
    scenario.upload(key, rows=1000)
    scenario.finish()
    struck = faulty.struck()
    assert (struck[0], struck[3]) == (len(labelling), 2)
    assert struck[1] >= 4, struck


def test_a_record_and_a_theme_that_the_model_cannot_answer_stop_nobody(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("4 a record and a theme that the model cannot answer")
    faulty = scenario.faulty
    key = faulty.new_profile("unanswerable") + "unanswerable.csv"
    outages, first = _outages(faulty), faulty.calls() + 1
    faulty.model_fails(
        {"fault": "model_error", "kinds": ["label"], "containing": '"No. 500"'},
        {"fault": "model_error", "kinds": ["judge"], "containing": "five layers of plastic foam"},
    )
    scenario.upload(key, rows=1000)
    scenario.finish(failed=1)
    asked, judged = faulty.struck()
    again = Counter(str(call["records"]) for call in _failed(faulty, first) if call["kind"] == "judge")
    (failed,) = [row for row in faulty.rows(key) if row["status"] == "failed"]
    assert failed["ref_id"] == "unanswerable-500"
    assert "The model returned an error." in failed["failure_reason"], "Bedrock's own words"
    # A pack in halves down to the record, and that alone twice, however often its message came back.
    assert asked <= 3 * PACK.bit_length()
    assert judged >= 1
    assert max(again.values()) <= 2, "no theme is asked about more often"
    assert _outages(faulty) == outages, "nobody else may be stopped for it"
    (execution,) = faulty.query("SELECT * FROM execution WHERE source_key = %s", key)
    assert execution["discovery"] == "done"


def test_answers_that_nobody_can_read_are_an_outage(
    begin: Callable[[str], Scenario], mailbox: Mailbox
) -> None:
    scenario = begin("4 every answer in a form that nobody can read")
    faulty, key = scenario.faulty, "incoming/unreadable.csv"
    faulty.model_fails({"fault": "malformed", "kinds": ["label"]})
    scenario.upload(key, rows=1000)
    faulty.wait(lambda: not faulty.is_taking(), "the breaker to open", 600)
    told = mailbox.about("does not answer", "in no form that can be read")["Message"]
    assert "parcel" not in told
    assert "plastic" not in told
    # What is under way ends; then only what the breaker tries costs anything.
    time.sleep(UNDER_WAY_SECONDS)
    before = faulty.calls()
    time.sleep(STILL_SECONDS)
    assert faulty.calls() - before <= 2 * (STILL_SECONDS // 60 + 1)
    assert not faulty.is_taking()
    assert not faulty.rows(key)
    faulty.model_is_well()
    scenario.mended()
    scenario.finish()
    assert faulty.is_taking()


def _outages(faulty: Faulty) -> int:
    """How often the breaker was told that the model is away."""
    (row,) = faulty.query("SELECT COUNT(*) AS n FROM outbox WHERE event_type = 'ModelUnavailable'")
    return int(row["n"])


def _asked_in_vain(faulty: Faulty, since: int) -> int:
    """How often the record that was asked about most often was not answered, from this call on."""
    failed = Counter(record for call in _failed(faulty, since) for record in call["records"])
    return max(failed.values(), default=0)


def _failed(faulty: Faulty, since: int) -> list[dict[str, Any]]:
    """The calls that were not answered, from this one on."""
    calls: list[dict[str, Any]] = faulty.model("GET", f"/calls?since={since}")["calls"]
    return [call for call in calls if call["status"] != 200]
