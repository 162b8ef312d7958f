"""What a file of corrections changes, with a real database and S3 by moto."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.curate import correcting, matching
from services.notify import results
from shared.changes import curation
from shared.contracts.events import Counts
from shared.platform.database import Database
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store import RowStatus
from tests.integration.curate_world import Room, completed, room_with
from tests.integration.notify_case import BUCKET, ID, an_outcome, categorized, find


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    with room_with(database) as room:
        yield room


def test_a_corrected_row_moves_with_its_counters_and_the_report_is_redrawn(room: Room) -> None:
    completed(room, an_outcome(1), an_outcome(2, "unknown"), an_outcome(3, None), an_outcome(4))

    room.upload(
        "record_id,label_correction\n"
        f"{ID}:1,price AND value\n{ID}:2,Delivery\n{ID}:3,Delivery\n{ID}:4,Unknown\n"
    )

    rows = room.rows()
    assert [rows[n]["label_final"] for n in (1, 2, 3, 4)] == [
        "Price and value",
        "Delivery",
        "Delivery",
        "unknown",
    ]
    assert [rows[n]["status"] for n in (1, 2, 3, 4)] == ["labelled", "labelled", "labelled", "unknown"]
    assert find(room.database).counts == Counts(rows_read=4, accepted=4, labelled=3, unknown=1)
    [revised] = room.events("ExecutionRevised")
    assert (revised["execution_id"], revised["revision"]) == (ID, 1)
    [corrected] = room.events("FeedbackCorrected")
    assert (corrected["corrected"], corrected["unmatched"], corrected["corrections_version"]) == (4, 0, 1)
    [notice] = room.notices
    assert notice.subject == "Corrections: 4 rows changed"


def test_the_same_file_again_changes_nothing_and_says_so(room: Room) -> None:
    completed(room, an_outcome(1))
    text = f"record_id,label_correction\n{ID}:1,Price and value\n"

    room.upload(text)
    room.upload(text)

    assert room.corrections_version() == 1
    assert len(room.events("ExecutionRevised")) == 1
    assert room.notices[1].subject == "Corrections: 0 rows changed"
    assert "1 row had that label already" in room.notices[1].text


def test_the_same_event_again_is_silent(room: Room) -> None:
    completed(room, an_outcome(1))
    room.s3.put_object(
        Bucket=BUCKET, Key="corrections/a.csv", Body=f"record_id,label_correction\n{ID}:1,unknown\n"
    )

    room.event("corrections/a.csv")
    room.event("corrections/a.csv")

    assert len(room.notices) == 1


def test_an_empty_label_takes_the_correction_back(room: Room) -> None:
    completed(room, an_outcome(1), an_outcome(2, None), an_outcome(3, "unknown"))
    room.upload(f"record_id,label_correction\n{ID}:1,unknown\n{ID}:2,Delivery\n{ID}:3,Delivery\n")

    room.upload(f"record_id,label_correction\n{ID}:1,\n{ID}:2, \n{ID}:3,\n")

    rows = room.rows()
    assert [rows[n]["label_final"] for n in (1, 2, 3)] == ["Delivery", None, "unknown"]
    assert [rows[n]["status"] for n in (1, 2, 3)] == ["labelled", "failed", "unknown"]
    assert rows[2]["failure_reason"] == "the model refused to answer"
    assert find(room.database).counts == Counts(rows_read=3, accepted=3, labelled=1, unknown=1, failed=1)


def test_a_file_that_is_cut_short_while_it_is_applied_is_applied_whole_the_next_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(room, an_outcome(1), an_outcome(2), an_outcome(3, "unknown"))
    before = find(room.database).counts
    text = f"record_id,label_correction\n{ID}:1,Price and value\n{ID}:2,unknown\n{ID}:3,Delivery\n"
    original, calls = feedback_store.correct.write, []

    class Killed(BaseException):
        pass

    def dying(*arguments: Any) -> None:
        original(*arguments)
        calls.append(arguments)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(feedback_store.correct, "write", dying)
    with pytest.raises(Killed):
        room.upload(text)
    assert [row["label_correction"] for row in room.rows().values()] == [None, None, None]
    assert (find(room.database).counts, room.corrections_version(), room.notices) == (before, 0, [])

    room.event("corrections/monday.csv", sequencer=f"{room.uploads:016x}")

    assert [row["label_correction"] for row in room.rows().values()] == [
        "Price and value",
        "unknown",
        "Delivery",
    ]
    assert room.corrections_version() == 1
    assert room.notices[0].subject == "Corrections: 3 rows changed"


def test_a_category_that_is_retired_while_the_file_is_read_labels_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(room, an_outcome(1), an_outcome(2))
    text = f"record_id,label_correction\n{ID}:1,Price and value\n{ID}:2,unknown\n"
    matched = matching.match

    def retired_meanwhile(database: Database, corrections: Any) -> Any:
        found = matched(database, corrections)
        category = database.transact(lambda tx: category_store.named(tx, "feedback", "Price and value"))
        assert category is not None
        database.transact(lambda tx: curation.retire(tx, category.id))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(correcting, "match", retired_meanwhile)
        with pytest.raises(correcting.CategoriesChanged):
            room.upload(text)
    assert [row["label_correction"] for row in room.rows().values()] == [None, None]

    room.event("corrections/monday.csv", sequencer=f"{room.uploads:016x}")

    assert [row["label_correction"] for row in room.rows().values()] == [None, "unknown"]
    assert "'Price and value' is no active category" in room.notices[-1].text


def test_the_results_file_itself_comes_back_as_corrections(room: Room) -> None:
    completed(room, an_outcome(1, title="=cmd", feedback="a,b;\n\u2028'c'"), an_outcome(2))
    page = room.database.transact(lambda tx: feedback_store.page(tx, ID))
    changed = [
        row.model_copy(update={"label_correction": "unknown"}) if row.row_number == 1 else row for row in page
    ]

    room.upload(results.head() + results.lines(changed))

    assert [row["label_final"] for row in room.rows().values()] == ["unknown", "Delivery"]
    assert room.notices[0].subject == "Corrections: 1 row changed"


def test_a_parked_row_that_people_label_completes_its_execution(room: Room) -> None:
    outcome = an_outcome(1)
    parked = outcome.model_copy(update={"status": RowStatus.PARKED, "label": None, "parked_cause": "model"})
    categorized(room.database, [parked])
    assert find(room.database).status == "classifying"

    room.upload(f"record_id,label_correction\n{ID}:1,Delivery\n")

    assert find(room.database).status == "classified"
    assert find(room.database).counts == Counts(rows_read=1, accepted=1, labelled=1)
