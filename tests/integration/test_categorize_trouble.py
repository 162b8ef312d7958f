"""How a discovery goes on after trouble: with the model, with time, with other discoveries, with people."""

from typing import Any

import pytest

from services.categorize import discovery as discovering
from services.categorize import theme_search
from shared.changes import curation
from shared.contracts.errors import OutOfTime
from shared.contracts.events import Counts
from shared.contracts.execution import ExecutionStatus
from shared.model.bedrock_client import ModelBusy, ModelRefused
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy, named_lock
from shared.stores import execution_store
from tests.conftest import open_login
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    categories,
    categorize_dependencies,
    classified,
    counters_equal_rows,
    find,
    labels,
    run,
)
from tests.unit.categorize.fakes import FakeBedrock, failure, new_theme, verdict


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
    monkeypatch.setattr(theme_search, "seconds_for", lambda rows: 850.0)
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
