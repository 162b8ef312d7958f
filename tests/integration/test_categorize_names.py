"""Which themes become categories of their own, under which names, and whether people approve them."""

from services.categorize.existing_categories import read_existing
from shared.changes import curation
from shared.contracts.taxonomy import CategoryStatus
from shared.platform.database import Database
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    classified,
    events,
    find,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, verdict


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
