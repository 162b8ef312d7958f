"""Which rows the lines of a corrections file name, and which files are refused."""

import csv
from collections.abc import Iterator
from datetime import date

import pytest

from shared.changes import lifecycle
from shared.contracts.records import DirectFeedback, Record
from shared.platform.database import Database, Transaction
from shared.stores import feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.integration.curate_world import Room, completed, room_with
from tests.integration.notify_case import ID, an_outcome


@pytest.fixture
def room(database: Database) -> Iterator[Room]:
    with room_with(database) as room:
        yield room


def a_direct_row(room: Room, number: str, source: str = "") -> None:
    direct = DirectFeedback(id=number, source=source, feedback="It came late.")
    record = Record(record_id=direct.record_id, profile="feedback", feedback=direct.to_feedback())
    outcome = Outcome(record=record, status=RowStatus.LABELLED, label="Delivery", sentiment="neutral")

    def write(tx: Transaction) -> None:
        day = lifecycle.open_direct(tx, "feedback", date(2026, 5, 4)).execution_id
        counts = feedback_store.write_outcomes(tx, day, [outcome])
        counts = counts.model_copy(update={"rows_read": 1, "accepted": 1})
        lifecycle.count_written(tx, day, counts)

    room.database.transact(write)


def test_a_direct_row_is_named_by_its_producers_own_id_where_that_is_one_row(room: Room) -> None:
    completed(room, an_outcome(1))
    for number, source in (("r_1", ""), ("rx1", ""), ("both", "shop"), ("both", "app")):
        a_direct_row(room, number, source)

    room.upload("record_id,label_correction\nr_1,Price and value\nboth,Price and value\nnone,Delivery\n")

    query = "SELECT ref_id FROM customer_feedback WHERE label_correction IS NOT NULL"

    def corrected(tx: Transaction) -> list[str]:
        tx.execute(query)
        return [row["ref_id"] for row in tx.fetchall()]

    assert room.database.transact(corrected) == ["r_1"]
    [notice] = room.notices
    assert notice.subject == "Corrections: 1 row changed, 2 could not be matched"


def test_rows_are_named_by_the_id_of_results_csv_too(room: Room) -> None:
    completed(room, an_outcome(1))
    row_id = room.rows()[1]["id"]

    room.upload(f"\ufeff ID ; Label-Correction \n{row_id};Price and value\n")

    assert room.rows()[1]["label_correction"] == "Price and value"


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_corrections_are_read_however_they_were_saved(room: Room, encoding: str) -> None:
    completed(room, an_outcome(1))

    text = f"record_id\tlabel_correction\tnote\n{ID}:1\tPrice and value\tgrößer\n"
    room.upload(text.encode(encoding))

    assert room.rows()[1]["label_correction"] == "Price and value"


def test_what_cannot_be_matched_is_told_with_its_reason_and_stops_nothing_else(room: Room) -> None:
    completed(room, an_outcome(1), an_outcome(2), an_outcome(3))
    row_id = room.rows()[1]["id"]

    room.upload(
        "id,record_id,label_correction\n"
        f"{row_id},{ID}:1,Price and value\n"
        f",{ID}:99,Delivery\n"
        f",{ID}:2,Old theme\n"
        "x12,,Delivery\n"
        f"{row_id},{ID}:2,Delivery\n"
        ",,Delivery\n"
        f",{ID}:3,unknown\n"
        f",{ID}:3,Delivery\n"
    )

    [notice] = room.notices
    assert notice.subject == "Corrections: 1 row changed, 6 could not be matched"
    for told in (
        f"line 3, {ID}:99: there is no such row",
        f"line 4, {ID}:2: 'Old theme' is no active category of profile feedback",
        "line 5, x12: its id is no number",
        f"line 6, {ID}:2: its id and its record_id name different rows",
        "line 7, no name: it names no row",
        f"line 9, {ID}:3: the file has this row twice, with different labels",
    ):
        assert told in notice.text
    assert [row["label_correction"] for row in room.rows().values()] == ["Price and value", None, None]


def test_corrections_that_all_name_nothing_change_nothing_and_say_why(room: Room) -> None:
    completed(room, an_outcome(1))

    room.upload(f"record_id,label_correction\n{ID}:77,Delivery\n{ID}:1,Nonsense\n")

    [notice] = room.notices
    assert notice.subject == "Corrections: 0 rows changed, 2 could not be matched"
    assert f"line 2, {ID}:77: there is no such row" in notice.text
    assert f"line 3, {ID}:1: 'Nonsense' is no active category" in notice.text
    assert (room.corrections_version(), room.events("FeedbackCorrected")) == (0, [])
    assert room.rows()[1]["label_correction"] is None


def test_only_the_first_twenty_that_cannot_be_matched_are_listed(room: Room) -> None:
    room.upload("record_id,label_correction\n" + "".join(f"gone:{n},Delivery\n" for n in range(25)))

    assert room.notices[0].text.count("there is no such row") == 20
    assert "and 5 more" in room.notices[0].text


def test_a_feedback_file_is_refused_because_its_id_is_not_ours(room: Room) -> None:
    completed(room, an_outcome(1))
    row_id = room.rows()[1]["id"]

    for header in ("product_name,id,stars,feedback", "id,feedback,label_correction"):
        room.upload(f"{header}\n{row_id},a,b,unknown\n")

    assert [notice.subject for notice in room.notices] == ["Upload not taken: corrections/monday.csv"] * 2
    assert "your own reference" in room.notices[1].text
    assert room.rows()[1]["label_correction"] is None


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "The file is empty."),
        (
            "record_id,label\nx,y\n",
            "The column label_correction is missing. Found columns: record_id, label.",
        ),
        ("label_correction\nDelivery\n", "A column that names the rows is missing"),
        ("id,label_correction,id\n1,Delivery,2\n", "The column id stands in the header twice."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2\3\4\5\6\7\x08\x09\xff", "The file is no text"),
        ("id,label_correction\n1," + "x" * 200_000 + "\n", "cannot be read as part of a table"),
        (b"id,label_correction\n1,\x81\x8d\n", "save it as CSV in UTF-8"),
    ],
)
def test_a_file_that_is_no_corrections_file_is_refused_with_what_it_lacks(
    room: Room, text: str | bytes, told: str
) -> None:
    # The limit is the process's, and ingest, a process of its own elsewhere, raises it.
    csv.field_size_limit(128 * 1024)

    room.upload(text)

    assert told in room.notices[0].text


def test_a_file_that_is_gone_is_told(room: Room) -> None:
    room.event("corrections/gone.csv")

    assert "was gone before it could be read" in room.notices[0].text


def test_an_unexpected_file_is_told_and_a_folder_is_not(room: Room) -> None:
    room.upload("x", key="corrections/labels.xlsx")
    room.event("corrections/", size=0)

    assert len(room.notices) == 1
    assert "CSV" in room.notices[0].text
