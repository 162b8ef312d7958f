from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.answers import Label, check
from shared.contracts.taxonomy import Sentiment


def test_each_record_gets_its_category_and_sentiment() -> None:
    assert check({"labels": ["1 3 positive", "2 0 mixed"]}, records=2, categories=3) == {
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
        "2 one positive",
        "2 ٣ positive",
        "2 1e0 positive",
        "2 1.0 positive",
        f"2 {'9' * 5000} positive",
        "",
        None,
        7,
        ["2 1 positive"],
        {"2": 1},
    ],
)
def test_a_wrong_line_leaves_its_record_unanswered_and_no_other(line: Any) -> None:
    assert check({"labels": ["1 1 neutral", line]}, records=2, categories=3).keys() == {1}


def test_a_record_named_twice_is_unanswered_even_if_both_say_the_same() -> None:
    assert check({"labels": ["1 1 neutral", "1 1 neutral", "2 2 mixed"]}, 2, 3).keys() == {2}


def test_a_right_line_beside_a_broken_one_for_the_same_record_does_not_count() -> None:
    assert check({"labels": ["1 1 neutral", "1 nonsense"]}, 1, 3) == {}


@pytest.mark.parametrize("number", ["0", "3", "999999", "9" * 7])
def test_an_invented_record_is_ignored(number: str) -> None:
    assert check({"labels": ["1 1 neutral", f"{number} 1 neutral"]}, 2, 3).keys() == {1}


def test_a_number_of_six_digits_is_read_and_a_longer_one_is_nonsense() -> None:
    assert check({"labels": ["000001 000002 neutral"]}, 1, 3) == {1: Label(2, Sentiment.NEUTRAL)}
    assert check({"labels": ["1 0000002 neutral"]}, 1, 3) == {}


@pytest.mark.parametrize(
    "value", [None, {}, {"labels": None}, {"labels": "1 1 neutral"}, {"labels": {"1": "1"}}, {"other": []}]
)
def test_an_answer_of_another_shape_answers_nothing(value: Any) -> None:
    assert check(value, 1, 3) == {}


def test_the_order_and_the_case_of_words_do_not_matter() -> None:
    assert check({"labels": ["2 1 Neutral", " 1  2  POSITIVE "]}, 2, 2).keys() == {1, 2}


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
    answers = check(value if isinstance(value, dict) else None, records=5, categories=4)

    assert all(1 <= number <= 5 and 0 <= label.category <= 4 for number, label in answers.items())
