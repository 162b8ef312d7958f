"""Forms of answer seen in public reports of Converse and of tool use, and more of each kind."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from shared.contracts.taxonomy import Sentiment
from shared.model.answer_reader import payload
from shared.model.label_answers import check
from shared.model.label_lines import Label
from shared.model.label_prompt import TOOL
from shared.stores.discovery_store import Kind
from tests.builders import a_category

RIGHT = ["1 1 negative", "2 5 positive"]
LABELS = {1: Label(1, Sentiment.NEGATIVE), 2: Label(5, Sentiment.POSITIVE)}
NAMES = ["Delivery", "Price", "Taste", "Size", "Staff"]
CASES = Path(__file__).parents[2] / "cases" / "model-answers.json"
REPORTED: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))
TEXT = json.dumps({"labels": RIGHT})

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


@pytest.mark.parametrize("case", WRONG)
def test_an_answer_that_says_two_things_or_none_labels_nothing(case: dict[str, Any]) -> None:
    assert check(said(case), [1, 2], NAMES) == {}


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
]


@pytest.mark.parametrize("case", THEMES)
def test_no_theme_is_lost_for_the_form_of_its_verdict(case: dict[str, Any]) -> None:
    verdict = read_verdict(said(case, "judge_theme"), Question(["a", "b", "c"], [], {}))

    assert verdict is not None
    assert (verdict.kind, verdict.name) == (Kind.NEW, "Tent poles break")


@pytest.mark.parametrize("value", SAME)
def test_an_existing_category_is_known_in_whatever_form_it_is_named(value: dict[str, Any]) -> None:
    verdict = read_verdict(value, Question(["a"], [a_category(7, "Delivery"), a_category(9, "Price")], {}))

    assert verdict is not None
    assert (verdict.kind, verdict.category_id) == (Kind.SAME_AS, 9)


@pytest.mark.parametrize("value", NO_VERDICT)
def test_a_verdict_that_can_be_read_in_two_ways_is_none(value: dict[str, Any]) -> None:
    question = Question(["a"], [a_category(7, "Delivery"), a_category(9, "Price")], {})
    assert read_verdict(value, question) is None
