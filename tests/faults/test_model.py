"""Bedrock throttles, fails, hangs, and answers what nobody can read, while files are under way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.faults.faulty import Faulty
from tests.faults.scenario import Scenario

UNREADABLE = (
    "malformed", "missing_ids", "duplicate_ids", "invented_ids", "wrong_labels", "truncated", "refusal",
    "content_filtered", "guardrail", "empty", "chatty", "validation", "model_error",
)  # fmt: skip
DEAD_SECONDS = 300
RECEIVES = 5
"""After which a queue gives a message to its dead-letter queue."""
SEVERAL_RECORDS = '\n2 "No. '
"""In the prompts of packs with a second record, and in no other."""


def test_a_model_that_is_dead_for_minutes_costs_no_record(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("4 the model dead for 5 minutes")
    faulty, key = scenario.faulty, "incoming/dead.csv"
    begun, first = time.monotonic(), faulty.calls() + 1
    # At first it answers the breaker's plain question, so that records keep coming back to it in vain.
    faulty.model_fails({"fault": "service_unavailable", "kinds": ["label"]})
    scenario.upload(key, rows=1000)
    faulty.wait(lambda: not faulty.is_taking(), "the breaker to open", 600)
    faulty.wait(faulty.is_taking, "the breaker to close", 240)
    faulty.wait(lambda: _asked_in_vain(faulty, first) > RECEIVES, "a record put off often", 600)
    faulty.model_fails({"fault": "service_unavailable"})
    faulty.wait(lambda: not faulty.is_taking(), "the breaker to open again", 600)
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
        {"plan": labelling, "kinds": ["label"], "containing": SEVERAL_RECORDS},
        {"plan": judging, "kinds": ["judge"]},
        {"plan": ["malformed"], "kinds": ["merge"]},
        {"plan": ["validation", "model_error"], "kinds": ["embed"]},
    )
    scenario.upload(key, rows=1000)
    scenario.finish()
    struck = faulty.struck()
    assert (struck[0], struck[3]) == (len(labelling), 2)
    assert struck[1] >= 4, struck


def _asked_in_vain(faulty: Faulty, since: int) -> int:
    """How often the record that was asked about most often was not answered, from this call on."""
    calls = faulty.model("GET", f"/calls?since={since}")["calls"]
    failed = Counter(record for call in calls if call["status"] != 200 for record in call["records"])
    return max(failed.values(), default=0)
