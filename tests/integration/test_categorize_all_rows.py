"""Themes hide among rows that have a label, too: their rows are asked again, and each keeps what it is."""

from decimal import Decimal
from typing import Any

import pytest

from services.categorize import discovery as discovering
from services.categorize.judge_question import EXAMPLES_PER_CATEGORY
from shared.contracts.taxonomy import CategoryStatus
from shared.model.bedrock_client import ModelBusy
from shared.model.prompt_blocks import parse_block
from shared.platform.database import Database, Transaction
from tests.conftest import open_login
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    categorize_dependencies,
    classified,
    counters_equal_rows,
    events,
    find,
    killed_before_applying,
    labels,
    run,
)
from tests.integration.hidden_themes import BATTERY, KNOWN, hidden, judge, others, with_labels
from tests.unit.categorize.fakes import FakeBedrock, failure, verdict


def answers(database: Database) -> int:
    def count(tx: Transaction) -> int:
        return tx.execute("SELECT row_id FROM discovery_answer")

    return database.transact(count)


def test_a_theme_among_labelled_rows_is_found_and_they_are_asked_again(database: Database) -> None:
    hidden(database)
    bedrock = FakeBedrock(judge)
    found = run(database, bedrock)
    assert found is not None
    assert (found.discovered, found.moved, found.relabelled) == ([BATTERY], 16, {})
    assert labels(database) == others() | {BATTERY: 16}
    assert sorted(bedrock.labelled) == sorted(about("battery", 16))
    assert counters_equal_rows(database)
    assert [event["rows"] for event in events(database, "CategoryDiscovered")] == [16]
    # The merged names are one call, all rows of the theme another.
    assert find(database).usage.calls == len(bedrock.judged) + 2


def test_unknown_rows_of_a_new_category_get_it_and_labelled_ones_are_asked(database: Database) -> None:
    hidden(database, unknown=9, labelled=7)
    bedrock = FakeBedrock(judge)
    run(database, bedrock)
    assert labels(database) == others() | {BATTERY: 16}
    assert len(bedrock.labelled) == 7
    assert counters_equal_rows(database)


def test_a_row_that_its_own_text_keeps_where_it_is_stays(database: Database) -> None:
    hidden(database, unknown=6, labelled=6)
    bedrock = FakeBedrock(judge)
    label = bedrock._label

    def stay(prompt: str) -> Any:
        found = label(prompt)
        return {"labels": [f"{line.split()[0]} 1 positive" for line in found["labels"]]}

    bedrock._label = stay  # type: ignore[method-assign]
    run(database, bedrock)
    stayed = labels(database)
    assert stayed.pop(BATTERY) == 6
    assert sum(stayed.values()) == 48 + 6


def test_a_category_that_hardly_any_row_takes_is_none(database: Database) -> None:
    hidden(database, unknown=2, labelled=10)
    bedrock = FakeBedrock(judge)
    bedrock._label = lambda prompt: {"labels": []}  # type: ignore[method-assign]
    found = run(database, bedrock)
    assert found is not None
    assert found.discovered == []
    assert labels(database)["unknown"] == 2
    assert BATTERY not in labels(database)


def test_an_existing_category_after_all_takes_unknown_rows_and_moves_no_other(database: Database) -> None:
    add_category(database, "Parcel")
    add_category(database, "Price")
    classified(database, ID, about("parcel", 6), [f"parcel dear {n}" for n in range(2)])
    wrong = "UPDATE customer_feedback SET label_llm = 'Price' WHERE status = 'labelled'"
    database.transact(lambda tx: tx.execute(wrong))
    bedrock = FakeBedrock(judge)
    run(database, bedrock)
    assert labels(database) == {"Parcel": 6, "Price": 2}
    assert bedrock.labelled == []


def test_unknown_rows_among_labelled_ones_of_their_kind_are_not_asked_about(database: Database) -> None:
    add_category(database, "Parcel")
    classified(database, ID, about("parcel", 6), [f"parcel late {n}" for n in range(30)])
    bedrock = FakeBedrock(judge)
    run(database, bedrock)
    assert bedrock.judged == []
    assert labels(database) == {"unknown": 6, "Delivery": 30}


def test_what_people_corrected_is_neither_grouped_nor_asked(database: Database) -> None:
    hidden(database)
    query = "UPDATE customer_feedback SET label_correction = 'Staff' WHERE feedback = 'battery number 3'"
    database.transact(lambda tx: tx.execute(query))
    bedrock = FakeBedrock(judge)
    run(database, bedrock)
    assert labels(database) == others(Staff=13) | {BATTERY: 15}
    assert "battery number 3" not in bedrock.labelled


