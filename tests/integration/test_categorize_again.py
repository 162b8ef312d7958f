"""What discovery has judged is not paid for again until it has grown by half, or the taxonomy has changed."""

from typing import Any

import pytest

from services.categorize import applying
from services.categorize import discovery as discovering
from services.notify.report_figures import read_figures
from shared.changes import curation, lifecycle
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.model.bedrock import ModelBusy
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import LockBusy, named_lock
from shared.stores import category_store
from tests.conftest import open_login
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    categorize_dependencies,
    classified,
    events,
    find,
    labels,
    run,
)
from tests.integration.sweep_world import World as Sweeper
from tests.unit.categorize.fakes import FakeBedrock, failure, new_theme, verdict

BIRDS = ("robin", "heron", "finch", "swift", "crane", "eagle", "raven", "stork", "quail", "egret")


def mixed() -> FakeBedrock:
    return FakeBedrock(lambda texts, names: verdict("MIXED"))


def renamed(texts: list[str], names: list[str]) -> Any:
    """A new theme, by a name that nobody has heard before."""
    return verdict("NEW", name=f"{texts[0].split()[0].title()} dies after {len(texts)} days")


def more(word: str, count: int, kind: str = "more") -> list[str]:
    return [f"{word} {kind} {n}" for n in range(count)]


def upload(
    database: Database, execution_id: str, texts: list[str], bedrock: FakeBedrock, **changes: Any
) -> int:
    """Discovers for one more file; returns how many questions it asked."""
    classified(database, execution_id, texts)
    before = len(bedrock.judged)
    run(database, bedrock, execution_id, **changes)
    return len(bedrock.judged) - before


def new_version(database: Database) -> None:
    """People change the taxonomy."""

    def change(tx: Transaction) -> None:
        category = NewCategory(name="Price", description="what it costs")
        category_store.add(tx, "feedback", category, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL)
        category_store.next_taxonomy_version(tx, "feedback")

    database.transact(change)


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


def test_a_proposal_that_people_reject_is_not_made_again_until_it_has_grown_by_half(
    database: Database,
) -> None:
    upload(database, EARLIER, about("battery", 10), FakeBedrock(), category_approval="manual")
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.reject(tx, category_id))
    bedrock = FakeBedrock(renamed)

    assert upload(database, ID, more("battery", 4), bedrock, category_approval="manual") == 0
    assert len(categories(database)) == 1

    # One row more, and it is half as large again.
    assert upload(database, "last", ["battery last"], bedrock, category_approval="manual") > 0
    assert len(categories(database)) == 2


@pytest.mark.parametrize("ask_again", [False, True])
def test_a_category_that_people_retire_does_not_come_back_under_another_name(
    database: Database, ask_again: bool
) -> None:
    upload(database, EARLIER, about("battery", 10), FakeBedrock())
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.retire(tx, category_id, ask_again=ask_again))
    # As the model labels them under the taxonomy without it.
    unknown = "UPDATE customer_feedback SET status = 'unknown' WHERE status = 'parked'"
    database.transact(lambda tx: tx.execute(unknown))
    bedrock = FakeBedrock(renamed)

    # The taxonomy has changed, so it is asked about; what people turned down stays so.
    assert upload(database, ID, more("battery", 2), bedrock) > 0
    assert upload(database, "next", more("battery", 2, "next"), bedrock) == 0
    new_version(database)
    assert upload(database, "other", more("parcel", 2), bedrock) > 0

    assert sorted(categories(database)) == ["Battery breaks early", "Price"]
    assert labels(database, EARLIER) == {"unknown": 10}


def test_a_name_that_merges_into_a_rejected_category_is_not_merged_at_each_upload(database: Database) -> None:
    add_category(database, "Battery life", CategoryStatus.RETIRED)
    bedrock = FakeBedrock(merges=["1 into category 1"])
    upload(database, EARLIER, about("battery", 10), bedrock)
    assert (labels(database, EARLIER), len(bedrock.merged)) == ({"unknown": 10}, 1)
    assert upload(database, ID, more("battery", 4), bedrock) == 0
    assert len(bedrock.merged) == 1


