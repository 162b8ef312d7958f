"""Discovery on a real database: what it finds, what it changes, and how it goes on after trouble."""

import json
from typing import Any

import pytest

from services.categorize import discovery as discovering
from services.categorize import planning
from services.categorize.existing_categories import read_existing
from shared.changes import curation, lifecycle
from shared.contracts.errors import OutOfTime
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.contracts.taxonomy import CategoryStatus
from shared.model.bedrock import ModelBusy, ModelRefused
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import LockBusy, named_lock
from shared.stores import category_store, discovery_store, execution_store
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
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, failure, new_theme, verdict


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


def test_a_theme_that_is_an_existing_category_makes_no_new_one(database: Database) -> None:
    add_category(database, "Battery life")
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock(lambda texts, names: verdict("SAME_AS", names.index("Battery life") + 1)))
    assert labels(database) == {"Battery life": 6}
    assert list(categories(database)) == ["Battery life"]
    assert events(database, "CategoryDiscovered") == []


def test_a_mixed_group_stays_unknown(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock(lambda texts, names: verdict("MIXED")))
    assert labels(database) == {"unknown": 6}
    assert find(database).discovery == "done"


def test_two_names_for_the_same_become_one_category(database: Database) -> None:
    classified(database, ID, about("battery", 6) + about("accu", 5))
    run(database, FakeBedrock(merges=["2 into proposal 1"]))
    assert labels(database) == {"Battery breaks early": 11}


def test_a_name_that_says_nothing_is_refused(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    bedrock = FakeBedrock(lambda texts, names: verdict("NEW", name="Other issues"))
    run(database, bedrock)
    assert labels(database) == {"unknown": 6}
    assert len(bedrock.judged) == 2


def test_a_new_name_that_the_database_takes_for_an_existing_one_is_that_category(database: Database) -> None:
    add_category(database, "Délivery")
    classified(database, ID, about("parcel", 6))
    run(database, FakeBedrock(lambda texts, names: verdict("NEW", name="DELIVERY")))
    assert labels(database) == {"Délivery": 6}
    assert list(categories(database)) == ["Délivery"]


def test_a_name_that_people_turned_down_does_not_come_back(database: Database) -> None:
    add_category(database, "Battery breaks early", CategoryStatus.RETIRED)
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock())
    assert labels(database) == {"unknown": 6}
    assert categories(database)["Battery breaks early"].status is CategoryStatus.RETIRED


def test_a_theme_like_a_rejected_one_stays_unknown_whatever_the_model_would_call_it(
    database: Database,
) -> None:
    classified(database, EARLIER, about("battery", 6))
    run(database, FakeBedrock(), EARLIER, category_approval="manual")
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.reject(tx, category_id))
    classified(database, ID, [f"battery once more {n}" for n in range(6)])
    # The model is shown what was turned down, and says that it is this again.
    found = run(
        database,
        FakeBedrock(lambda texts, names: verdict("SAME_AS", names.index("Battery breaks early") + 1)),
    )
    assert found is not None
    assert found.discovered == []
    assert labels(database) == labels(database, EARLIER) == {"unknown": 6}
    assert list(categories(database)) == ["Battery breaks early"]


def test_a_rejected_proposal_is_shown_with_the_rows_that_it_was_made_of(database: Database) -> None:
    classified(database, EARLIER, about("battery", 6))
    run(database, FakeBedrock(), EARLIER, category_approval="manual")
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.reject(tx, category_id))

    existing = read_existing(database, "feedback")

    assert set(existing.texts([category_id])[category_id]) == set(about("battery", 6))


def test_with_manual_approval_the_category_is_proposed_and_its_rows_wait(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock(), category_approval="manual")
    assert labels(database) == {"unknown": 6}
    assert categories(database)["Battery breaks early"].status is CategoryStatus.PROPOSED
    assert [event["status"] for event in events(database, "CategoryDiscovered")] == ["proposed"]
    bedrock = FakeBedrock()
    classified(database, "next", about("parcel", 1))
    run(database, bedrock, "next", category_approval="manual")
    assert bedrock.judged == []


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


def test_categories_keep_their_ids_and_names_from_run_to_run(database: Database) -> None:
    add_category(database, "Delivery")
    classified(database, EARLIER, about("battery", 6))
    run(database, FakeBedrock(), EARLIER)
    before = categories(database)
    classified(database, ID, about("charger", 6) + [f"battery once more {n}" for n in range(6)])
    run(database, FakeBedrock())
    after = categories(database)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"Charger breaks early"}
    assert labels(database) == {"Charger breaks early": 6, "Battery breaks early": 6}
    assert labels(database, EARLIER) == {"Battery breaks early": 6}


def test_a_category_that_is_retired_while_the_model_is_asked_gets_no_row(database: Database) -> None:
    add_category(database, "Battery life")
    classified(database, ID, about("battery", 6))

    def judge(texts: list[str], names: list[str]) -> Any:
        category_id = categories(database)["Battery life"].id
        database.transact(lambda tx: curation.retire(tx, category_id))
        return verdict("SAME_AS", 1)

    run(database, FakeBedrock(judge))
    assert labels(database) == {"unknown": 6}
    assert find(database).discovery == "done"
    assert counters_equal_rows(database)


