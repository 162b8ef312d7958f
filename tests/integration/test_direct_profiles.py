"""Direct feedback names a known profile, and what it is read by does not grow with what others do."""

from collections import defaultdict
from datetime import date

import pytest

from services.classify.incoming import read
from services.classify.prompt_library import Library
from services.classify.snapshot import look
from shared.changes import lifecycle
from shared.model.model_table import AnswerForm
from tests.integration.classify_world import CATEGORIES, DEAR, LATE, World, counted, direct_message, message
from tests.unit.template.watched import raised as alarms


def test_made_up_profiles_make_no_execution_and_are_rejected_with_the_known_ones(world: World) -> None:
    world.add_categories(CATEGORIES[:1], "returns")
    named = [{"id": f"{n}", "feedback": LATE, "profile": f"made-up-{n}"} for n in range(100)]

    assert world.handle([message(each) for each in named]) == set()
    world.handle([message({"id": "a", "feedback": LATE, "profile": "returns"})])

    executions = world.query("SELECT profile FROM execution")
    assert sorted(row["profile"] for row in executions) == ["feedback", "returns"]
    assert world.query("SELECT rejected FROM execution ORDER BY profile") == [
        {"rejected": 100},
        {"rejected": 0},
    ]
    reasons = world.query("SELECT DISTINCT reason FROM rejected_row")
    assert [row["reason"] for row in reasons] == [
        "profile: is not a known one; known profiles: feedback, returns"
    ]


@pytest.mark.parametrize(
    "profile", ["../feedback", "Feedback", "feedback ", "féedback", "feedback\u200b", ""]
)
def test_no_other_spelling_of_a_profile_is_taken_for_it(world: World, profile: str) -> None:
    world.handle([message({"id": "a", "feedback": LATE, "profile": profile})])

    assert counted(world.direct()) == {"rows_read": 1, "rejected": 1}
    [row] = world.query("SELECT reason FROM rejected_row")
    assert row["reason"].startswith("profile: ")
    assert row["reason"].endswith("; known profiles: feedback")


def test_a_record_whose_profile_lost_its_categories_keeps_its_row_and_gets_no_second_one(
    world: World,
) -> None:
    world.add_categories(CATEGORIES[:1], "returns")
    body = message({"id": "a", "feedback": LATE, "profile": "returns"})
    world.faults({"fault": "access_denied"})
    world.handle([body])
    world.faults()
    world.query("UPDATE customer_feedback_category SET status = 'retired' WHERE profile = 'returns'")

    world.handle([body, *world.waiting_messages()])

    [row] = world.rows()
    assert row["status"] == "unknown"
    assert world.query("SELECT COUNT(*) AS n FROM rejected_row") == [{"n": 0}]


def test_new_versions_are_counted_once_whoever_numbers_them(world: World) -> None:
    world.handle([direct_message("a", LATE), direct_message("b", LATE)])
    world.handle([direct_message("a", DEAR), direct_message("a", LATE), direct_message("b", LATE)])
    world.handle([direct_message("a", DEAR)])

    assert counted(world.direct())["accepted"] == 3
    numbered = world.query("SELECT version FROM direct_version ORDER BY identity, version")
    assert [row["version"] for row in numbered] == [1, 2, 1]


def reads(world: World, messages: int = 20) -> tuple[int, int]:
    """Rows that the server handles for one look of classify, and statements."""
    deliveries, _ = read(direct_message(f"id-{n}", f"{LATE} {n}") for n in range(messages))
    library = Library(AnswerForm.TEXT)

    def counters() -> int:
        rows = world.query("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(row["Value"]) for row in rows)

    def work() -> None:
        world.database.transact(lambda tx: look(tx, deliveries, "m", library, month=False))

    work()
    before = counters()
    again = counters()
    work()
    return counters() - again - (again - before), len(deliveries)


def test_what_a_batch_reads_does_not_grow_with_open_days(world: World) -> None:
    world.handle([direct_message("first", LATE)])
    alone = reads(world)

    for number in range(300):
        world.add_categories(CATEGORIES[:1], f"profile-{number}")
        world.database.transact(
            lambda tx: lifecycle.open_direct(tx, f"profile-{number}", date(2026, 5, 4))  # noqa: B023
        )

    # The server may come to another plan, but none that reads a row of others.
    assert reads(world)[0] < alone[0] + 10


@pytest.mark.parametrize(
    "batches, raised",
    [
        ([(1, 0)], False),  # one wrong message in a quiet night
        ([(3, 0)], False),
        ([(4, 0)], True),
        ([(1, 0)] * 4, True),  # a form that sends one now and then
        ([(2, 10), (1, 0), (0, 5)], False),
        ([(5, 0), (0, 50)], False),
        ([(5, 0), (0, 15)], True),
        ([(0, 60), (4, 10)], False),
        ([(0, 40)], False),
    ],
)
def test_more_than_one_in_twenty_of_an_hours_direct_messages_and_at_least_four_are_told(
    world: World, batches: list[tuple[int, int]], raised: bool
) -> None:
    counted: dict[str, list[float]] = defaultdict(list)
    world.telemetry.count = lambda name, value=1: counted[name].append(value)  # type: ignore[method-assign]
    world.start_file(1)
    files = world.file_messages([LATE])
    for place, (wrong, right) in enumerate(batches):
        unknown = [message({"id": f"x{n}", "feedback": LATE, "profile": "nobody"}) for n in range(wrong)]
        known = [direct_message(f"{place}-{n}", LATE) for n in range(right)]
        world.handle([*files, *unknown, *known])

    assert sum(counted["DirectMessageRejected"]) == sum(wrong for wrong, _ in batches)
    assert alarms("classify", counted) == ({"DirectMessagesRejectedAlarm"} if raised else set())
