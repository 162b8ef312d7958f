"""A row takes only the label of its own text, whoever sends its id; ids of two producers never meet."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.classify import service
from services.classify.snapshot import look
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.platform.received import Received
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from shared.stores.feedback_store.replay import Failed
from tests.integration.classify_world import CATEGORIES, DEAR, LATE, World, counted, direct_message, message
from tests.integration.sweep_world import World as Sweeper


def park(world: World) -> None:
    """The record `a` waits for a model."""
    world.faults({"fault": "access_denied"})
    world.handle([direct_message("a", LATE)])
    world.faults()


def fail_and_replay(world: World) -> None:
    """The record `a` failed, and a person wants it tried again."""
    world.handle([direct_message("a", LATE)])
    world.database.transact(
        lambda tx: tx.execute("UPDATE customer_feedback SET status = 'failed', label_llm = NULL")
    )
    world.database.transact(lambda tx: tx.execute("UPDATE execution SET labelled = 0, failed = 1"))
    Sweeper(world.database).sweeping.replay(Failed(execution_id=world.direct().execution_id))


def relabel(world: World) -> None:
    """The record `a` is to be labelled under a newer taxonomy."""
    world.handle([direct_message("a", LATE)])
    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
    Sweeper(world.database).sweeping.relabel("feedback", None, lambda: False)


WAYS = pytest.mark.parametrize("wait", [park, fail_and_replay, relabel])


def by_text(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["profile"], row["feedback"]): row for row in world.rows()}


@WAYS
@pytest.mark.parametrize("own", ["producer", "row"])
def test_another_text_under_a_waiting_rows_id_is_a_record_of_its_own(
    world: World, wait: Callable[[World], None], own: str
) -> None:
    # GIVEN a row that waits
    wait(world)
    (waiting,) = world.rows()
    assert waiting["status"] == "parked"

    # WHEN another text comes under the producer's id, or under the row's
    world.handle([direct_message("a" if own == "producer" else waiting["record_id"], DEAR)])

    # THEN the row still waits, and the other text has a row and a label of its own
    rows = by_text(world)
    assert rows["feedback", LATE] == waiting
    assert rows["feedback", DEAR]["label_llm"] == "Price"
    assert counted(world.direct())["accepted"] == 2

    # AND the row gets the label of its own text, which is all that the next one of that text is given
    settle(world)
    world.handle([direct_message("b", LATE)])
    assert {row["label_llm"] for row in world.rows() if row["feedback"] == LATE} == {"Late delivery"}


@WAYS
@pytest.mark.parametrize("said", [{"stars": 5}, {"product_name": "Kettle"}, {"date": "2026-01-01"}, {}])
@pytest.mark.parametrize("seen", [True, False])
def test_a_waiting_row_is_not_settled_by_what_else_comes_under_its_id(
    world: World,
    wait: Callable[[World], None],
    said: dict[str, Any],
    seen: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model is shown stars: their answer would be the row's, and that of all rows shown the same."""
    wait(world)
    (waiting,) = world.rows()
    calls = world.calls
    if not seen:
        # The row is parked after the other message's batch has looked.
        monkeypatch.setattr(service, "look", lambda *args, **kwargs: replace(look(*args, **kwargs), rows={}))

    world.handle([message({"id": "a", "feedback": LATE} | said)])

    assert world.rows() == [waiting]
    assert world.calls == calls or not seen
    assert counted(world.direct()) == {"rows_read": 1, "accepted": 1, "parked": 1}
    monkeypatch.undo()
    settle(world)
    assert [row["label_llm"] for row in world.rows()] == ["Late delivery"]


@WAYS
def test_the_same_text_of_another_profile_is_a_record_of_its_own(
    world: World, wait: Callable[[World], None]
) -> None:
    wait(world)
    (waiting,) = world.rows()
    world.add_categories(CATEGORIES[:1], "returns")

    world.handle([message({"id": "a", "feedback": LATE, "profile": "returns"})])

    rows = by_text(world)
    assert rows["feedback", LATE] == waiting
    assert rows["returns", LATE]["status"] == "labelled"


@pytest.mark.parametrize("changed", [{"feedback": {"feedback": DEAR}}, {"profile": "returns"}])
def test_a_files_waiting_row_is_settled_by_its_own_text_and_profile_only(
    world: World, changed: dict[str, Any]
) -> None:
    world.start_file(1)
    world.faults({"fault": "access_denied"})
    (good,) = world.file_messages([LATE])
    world.handle([good])
    world.faults()
    (waiting,) = world.rows()

    world.handle([message(json.loads(good.body) | changed)])

    assert world.rows() == [waiting]
    (refused,) = world.query("SELECT * FROM rejected_row")
    assert refused["reason"] == "its row is of another text or profile"


@WAYS
def test_a_message_of_the_sweepers_form_needs_the_executions_key(
    world: World, wait: Callable[[World], None]
) -> None:
    wait(world)
    (waiting,) = world.rows()
    forged = {"record_id": waiting["record_id"], "profile": "feedback", "feedback": {"feedback": LATE}}
    forged |= {"execution_id": waiting["execution_id"], "execution_key": "0" * 32}

    world.handle([message(forged)])

    assert world.rows() == [waiting]
    assert counted(world.direct())["rejected"] == 1


