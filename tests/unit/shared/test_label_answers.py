from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.taxonomy import Sentiment
from shared.model.label_answers import check
from shared.model.label_lines import Label

NAMES = ["Delivery", "Price", "Taste", "Size"]


def test_each_record_gets_its_category_and_sentiment() -> None:
    assert check({"labels": ["1 3 positive", "2 0 mixed"]}, [1, 2], NAMES[:3]) == {
        1: Label(3, Sentiment.POSITIVE),
        2: Label(0, Sentiment.MIXED),
    }


@pytest.mark.parametrize(
    "line",
    [
        "2 4 positive",
        "2 -1 positive",
        "2 1 delighted",
        "2 1",
        "2",
        "2 1 positive because",
        "2 1 positive: not negative at all",
        "2 one positive",
        "2 ٣ positive",
        "2 1e0 positive",
        "2 1.0 positive",
        f"2 {'9' * 5000} positive",
        "",
        None,
        7,
        [],
        {},
        ["2"],
        [["2", "positive"]],
        {"2": 1},
        True,
        "2-1-positive",
        "2.1 positive",
        "2 Deliver positive",
        "2 1 Price positive",
        "2 positive",
        {"entry": 2, "category": 1},
        {"entry": 2, "category": {"number": 1, "rank": 2}, "sentiment": "positive"},
        {"sentiment": "positive", "a": 2, "b": 1},
        "2 " + ", " * 200 + "positive",
    ],
)
def test_a_wrong_line_leaves_its_record_unanswered_and_no_other(line: Any) -> None:
    assert check({"labels": ["1 1 neutral", line, "3 1 neutral"]}, [1, 2, 3], NAMES[:3]).keys() == {1, 3}


def test_a_line_of_more_than_400_characters_is_no_answer() -> None:
    line = f"1 2 positive{'.' * 388}"

    assert check({"labels": [line]}, [1], NAMES) == {1: Label(2, Sentiment.POSITIVE)}
    assert check({"labels": [f"{line}."]}, [1], NAMES) == {}


@pytest.mark.parametrize("line", ["2 -1 positive", "2 9 positive", "2 1 delighted", "2 1", "2", {"2": 1}])
def test_a_wrong_last_line_names_its_record_all_the_same(line: Any) -> None:
    """So it is seen that nothing has moved, and only that record is asked again."""
    assert check({"labels": ["1 1 neutral", line]}, [1, 2], NAMES[:3]).keys() == {1}


def test_an_answer_that_leaves_out_the_first_record_answers_nothing() -> None:
    assert check({"labels": ["2 1 neutral", "3 1 neutral"]}, [1, 2, 3], NAMES) == {}
    assert check({"labels": ["2 1 neutral"]}, [1, 2, 3], NAMES, cut_off=True) == {}


def test_an_answer_that_is_complete_and_leaves_out_the_last_record_answers_nothing() -> None:
    assert check({"labels": ["1 1 neutral", "2 1 neutral"]}, [1, 2, 3], NAMES) == {}
    assert check({"labels": ["1 1 neutral", "2 1 neutral"]}, [1, 2, 3], NAMES, cut_off=True).keys() == {1, 2}


@pytest.mark.parametrize("cut_off", [False, True])
@pytest.mark.parametrize("line", ["1 1 positive; 3 0 mixed", "1 1 positive; 2 0 mixed"])
def test_one_line_for_some_of_the_records_answers_nothing(line: str, cut_off: bool) -> None:
    assert check({"labels": [line]}, [1, 2, 3], NAMES, cut_off=cut_off) == {}


def test_more_entries_than_were_asked_void_the_answer() -> None:
    said = ["1 1 neutral", "1 1 neutral", "2 1 neutral", "3 1 neutral"]

    assert check({"labels": said}, [1, 2, 3], NAMES) == {}