def test_rows_that_were_corrected_or_parked_while_the_model_was_asked_stay_as_they_are(
    database: Database,
) -> None:
    classified(database, ID, about("battery", 8))

    def judge(texts: list[str], names: list[str]) -> Any:
        corrected = "UPDATE customer_feedback SET label_correction = 'Price', status = 'labelled'"
        corrected += " WHERE `row_number` = 1"
        database.transact(lambda tx: tx.execute(corrected))
        move = Counts(unknown=-1, labelled=1)
        database.transact(lambda tx: execution_store.add_counts(tx, ID, move))
        return new_theme(texts, names)

    run(database, FakeBedrock(judge))
    assert labels(database) == {"Battery breaks early": 7, "Price": 1}
    assert counters_equal_rows(database)


def test_what_it_cost_is_on_the_execution(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    run(database, FakeBedrock())
    usage = find(database).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (1, 6 * 5 + 100, 10)
    assert usage.estimated_cost > 0


@pytest.mark.parametrize("code, status", [("ModelErrorException", 424), ("InternalServerException", 500)])
def test_a_theme_that_the_model_cannot_answer_holds_back_neither_the_others_nor_the_report(
    database: Database, code: str, status: int
) -> None:
    def judge(texts: list[str], names: list[str]) -> Any:
        if any("charger" in text for text in texts):
            raise failure(code, status)
        return new_theme(texts, names)

    classified(database, ID, about("battery", 6) + about("charger", 5))

    found = run(database, FakeBedrock(judge))

    assert found is not None
    assert (found.discovered, found.unjudged) == (["Battery breaks early"], 1)
    assert labels(database) == {"Battery breaks early": 6, "unknown": 5}
    assert (find(database).status, find(database).discovery) == (ExecutionStatus.CATEGORIZED, "done")


def test_one_discovery_at_a_time_for_a_profile(database: Database, migrated_login: Any) -> None:
    classified(database, ID, about("battery", 6))
    other = open_login(migrated_login)
    with named_lock(other, "discovery feedback"), pytest.raises(LockBusy):
        run(database, FakeBedrock())
    other.close()
    assert run(database, FakeBedrock()) is not None


def test_a_lost_lock_applies_nothing(database: Database) -> None:
    classified(database, ID, about("battery", 6))

    def judge(texts: list[str], names: list[str]) -> Any:
        database.close()
        return verdict("NEW", name="Battery breaks early")

    with pytest.raises(LockBusy):
        run(database, FakeBedrock(judge))
    assert find(database).status is ExecutionStatus.CLASSIFIED
    again = FakeBedrock()
    run(database, again)
    assert again.judged == []
    assert labels(database) == {"Battery breaks early": 6}


def test_a_busy_model_loses_no_step_that_was_paid(database: Database) -> None:
    classified(database, ID, about("battery", 6) + about("charger", 5))
    busy = FakeBedrock()
    busy.errors = [failure("ThrottlingException")]
    with pytest.raises(ModelBusy):
        run(database, busy)
    again = FakeBedrock()
    run(database, again)
    assert again.embedded == []
    assert len(busy.judged) + len(again.judged) == 2
    assert find(database).usage.calls == 2 + 1


def test_embeddings_that_came_before_the_trouble_are_kept(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    busy = FakeBedrock()
    busy.embedding_errors = [failure("ThrottlingException")]
    with pytest.raises(ModelBusy):
        run(database, busy)
    again = FakeBedrock()
    run(database, again)
    assert sorted(busy.embedded + again.embedded) == about("battery", 6)


def test_a_discovery_short_of_time_goes_on_later(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    with pytest.raises(OutOfTime):
        run(database, FakeBedrock(), remaining=lambda: 1.0)
    assert run(database, FakeBedrock()) is not None


def test_a_large_grouping_begins_with_the_time_of_a_fresh_attempt(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovering, "seconds_for", lambda rows: 850.0)
    classified(database, ID, about("battery", 6))
    first = FakeBedrock()
    with pytest.raises(OutOfTime):
        run(database, first)
    assert len(first.embedded) == 6
    fresh = FakeBedrock()
    run(database, fresh)
    # However long it takes: nobody has more time than an attempt that has done nothing else.
    assert fresh.embedded == []
    assert labels(database) == {"Battery breaks early": 6}


def test_a_model_that_refuses_is_for_a_person(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    bedrock = FakeBedrock()
    bedrock.errors = [failure("AccessDeniedException")]
    with pytest.raises(ModelRefused):
        run(database, bedrock)


def test_a_discovery_given_up_lets_the_execution_go_on(database: Database) -> None:
    classified(database, ID, about("battery", 6))
    deps = categorize_dependencies(database, FakeBedrock())
    assert discovering.give_up(deps, ID)
    assert not discovering.give_up(deps, ID)
    execution = find(database)
    assert (execution.status, execution.discovery) == ("categorized", "failed")


def test_of_more_unknown_rows_than_one_discovery_takes_a_sample_is_taken(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    classified(database, EARLIER, about("battery", 40))
    classified(database, ID, about("charger", 10))
    bedrock = FakeBedrock()
    monkeypatch.setattr(planning, "POOL_LIMIT", 20)

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


def test_the_rows_left_out_are_in_the_next_search(database: Database) -> None:
    classified(database, ID, about("battery", 12))
    with pytest.MonkeyPatch.context() as limited:
        limited.setattr(planning, "POOL_LIMIT", 6)
        run(database, FakeBedrock())
    assert labels(database) == {"Battery breaks early": 6, "unknown": 6}
    classified(database, "next", ["parcel lost"])
    run(database, FakeBedrock(lambda texts, names: verdict("SAME_AS", 1)), "next")
    assert labels(database) == {"Battery breaks early": 12}


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
