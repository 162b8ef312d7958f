"""Verdicts and merges mean the same in whatever form they come."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.categorize.judge_question import Question
from services.categorize.judging import read_verdict
from services.categorize.merging import destinations, read_merges
from shared.contracts.taxonomy import NewCategory
from shared.model.answer_reader import payload
from tests.builders import a_category
from tests.unit.properties.answer_wrapping import LISTS, NAMES, WRAPPERS, content_of, wrapped_in

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

    answer = payload(content_of(wrapped_in({**extra, **said}, wrappers), data, "judge_theme"), "judge_theme")

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
    value = wrapped_in({"merges": as_list(list(lines))}, wrappers)

    found = read_merges(payload(content_of(value, data, "merge_themes"), "merge_themes"))

    assert found == lines
    assert destinations(found, names, CATEGORIES) == destinations(lines, names, CATEGORIES)