@pytest.mark.parametrize(
    "said, category",
    [
        ("Price", 2),
        ("price.", 2),
        ("2. Price", 2),
        ("2: Price", 2),
        ("category 2", 2),
        ("category Price", 2),
        ("Category: price", 2),
        ("#2", 2),
        ("3", 3),
        ("3 for 2", 5),
        ('2 "Price"', 2),
        ("2 | Price", 2),
        ("(2)", 2),
        ("unknown", 0),
        ("none", 0),
        ("NULL", 0),
        ("N/A", 3),
        ("0 - none", 0),
        ("2 none", None),
        ("Price (2)", 2),
        ("Price (1)", None),
        ("“Price”", 2),
        ("1. Price", None),
        ("Prices", None),
        ("7", None),
    ],
)
def test_a_categorys_exact_name_may_stand_for_its_number(said: str, category: int | None) -> None:
    names = ["Delivery", "Price", "N/A", "3", "3 for 2", "(2)"]

    labels = check({"labels": [f"17 {said} mixed"]}, [17], names)

    assert labels == ({} if category is None else {17: Label(category, Sentiment.MIXED)})


def test_a_record_named_twice_is_unanswered_even_if_both_say_the_same() -> None:
    assert check(
        {"labels": ["1 1 neutral", "1 1 neutral", "2 2 mixed"]}, [1, 2, 3], NAMES, cut_off=True
    ).keys() == {2}


def test_a_right_line_beside_a_broken_one_for_the_same_record_does_not_count() -> None:
    assert check({"labels": ["1 1 neutral", "1 nonsense"]}, [1, 2], NAMES, cut_off=True) == {}


@pytest.mark.parametrize("number", ["0", "3", "999999"])
def test_an_entry_that_nobody_asked_about_voids_the_answer(number: str) -> None:
    assert check({"labels": ["1 1 neutral", f"{number} 1 neutral", "2 1 neutral"]}, [1, 2], NAMES) == {}


def test_a_number_of_six_digits_is_read_and_a_longer_one_is_nonsense() -> None:
    assert check({"labels": ["000001 000002 neutral"]}, [1], NAMES) == {1: Label(2, Sentiment.NEUTRAL)}
    assert check({"labels": ["1 0000002 neutral"]}, [1], NAMES) == {}
    assert check({"labels": ["0000002 1 neutral", "1 1 neutral"]}, [1], NAMES) == {
        1: Label(1, Sentiment.NEUTRAL)
    }


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"labels": None},
        {"labels": {"1": "1"}},
        {"other": []},
        "1",
        7,
        {"labels": 1},
        {"labels": ["1 1 mixed"], "input": {"labels": ["1 2 mixed"]}},
        [{"labels": ["1 1 mixed"]}, {"labels": ["1 2 mixed"]}],
        "{" * 10_000,
        '{"a":' * 10_000,
    ],
)
def test_an_answer_of_another_shape_answers_nothing(value: Any) -> None:
    assert check(value, [1], NAMES) == {}


def test_several_calls_of_the_tool_are_one_answer() -> None:
    value = [{"labels": ["1 1 neutral"]}, {"labels": ["2 2 mixed", "3 1 mixed"]}]

    assert check(value, [1, 2, 3], NAMES).keys() == {1, 2, 3}


def test_the_order_and_the_case_of_words_do_not_matter() -> None:
    assert check({"labels": ["2 1 Neutral", " 1  2  POSITIVE "]}, [1, 2], NAMES).keys() == {1, 2}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
lines = st.one_of(
    json_values,
    st.from_regex(r"\A-?\d{1,4} -?\d{1,4} (positive|negative|neutral|mixed|x)\Z"),
)


@given(st.one_of(json_values, st.fixed_dictionaries({"labels": st.lists(lines)})))
def test_whatever_the_model_answers_only_allowed_labels_come_out(value: Any) -> None:
    answers = check(value, [1, 2, 3, 4, 5], NAMES, cut_off=True)

    assert all(1 <= number <= 5 and 0 <= label.category <= 4 for number, label in answers.items())
