"""Producers who number alike, and say something else under an id of theirs, while functions die."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

RECORDS = 200
"""Ids that each producer uses: 1, 2, 3 and so on."""
NEWER = 100
"""Of them that it uses again with another text."""


def test_producers_with_the_same_ids_and_newer_texts_lose_nothing(begin: Callable[[str], Scenario]) -> None:
    scenario = begin("13 two producers with the same ids, by API and SQS")
    faulty = scenario.faulty
    kills = [
        Rule(id="rows", function="Classify", point="commit:before", action="kill", where="direct_version"),
        Rule(id="known", function="Classify", point="commit:after", action="kill", where="direct_version"),
        # What the API sends arrives twice, the second time late.
        Rule(
            id="twice", function="Api", point="SendMessageBatch:before", action="twice", times=30, seconds=20
        ),
    ]
    faulty.plan.set(*kills)
    first, newer = _texts("first", RECORDS), _texts("newer", NEWER)
    told: list[dict[str, Any]] = []
    with faulty.hidden_for(Feedback=15):
        _at_once(
            lambda: told.extend(_post(scenario, first)),
            lambda: faulty.send(each | {"source": "crm"} for each in _texts("of the crm", RECORDS)),
        )
        # Both texts of an id at once, by requests and by the queue, some of them for the second time.
        _at_once(
            lambda: told.extend(_post(scenario, newer)),
            lambda: told.extend(_post(scenario, first[:NEWER])),
            lambda: told.extend(_post(scenario, newer)),
            lambda: faulty.send(each | {"source": "crm"} for each in _texts("newer of the crm", NEWER)),
        )
        scenario.direct += [each["feedback"] for each in [*first, *newer]]
        scenario.direct += [each["feedback"] for each in _texts("of the crm", RECORDS)]
        scenario.direct += [each["feedback"] for each in _texts("newer of the crm", NEWER)]
        scenario.finish()

    assert {kill.id for kill in kills} <= faulty.plan.fired().keys()
    # An answer that was lost is asked for again, and is "known" by then; none is given twice.
    fresh = [(each["id"], each["status"], each["version"]) for each in told if each["status"] != "known"]
    assert len(fresh) == len(set(fresh))
    assert {(status, version) for _, status, version in fresh} == {("new", 1), ("new version", 2)}
    numbered = faulty.query(
        "SELECT version, COUNT(*) AS n FROM direct_version WHERE identity LIKE 'same-%%' GROUP BY version"
    )
    assert {row["version"]: row["n"] for row in numbered} == {1: 2 * RECORDS, 2: 2 * NEWER}


def _texts(name: str, records: int) -> list[dict[str, Any]]:
    """Records whose ids are those of every other producer, and whose texts are nobody's else."""
    return [
        {"id": f"same-{n}", "feedback": f"The parcel came {n} days late ({name})."}
        for n in range(1, records + 1)
    ]


def _post(scenario: Scenario, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the API says of each record; asked again, as a producer does, where it says nothing."""
    told = []
    for start in range(0, len(records), 50):
        told += scenario.faulty.wait(lambda: _answer(scenario, records[start : start + 50]), "an answer", 300)  # noqa: B023
    return told


def _answer(scenario: Scenario, records: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    try:
        answer = scenario.faulty.api("POST", "/feedback", records)
    except OSError:
        return None
    assert answer.status == 202 or answer.status >= 500, answer.body
    return list(answer.json["records"]) if answer.status == 202 else None


def _at_once(*works: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised again by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
