"""Answers that say nothing, two things, or of which nobody can tell, label nothing."""

from typing import Any

import pytest

from shared.model.label_answers import check
from tests.unit.shared.reported_answers import LABELS, NAMES, RIGHT, TEXT, said

VOID: list[list[str]] = [
    ["0 1 negative", "1 5 positive"],
    ["2 1 negative", "3 5 positive"],
    ["1 1 negative", "2 5 positive", "3 1 mixed"],
    ["1 1 negative", "1 5 positive", "2 5 positive"],
    ["1 5 positive"],
    ["1 1 negative, 2 5 positive", "2 5 positive, 1 1 negative", "3 1 mixed"],
    ["Record 11: 1 negative", "Record 12: 5 positive"],
    ["1. 17 negative", "2. 42 positive", "3. 50 mixed"],
]
UNREAD: list[str] = [
    "1 1 not negative",
    "1 1 negative or positive",
    "1 1 negative - rather positive",
    "1 1 very negative",
    "1 negative 1",
    "1 1 neg",
    "1 1,5 negative",
    "1 1 negativeness",
    "1 1 2 negative",
    "1 1 negative 2 5 positive",
]
WRONG: list[dict[str, Any]] = [
    {"text": f"{TEXT[:-1]}, {TEXT[1:].replace('1 1', '1 2')}"},
    {"text": repr({"labels": RIGHT})[:-1] + ", 'labels': ['1 2 mixed', '2 5 positive']}"},
    {"text": '{"labels": {"1": "1 negative", "1": "2 mixed", "2": "5 positive"}}'},
    {"text": '["1 1 negative", "2 5 positive"]\n["1 2 mixed", "2 5 positive"]'},
    {"text": 'I will not say "1 1 negative" or "2 5 positive".'},
    {"text": "1. 2 negative\n2. 3 positive\n3. 1 mixed"},
    {"text": "<think>1 1 negative\n2 5 positive"},
    {"tool_input": {"labels": [1, 1, "negative", 2, "positive"]}},
    {"tool_input": {"labels": {"Delivery": [1], "Staff": [2]}}},
    {"tool_input": {"labels": {"1": [1], "5": [2]}}},
    {"tool_input": {"labels": "1 1 negative, 2 5 positive, 1 2 mixed"}},
    {"tool_input": [{"labels": ["1 1 negative"], "confidence": float("nan")}, {"labels": ["1 2 mixed"]}]},
]


@pytest.mark.parametrize("case", WRONG)
def test_an_answer_that_says_two_things_or_none_labels_nothing(case: dict[str, Any]) -> None:
    assert check(said(case), [1, 2], NAMES) == {}


def test_a_number_and_the_name_of_another_category_are_none() -> None:
    entry = {"entry": 1, "category": 2, "category_name": "Delivery", "sentiment": "negative"}
    assert check({"labels": [entry, RIGHT[1]]}, [1, 2], NAMES) == {2: LABELS[2]}


@pytest.mark.parametrize("lines", VOID)
def test_a_numbering_that_is_off_is_trusted_in_nothing(lines: list[str]) -> None:
    assert check({"labels": lines}, [1, 2], NAMES) == {}


@pytest.mark.parametrize("line", UNREAD)
def test_a_line_that_can_be_read_in_two_ways_is_asked_again(line: str) -> None:
    assert check({"labels": [line, "2 5 positive"]}, [1, 2], NAMES) == {2: LABELS[2]}


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "1. I cannot label this.\n2. Please ask again.",
        "The 2 entries are about delivery [1] and staff [2].",
        f"{TEXT}\nor rather\n{TEXT.replace('negative', 'mixed')}",
    ],
)
def test_a_text_that_is_no_answer_labels_nothing(text: str) -> None:
    assert check(said({"text": text}), [1, 2], NAMES) == {}
