"""Rows of a file that has more than one discovery groups go to the nearest group of its sample."""

import io
import json
from collections import Counter
from typing import Any

import pytest
from typing_extensions import override

from services.categorize import beyond_sample, theme_search
from shared.platform.database import Database, Transaction
from shared.stores import discovery_store
from tests.conftest import open_login
from tests.integration.categorize_world import (
    ID,
    Killed,
    about,
    add_category,
    counters_equal_rows,
    kill_at,
    labels,
    run,
)
from tests.integration.hidden_themes import BATTERY, KNOWN, hidden, judge, others, with_labels
from tests.unit.categorize.fakes import FakeBedrock, verdict


@pytest.fixture(autouse=True)
def few_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme_search, "MOST_EMBEDDED", 40)
    # Several pages, of which the last is not full.
    monkeypatch.setattr(beyond_sample, "PAGE", 7)


def test_all_rows_of_a_new_theme_get_it_unknown_ones_at_once_and_labelled_ones_asked(
    database: Database,
) -> None:
    hidden(database, unknown=14, labelled=16)
    bedrock = FakeBedrock(judge)
    found = run(database, bedrock)
    assert found is not None
    assert labels(database) == others() | {BATTERY: 30}
    assert (sum(found.relabelled.values()), found.moved) == (14, 16)
    assert sorted(bedrock.labelled) == sorted(about("battery", 30)[14:])
    assert max(Counter(bedrock.embedded).values()) == 1
    assert found.left_out == 38
    assert counters_equal_rows(database)


def test_an_existing_category_after_all_takes_unknown_rows_beyond_the_sample(database: Database) -> None:
    for name in KNOWN:
        add_category(database, name)
    labelled = [text for name in KNOWN for text in about(name.lower(), 12)]
    wrongly_unknown = [f"price too high {n}" for n in range(40)]
    with_labels(database, ID, wrongly_unknown, [each for each in labelled if "price" not in each])
    bedrock = FakeBedrock(judge)
    run(database, bedrock)
    assert labels(database) == {"Parcel": 12, "Staff": 12, "Shop": 12, "Price": 40}
    assert bedrock.labelled == []


def test_rows_nearest_to_a_group_that_is_no_theme_stay_as_they_are(database: Database) -> None:
    hidden(database, unknown=14, labelled=16)
    bedrock = FakeBedrock(lambda texts, names: verdict("MIXED"))
    before = labels(database)
    run(database, bedrock)
    assert labels(database) == before
    assert bedrock.labelled == []
    # Where no theme takes rows, none beyond the sample is embedded.
    assert len([text for text in bedrock.embedded if text.split()[1] == "number"]) <= 40 + 40


def test_rows_that_people_corrected_stay_beyond_the_sample_too(database: Database) -> None:
    hidden(database, unknown=14, labelled=16)
    query = "UPDATE customer_feedback SET label_correction = 'Staff' WHERE feedback LIKE 'battery%29'"
    database.transact(lambda tx: tx.execute(query))
    run(database, FakeBedrock(judge))
    assert labels(database) == others(Staff=13) | {BATTERY: 29}


@pytest.mark.parametrize(
    "bound, most, given", [("MOST_ASSIGNED", 5, 5), ("MOST_LOOKED_AT", 70, 3), ("MOST_LOOKED_AT", 0, 0)]
)
def test_however_many_rows_there_are_so_many_are_looked_at_and_assigned(
    database: Database, monkeypatch: pytest.MonkeyPatch, bound: str, most: int, given: int
) -> None:
    monkeypatch.setattr(beyond_sample, bound, most)
    hidden(database, unknown=14, labelled=16)
    run(database, FakeBedrock(judge))
    query = "SELECT COALESCE(SUM(JSON_LENGTH(assigned_ids)), 0) AS rows_given FROM discovery_theme"

    def read(tx: Transaction) -> int:
        tx.execute(query)
        row = tx.fetchone()
        assert row is not None
        return int(row["rows_given"])

    assert database.transact(read) == given
    assert labels(database)[BATTERY] < 30
    assert counters_equal_rows(database)


@pytest.mark.parametrize(
    "owner, name, calls",
    [
        pytest.param(theme_search, "sample_of", 2, id="before the first page"),
        pytest.param(discovery_store, "set_assigned", 1, id="before they are stored"),
        pytest.param(discovery_store, "set_merges", 1, id="after they are stored"),
    ],
)
def test_an_assignment_that_is_killed_is_made_once_more_and_nothing_is_embedded_twice(
    database: Database, migrated_login: Any, owner: Any, name: str, calls: int
) -> None:
    hidden(database, unknown=14, labelled=16)
    bedrock = FakeBedrock(judge)
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, owner, name, calls)
        with pytest.raises(Killed):
            run(database, bedrock)
    database.close()
    again = open_login(migrated_login)
    judged = len(bedrock.judged)
    run(again, bedrock)
    again.close()
    assert labels(database) == others() | {BATTERY: 30}
    assert len(bedrock.judged) == judged
    assert max(Counter(bedrock.embedded).values()) == 1


class OtherModel(FakeBedrock):
    """Its vectors are of another space, be they as long or not."""

    def __init__(self, length: int) -> None:
        super().__init__(judge)
        self.length = length

    @override
    def invoke_model(self, **request: Any) -> Any:
        answer = json.loads(super().invoke_model(**request)["body"].read())
        turned = [-value for value in answer["embedding"]]
        return {"body": io.BytesIO(json.dumps(answer | {"embedding": turned[: self.length]}).encode())}


@pytest.mark.parametrize("length", [32, 24, 16])
def test_a_discovery_begins_again_if_the_embedding_model_is_changed_under_way(
    database: Database, length: int
) -> None:
    hidden(database, unknown=14, labelled=16)
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, discovery_store, "set_assigned")
        with pytest.raises(Killed):
            run(database, FakeBedrock(judge))
    bedrock = OtherModel(length)
    run(database, bedrock, embedding_model_id="amazon.titan-embed-text-v1")
    assert labels(database) == others() | {BATTERY: 30}
    assert {text.split()[0] for text in bedrock.labelled} == {"battery"}
    assert bedrock.judged
    assert counters_equal_rows(database)


def test_where_all_rows_are_assigned_another_embedding_model_goes_on(database: Database) -> None:
    hidden(database, unknown=14, labelled=16)
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, discovery_store, "set_merges")
        with pytest.raises(Killed):
            run(database, FakeBedrock(judge))
    bedrock = OtherModel(24)
    run(database, bedrock, embedding_model_id="amazon.titan-embed-text-v1")
    assert labels(database) == others() | {BATTERY: 30}
    assert bedrock.judged == []
