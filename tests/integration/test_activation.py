"""Which themes become categories at once: what one sender invents is proposed, what files carry is used."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.categorize import applying
from shared.changes import curation
from shared.contracts.records import DirectFeedback
from shared.platform.database import Database
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    Killed,
    about,
    add_category,
    categories,
    classified,
    classified_day,
    counters_equal_rows,
    events,
    kill_at,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, verdict

WORDS = [f"{one}{two}" for one in ("bat", "char", "lens", "st", "cab") for two in ("ra", "lo", "mi")]
FLOOD = [f"{word} number {n}" for word in WORDS for n in range(13)]
ONE_CALLER = ["arn:aws:sts::123456789012:assumed-role/shop/one"]
INVENTED = [f"shop-{n}" for n in range(10)]


def sent(texts: Sequence[str], sources: Sequence[str]) -> list[DirectFeedback]:
    """Each text, the sources in turns, as producers send them."""
    return [
        DirectFeedback(id=f"{n}", source=sources[n % len(sources)], feedback=text)
        for n, text in enumerate(texts)
    ]


def statuses(database: Database) -> dict[str, str]:
    return {name: category.status.value for name, category in categories(database).items()}


@pytest.mark.parametrize("sources", [ONE_CALLER, INVENTED], ids=["by the API", "by SQS with ten sources"])
def test_a_flood_of_invented_records_activates_nothing(database: Database, sources: list[str]) -> None:
    day = classified_day(database, sent(FLOOD, sources))
    found = run(database, FakeBedrock(), day)
    assert found is not None
    assert len(found.discovered) >= 10
    assert set(statuses(database).values()) == {"proposed"}
    assert labels(database, day) == {"unknown": len(FLOOD)}
    assert {event["status"] for event in events(database, "CategoryDiscovered")} == {"proposed"}


def test_two_days_of_direct_feedback_are_not_two_sources(database: Database) -> None:
    first = classified_day(database, sent(about("battery", 3), INVENTED))
    run(database, FakeBedrock(), first)
    texts = [f"battery once more {n}" for n in range(3)]
    run(database, FakeBedrock(), classified_day(database, sent(texts, ["other"]), date(2026, 11, 29)))
    assert statuses(database) == {"Battery breaks early": "proposed"}


def test_what_is_said_directly_on_two_days_is_said_twice(database: Database) -> None:
    for day in (date(2026, 11, 28), date(2026, 11, 29)):
        said = [DirectFeedback(id=f"{day}-{n}", feedback=text) for n, text in enumerate(about("battery", 3))]
        run(database, FakeBedrock(), classified_day(database, said, day))
    assert statuses(database) == {"Battery breaks early": "proposed"}


@pytest.mark.parametrize("files", [1, 2, 3])
def test_a_flood_cannot_ride_on_a_few_rows_of_files(database: Database, files: int) -> None:
    for number in range(files):
        classified(database, f"file-{number}", [f"battery of file {number}"])
        run(database, FakeBedrock(), f"file-{number}")
    run(database, FakeBedrock(), classified_day(database, sent(about("battery", 20), INVENTED)))
    assert statuses(database) == {"Battery breaks early": "proposed"}


def test_a_theme_that_a_file_carries_is_used_also_for_the_direct_rows_that_share_it(
    database: Database,
) -> None:
    day = classified_day(database, sent(about("battery", 3) + about("invented", 8), INVENTED))
    run(database, FakeBedrock(), day)
    classified(database, ID, [f"battery once more {n}" for n in range(5)])
    run(database, FakeBedrock())
    assert statuses(database) == {"Battery breaks early": "active", "Invented breaks early": "proposed"}
    assert labels(database) == {"Battery breaks early": 5}
    assert labels(database, day) == {"Battery breaks early": 3, "unknown": 8}
    assert counters_equal_rows(database)


def test_two_small_files_make_a_category(database: Database) -> None:
    classified(database, EARLIER, about("battery", 2), about("parcel", 400))
    run(database, FakeBedrock(), EARLIER)
    classified(database, ID, ["battery once more", "battery again"], about("courier", 400))
    run(database, FakeBedrock())
    assert statuses(database) == {"Battery breaks early": "active"}


@pytest.mark.parametrize("others, status", [(396, "active"), (397, "proposed")])
def test_a_theme_of_one_file_needs_its_share_of_the_file(
    database: Database, others: int, status: str
) -> None:
    classified(database, ID, about("battery", 4), about("parcel", others))
    run(database, FakeBedrock())
    assert statuses(database) == {"Battery breaks early": status}


def test_one_file_that_is_replaced_is_one_file(database: Database) -> None:
    for execution_id in (EARLIER, ID):
        texts = [f"battery {execution_id} {n}" for n in range(2)]
        classified(database, execution_id, texts, about("parcel", 400), key="incoming/reviews.csv")
        run(database, FakeBedrock(), execution_id)
    assert statuses(database) == {"Battery breaks early": "proposed"}


def test_direct_feedback_that_is_said_to_count_is_like_a_file(database: Database) -> None:
    day = classified_day(database, sent(about("battery", 6), ONE_CALLER))
    run(database, FakeBedrock(), day, activate_from_direct=True)
    assert statuses(database) == {"Battery breaks early": "active"}


def test_invented_sources_are_one_source_also_where_direct_feedback_counts(database: Database) -> None:
    texts = about("battery", 5) + [f"word{n} of its own" for n in range(600)]
    day = classified_day(database, sent(texts, INVENTED))
    run(database, FakeBedrock(), day, activate_from_direct=True, minimum_share=0)
    assert statuses(database)["Battery breaks early"] == "proposed"


def test_with_manual_approval_two_files_propose_as_before(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock(), category_approval="manual", activate_from_direct=True)
    assert statuses(database) == {"Battery breaks early": "proposed"}


def same_as_battery(texts: list[str], names: list[str]) -> Any:
    if "battery" not in texts[0]:
        return verdict("MIXED")
    return verdict("SAME_AS", names.index("Battery breaks early") + 1)


def proposed_by_direct_feedback(database: Database) -> str:
    day = classified_day(database, sent(about("battery", 10), INVENTED))
    run(database, FakeBedrock(), day)
    assert statuses(database) == {"Battery breaks early": "proposed"}
    return day


@pytest.mark.parametrize("killed", [False, True], ids=["at one go", "killed behind the approval"])
def test_a_proposal_is_used_as_soon_as_files_carry_it(database: Database, killed: bool) -> None:
    day = proposed_by_direct_feedback(database)
    bedrock = FakeBedrock(same_as_battery)
    texts = [f"battery {word}" for word in ("dead", "low", "hot", "flat")]
    classified(database, EARLIER, texts + about("parcel", 8))
    if killed:
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, applying, "apply")
            with pytest.raises(Killed):
                run(database, bedrock, EARLIER)
    run(database, bedrock, EARLIER)
    assert statuses(database) == {"Battery breaks early": "active"}
    assert labels(database, day) == {"Battery breaks early": 10}
    assert labels(database, EARLIER) == {"Battery breaks early": 4, "unknown": 8}
    assert counters_equal_rows(database, day)
    # Its own approval voids none of its verdicts.
    classified(database, ID, ["parcel lost", "parcel late"])
    asked = len(bedrock.judged)
    run(database, bedrock)
    assert len(bedrock.judged) == asked


@pytest.mark.parametrize("further, status", [(0, "proposed"), (1, "active")])
def test_a_file_that_comes_again_proves_no_more_than_once(
    database: Database, further: int, status: str
) -> None:
    proposed_by_direct_feedback(database)
    for number in range(2):
        texts = [f"battery of a file {n}" for n in range(3 + further * number)]
        classified(database, f"file-{number}", texts)
        run(database, FakeBedrock(same_as_battery), f"file-{number}")
    assert statuses(database) == {"Battery breaks early": status}


def test_rows_of_several_files_that_wait_for_a_proposal_count_together(database: Database) -> None:
    proposed_by_direct_feedback(database)
    add_category(database, "Delivery")
    for number in range(2):
        texts = [f"battery of file {number} {n}" for n in range(4)]
        classified(database, f"file-{number}", texts, about("parcel", 500))
        run(database, FakeBedrock(same_as_battery), f"file-{number}")
        assert statuses(database)["Battery breaks early"] == ("proposed", "active")[number]


@pytest.mark.parametrize("decision", ["undone", "rejected", "manual"])
def test_what_people_decided_about_a_proposal_is_theirs(database: Database, decision: str) -> None:
    proposed_by_direct_feedback(database)
    category_id = categories(database)["Battery breaks early"].id
    if decision == "undone":
        curated = database.transact(lambda tx: curation.approve(tx, category_id))
        assert curated.curation_id is not None
        number = curated.curation_id
        database.transact(lambda tx: curation.undo(tx, number))
    if decision == "rejected":
        database.transact(lambda tx: curation.reject(tx, category_id))
    before = statuses(database)
    classified(database, ID, [f"battery once more {n}" for n in range(20)])
    approval = "manual" if decision == "manual" else "auto"

    run(database, FakeBedrock(same_as_battery), category_approval=approval)

    assert statuses(database) == before
    assert labels(database) == {"unknown": 20}
