"""Discovery on a real database: what it finds, and what it changes."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.changes import lifecycle
from shared.contracts.profiles import ProfileDocument, Thresholds
from shared.platform.database import Database, Transaction
from shared.stores import category_store, profile_store
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    events,
    find,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, new_theme, verdict


def test_themes_become_categories_and_their_rows_get_them(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 6) + about("charger", 5), about("parcel", 3))
    found = run(database, FakeBedrock())
    assert found is not None
    assert sorted(found.discovered) == ["Battery breaks early", "Charger breaks early"]
    assert labels(database) == {"Battery breaks early": 6, "Charger breaks early": 5, "Delivery": 3}
    assert counters_equal_rows(database)
    execution = find(database)
    assert (execution.status, execution.discovery, execution.discovered) == ("categorized", "done", 2)
    assert len(events(database, "ExecutionCategorized")) == 1
    announced = {event["name"]: event["rows"] for event in events(database, "CategoryDiscovered")}
    assert announced == {"Battery breaks early": 6, "Charger breaks early": 5}


def test_a_theme_within_a_category_becomes_its_child(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 6), about("parcel", 3))

    def within(texts: list[str], names: list[str]) -> Mapping[str, Any]:
        return verdict("CHILD", names.index("Delivery") + 1, "Battery breaks early", "It breaks.")

    run(database, FakeBedrock(within))
    found = categories(database)
    assert (found["Battery breaks early"].parent, found["Delivery"].parent) == ("Delivery", None)


def children(texts: list[str], names: list[str]) -> Mapping[str, Any]:
    """Batteries lie within Delivery, chargers within nothing."""
    word = texts[0].split()[0]
    if word == "battery":
        return verdict("CHILD", names.index("Delivery") + 1, "Battery breaks early", "It breaks.")
    return new_theme(texts, names)


def test_a_child_that_goes_into_another_new_category_says_where_that_lies(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 6) + about("charger", 8), about("parcel", 3))
    run(database, FakeBedrock(children, merges=["2 into proposal 1"]))
    [found] = [each for name, each in categories(database).items() if name != "Delivery"]
    assert found.parent == "Delivery"
    assert labels(database)[found.name] == 14


def test_a_child_that_waits_for_people_has_its_parent(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, ID, about("battery", 6), about("parcel", 3))
    run(database, FakeBedrock(children), category_approval="manual")
    child = categories(database)["Battery breaks early"]
    assert (child.status, child.parent) == ("proposed", "Delivery")


@pytest.mark.parametrize(
    "change, parent",
    [
        pytest.param("parent = 'Logistics'", "Logistics", id="itself within another"),
        pytest.param("status = 'retired'", None, id="retired"),
        pytest.param(
            "status = 'retired', merged_into = (SELECT id FROM (SELECT id FROM customer_feedback_category"
            " WHERE name = 'Logistics') l)",
            "Logistics",
            id="merged into another",
        ),
        pytest.param("status = 'proposed'", "Delivery", id="not decided about"),
    ],
)
def test_a_child_of_what_is_no_category_by_itself(
    database: Database, change: str, parent: str | None
) -> None:
    add_category(database, "Delivery")
    add_category(database, "Logistics")
    classified(database, ID, about("battery", 6), about("parcel", 3))
    update = f"UPDATE customer_feedback_category SET {change} WHERE name = 'Delivery'"
    database.transact(lambda tx: tx.execute(update))
    run(database, FakeBedrock(children))
    assert categories(database)["Battery breaks early"].parent == parent


def test_a_profile_says_for_itself_how_large_a_theme_must_be(database: Database) -> None:
    document = ProfileDocument(thresholds=Thresholds(minimum_rows=6))
    database.transact(lambda tx: profile_store.store(tx, document))
    classified(database, ID, about("battery", 6) + about("charger", 5))
    found = run(database, FakeBedrock())
    assert found is not None
    assert found.discovered == ["Battery breaks early"]


def test_a_discovered_category_knows_its_execution_and_its_examples(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock())
    category = categories(database)["Battery breaks early"]
    assert (category.status, category.origin) == ("active", "discovered")

    def stored(tx: Transaction) -> Any:
        tx.execute("SELECT execution_id, examples FROM customer_feedback_category")
        return tx.fetchone()

    row = database.transact(stored)
    assert row["execution_id"] == ID
    assert set(json.loads(row["examples"])) <= {f"{ID}:{n}" for n in range(1, 7)}
    assert len(json.loads(row["examples"])) == 3


def test_new_categories_are_a_new_taxonomy(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    before = database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version
    run(database, FakeBedrock())
    assert (
        database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version == before + 1
    )


def test_an_execution_without_unknown_rows_goes_on_without_a_call(database: Database) -> None:
    classified(database, ID, [], about("parcel", 3))
    bedrock = FakeBedrock()
    run(database, bedrock)
    assert find(database).discovery == "done"
    assert (bedrock.embedded, bedrock.judged) == ([], [])


def test_a_small_theme_waits_and_is_counted_in_with_the_next_execution(database: Database) -> None:
    classified(database, EARLIER, about("battery", 3))
    run(database, FakeBedrock(), EARLIER)
    assert labels(database, EARLIER) == {"unknown": 3}
    classified(database, ID, [f"battery once more {n}" for n in range(3)])
    run(database, FakeBedrock())
    assert labels(database, EARLIER) == labels(database) == {"Battery breaks early": 3}
    assert counters_equal_rows(database, EARLIER)
    assert counters_equal_rows(database)


def test_rows_of_a_file_that_is_still_being_labelled_wait_for_its_own_discovery(database: Database) -> None:
    classified(database, EARLIER, about("battery", 3))
    under_way = "UPDATE execution SET status = 'classifying' WHERE execution_id = %s"
    database.transact(lambda tx: tx.execute(under_way, (EARLIER,)))
    classified(database, ID, [f"battery once more {n}" for n in range(3)])
    run(database, FakeBedrock())
    assert labels(database) == labels(database, EARLIER) == {"unknown": 3}


def test_an_earlier_execution_that_had_ended_is_revised(database: Database) -> None:
    classified(database, EARLIER, about("battery", 3))
    run(database, FakeBedrock(), EARLIER)
    database.transact(lambda tx: lifecycle.completed(tx, EARLIER))
    classified(database, ID, [f"battery once more {n}" for n in range(3)])
    run(database, FakeBedrock())
    revised = events(database, "ExecutionRevised")
    assert [(event["execution_id"], event["counts"]["labelled"]) for event in revised] == [(EARLIER, 3)]
    assert ID in revised[0]["reason"]


def test_a_corrected_row_is_left_alone(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    query = "UPDATE customer_feedback SET label_correction = 'Delivery' WHERE record_id = %s"
    database.transact(lambda tx: tx.execute(query, (f"{ID}:1",)))
    run(database, FakeBedrock())
    assert labels(database) == {"Battery breaks early": 5, "Delivery": 1}


def test_the_same_message_again_changes_nothing(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock())
    again = FakeBedrock()
    assert run(database, again) is None
    assert (again.embedded, again.judged) == ([], [])
    assert len(events(database, "ExecutionCategorized")) == 1


def test_no_text_is_embedded_twice(database: Database) -> None:
    classified(database, EARLIER, about("battery", 3) * 2)
    first = FakeBedrock(lambda texts, names: verdict("MIXED"))
    run(database, first, EARLIER)
    assert sorted(first.embedded) == about("battery", 3)
    classified(database, ID, about("battery", 4))
    second = FakeBedrock()
    run(database, second)
    assert second.embedded == ["battery number 3"]


def test_vectors_of_one_model_are_never_compared_with_those_of_another(database: Database) -> None:
    classified(database, EARLIER, about("battery", 4))
    mixed = FakeBedrock(lambda texts, names: verdict("MIXED"))
    run(database, mixed, EARLIER)
    classified(database, ID, about("charger", 4))
    other = FakeBedrock()
    run(database, other, embedding_model_id="cohere.embed-multilingual-v3")
    assert sorted(other.embedded)[:8] == sorted(mixed.embedded) + about("charger", 4)
    counted = "SELECT model_id, COUNT(*) AS texts FROM feedback_embedding GROUP BY model_id ORDER BY model_id"

    def stored(tx: Transaction) -> list[tuple[str, int]]:
        tx.execute(counted)
        return [(row["model_id"], row["texts"]) for row in tx.fetchall()]

    assert database.transact(stored) == [
        ("amazon.titan-embed-text-v2:0", 4),
        ("cohere.embed-multilingual-v3", 8),
    ]


def test_what_it_cost_is_on_the_execution(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock())
    usage = find(database).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (1, 6 * 5 + 100, 10)
    assert usage.estimated_cost > 0