def test_rows_left_out_of_a_category_are_not_a_theme_of_their_own_at_each_upload(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A category that would be too small without its outliers has to wait.
    monkeypatch.setattr(discovering, "without_outliers", lambda decided, *_: [])
    bedrock = FakeBedrock()
    upload(database, EARLIER, about("battery", 10), bedrock)
    assert labels(database, EARLIER) == {"unknown": 10}
    assert upload(database, ID, more("battery", 4), bedrock) == 0
    monkeypatch.undo()
    assert upload(database, "last", more("battery", 1, "last"), bedrock) == 1
    assert labels(database, EARLIER) == {"Battery breaks early": 10}


def test_a_theme_that_the_model_could_not_answer_is_asked_about_again(database: Database) -> None:
    def fail(texts: list[str], names: list[str]) -> Any:
        raise failure("ModelErrorException", 424)

    upload(database, EARLIER, about("battery", 6), FakeBedrock(fail))
    assert upload(database, ID, more("battery", 2), bedrock := FakeBedrock()) == 1
    assert labels(database, EARLIER) == {"Battery breaks early": 6}
    assert len(bedrock.judged) == 1


def test_another_embedding_model_asks_about_nothing_again(database: Database) -> None:
    upload(database, EARLIER, about("battery", 10), mixed())
    bedrock = mixed()
    other = "cohere.embed-multilingual-v3"
    assert upload(database, ID, more("battery", 4), bedrock, embedding_model_id=other) == 0
    assert len(bedrock.embedded) == 14


class Killed(BaseException):
    """The function's process ends here."""


def test_a_process_that_dies_with_all_judged_pays_for_no_verdict_twice(
    database: Database, migrated_login: Any
) -> None:
    def die(*_: object) -> None:
        raise Killed

    bedrock = mixed()
    classified(database, EARLIER, about("battery", 10) + about("charger", 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "apply", die)
        with pytest.raises(Killed):
            run(database, bedrock, EARLIER)
    database.close()
    asked = len(bedrock.judged)
    again = open_login(migrated_login)
    run(again, bedrock, EARLIER)
    assert upload(again, ID, more("battery", 4), bedrock) == 0
    again.close()
    assert len(bedrock.judged) == asked


def test_a_discovery_that_is_given_up_keeps_what_it_found_to_be_nothing(database: Database) -> None:
    def judge(texts: list[str], names: list[str]) -> Any:
        if "charger" in texts[0]:
            raise failure("ThrottlingException")
        return verdict("MIXED")

    busy = FakeBedrock(judge)
    classified(database, EARLIER, about("battery", 7) + about("charger", 7))
    with pytest.raises(ModelBusy):
        run(database, busy, EARLIER)
    assert discovering.give_up(categorize_dependencies(database, busy), EARLIER)

    bedrock = FakeBedrock()
    upload(database, ID, more("battery", 3), bedrock)

    assert [texts[0].split()[0] for texts in bedrock.judged] == ["charger"]
    assert labels(database, EARLIER) == {"Charger breaks early": 7, "unknown": 7}


def test_of_two_discoveries_at_the_same_time_the_later_pays_nothing_for_what_both_saw(
    database: Database, migrated_login: Any
) -> None:
    classified(database, EARLIER, about("battery", 10))
    classified(database, ID, more("battery", 4))
    bedrock, other = mixed(), open_login(migrated_login)
    with named_lock(other, applying.lock_name("feedback")), pytest.raises(LockBusy):
        run(database, bedrock)
    other.close()
    run(database, bedrock, EARLIER)
    asked = len(bedrock.judged)
    assert asked > 0
    run(database, bedrock)
    assert len(bedrock.judged) == asked


def test_the_mail_tells_only_themes_that_rows_of_its_own_file_carry(database: Database) -> None:
    classified(database, EARLIER, about("battery", 10))
    discovering.give_up(categorize_dependencies(database, FakeBedrock()), EARLIER)
    database.transact(lambda tx: lifecycle.completed(tx, EARLIER))
    upload(database, ID, more("charger", 4), FakeBedrock())

    assert told(database, ID) == ["Charger breaks early"]
    assert told(database, EARLIER) == ["Battery breaks early"]
    assert [event["execution_id"] for event in events(database, "ExecutionRevised")] == [EARLIER]


def test_a_proposal_of_earlier_rows_alone_is_told_with_their_file(database: Database) -> None:
    classified(database, EARLIER, about("battery", 10))
    discovering.give_up(categorize_dependencies(database, FakeBedrock()), EARLIER)
    database.transact(lambda tx: lifecycle.completed(tx, EARLIER))
    upload(database, ID, about("parcel", 3), FakeBedrock(), category_approval="manual")

    assert (told(database, ID), told(database, EARLIER)) == ([], ["Battery breaks early"])
    [revised] = events(database, "ExecutionRevised")
    assert revised["execution_id"] == EARLIER
    assert "proposes a category" in revised["reason"]


def told(database: Database, execution_id: str) -> list[str]:
    execution = find(database, execution_id)
    return [found.name for found in database.transact(lambda tx: read_figures(tx, execution)).found]


def test_vectors_that_no_discovery_uses_any_more_are_forgotten(database: Database) -> None:
    upload(database, EARLIER, about("battery", 10), mixed())
    upload(database, ID, ["battery last"] * 5, mixed())
    old = "UPDATE feedback_embedding SET used_time = NOW(3) - INTERVAL 31 DAY"
    database.transact(lambda tx: tx.execute(old))
    # Labelled rows that were never judged are in no pool; a discovery that groups the others uses theirs.
    corrected = (
        "UPDATE customer_feedback SET status = 'labelled', judged_theme = NULL WHERE execution_id = %s"
    )
    database.transact(lambda tx: tx.execute(corrected, (EARLIER,)))
    upload(database, "next", more("charger", 5), bedrock := mixed())
    assert len(bedrock.embedded) == 5

    assert Sweeper(database).sweep().figures["forgotten"] == 10

    left = "SELECT COUNT(*) AS n FROM feedback_embedding"

    def count(tx: Transaction) -> int:
        tx.execute(left)
        return int((tx.fetchone() or {})["n"])

    assert database.transact(count) == 1 + 5


def test_what_is_noted_about_a_row_is_no_change_of_the_row(database: Database) -> None:
    classified(database, EARLIER, about("battery", 10))
    old = "UPDATE customer_feedback SET last_updated_time = '2026-01-01'"
    database.transact(lambda tx: tx.execute(old))
    run(database, mixed(), EARLIER)
    changed = (
        "SELECT id FROM customer_feedback WHERE last_updated_time > '2026-01-01' OR judged_theme IS NULL"
    )
    assert database.transact(lambda tx: tx.execute(changed)) == 0
