"""A discovery that is killed at any step goes on where it was; two at once are one after the other."""

from collections import Counter
from typing import Any

import pytest

from services.categorize import applying, decisions, planning
from services.categorize.theme_judging import ThemeJudging
from shared.changes import lifecycle
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy, named_lock
from shared.platform.publisher import Publisher
from shared.stores import category_store, discovery_store
from tests.conftest import open_login
from tests.integration.categorize_function import Function, envelope
from tests.integration.categorize_world import (
    ID,
    Killed,
    about,
    add_category,
    categories,
    classified,
    counters_equal_rows,
    events,
    find,
    kill_at,
    labels,
    run,
)
from tests.integration.sweep_world import World as Sweeper
from tests.unit.categorize.fakes import FakeBedrock

WORDS = ("battery", "charger", "screen", "speaker", "strap", "button")
THEMES = {f"{word.title()} breaks early": 5 for word in WORDS}


@pytest.mark.parametrize(
    "owner, name, calls, judged_again",
    [
        pytest.param(planning, "group_texts", 1, 6, id="after the embeddings were stored"),
        pytest.param(ThemeJudging, "run", 1, 6, id="after the groups were stored"),
        pytest.param(discovery_store, "set_verdict", 3, 4, id="between the judging calls"),
        pytest.param(discovery_store, "set_verdict", 5, 2, id="after the first round of judging"),
        pytest.param(discovery_store, "set_merges", 1, 0, id="while the merging was being stored"),
        pytest.param(decisions, "decide", 1, 0, id="after the merging, before applying"),
        pytest.param(category_store, "add", 2, 0, id="between two new categories"),
        pytest.param(lifecycle, "categorized", 1, 0, id="at the end of applying"),
    ],
)
def test_what_was_stored_is_not_paid_again_and_nothing_comes_twice(
    database: Database,
    migrated_login: Any,
    owner: Any,
    name: str,
    calls: int,
    judged_again: int,
) -> None:
    add_category(database, "Delivery")
    classified(database, ID, [text for word in WORDS for text in about(word, 5)], about("parcel", 5))
    bedrock = FakeBedrock()
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, owner, name, calls)
        with pytest.raises(Killed):
            run(database, bedrock)
    database.close()
    judged = len(bedrock.judged)

    again = open_login(migrated_login)
    assert run(again, bedrock) is not None
    again.close()

    assert len(bedrock.judged) - judged == judged_again
    assert max(Counter(bedrock.embedded).values()) == 1
    assert labels(database) == THEMES | {"Delivery": 5}
    assert sorted(categories(database)) == sorted(["Delivery", *THEMES])
    assert len(events(database, "CategoryDiscovered")) == len(THEMES)
    assert len(events(database, "ExecutionCategorized")) == 1
    assert counters_equal_rows(database)


def test_what_a_killed_attempt_paid_for_and_stored_is_in_the_cost(
    database: Database, migrated_login: Any
) -> None:
    classified(database, ID, [text for word in WORDS for text in about(word, 5)])
    bedrock = FakeBedrock()
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, decisions, "decide")
        with pytest.raises(Killed):
            run(database, bedrock)
    database.close()
    run(open_login(migrated_login), bedrock)

    assert find(database).usage.calls == len(bedrock.judged) + len(bedrock.merged) == len(WORDS) + 1


def test_a_function_that_dies_before_publishing_leaves_it_to_the_sweeper(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    classified(database, ID, about("battery", 6))
    function = Function(database, monkeypatch)
    with pytest.MonkeyPatch.context() as patch:
        kill_at(patch, Publisher, "send")
        with pytest.raises(Killed):
            function.receive(envelope())
    calls = len(function.bedrock.judged)

    assert function.receive(envelope(), receives=2) == []

    assert len(function.bedrock.judged) == calls
    assert list(categories(database)) == ["Battery breaks early"]
    assert function.bus.events == []
    sweeper = Sweeper(database)
    sweeper.age(minutes=5)
    sweeper.sweep()
    assert sweeper.bus.events.count("CategoryDiscovered") == 1
    assert sweeper.bus.events.count("ExecutionCategorized") == 1


def test_while_one_discovers_the_profiles_next_waits_and_loses_nothing(
    database: Database, migrated_login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    classified(database, ID, about("battery", 6))
    function = Function(database, monkeypatch)
    other = open_login(migrated_login)
    with named_lock(other, applying.lock_name("feedback")):
        assert function.receive(envelope(), deferrals=3) == []
    other.close()
    (copy,) = function.queue.sent
    assert 20 <= copy["DelaySeconds"] <= 40
    assert copy["MessageBody"] == envelope()
    # Waiting for another discovery is no failure, however often.
    assert copy["MessageAttributes"]["deferrals"]["StringValue"] == "3"
    assert find(database).discovery is None

    assert function.receive(copy["MessageBody"], deferrals=3) == []
    assert labels(database) == {"Battery breaks early": 6}


def test_two_executions_at_once_make_one_category_of_what_both_have(
    database: Database, migrated_login: Any
) -> None:
    classified(database, ID, about("battery", 6))
    classified(database, "next", [f"battery once more {n}" for n in range(6)])
    other = open_login(migrated_login)
    refused: list[bool] = []

    def judge(texts: list[str], names: list[str]) -> Any:
        """Another function tries while this one waits for the model's answer."""
        with pytest.raises(LockBusy):
            run(other, FakeBedrock(), "next")
        refused.append(True)
        return FakeBedrock().judge(texts, names)

    run(database, FakeBedrock(judge))
    assert refused == [True]
    assert find(database, "next").status == "classified"
    later = FakeBedrock()
    run(other, later, "next")
    other.close()

    assert later.judged == []
    assert labels(database) == labels(database, "next") == {"Battery breaks early": 6}
    assert [find(database, each).discovery for each in (ID, "next")] == ["done", "done"]
    assert list(categories(database)) == ["Battery breaks early"]
    assert counters_equal_rows(database, "next")