def test_the_store_settles_no_row_with_another_text(world: World) -> None:
    park(world)
    (waiting,) = world.rows()
    record = Outcome.model_validate(
        {
            "record": {
                "record_id": waiting["record_id"],
                "profile": "feedback",
                "feedback": {"feedback": DEAR},
            },
            "status": RowStatus.LABELLED,
            "label": "Price",
        }
    )

    counts = world.database.transact(
        lambda tx: feedback_store.write_outcomes(tx, waiting["execution_id"], [record])
    )

    assert not any(counts.model_dump().values())
    assert world.rows() == [waiting]


def test_two_producers_that_both_number_from_1_keep_all_their_records(world: World) -> None:
    def said(source: str | None, number: int, text: str) -> Received:
        named = {"source": source} if source else {}
        return message({"id": str(number), "feedback": f"{text} {number}"} | named)

    both = [said(source, number, LATE) for source in (None, "shop", "app") for number in range(1, 6)]
    world.handle(both)
    world.handle(both)

    rows = world.rows()
    assert len(rows) == len({row["record_id"] for row in rows}) == 15
    assert counted(world.direct()) == {"rows_read": 15, "accepted": 15, "labelled": 15}


def test_another_text_of_the_same_identity_is_a_version_that_is_kept_and_counted(world: World) -> None:
    versions = [direct_message("1", LATE), direct_message("1", DEAR)]

    world.handle(versions)
    world.handle(versions[::-1])

    assert [row["ref_id"] for row in world.rows()] == ["1", "1"]
    assert {row["feedback"] for row in world.rows()} == {LATE, DEAR}
    assert counted(world.direct()) == {"rows_read": 2, "accepted": 2, "labelled": 2}


@pytest.mark.parametrize("waits", [False, True])
def test_a_row_whose_id_is_its_producers_is_known_by_it(world: World, waits: bool) -> None:
    # GIVEN a row of before 2026-11-28
    park(world) if waits else world.handle([direct_message("a", LATE)])
    world.database.transact(lambda tx: tx.execute("UPDATE customer_feedback SET record_id = 'a'"))

    # WHEN its message comes again, or what waits is sent again
    world.handle([direct_message("a", LATE)])
    settle(world)

    # THEN it is that record, and another text is not
    (row,) = world.rows()
    assert (row["record_id"], row["label_llm"]) == ("a", "Late delivery")
    world.handle([direct_message("a", DEAR)])
    assert len(world.rows()) == 2


def settle(world: World) -> None:
    """Sends the rows that wait once more, as the sweeper does."""
    sweeper = Sweeper(world.database)
    sweeper.model_is_back()
    world.handle([message(body) for body in sweeper.queue.of("feedback")])


def test_a_producer_that_poses_as_a_caller_of_the_api_is_rejected_and_changes_nothing(world: World) -> None:
    # GIVEN a record that came by the API
    world.settings["api_senders"] = "AROAAPI AROACLASSIFY"
    world.start_worker()
    body = {"id": "a", "source": "api:k1", "feedback": LATE}
    world.handle([replace(message(body), sender="AROAAPI")])
    # WHEN a producer sends another text, or the same, under the caller's name
    forged = [replace(message(body | {"feedback": text}), sender="AROASHOP") for text in (DEAR, LATE)]
    assert world.handle(forged) == set()
    # THEN there is no version of it, and the day's execution says why
    assert [row["feedback"] for row in world.rows()] == [LATE]
    assert counted(world.direct()) == {"rows_read": 3, "accepted": 1, "labelled": 1, "rejected": 2}
    reasons = {row["reason"] for row in world.query("SELECT reason FROM rejected_row")}
    assert reasons == {"source: must not begin with 'api:', as those of the API do"}
    # AND a copy of the API's own message, which is sent by classify, is taken
    assert world.handle([replace(message(body | {"id": "b"}), sender="AROACLASSIFY")]) == set()
    assert [row["feedback"] for row in world.rows()] == [LATE, LATE]


@pytest.mark.parametrize("fault", [DatabaseUnavailable("no server"), DatabaseConflict("deadlock")])
def test_a_forged_message_is_still_one_when_classify_has_sent_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    # GIVEN one that poses as the API's, and one of the API, which meet a database that answers nobody
    world.settings["api_senders"] = "AROAAPI AROACLASSIFY"
    world.start_worker()
    body = {"id": "a", "source": "api:k1", "feedback": LATE}
    messages = [
        replace(message(body), sender="AROAAPI"),
        replace(message(body | {"feedback": DEAR}), sender="AROASHOP"),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(world.database, "transact", failing(fault))
        for _ in range(3):
            assert world.handle(messages) == set()
            messages = world.copies("AROACLASSIFY")
    # WHEN the database is back
    assert world.handle(messages) == set()
    # THEN only the API's is believed
    assert [row["feedback"] for row in world.rows()] == [LATE]
    assert counted(world.direct()) == {"rows_read": 2, "accepted": 1, "labelled": 1, "rejected": 1}


def failing(fault: Exception) -> Callable[..., None]:
    def transact(*_: object, **__: object) -> None:
        raise fault

    return transact
