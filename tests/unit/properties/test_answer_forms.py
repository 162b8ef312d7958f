"""Whatever an answer is wrapped in, it means what it means bare: right ones right, wrong ones wrong."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from services.categorize.merging import destinations, read_merges
from shared.contracts.taxonomy import NewCategory, Sentiment
from shared.model.answer_reader import payload
from shared.model.label_answers import check
from shared.model.label_lines import Label
from shared.model.label_prompt import TOOL
from tests.builders import a_category

NAMES = ("Delivery", "Late – again, twice", "Price: too high", "3 for 2", "Größe", "COVID-19")
Entry = tuple[int, int, str]
"""Number, category, sentiment."""
Content = list[dict[str, Any]]

KEYS = [
    ("entry", "category", "sentiment"),
    ("id", "label", "sentiment"),
    ("Number", "Category", "Sentiment"),
    ("record", "class", "tone"),
    ("a", "b", "c"),
]


def _line(between: str, end: str) -> Callable[[Sequence[object]], object]:
    return lambda parts: between.join(map(str, parts)) + end


def _object(keys: Sequence[str], *, reverse: bool = False) -> Callable[[Sequence[object]], object]:
    def render(parts: Sequence[object]) -> object:
        pairs = list(zip(keys, parts, strict=True))
        return dict(pairs[::-1] if reverse else pairs)

    return render


RENDERINGS: list[Callable[[Sequence[object]], object]] = [
    *(
        _line(between, end)
        for between in (" ", ", ", ",", "  ", " - ", ": ", " | ", ". ", " → ", " -> ", "、", "\t")
        for end in ("", ".", " ")
    ),
    list,
    lambda parts: [str(part) for part in parts],
    *(_object(keys) for keys in KEYS),
    _object(KEYS[0], reverse=True),
    lambda parts: json.dumps(_object(KEYS[0])(parts)),
    lambda parts: {"label": " ".join(map(str, parts))},
    lambda parts: {str(parts[0]): f"{parts[1]} {parts[2]}"},
    lambda parts: f"entry {parts[0]}: category {parts[1]}, sentiment: {parts[2]}",
    lambda parts: f"- {parts[0]} {parts[1]} {parts[2]}",
    lambda parts: f"#{parts[0]} ({parts[1]}) **{parts[2]}**",
    lambda parts: _object((*KEYS[0], "reason"))([*parts, "They say so."]),
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
CASES = [str, str.upper, str.title]
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


def _tool(name: str) -> Callable[[object], Content]:
    return lambda value: [
        {"text": "I call it."},
        {"toolUse": {"toolUseId": "1", "name": name, "input": value}},
    ]


def _text(before: str, after: str) -> Callable[[object], Content]:
    return lambda value: [{"text": f"{before}{json.dumps(value)}{after}"}]


TOOLS = (TOOL, f"functions.{TOOL}", "labelFeedback", TOOL.upper())
CONTENTS: list[Callable[[object], Content]] = [
    *map(_tool, TOOLS),
    _text("", ""),
    _text("Here is the JSON:\n```json\n", "\n```\nI hope it helps [1]."),
    _text("```\n", "```"),
    _text('<thinking>\nAn object {"labels": []} is asked for.\n</thinking>\n', ""),
    _text("First I think {of} it.</think>", ""),
    lambda value: [
        {"reasoningContent": {"reasoningText": {"text": '{"labels": ["1 1 mixed"]}'}}},
        *_text("", "")(value),
    ],
]
PROSE = _text("Sure, here you are: ", " Is that all?")

renderings = st.sampled_from(RENDERINGS)
wrapped = st.tuples(st.sampled_from(LISTS), st.lists(st.sampled_from(WRAPPERS), max_size=4))


def _content(value: object, data: st.DataObject, tool: str = TOOL) -> Content:
    """Prose around it is drawn only where the JSON is an object, for a string in prose is a quotation.

    Nor does a fence stand around a fence.
    """
    forms = [*CONTENTS, PROSE] if isinstance(value, dict) else CONTENTS
    if "```" in json.dumps(value):
        forms = [*map(_tool, TOOLS), _text("", "")]
    content = data.draw(st.sampled_from(forms), label="content")(value)
    called = {"toolUse": {"name": tool, "input": value}}
    return data.draw(st.sampled_from([content, [called, called]]), label="twice")


def _wrap(value: object, wrappers: Sequence[Callable[[object], object]]) -> object:
    for wrapper in wrappers:
        value = wrapper(value)
    return value


def meant(entries: Sequence[Entry], asked: Sequence[int]) -> Mapping[int, Label]:
    """What such entries mean, said the other way round."""
    named = Counter(number for number, _, _ in entries)
    if any(number not in asked for number in named) or len(entries) > len(asked):
        return {}
    if asked[0] not in named or asked[-1] not in named:
        return {}
    return {
        number: Label(category, Sentiment(sentiment))
        for number, category, sentiment in entries
        if named[number] == 1 and category <= len(NAMES) and sentiment in list(Sentiment)
    }


@st.composite
def asked_and_said(draw: st.DrawFn) -> tuple[list[int], list[Entry]]:
    """Numbers that were asked, and an answer: right, or wrong in one or more places."""
    asked = sorted(draw(st.sets(st.integers(10, 99), min_size=2, max_size=6)))
    categories = st.integers(0, len(NAMES))
    sentiments = st.sampled_from([each.value for each in Sentiment])
    said = [(number, draw(categories), draw(sentiments)) for number in asked]
    for fault in draw(
        st.lists(st.sampled_from(["shift", "anew", "twice", "out", "range", "word"]), max_size=2)
    ):
        at = draw(st.integers(0, max(0, len(said) - 1)))
        if not said:
            break
        number, category, sentiment = said[at]
        if fault == "shift":
            said = [(each[0] + 1, *each[1:]) for each in said]
        elif fault == "anew":
            said = [(place, *each[1:]) for place, each in enumerate(said)]
        elif fault == "twice":
            said.insert(at, (number, 1, "mixed"))
        elif fault == "out":
            del said[at]
        else:
            wrong = (
                (number, len(NAMES) + 1, sentiment) if fault == "range" else (number, category, "delighted")
            )
            said[at] = wrong
    return asked, said


@given(asked_and_said(), renderings, st.sampled_from(CASES), st.booleans(), wrapped, st.data())
def test_labels_mean_the_same_in_every_form(
    case: tuple[list[int], list[Entry]],
    rendering: Callable[[Sequence[object]], object],
    letters: Callable[[str], str],
    by_name: bool,
    wrapping: tuple[Callable[[list[object]], object], list[Callable[[object], object]]],
    data: st.DataObject,
) -> None:
    asked, said = case
    as_list, wrappers = wrapping
    entries = [
        rendering([n, NAMES[c - 1] if by_name and 0 < c <= len(NAMES) else c, letters(sentiment)])
        for n, c, sentiment in said
    ]
    value = _wrap({"labels": as_list(entries)}, wrappers)

    answer = payload(_content(value, data), TOOL)

    assert check(answer, asked, NAMES) == meant(said, asked)


@given(asked_and_said(), st.lists(st.sampled_from(WRAPPERS), max_size=3), st.data())
def test_an_object_keyed_by_numbers_is_a_list_and_so_are_lines_of_text(
    case: tuple[list[int], list[Entry]], wrappers: list[Callable[[object], object]], data: st.DataObject
) -> None:
    asked, said = case
    keyed = {str(number): f"{category} {sentiment}" for number, category, sentiment in said}
    lines = "\n".join(" ".join(map(str, each)) for each in said)

    for value, entries in (({"labels": keyed}, _unique(said)), ({"labels": lines}, said)):
        answer = payload(_content(_wrap(value, wrappers), data), TOOL)

        assert check(answer, asked, NAMES) == meant(entries, asked)


def _unique(said: Sequence[Entry]) -> list[Entry]:
    """As an object holds them: of equal keys the last."""
    return [(number, *rest) for number, rest in {n: (c, s) for n, c, s in said}.items()]


@given(asked_and_said(), asked_and_said(), st.data())
def test_two_answers_that_differ_are_none(
    first: tuple[list[int], list[Entry]], second: tuple[list[int], list[Entry]], data: st.DataObject
) -> None:
    asked, said = first
    other = second[1]
    one, two = ({"labels": [" ".join(map(str, each)) for each in entries]} for entries in (said, other))
    form = data.draw(
        st.sampled_from([{"input": one, "arguments": two}, f"{json.dumps(one)} or {json.dumps(two)}"])
    )

    answer = payload([{"text": form}] if isinstance(form, str) else _tool(TOOL)(form), TOOL)

    assert check(answer, asked, NAMES) == (meant(said, asked) if one == two else {})


CATEGORIES = [a_category(10 * place, name) for place, name in enumerate(NAMES, 1)]
QUESTION = Question(["a", "b", "c"], CATEGORIES, {})
VERDICTS: list[Mapping[str, Any]] = [
    {
        "verdict": "NEW",
        "category": 0,
        "name": "Tent poles break",
        "description": "In wind.",
        "examples": [2, 1],
    },
    {"verdict": "SAME_AS", "category": 3, "name": "", "description": "", "examples": []},
    {"verdict": "MIXED", "category": 0, "name": "", "description": "", "examples": []},
    {"verdict": "SAME_AS", "category": 9, "name": "", "description": "", "examples": []},
    {"verdict": "NEW", "category": 0, "name": "Other issues", "description": "", "examples": []},
    {"verdict": "PERHAPS", "category": 0, "name": "", "description": "", "examples": []},
]


@given(
    st.sampled_from(VERDICTS),
    st.sampled_from([str, str.lower, str.title, lambda word: word.replace("_", " ") + "."]),
    st.sampled_from([str, str.upper, str.title]),
    st.dictionaries(
        st.sampled_from(["reasoning", "confidence", "kind"]), st.none() | st.text() | st.integers()
    ),
    st.lists(st.sampled_from(WRAPPERS), max_size=4),
    st.data(),
)
def test_a_verdict_means_the_same_in_every_form(
    verdict: Mapping[str, Any],
    letters: Callable[[str], str],
    keys: Callable[[str], str],
    extra: Mapping[str, object],
    wrappers: list[Callable[[object], object]],
    data: st.DataObject,
) -> None:
    said = {keys(key): value for key, value in verdict.items()} | {
        keys("verdict"): letters(verdict["verdict"])
    }

    answer = payload(_content(_wrap({**extra, **said}, wrappers), data, "judge_theme"), "judge_theme")

    assert read_verdict(answer, QUESTION) == read_verdict(verdict, QUESTION)


@given(
    st.lists(
        st.sampled_from(["1 into proposal 2", "3 into category 1", "2 into category 9", "x"]), max_size=3
    ),
    st.sampled_from(LISTS),
    st.lists(st.sampled_from(WRAPPERS), max_size=4),
    st.data(),
)
def test_merges_mean_the_same_in_every_form(
    lines: list[str],
    as_list: Callable[[list[object]], object],
    wrappers: list[Callable[[object], object]],
    data: st.DataObject,
) -> None:
    names = [NewCategory(name=name) for name in ("Loud fan", "Fan noise", "Loose plug")]
    value = _wrap({"merges": as_list(list(lines))}, wrappers)

    found = read_merges(payload(_content(value, data, "merge_themes"), "merge_themes"))

    assert found == lines
    assert destinations(found, names, CATEGORIES) == destinations(lines, names, CATEGORIES)