def test_a_proposal_asks_no_row_until_people_agree(database: Database) -> None:
    hidden(database)
    bedrock = FakeBedrock(judge)
    run(database, bedrock, category_approval="manual")
    assert categories(database)[BATTERY].status is CategoryStatus.PROPOSED
    assert labels(database) == dict.fromkeys(KNOWN, 16)
    assert bedrock.labelled == []


@pytest.mark.parametrize("limit", ["execution_budget_usd", "monthly_budget_usd"])
def test_beyond_a_budget_no_row_is_asked_again(database: Database, limit: str) -> None:
    hidden(database, unknown=6, labelled=6)
    bedrock = FakeBedrock(judge)
    budget: dict[str, Any] = {limit: Decimal("0.000001")}
    run(database, bedrock, **budget)
    assert labels(database)[BATTERY] == 6
    assert bedrock.labelled == []


def test_a_theme_of_labelled_rows_that_no_budget_lets_ask_is_proposed_and_not_forgotten(
    database: Database,
) -> None:
    hidden(database, labelled=16)
    before = labels(database)

    run(database, FakeBedrock(judge), monthly_budget_usd=Decimal("0.000001"))

    assert categories(database)[BATTERY].status is CategoryStatus.PROPOSED
    assert labels(database) == before


def test_a_busy_model_is_asked_later_and_no_verdict_is_paid_twice(database: Database) -> None:
    hidden(database)
    bedrock = FakeBedrock(judge)

    def busy(prompt: str) -> Any:
        raise failure("ThrottlingException", 429)

    label, bedrock._label = bedrock._label, busy  # type: ignore[method-assign]
    with pytest.raises(ModelBusy):
        run(database, bedrock)
    asked = len(bedrock.judged)
    bedrock._label = label  # type: ignore[method-assign]
    run(database, bedrock)
    assert labels(database) == others() | {BATTERY: 16}
    assert len(bedrock.judged) == asked


def test_a_process_that_dies_before_it_applies_asks_no_row_twice(
    database: Database, migrated_login: Any
) -> None:
    hidden(database)
    bedrock = FakeBedrock(judge)
    with killed_before_applying():
        run(database, bedrock)
    assert answers(database) == 16
    database.close()
    again = open_login(migrated_login)
    run(again, bedrock)
    assert labels(again) == others() | {BATTERY: 16}
    assert len(bedrock.labelled) == 16
    assert answers(again) == 0
    again.close()


def test_a_discovery_that_is_given_up_leaves_no_answers(database: Database) -> None:
    hidden(database)
    insert = "INSERT INTO discovery_answer VALUES (%s, 1, 'x')"
    database.transact(lambda tx: tx.execute(insert, (ID,)))
    discovering.give_up(categorize_dependencies(database, FakeBedrock()), ID)
    assert answers(database) == 0
    assert labels(database) == dict.fromkeys(KNOWN, 16)


def test_a_group_is_compared_with_a_categorys_other_rows_and_first_with_those_that_people_gave_it(
    database: Database,
) -> None:
    hidden(database)
    given = "UPDATE customer_feedback SET label_correction = 'Staff' WHERE feedback = 'staff number 3'"
    database.transact(lambda tx: tx.execute(given))
    bedrock = FakeBedrock(judge)
    asked: list[str] = []

    def listen(user: str) -> Any:
        asked.append(user)
        return type(bedrock)._judge(bedrock, user)

    bedrock._judge = listen  # type: ignore[method-assign]
    run(database, bedrock)
    [question] = [user for user in asked if "battery number 0" in user]
    categories = {number: name for number, (name, *_) in parse_block(question, "categories")}
    shown: dict[str, list[str]] = {}
    for number, (text,) in parse_block(question, "examples"):
        shown.setdefault(categories[number], []).append(text)
    assert set(shown) == set(KNOWN)
    assert not [text for texts in shown.values() for text in texts if text.startswith("battery")]
    assert shown["Staff"][0] == "staff number 3"
    assert {len(texts) for texts in shown.values()} == {EXAMPLES_PER_CATEGORY}


def test_what_was_judged_among_labelled_rows_is_not_judged_again_with_the_next_file(
    database: Database,
) -> None:
    def mixed(texts: list[str], names: list[str]) -> Any:
        return verdict("MIXED")

    for name in KNOWN:
        add_category(database, name)
    known = [text for name in KNOWN for text in about(name.lower(), 12)]
    with_labels(database, EARLIER, [], known + about("battery", 16))
    first, second = FakeBedrock(mixed), FakeBedrock(mixed)
    run(database, first, EARLIER)
    assert first.judged
    with_labels(database, ID, [], [*known, *(f"battery once more {n}" for n in range(5))])
    run(database, second)
    assert second.judged == []
    assert labels(database, EARLIER) == dict.fromkeys(KNOWN, 16)
