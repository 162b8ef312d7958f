"""Pools that are large, and themes that are too coarse: sampled, divided, left for the next discovery."""

from typing import Any

import pytest

from services.categorize import theme_search
from shared.model.bedrock_client import ModelBusy
from shared.platform.database import Database
from shared.stores import discovery_store
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    classified,
    counters_equal_rows,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, failure, new_theme, verdict


def test_of_more_unknown_rows_than_one_discovery_takes_a_sample_is_taken(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    classified(database, EARLIER, about("battery", 40))
    classified(database, ID, about("charger", 10))
    bedrock = FakeBedrock()
    monkeypatch.setattr(theme_search, "MOST_EMBEDDED", 20)

    found = run(database, bedrock)

    assert found is not None
    assert found.left_out == 30
    # This execution's rows come first, and of the earlier ones not merely the newest or the oldest.
    assert labels(database, ID) == {"Charger breaks early": 10}
    taken = {int(text.split()[-1]) for text in bedrock.embedded if text.startswith("battery")}
    assert len(taken) == 10
    assert taken - set(range(10)) - set(range(30, 40))
    figures = database.transact(lambda tx: discovery_store.searched(tx, ID))
    assert (figures.pool, figures.left_out) == (20, 30)
    assert counters_equal_rows(database, EARLIER)


def test_rows_of_earlier_files_that_were_left_out_are_in_the_next_search(database: Database) -> None:
    classified(database, EARLIER, about("battery", 12))
    classified(database, ID, ["battery of mine"])
    with pytest.MonkeyPatch.context() as limited:
        limited.setattr(theme_search, "MOST_EMBEDDED", 6)
        run(database, FakeBedrock())
    assert labels(database, EARLIER) == {"Battery breaks early": 5, "unknown": 7}
    classified(database, "next", ["parcel lost"])
    run(database, FakeBedrock(lambda texts, names: verdict("SAME_AS", 1)), "next")
    assert labels(database, EARLIER) == {"Battery breaks early": 12}


def one_word_or_mixed(texts: list[str], names: list[str]) -> Any:
    """MIXED as long as the texts begin with more than one word."""
    mixed = len({text.split()[0] for text in texts}) > 1
    return verdict("MIXED") if mixed else new_theme(texts, names)


def test_a_mixed_group_is_divided_and_its_parts_are_judged(database: Database) -> None:
    add_category(database, "Delivery")
    words = ["battery", "charger", "cable", "screen", "button", "speaker", "strap", "lens"]
    # Large categories make the first grouping coarse: some groups are of more than one word.
    classified(database, ID, [text for word in words for text in about(word, 8)], about("courier", 90))
    bedrock = FakeBedrock(one_word_or_mixed)
    run(database, bedrock)
    assert labels(database) == {f"{word.title()} breaks early": 8 for word in words} | {"Delivery": 90}
    mixed = [texts for texts in bedrock.judged if len({text.split()[0] for text in texts}) > 1]
    assert len(bedrock.judged) == len(mixed) + len(words) > len(words)


def test_themes_much_larger_than_the_categories_are_found_in_a_large_pool(database: Database) -> None:
    add_category(database, "Delivery")
    # Ten rows of a category suggest groups of ten, and a theme must have sixty of these three hundred.
    unknown = about("battery", 100) + about("charger", 100) + about("screen", 100)
    classified(database, ID, unknown, about("parcel", 10))
    run(database, FakeBedrock(), minimum_share=0.2)
    assert labels(database) == {
        "Battery breaks early": 100,
        "Charger breaks early": 100,
        "Screen breaks early": 100,
        "Delivery": 10,
    }


def test_a_group_that_stays_mixed_is_given_up_and_not_asked_about_for_ever(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 30), about("courier", 90))
    bedrock = FakeBedrock(lambda texts, names: verdict("MIXED"))
    run(database, bedrock)
    assert labels(database) == {"unknown": 30, "Delivery": 90}
    assert len(bedrock.judged) <= 2 * 30 // 4


def test_a_division_that_was_interrupted_goes_on_with_its_parts(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 8) + about("charger", 8), about("courier", 90))

    def busy_with_parts(texts: list[str], names: list[str]) -> Any:
        answer = one_word_or_mixed(texts, names)
        if answer["verdict"] == "MIXED":
            return answer
        raise failure("ThrottlingException")

    with pytest.raises(ModelBusy):
        run(database, FakeBedrock(busy_with_parts))
    again = FakeBedrock(one_word_or_mixed)
    run(database, again)
    assert len(again.judged) == 2
    assert labels(database) == {"Battery breaks early": 8, "Charger breaks early": 8, "Delivery": 90}
