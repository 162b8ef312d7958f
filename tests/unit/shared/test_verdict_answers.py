"""Verdicts about groups mean what they say, in whatever form they come."""

import json
from typing import Any

import pytest

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from shared.stores.discovery_store import VerdictKind
from tests.builders import a_category
from tests.unit.shared.reported_answers import said

NEW = {
    "verdict": "NEW",
    "category": 0,
    "name": "Tent poles break",
    "description": "In wind.",
    "examples": [2],
}
THEMES: list[dict[str, Any]] = [
    {"tool_input": {"verdict": "new", "name": "Tent poles break", "confidence": 0.9, "examples": None}},
    {"tool_input": {"VERDICT": "New", "Name": "Tent poles break", "Category": None}},
    {"tool_input": json.dumps({"judge_theme": {**NEW, "examples": ["1", "2"]}})},
    {"tool_input": {"verdict": "NEW", "category": "n/a", "name": None, "title": "Tent poles break"}},
    {"tool_input": {"verdict": "NEW.", "category": "none", "name": "Tent poles break", "children": []}},
    {"tool_input": {**NEW, "verdict": ["NEW"], "name": ["Tent poles break"], "examples": "2, 1"}},
    {"tool_input": {**NEW, "verdict": {"kind": "new_theme"}}},
    {"tool_input": {"decision": "A new category", "title": "“Tent poles break.”"}},
    {"tool_input": {"verdict": "NEW - nothing fits", "name": "", "category": "Tent poles break"}},
    {
        "tool_input": {
            "verdict": "NEW",
            "category": {"name": "**Tent poles break**", "description": "In wind."},
        }
    },
    {"tool_input": {"kind": "NEW", "new_category": {"name": "Tent poles break"}}},
    {"tool_input": {"verdicts": [NEW]}},
    {"tool_input": f"Here it is: {json.dumps(NEW)}"},
    {"text": json.dumps(NEW)[:-1]},
    {"text": json.dumps(NEW)[:-12]},
    {"text": json.dumps(NEW).replace("In wind", "In\n\twind")},
    {"text": "verdict: NEW\nname: Tent poles break\ndescription: In wind."},
    {"text": "- **Verdict:** NEW\n- **Name:** Tent poles break"},
]
SAME: list[dict[str, Any]] = [
    {"verdict": "SAME_AS", "category": [2]},
    {"verdict": "same as", "category": "Price (2)"},
    {"verdict": "SAME_AS", "category": {"number": 2, "name": "Price"}},
    {"verdict": "SAME_AS 2"},
    {"verdict": "sameAs", "existing_category": "2: price"},
    {"verdict": "SAME_AS", "category": None, "category_id": 2.0},
]
NO_VERDICT: list[dict[str, Any]] = [
    {"verdict": "not NEW", "name": "Tent poles break"},
    {"verdict": "NEW or MIXED", "name": "Tent poles break"},
    {"verdict": "Newest", "name": "Tent poles break"},
    {"verdict": "SAME_AS", "category": "1 Price"},
    {"verdict": "SAME_AS", "category": -1},
    {"verdict": "SAME_AS", "category": True},
    {"verdict": "SAME_AS 1 or 2"},
    {"a": {"verdict": "NEW", "name": "Tent poles break"}, "b": {"verdict": "MIXED"}},
    *({"verdict": "NEW", "category": none, "name": ""} for none in ("none", "N/A", "No existing category.")),
    *({"verdict": "NEW", "category": 0, "name": none} for none in ("None", "“null”", "Not applicable")),
    {"verdict": "CHILD", "category": "Delivery", "name": ""},
]


@pytest.mark.parametrize("case", THEMES)
def test_no_theme_is_lost_for_the_form_of_its_verdict(case: dict[str, Any]) -> None:
    verdict = read_verdict(said(case, "judge_theme"), Question(["a", "b", "c"], [], {}))

    assert verdict is not None
    assert (verdict.kind, verdict.name) == (VerdictKind.NEW, "Tent poles break")


@pytest.mark.parametrize("value", SAME)
def test_an_existing_category_is_known_in_whatever_form_it_is_named(value: dict[str, Any]) -> None:
    verdict = read_verdict(value, Question(["a"], [a_category(7, "Delivery"), a_category(9, "Price")], {}))

    assert verdict is not None
    assert (verdict.kind, verdict.category_id) == (VerdictKind.SAME_AS, 9)


@pytest.mark.parametrize("value", NO_VERDICT)
def test_a_verdict_that_can_be_read_in_two_ways_is_none(value: dict[str, Any]) -> None:
    question = Question(["a"], [a_category(7, "Delivery"), a_category(9, "Price")], {})
    assert read_verdict(value, question) is None
