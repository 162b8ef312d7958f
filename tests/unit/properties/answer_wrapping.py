"""What answers of models are wrapped in."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from shared.model.label_prompt import TOOL

NAMES = ("Delivery", "Late – again, twice", "Price: too high", "3 for 2", "Größe", "COVID-19")
Content = list[dict[str, Any]]
KEYS = [
    ("entry", "category", "sentiment"),
    ("id", "label", "sentiment"),
    ("Number", "Category", "Sentiment"),
    ("record", "class", "tone"),
    ("a", "b", "c"),
]


def as_line(between: str, end: str) -> Callable[[Sequence[object]], object]:
    return lambda parts: between.join(map(str, parts)) + end


def as_object(keys: Sequence[str], *, reverse: bool = False) -> Callable[[Sequence[object]], object]:
    def render(parts: Sequence[object]) -> object:
        pairs = list(zip(keys, parts, strict=True))
        return dict(pairs[::-1] if reverse else pairs)

    return render


RENDERINGS: list[Callable[[Sequence[object]], object]] = [
    *(
        as_line(between, end)
        for between in (" ", ", ", ",", "  ", " - ", ": ", " | ", ". ", " → ", " -> ", "、", "\t")
        for end in ("", ".", " ")
    ),
    list,
    lambda parts: [str(part) for part in parts],
    *(as_object(keys) for keys in KEYS),
    as_object(KEYS[0], reverse=True),
    lambda parts: json.dumps(as_object(KEYS[0])(parts)),
    lambda parts: {"label": " ".join(map(str, parts))},
    lambda parts: {str(parts[0]): f"{parts[1]} {parts[2]}"},
    lambda parts: f"entry {parts[0]}: category {parts[1]}, sentiment: {parts[2]}",
    lambda parts: f"- {parts[0]} {parts[1]} {parts[2]}",
    lambda parts: f"#{parts[0]} ({parts[1]}) **{parts[2]}**",
    lambda parts: as_object((*KEYS[0], "reason"))([*parts, "They say so."]),
    lambda parts: f"<{parts[0]}> <{parts[1]}> <{parts[2]}>",
    lambda parts: f"No. {parts[0]} | {parts[1]} | {parts[2]} |",
    lambda parts: f"entry={parts[0]} category={parts[1]} sentiment={parts[2]}",
    lambda parts: f"{parts[0]} {parts[1]} {parts[2]} - they say so",
    lambda parts: [parts[0], [parts[1:]]],
    lambda parts: {"entry": parts[0], "topics": [{"sentiment": parts[2], "category": parts[1]}]},
    lambda parts: {f"entry {parts[0]}": parts[1:]},
    lambda parts: f"| **{parts[0]}** | **{parts[1]}** | **{parts[2]}** | they say so |",
    lambda parts: f"row {parts[0]}: {parts[1]} {parts[2]} 0.95 😡",
    lambda parts: f"{parts[0]}\u200b {parts[1]} {parts[2]} (they say so)",
]
LISTS: list[Callable[[list[object]], object]] = [
    lambda entries: entries,
    json.dumps,
    lambda entries: json.dumps(entries, indent=2),
    lambda entries: {"type": "array", "items": entries},
    lambda entries: f"```json\n{json.dumps(entries)}\n```",
    lambda entries: f"{json.dumps(entries)}\n</parameter>\n</invoke>",
    lambda entries: json.dumps(entries)[:-1] + ",]",
    repr,
]
WRAPPERS: list[Callable[[object], object]] = [
    json.dumps,
    lambda value: json.dumps(value, indent=1, ensure_ascii=False),
    lambda value: {"properties": value},
    lambda value: {"type": "object", "properties": value, "required": ["labels"]},
    lambda value: {"input": value},
    lambda value: {"arguments": value},
    lambda value: {"parameters": value, "name": TOOL},
    lambda value: {TOOL: value},
    lambda value: {"tool_calls": [{"function": {"name": TOOL, "arguments": value}}]},
    lambda value: [value],
    lambda value: f"```json\n{json.dumps(value)}\n```",
    lambda value: f"<answer>{json.dumps(value)}</answer>",
    lambda value: f"\ufeff{json.dumps(value)}<|eot_id|>",
    repr,
]


def tool_call(name: str) -> Callable[[object], Content]:
    return lambda value: [
        {"text": "I call it."},
        {"toolUse": {"toolUseId": "1", "name": name, "input": value}},
    ]


def text_block(before: str, after: str) -> Callable[[object], Content]:
    return lambda value: [{"text": f"{before}{json.dumps(value)}{after}"}]


TOOLS = (TOOL, f"functions.{TOOL}", "labelFeedback", TOOL.upper())
CONTENTS: list[Callable[[object], Content]] = [
    *map(tool_call, TOOLS),
    text_block("", ""),
    text_block("Here is the JSON:\n```json\n", "\n```\nI hope it helps [1]."),
    text_block("```\n", "```"),
    text_block('<thinking>\nAn object {"labels": []} is asked for.\n</thinking>\n', ""),
    text_block("First I think {of} it.</think>", ""),
    lambda value: [
        {"reasoningContent": {"reasoningText": {"text": '{"labels": ["1 1 mixed"]}'}}},
        *text_block("", "")(value),
    ],
]
PROSE = text_block("Sure, here you are: ", " Is that all?")
renderings = st.sampled_from(RENDERINGS)
wrapped = st.tuples(st.sampled_from(LISTS), st.lists(st.sampled_from(WRAPPERS), max_size=4))


def content_of(value: object, data: st.DataObject, tool: str = TOOL) -> Content:
    """Prose around it is drawn only where the JSON is an object, for a string in prose is a quotation.

    Nor does a fence stand around a fence.
    """
    forms = [*CONTENTS, PROSE] if isinstance(value, dict) else CONTENTS
    if "```" in json.dumps(value):
        forms = [*map(tool_call, TOOLS), text_block("", "")]
    content = data.draw(st.sampled_from(forms), label="content")(value)
    called = {"toolUse": {"name": tool, "input": value}}
    return data.draw(st.sampled_from([content, [called, called]]), label="twice")


def wrapped_in(value: object, wrappers: Sequence[Callable[[object], object]]) -> object:
    for wrapper in wrappers:
        value = wrapper(value)
    return value
