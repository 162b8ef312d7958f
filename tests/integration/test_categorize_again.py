"""What discovery has judged is not paid for again until it has grown by half, or the taxonomy has changed."""

from typing import Any

import pytest

from services.categorize import discovery as discovering
from shared.contracts.taxonomy import CategoryStatus
from shared.platform.database import Database
from tests.integration.categorize_uploads import BIRDS, mixed, more, new_version, upload
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    categorize_dependencies,
    classified,
    find,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, new_theme, verdict


@pytest.mark.parametrize("known", [mixed(), FakeBedrock(new_theme)], ids=["mixed", "new"])
@pytest.mark.parametrize("labelled", [0, 30])
def test_a_file_whose_rows_have_their_category_asks_about_nothing(
    database: Database, known: FakeBedrock, labelled: int
) -> None:
    add_category(database, "Delivery")
    classified(database, EARLIER, about("battery", 40))
    run(database, known, EARLIER)
    classified(database, ID, [], about("delivery", labelled))
    bedrock = mixed()

    run(database, bedrock)

    assert (bedrock.judged, bedrock.merged, find(database).usage.calls) == ([], [], 0)
    # They are looked at all the same: a theme may hide among them.
    assert set(about("delivery", labelled)) <= set(bedrock.embedded)
    assert bool(bedrock.embedded) is bool(labelled)
    assert find(database).discovery == "done"


def test_a_file_without_rows_does_not_pay_for_a_discovery_that_failed_before_it(database: Database) -> None:
    classified(database, EARLIER, about("battery", 40))
    discovering.give_up(categorize_dependencies(database, FakeBedrock()), EARLIER)
    assert upload(database, ID, [], bedrock := FakeBedrock()) == 0
    assert bedrock.embedded == []
    assert upload(database, "next", ["parcel lost"], bedrock) == 1
    assert labels(database, EARLIER) == {"Battery breaks early": 40}


def test_a_few_rows_that_cannot_make_a_theme_are_not_even_embedded(database: Database) -> None:
    upload(database, EARLIER, about("battery", 40), mixed())
    assert upload(database, ID, ["parcel lost"], bedrock := mixed()) == 0
    assert bedrock.embedded == []


@pytest.mark.parametrize("size", [5, 8, 9, 20, 25, 61])
def test_a_mixed_theme_is_asked_about_again_only_when_it_has_grown_by_half(
    database: Database, size: int
) -> None:
    grown = -(-size // 2)
    bedrock = mixed()
    assert upload(database, EARLIER, about("battery", size), bedrock) > 0
    assert upload(database, ID, more("battery", grown - 1), bedrock) == 0
    assert upload(database, "last", ["battery last"], bedrock) > 0
    assert upload(database, "after", more("battery", grown // 2, "after"), bedrock) == 0


def test_uploads_that_follow_each_other_cost_no_more_than_growth(database: Database) -> None:
    bedrock = mixed()
    upload(database, EARLIER, about("battery", 30), bedrock)
    asked = [upload(database, f"day-{n}", more("battery", 3, f"day {n}"), bedrock) for n in range(15)]
    # From 30 to 75 rows: grown by half twice.
    assert sum(count > 0 for count in asked) == 2
    assert sum(asked) < len(asked)


def test_groups_that_come_out_otherwise_are_known_by_their_rows(database: Database) -> None:
    add_category(database, "Delivery")
    bedrock = mixed()
    classified(database, EARLIER, [f"{bird} number {n}" for bird in BIRDS for n in range(7)])
    run(database, bedrock, EARLIER)
    asked = len(bedrock.judged)
    for number, large in enumerate([6, 20, 60, 200, 2]):
        # The size of the file's categories decides how fine its groups are.
        classified(
            database, f"file-{number}", [f"{BIRDS[number]} of file {number}"] * 2, about("delivery", large)
        )
        run(database, bedrock, f"file-{number}")
    assert len(bedrock.judged) == asked > 0


def test_a_new_theme_is_found_though_it_lies_in_a_mixed_group_that_is_known(database: Database) -> None:
    add_category(database, "Delivery")

    def judge(texts: list[str], names: list[str]) -> Any:
        return new_theme(texts, names) if all("battery" in text for text in texts) else verdict("MIXED")

    bedrock = FakeBedrock(judge)
    classified(database, EARLIER, [f"{bird} number {n}" for bird in BIRDS for n in range(7)])
    run(database, bedrock, EARLIER)
    asked = len(bedrock.judged)
    # Large categories make the grouping coarse: the ten new rows are fewer than half of any group.
    classified(database, ID, about("battery", 10), about("delivery", 400))

    run(database, bedrock)

    assert labels(database)["Battery breaks early"] == 10
    assert len(bedrock.judged) - asked <= 3


def test_a_change_of_the_taxonomy_asks_once_more(database: Database) -> None:
    bedrock = mixed()
    upload(database, EARLIER, about("battery", 10), bedrock)
    new_version(database)
    assert upload(database, ID, more("battery", 2), bedrock) > 0
    assert upload(database, "next", more("battery", 2, "next"), bedrock) == 0


def test_categories_that_a_discovery_finds_itself_make_its_own_verdicts_not_void(database: Database) -> None:
    def judge(texts: list[str], names: list[str]) -> Any:
        return new_theme(texts, names) if "battery" in texts[0] else verdict("MIXED")

    bedrock = FakeBedrock(judge)
    upload(database, EARLIER, about("battery", 10) + about("charger", 10), bedrock)
    assert categories(database)["Battery breaks early"].status is CategoryStatus.ACTIVE
    assert upload(database, ID, more("charger", 4), bedrock) == 0


def test_a_taxonomy_that_people_change_while_the_model_is_asked_asks_again(database: Database) -> None:
    def judge(texts: list[str], names: list[str]) -> Any:
        if "battery" in texts[0] and "Price" not in categories(database):
            new_version(database)
        return new_theme(texts, names) if "battery" in texts[0] else verdict("MIXED")

    bedrock = FakeBedrock(judge)
    upload(database, EARLIER, about("battery", 10) + about("charger", 10), bedrock)
    assert upload(database, ID, more("charger", 2), bedrock) > 0
