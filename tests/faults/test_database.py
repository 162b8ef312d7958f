"""The database goes away, holds locks, and takes its word back, while files are under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

import pymysql
from pymysql.constants import ER

from local.bedrock.stats import digest
from services.classify.dependencies import READ_SECONDS
from tests.faults.faulty import Faulty
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

OUTAGE_SECONDS = 60
DEADLOCKS = 5
REFUSALS = 10
HARMLESS = "All is well."
"""The record that classify asks about before it calls another one poison."""


def test_the_database_is_killed_and_restarted_under_each_function(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 the database killed and restarted, four times")
    faulty = scenario.faulty
    key = faulty.new_profile("killed") + "killed.csv"
    # Each waits at a place where it has work in its hands; the database dies there.
    places = {
        "Ingest": ("SendMessageBatch:before", 20),
        "Classify": ("Converse:after", 20),
        "Categorize": ("InvokeModel:after", 5),
        "Notify": ("PutObject:before", 0),
    }
    holds = [
        Rule(id=name, function=f"{name}Function", point=point, action="hold", skip=skip)
        for name, (point, skip) in places.items()
    ]
    faulty.plan.set(*holds)
    scenario.upload(key, rows=1000, bad=20)
    for function in places:
        scenario.wait_until_fired(function)
        faulty.stop_database(kill=True)
        faulty.start_database()
        faulty.plan.release(function)
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
        time.sleep(OUTAGE_SECONDS * 2 / 3)
        scenario.upload("incoming/away-meanwhile.csv", rows=200, bad=20)
        time.sleep(OUTAGE_SECONDS / 3)
        faulty.start_database()
        scenario.mended()
        written = len(faulty.rows(key))
    scenario.finish(seconds=480)
    assert 200 <= written < 1000
    assert scenario.logged("aws", "cannot connect") or scenario.logged("aws", "database left a batch undone")


def test_deadlocks_and_lock_wait_time_outs_only_delay(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 deadlocks and lock wait time-outs")
    faulty, waiting, locked = scenario.faulty, "incoming/waiting.csv", "incoming/locked.csv"
    with faulty.slow_model(0.5):
        scenario.upload(waiting, rows=500)
        _hold_until(scenario, waiting, "rolled back (1205)")  # by ingest
        scenario.wait_for_rows(waiting, 1)
        _hold_until(scenario, waiting, "database left a group undone")
        scenario.upload(locked, rows=1000)
        scenario.wait_for_rows(locked, 1)
        struck = 0
        while struck < DEADLOCKS:
            struck += _deadlock(faulty, locked)
        assert len(faulty.rows(locked)) < 1000
    scenario.mended()
    scenario.finish()


def test_a_full_disk_only_delays_and_every_call_is_counted(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 the database's disk full")
    faulty, key = scenario.faulty, "incoming/full.csv"
    with faulty.small_disk() as disk, faulty.slow_model(0.5):
        before = faulty.calls()
        # They do not fit into what the database has of the disk already.
        scenario.upload(key, rows=1000, store="店" * 500)
        scenario.wait_for_rows(key, 200)
        with faulty.full(disk):
            faulty.wait(lambda: scenario.logged("aws", "refuses (1114)") >= REFUSALS, "refusals", 180)
            written = len(faulty.rows(key))
        scenario.mended()
        scenario.finish()
    assert 200 <= written < 1000
    answered = [
        call
        for call in faulty.model("GET", f"/calls?since={before + 1}")["calls"]
        if call["action"] == "converse"
        and call["kind"] != "probe"
        and call["status"] == 200
        # What shows whether a record or the world is at fault is not the file's.
        and call["records"] != [digest(HARMLESS)]
        # What classify has given up came to nobody.
        and call["seconds"] < READ_SECONDS
    ]
    (counted,) = faulty.query("SELECT SUM(calls) AS n FROM execution WHERE source_key = %s", key)
    assert counted["n"] == len(answered)


def test_a_commit_whose_outcome_is_unknown_counts_once(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("3 connections dropped before and behind the commit")
    faulty = scenario.faulty
    folder = faulty.new_profile("commits")
    transactions = {
        "Ingest": ("SET ingest_slice", 1),
        "Classify": ("INSERT INTO customer_feedback", 5),
        "Categorize": ("SET discovery", 1),
        "Notify": ("SET status = 'completed'", 1),
    }
    # One drop a file for each function: before the commit nothing was kept, behind it everything.
    drops = [
        Rule(
            id=f"{name}-{when}",
            function=f"{name}Function",
            point=f"commit:{when}",
            action="drop",
            where=where,
            times=times,
        )
        for name, (where, times) in transactions.items()
        for when in ("before", "after")
    ]
    faulty.plan.set(*drops)
    scenario.upload(f"{folder}commits.csv", rows=500, bad=20)
    scenario.upload(f"{folder}commits-too.csv", rows=500, bad=20)
    scenario.finish()
    assert faulty.plan.fired() == {drop.id: drop.times for drop in drops}


def _hold_until(scenario: Scenario, key: str, logged: str) -> None:
    """Holds the lock of a file's execution until a function has logged this text."""
    faulty = scenario.faulty
    (execution_id,) = faulty.wait(lambda: faulty.executions(key), f"the execution of {key}")
    with closing(faulty.stack.connect()) as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute("SELECT 1 FROM execution WHERE execution_id = %s FOR UPDATE", [execution_id])
        faulty.wait(lambda: scenario.logged("aws", logged), f"a function to log {logged}", 180)
        connection.rollback()


def _deadlock(faulty: Faulty, key: str) -> int:
    """Locks in the opposite order; returns how many transactions of functions the server ended for it.

    Classify locks the execution first and the marks of suspect records last.
    """
    (execution_id,) = faulty.executions(key)
    marks = [(f"{execution_id}:{number}",) for number in range(1002)]
    before, ours = _deadlocks(faulty), 0
    with closing(faulty.stack.connect()) as connection, connection.cursor() as cursor:
        connection.begin()
        # So many that the server finds it cheaper to end the other transaction.
        cursor.executemany("INSERT INTO suspect_record (record_id) VALUES (%s)", marks)
        time.sleep(1)
        try:
            cursor.execute("SELECT 1 FROM execution WHERE execution_id = %s FOR UPDATE", [execution_id])
        except pymysql.OperationalError as error:
            if error.args[0] != ER.LOCK_DEADLOCK:
                raise
            ours = 1
        connection.rollback()
    return _deadlocks(faulty) - before - ours


def _deadlocks(faulty: Faulty) -> int:
    (row,) = faulty.query(
        "SELECT `COUNT` AS n FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'"
    )
    return int(row["n"])
