"""What a discovery keeps that fails, dies or runs beside another; what is told and forgotten of it."""

from typing import Any

import pytest

from services.categorize import applying
from services.categorize import discovery as discovering
from services.notify.report_figures import read_figures
from shared.changes import lifecycle
from shared.model.bedrock_client import ModelBusy
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import LockBusy, named_lock
from tests.conftest import open_login
from tests.integration.categorize_uploads import mixed, more, upload
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    categorize_dependencies,
    classified,
    events,
    find,
    killed_before_applying,
    labels,
    run,
)
from tests.integration.sweep_world import World as Sweeper
from tests.unit.categorize.fakes import FakeBedrock, failure, verdict


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


def test_a_process_that_dies_with_all_judged_pays_for_no_verdict_twice(
    database: Database, migrated_login: Any
) -> None:
    bedrock = mixed()
    classified(database, EARLIER, about("battery", 10) + about("charger", 10))
    with killed_before_applying():
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
