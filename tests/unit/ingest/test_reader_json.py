"""JSON Lines, read object by object."""

import json

import pytest

from tests.unit.ingest.reading import read, values


@pytest.mark.parametrize(
    "line,values,unread",
    [
        ('"stars": NaN', {"stars": "NaN"}, {}),
        (
            '"stars": -Infinity, "id": 12345678901234567890',
            {"stars": "-Infinity", "ref_id": "12345678901234567890"},
            {},
        ),
        (f'"id": {"9" * 1000}', {"ref_id": "9" * 1000}, {}),
        ('"stars": 4.10', {"stars": "4.10"}, {}),
        ('"stars": true', {}, {"stars": "true"}),
        ('"date": {"day": "x"}', {}, {"date": '{"day": "x"}'}),
        ('"date": {"$date": "x"}', {"date": "x"}, {}),
        ('"date": {"$date": {"$numberLong": "17"}}', {"date": "17"}, {}),
        (
            '"stars": {"$numberDouble": "4.5"}, "_id": {"$oid": "65e6"}',
            {"stars": "4.5", "ref_id": "65e6"},
            {},
        ),
        ('"stars": {"label": "5", "attributes": {}}', {"stars": "5"}, {}),
        ('"store": {"label": ["x"]}', {}, {"store": '["x"]'}),
        ('"store": ["\\ud800", 1]', {}, {"store": '["\ufffd", "1"]'}),
        ('"store": "a", "Store": "b"', {}, {"store": '["a", "b"]'}),
        ('"store": "a\\u0000b"', {}, {"store": "a\ufffdb"}),
    ],
)
def test_a_value_of_an_odd_form_costs_no_row(
    line: str, values: dict[str, str], unread: dict[str, str]
) -> None:
    [row] = read('{"feedback": "fine", ' + line + "}")
    assert (row.problem, row.values, row.unread) == (None, {"feedback": "fine"} | values, unread)


@pytest.mark.parametrize(
    "line,problem",
    [
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"feedback": ["a"]}', "feedback: must be a text or a number"),
        ('{"feedback": "a", "Feedback": "b"}', "feedback: stands there twice"),
        ("[" * 50_000, "longer than"),
    ],
)
def test_a_line_that_is_no_json_object_of_feedback_is_rejected(line: str, problem: str) -> None:
    good = json.dumps({"feedback": "fine", "colour": [1]})
    rows = read(f"{good}\n{line}\n{good}\n")
    assert [row.values for row in rows if not row.problem] == [{"feedback": "fine"}] * 2
    assert [row.problem.partition(":")[0] for row in rows if row.problem] != []
    assert problem in str(rows[1].problem)


def test_deeply_nested_json_is_rejected_and_not_a_crash() -> None:
    rows = read('{"feedback": "a"}\n{"feedback": ' + "[" * 100_000 + "\n", limit=1_000_000)
    assert "is not JSON" in str(rows[1].problem)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    [row] = read('{"feedback": "a\\ud83d b \\ud83d\\ude00"}\n')
    assert row.values["feedback"] == "a\ufffd b 😀"


def test_objects_with_commas_between_them_are_read() -> None:
    rows = read('{"feedback": "late"},\n{"feedback": "good"} ,\n{"feedback": "dear"}\n')
    assert [row["feedback"] for row in values(rows)] == ["late", "good", "dear"]
