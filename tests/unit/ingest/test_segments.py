"""The customer's own columns: kept as they stand, whatever the form of the file."""

import json

import pytest

from services.ingest.layout import inspect
from services.ingest.reader import Row
from services.ingest.segments import kept, segment_names
from services.ingest.sorter import message_of
from services.ingest.value_forms import ValueForms
from shared.contracts.profiles import Input
from shared.platform.queue_batches import queue_body
from tests.builders import a_feedback, a_file_message
from tests.unit.ingest.reading import read, read_with_restarts
from tests.unit.notify.figures_case import an_execution

LARGEST_MESSAGE = 1024 * 1024


@pytest.mark.parametrize(
    "data, segments",
    [
        ("feedback,Country, Plan \nok,NO,gold\n", {"Country": "NO", "Plan": "gold"}),
        ("Country;feedback;Country\nNO;ok;SE\n", {"Country": "NO", "Country (2)": "SE"}),
        ("feedback,Country,Plan\nok,,  \n", {}),
        ("feedback,,Plan\nok,x,gold\n", {"Plan": "gold"}),
        ("feedback,Country\nok,NA\n", {"Country": "NA"}),
        ("feedback,Note\nok,=1+1\n", {"Note": "=1+1"}),
        ('feedback,Note\nok,"two\nlines, <b>"\n', {"Note": "two\nlines, <b>"}),
        ("feedback,Note\nok,a\0b\n", {"Note": "a\ufffdb"}),
        ("feedback,執行\nok,<script>\n", {"執行": "<script>"}),
        (
            '{"feedback": "ok", "Country": "NO", "age": 12, "ok": true, "none": null}',
            {"Country": "NO", "age": "12", "ok": "true"},
        ),
        (
            '{"feedback": "ok", "tags": ["a", "b"], "who": {"id": 1}}',
            {"tags": '["a", "b"]', "who": '{"id": "1"}'},
        ),
        ('{"feedback": "ok", "x": "\\ud800"}', {"x": "\ufffd"}),
    ],
)
def test_columns_that_hold_no_field_are_kept_under_their_own_names(
    data: str, segments: dict[str, str]
) -> None:
    (row,) = read(data)
    assert row.problem is None
    assert row.segments == segments
    assert [each.segments for each in read_with_restarts(data.encode())] == [segments]


def test_the_first_fifty_columns_are_kept() -> None:
    names = [f"c{number}" for number in range(60)]
    (row,) = read(",".join(["feedback", *names]) + "\n" + ",".join(["ok", *names]) + "\n")
    assert list(row.segments) == names[:50]
    (other,) = read(json.dumps({"feedback": "ok"} | dict.fromkeys(names, "x")))
    assert list(other.segments) == names[:50]


def test_a_name_is_never_longer_than_a_row_can_hold() -> None:
    long = "x" * 300
    names = segment_names([long, long, "feedback"], [None, None, "feedback"])
    assert [len(name or "") for name in names] == [200, 196, 0]
    assert len(set(names)) == 3


@pytest.mark.parametrize("sign", ["a", "\u20ac", "\U0001f642", "\x07"])
def test_the_largest_row_still_fits_into_a_message(sign: str) -> None:
    values = kept({f"column {number}": sign * 5000 for number in range(50)})
    assert sum(map(len, values.values())) <= 40_000
    message = a_file_message(feedback=a_feedback(feedback=sign * 99_999 + "x"), segments=values)
    assert len(queue_body(message).encode()) < LARGEST_MESSAGE


def test_a_profile_names_columns_of_its_own() -> None:
    head = b"Was sagen Sie?,Filiale\nok,Ulm\n"
    names = Input(columns={"feedback": ("was sagen sie",)}).columns
    layout = inspect(head, complete=True, names=names)
    assert layout.columns == ("feedback", "store")
    assert layout.read_from["feedback"] == "Was sagen Sie?"


def test_what_a_reader_adds_to_fifty_columns_is_cut_and_costs_no_row() -> None:
    columns = {f"column {number}": "x" for number in range(50)} | {"n" * 300: "x", "from": "y" * 5000}
    message = message_of(Row(1, "", {"feedback": "ok"}, segments=columns), an_execution(), ValueForms())
    assert len(message.segments) == 50
