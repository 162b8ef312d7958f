"""Forms of answer seen in public reports of Converse and of tool use, and more of each kind."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.categorize.judging import Question, read_verdict
from shared.contracts.taxonomy import Sentiment
from shared.model.answer_reader import payload
from shared.model.label_answers import Label, check
from shared.model.label_prompt import TOOL
from shared.stores.discovery_store import Kind

RIGHT = ["1 1 negative", "2 5 positive"]
LABELS = {1: Label(1, Sentiment.NEGATIVE), 2: Label(5, Sentiment.POSITIVE)}
NAMES = ["Delivery", "Price", "Taste", "Size", "Staff"]
CASES = Path(__file__).parents[2] / "cases" / "model-answers.json"
REPORTED: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))
TEXT = json.dumps({"labels": RIGHT})

MORE: dict[str, list[dict[str, Any]]] = {
    "tool input as a JSON string": [
        {"tool_input": json.dumps(TEXT)},
        {"tool_input": json.dumps({"labels": RIGHT}, indent=4)},
        {"tool_input": f"  {TEXT}\n"},
        {"tool_input": f"```json\n{TEXT}\n```"},
    ],
    "the list as a JSON string": [
        {"tool_input": {"labels": json.dumps(RIGHT, indent=2)}},
        {"tool_input": {"labels": "\n".join(RIGHT)}},
        {"tool_input": json.dumps(RIGHT)},
        {"tool_input": {"labels": json.dumps([["1", "1", "negative"], [2, 5, "positive"]])}},
    ],
    "wrapped as its own schema": [
        {"tool_input": {"type": "object", "properties": {"labels": {"type": "array", "items": RIGHT}}}},
        {"tool_input": {"arguments": {"labels": RIGHT}}},
        {"tool_input": {"parameters": TEXT, "name": TOOL}},
        {"tool_input": {TOOL: {"input": {"labels": RIGHT}}}},
    ],
    "the tool's name altered, the only tool there is": [
        {"tool_name": "default_api.label_feedback", "tool_input": {"labels": RIGHT}},
        {"tool_name": "LabelFeedback", "tool_input": {"labels": RIGHT}},
        {"tool_name": "label_feedback<|channel|>json", "tool_input": {"labels": RIGHT}},
    ],
    "prose and a fence instead of the tool": [
        {"text": f"{TEXT}\nAnything else?"},
        {"text": f"<thinking>I need {{labels}}.</thinking>\n{TEXT}"},
        {"text": f"The tool [1] wants:\n```\n{TEXT}\n```\nDone."},
        {"text": f"```json{TEXT}```"},
        {"text": f"entry by entry, see above</think>{TEXT}"},
    ],
    "commas between the parts": [
        {"tool_input": {"labels": ["1,1,negative", "2,5,positive"]}},
        {"tool_input": {"labels": ["1. 1. Negative.", "2. 5. Positive."]}},
        {"tool_input": {"labels": ["1: Delivery, NEGATIVE", "2: staff, POSITIVE"]}},
        {
            "tool_input": {
                "labels": [{"entry": 1, "category": "1", "sentiment": "negative"}, [2, 5, "Positive"]]
            }
        },
    ],
}
VOID: list[list[str]] = [
    ["0 1 negative", "1 5 positive"],
    ["2 1 negative", "3 5 positive"],
    ["1 1 negative", "2 5 positive", "3 1 mixed"],
    ["1 1 negative", "1 5 positive", "2 5 positive"],
    ["1 5 positive"],
]


def said(case: dict[str, Any], tool: str = TOOL) -> object:
    """What the reader finds in such an answer."""
    if "text" in case:
        return payload([{"text": case["text"]}], tool)
    return payload([{"toolUse": {"name": case.get("tool_name", tool), "input": case["tool_input"]}}], tool)


@pytest.mark.parametrize("case", REPORTED, ids=[case["name"] for case in REPORTED])
def test_what_was_reported_means_what_it_says(case: dict[str, Any]) -> None:
    if case.get("kind") == "judge":
        verdict = read_verdict(said(case, "judge_theme"), Question(["a", "b", "c"], [], {}))
        assert verdict is not None
        assert (verdict.kind, verdict.name) == (Kind.NEW, "Tent poles break in wind")
    elif isinstance(case["means"], list):
        assert check(said(case), [1, 2], NAMES) == LABELS
    else:
        assert check(said(case), [1, 2], NAMES) == {}


@pytest.mark.parametrize("kind", MORE)
def test_so_do_others_of_its_kind(kind: str) -> None:
    assert kind in {case["name"] for case in REPORTED}
    for case in MORE[kind]:
        assert check(said(case), [1, 2], NAMES) == LABELS, case


@pytest.mark.parametrize("lines", VOID)
def test_a_numbering_that_is_off_is_trusted_in_nothing(lines: list[str]) -> None:
    assert check({"labels": lines}, [1, 2], NAMES) == {}


@pytest.mark.parametrize(
    "value",
    [
        {"verdict": "new", "name": "Tent poles break", "confidence": 0.9, "examples": None},
        {"VERDICT": "New", "Name": "Tent poles break", "Category": None},
        json.dumps({"judge_theme": {"verdict": "NEW", "name": "Tent poles break", "examples": ["1", "2"]}}),
        {"verdict": "NEW.", "category": "none", "name": "Tent poles break", "children": []},
    ],
)
def test_extra_keys_null_and_other_letters_lose_no_theme(value: object) -> None:
    verdict = read_verdict(value, Question(["a", "b", "c"], [], {}))

    assert verdict is not None
    assert (verdict.kind, verdict.name) == (Kind.NEW, "Tent poles break")
