"""Forms of answer seen in public reports, and others of their kind, mean what they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from shared.model.answer_reader import payload
from shared.model.label_answers import check
from shared.model.label_prompt import TOOL
from shared.stores.discovery_store import VerdictKind
from tests.unit.shared.reported_answers import LABELS, NAMES, RIGHT, TEXT, said

CASES = Path(__file__).parents[2] / "cases" / "model-answers.json"
REPORTED: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))
MORE: dict[str, list[dict[str, Any]]] = {
    "tool input as a JSON string": [
        {"tool_input": json.dumps(json.dumps(TEXT))},
        {"tool_input": f"\ufeff{TEXT}"},
        {"tool_input": f"{TEXT}}}"},
        {"tool_input": f"Here you are: {TEXT} Anything else?"},
        {"tool_input": f"Here you are:\n```json\n{TEXT}\n```\nAnything else?"},
        {"tool_input": "1 1 negative\n2 5 positive"},
        {"tool_input": '{"labels": ["1\t1\tnegative", "2\t5\tpositive"]}'},
        {"tool_input": '{"labels": "1 1 negative\n2 5 positive"}'},
        {"tool_input": '{"labels": ["1 1 negative", // late\n "2 5 positive" /* kind */]}'},
        {"tool_input": json.dumps(TEXT)},
        {"tool_input": json.dumps({"labels": RIGHT}, indent=4)},
        {"tool_input": f"  {TEXT}\n"},
        {"tool_input": f"```json\n{TEXT}\n```"},
        {"tool_input": repr({"labels": RIGHT})},
        {"tool_input": TEXT.replace("]", ",]")},
        {"tool_input": TEXT.replace('"', "“")},
        {"tool_input": {"raw_arguments": TEXT}},
    ],
    "the list as a JSON string": [
        {"tool_input": {"labels": f"{json.dumps(RIGHT)}\nDone."}},
        {"tool_input": {"labels": [json.dumps(each) for each in RIGHT]}},
        {
            "tool_input": {
                "labels": ['{"entry": 1, "category": 1, "sentiment": "negative"}', "[2, 5, 'positive']"]
            }
        },
        {"tool_input": {"labels": "1 1 negative; 2 5 positive"}},
        {"tool_input": {"labels": "1 1 negative, 2 5 positive"}},
        {"tool_input": {"labels": ["1 1 negative\n2 5 positive"]}},
        {"tool_input": {"labels": "<label>1 1 negative</label><label>2 5 positive</label>"}},
        {"tool_input": {"labels": json.dumps(RIGHT, indent=2)}},
        {"tool_input": {"labels": "\n".join(RIGHT)}},
        {"tool_input": json.dumps(RIGHT)},
        {"tool_input": {"labels": json.dumps([["1", "1", "negative"], [2, 5, "positive"]])}},
        {"tool_input": {"labels": f"{json.dumps(RIGHT)}\n</parameter>\n</invoke>"}},
        {"tool_input": {"labels": repr(RIGHT)}},
        {"tool_input": {"labels": "<item>1 1 negative</item>\n<item>2 5 positive</item>"}},
        {"tool_input": {"labels": "1 1 negative\\n2 5 positive"}},
        {"tool_input": {"labels": "1 1 negative<br>2 5 positive"}},
    ],
    "wrapped as its own schema": [
        {"tool_input": [[[1, 1, "negative"], [2, 5, "positive"]]]},
        {"tool_input": {"labels": [[[1, 1, "negative"], [2, 5, "positive"]]]}},
        {"tool_input": {"labels": {"entry 1": "1 negative", "Entry 2": "5 positive"}}},
        {
            "tool_input": {
                "labels": {"entry_1": [1, "negative"], "#2": {"category": 5, "sentiment": "positive"}}
            }
        },
        {"tool_input": {"1": "1 negative", "2": "5 positive", "note": "done"}},
        {"tool_input": {"reasoning": "1 is about a parcel", "labels": RIGHT, "notes": ["a", "b"]}},
        {"tool_input": {"type": "object", "properties": {"labels": {"type": "array", "items": RIGHT}}}},
        {"tool_input": {"arguments": {"labels": RIGHT}}},
        {"tool_input": {"parameters": TEXT, "name": TOOL}},
        {"tool_input": {TOOL: {"input": {"labels": RIGHT}}}},
        {"tool_input": {"$PARAMETER_NAME": RIGHT}},
        {"tool_input": {"kwargs": {"items": RIGHT}}},
        {"tool_input": {'"labels"': RIGHT}},
        {"tool_input": {"labels:": RIGHT, "confidence": 0.9}},
        {"tool_input": {"1": "1 negative", "2": [5, "positive"]}},
    ],
    "the tool's name altered, the only tool there is": [
        {"tool_name": "default_api.label_feedback", "tool_input": {"labels": RIGHT}},
        {"tool_name": "LabelFeedback", "tool_input": {"labels": RIGHT}},
        {"tool_name": "label_feedback<|channel|>json", "tool_input": {"labels": RIGHT}},
    ],
    "prose and a fence instead of the tool": [
        {"text": f"\ufeff{TEXT}"},
        {"text": f"```json\r\n{TEXT}\r\n```"},
        {"text": f"```json\n{TEXT}"},
        {"text": TEXT[:-2]},
        {"text": json.dumps({"labels": RIGHT}, indent=1)[:-4]},
        {"text": f"{TEXT}<|eot_id|>"},
        {"text": "1 1 negative\n2 5 positive<|im_end|>"},
        {"text": "```\n1 1 negative\n2 5 positive\n```\nAnything else?"},
        {"text": "1 1 negative [late again]\n2 5 positive [kind]"},
        {
            "text": '{"entry": 1, "category": 1, "sentiment": "negative"}\n'
            '{"entry": 2, "category": 5, "sentiment": "positive"}'
        },
        {"text": '[1, 1, "negative"]\n[2, 5, "positive"]'},
        {"text": "<label>1 1 negative</label><label>2 5 positive</label>"},
        {"text": "| **1** | **1** | **negative** | it was late |\n| **2** | **5** | **positive** | kind |"},
        {"text": "entry,category,sentiment\n1,1,negative\n2,5,positive"},
        {"text": "- **1**: Delivery (negative)\n- **2**: Staff (positive)"},
        {"text": f"{TEXT}\nAnything else?"},
        {"text": f"<thinking>I need {{labels}}.</thinking>\n{TEXT}"},
        {"text": f"The tool [1] wants:\n```\n{TEXT}\n```\nDone."},
        {"text": f"```json{TEXT}```"},
        {"text": f"entry by entry, see above</think>{TEXT}"},
        {"text": f'<|python_tag|>{{"name": "{TOOL}", "parameters": {TEXT}}}'},
        {"text": f'[TOOL_CALLS] [{{"name": "{TOOL}", "arguments": {TEXT}}}]'},
        {"text": f"[TOOL_CALLS]{TOOL}[ARGS]{TEXT}"},
        {"text": f"<function={TOOL}>{TEXT}</function>"},
        {"text": f'<tool_call>\n{{"name": "{TOOL}", "arguments": {TEXT}}}\n</tool_call>'},
        {"text": f"<tool_call><function={TOOL}><parameter=labels>{json.dumps(RIGHT)}</parameter></function>"},
        {"text": f'<invoke name="{TOOL}"><parameter name="labels">{json.dumps(RIGHT)}</parameter></invoke>'},
        {"text": f"<__function={TOOL}><__parameter=labels>{json.dumps(RIGHT)}</__parameter></__function>"},
        {"text": f"<|channel|>final to=functions.{TOOL} <|constrain|>json<|message|>{TEXT}<|call|>"},
        {"text": f'Action: ```json\n[{{"tool_name": "{TOOL}", "parameters": {TEXT}}}]\n```'},
        {"text": f"[{TOOL}(labels={json.dumps(RIGHT)})]"},
        {"text": "Here you are:\n\n1 1 negative\n2 5 positive\n\nAnything else?"},
        {"text": "labels:\n- 1 1 negative\n- 2 5 positive"},
        {"text": "| entry | category | mood |\n|---|---|---|\n| 1 | 1 | negative |\n| 2 | 5 | positive |"},
    ],
    "commas between the parts": [
        {"tool_input": {"labels": ["１ １ negative", "２　５　ｐｏｓｉｔｉｖｅ"]}},
        {"tool_input": {"labels": ["1 1 negative 😡", "2 5 positive 👍🏽"]}},
        {"tool_input": {"labels": ["1 1 negative 0.95", "2 5 positive 87 %"]}},
        {"tool_input": {"labels": ["1_1_negative", "2/5/positive"]}},
        {"tool_input": {"labels": ["row 1: Delivery (1) negative", "Item 2: “Staff” positive"]}},
        {"tool_input": {"labels": ["\u200f1 1 neg\u00adative\u200f", "\u202b2 5 positive\u202c"]}},
        {"tool_input": {"labels": [[1, [1, "negative"]], [2, [[5, "positive"]]]]}},
        {
            "tool_input": {
                "labels": [
                    {"entry": 1, "topics": [{"sentiment": "negative", "category": 1}]},
                    {"entry": 2, "category": [5], "sentiment": ["positive"]},
                ]
            }
        },
        {
            "tool_input": {
                "labels": [
                    {"entry": 1, "category": 1, "category_name": "Delivery", "sentiment": "negative"},
                    {"entry": 2, "category": {"number": 5}, "sentiment": "positive", "confidence": 0.9},
                ]
            }
        },
        {"tool_input": {"labels": ["1,1,negative", "2,5,positive"]}},
        {"tool_input": {"labels": ["1. 1. Negative.", "2. 5. Positive."]}},
        {"tool_input": {"labels": ["1: Delivery, NEGATIVE", "2: staff, POSITIVE"]}},
        {"tool_input": {"labels": ["1 → 1 → negative", "2 => 5 => positive"]}},
        {"tool_input": {"labels": ["<1> <1> <negative>", "[2] [5] [positive]"]}},
        {"tool_input": {"labels": ["１，１，negative", "2、5、positive"]}},
        {"tool_input": {"labels": ["1\u200b\xa01 negative", "2 5 positive\ufeff"]}},
        {"tool_input": {"labels": ["entry=1 category=1 sentiment=negative", "No. 2: Staff (positive)"]}},
        {"tool_input": {"labels": ["1 1 negative - it came late", "2 5 positive (they are friendly)"]}},
        {"tool_input": {"labels": [[1.0, 1.0, "negative"], ["2", 5, "POSITIVE"]]}},
        {
            "tool_input": {
                "labels": [
                    {"sentiment": "negative", "category_number": 1, "entry_number": 1},
                    {"entry": 2, "category": {"number": 5, "name": "Staff"}, "sentiment": "positive"},
                ]
            }
        },
        {
            "tool_input": {
                "labels": [{"entry": 1, "category": "1", "sentiment": "negative"}, [2, 5, "Positive"]]
            }
        },
    ],
}


@pytest.mark.parametrize("case", REPORTED, ids=[case["name"] for case in REPORTED])
def test_what_was_reported_means_what_it_says(case: dict[str, Any]) -> None:
    if case.get("kind") == "judge":
        verdict = read_verdict(said(case, "judge_theme"), Question(["a", "b", "c"], [], {}))
        assert verdict is not None
        assert (verdict.kind, verdict.name) == (VerdictKind.NEW, "Tent poles break in wind")
    elif isinstance(case["means"], list):
        assert check(said(case), [1, 2], NAMES) == LABELS
    else:
        assert check(said(case), [1, 2], NAMES) == {}


@pytest.mark.parametrize("kind", MORE)
def test_so_do_others_of_its_kind(kind: str) -> None:
    assert kind in {case["name"] for case in REPORTED}
    for case in MORE[kind]:
        assert check(said(case), [1, 2], NAMES) == LABELS, case


@pytest.mark.parametrize(
    "lone",
    [
        {"entry": 42, "category": 5, "sentiment": "positive"},
        {"labels": {"entry": 42, "category": 5, "sentiment": "positive"}},
        [42, 5, "positive"],
        {"labels": [42, 5, "positive"]},
        "42 5 positive",
        "Here it is:\n42 5 positive",
        "1. 42 5 positive",
    ],
)
def test_a_record_asked_alone_may_be_answered_without_a_list(lone: object) -> None:
    for case in ({"tool_input": lone}, {"text": lone if isinstance(lone, str) else json.dumps(lone)}):
        assert check(said(case), [42], NAMES) == {42: LABELS[2]}


def test_the_numbers_of_a_list_are_no_entries() -> None:
    assert check(said({"text": "1. 17 1 negative\n2. Entry 42: 5 positive"}), [17, 42], NAMES) == {
        17: LABELS[1],
        42: LABELS[2],
    }


def test_of_an_answer_that_was_cut_off_the_whole_lines_count() -> None:
    for text in ('{"labels": ["1 1 negative", "2 5 posi', '{"labels": [{"1": "1 negative"}, {"2": "5 po'):
        assert check(said({"text": text}), [1, 2], NAMES, cut_off=True) == {1: LABELS[1]}


@pytest.mark.parametrize("empty", [{}, None, "", []])
def test_an_empty_call_beside_the_answer_counts_for_nothing(empty: object) -> None:
    for answer in ({"toolUse": {"name": TOOL, "input": {"labels": RIGHT}}}, {"text": TEXT}):
        content = [{"toolUse": {"name": TOOL, "input": empty}}, answer]
        assert check(payload(content, TOOL), [1, 2], NAMES) == LABELS
