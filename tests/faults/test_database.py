"""The database goes away, holds locks, and takes its word back, while files are under way."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

OUTAGE_SECONDS = 60


def test_the_database_is_killed_and_restarted_under_each_function(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 the database killed and restarted, four times")
    faulty, key = scenario.faulty, "incoming/killed.csv"
    # Each waits at a place where it has work in its hands; the database dies there.
    places = {
        "Ingest": ("SendMessageBatch:before", 20),
        "Classify": ("Converse:after", 20),
        "Categorize": ("InvokeModel:after", 5),
        "Notify": ("PutObject:before", 0),
    }
    waits = [
        Rule(id=name, function=f"{name}Function", point=point, action="wait", skip=skip, seconds=3)
        for name, (point, skip) in places.items()
    ]
    faulty.plan.set(*waits)
    scenario.upload(key, rows=1000, bad=20)
    for function in places:
        scenario.wait_until_fired(function)
        faulty.stop_database(kill=True)
        faulty.start_database()
    scenario.mended()
    scenario.finish()
    assert scenario.logged("mysql", "Starting crash recovery") >= len(places)


def test_the_database_refuses_connections_for_a_minute(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 the database away for 60 s")
    faulty, key = scenario.faulty, "incoming/away.csv"
    with faulty.slow_model(0.5):
        scenario.upload(key, rows=1000)
        scenario.wait_for_rows(key, 200)
        faulty.stop_database()
        scenario.upload("incoming/away-meanwhile.csv", rows=1000, bad=20)
        time.sleep(OUTAGE_SECONDS)
        faulty.start_database()
        scenario.mended()
        written = len(faulty.rows(key))
    scenario.finish(seconds=480)
    assert 200 <= written < 1000
    assert scenario.logged("aws", "cannot connect") or scenario.logged("aws", "database left a batch undone")
