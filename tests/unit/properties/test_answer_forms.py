"""Labels mean the same in whatever form they come: right ones right, wrong ones wrong."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.taxonomy import Sentiment
from shared.model.answer_reader import payload
from shared.model.label_answers import check
from shared.model.label_lines import Label
from shared.model.label_prompt import TOOL
from tests.unit.properties.answer_wrapping import (
    NAMES,
    WRAPPERS,
    content_of,
    renderings,
    tool_call,
    wrapped,
    wrapped_in,
)

Entry = tuple[int, int, str]
"""Number, category, sentiment."""
CASES = [str, str.upper, str.title]


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
    value = wrapped_in({"labels": as_list(entries)}, wrappers)

    answer = payload(content_of(value, data), TOOL)

    assert check(answer, asked, NAMES) == meant(said, asked)


@given(asked_and_said(), st.lists(st.sampled_from(WRAPPERS), max_size=3), st.data())
def test_an_object_keyed_by_numbers_is_a_list_and_so_are_lines_of_text(
    case: tuple[list[int], list[Entry]], wrappers: list[Callable[[object], object]], data: st.DataObject
) -> None:
    asked, said = case
    keyed = {str(number): f"{category} {sentiment}" for number, category, sentiment in said}
    lines = "\n".join(" ".join(map(str, each)) for each in said)

    for value, entries in (({"labels": keyed}, _unique(said)), ({"labels": lines}, said)):
        answer = payload(content_of(wrapped_in(value, wrappers), data), TOOL)

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

    answer = payload([{"text": form}] if isinstance(form, str) else tool_call(TOOL)(form), TOOL)

    assert check(answer, asked, NAMES) == (meant(said, asked) if one == two else {})
