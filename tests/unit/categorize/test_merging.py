"""New themes that mean the same, or what there is already, are merged."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from services.categorize.decisions import merge_candidates
from services.categorize.merging import MOST_CATEGORIES, destinations, merge, read_merges
from shared.contracts.taxonomy import NewCategory
from shared.model.bedrock import Model
from shared.model.bedrock_client import ModelBusy, ModelRefused
from shared.model.cost_estimate import estimate_tokens
from shared.stores.discovery_store import Theme, Verdict, VerdictKind
from tests.builders import a_category
from tests.unit.categorize.fakes import FakeBedrock, failure

NOVA = "amazon.nova-lite-v1:0"


TROUBLE = pytest.mark.parametrize(
    "code, status",
    [
        ("ModelErrorException", 424),
        ("ValidationException", 400),
        ("ModelTimeoutException", 408),
        ("InternalServerException", 500),
        ("ACodeOfTomorrow", 400),
    ],
)


@TROUBLE
def test_names_that_the_model_cannot_compare_are_merged_where_they_are_equal(code: str, status: int) -> None:
    bedrock = FakeBedrock()
    bedrock.errors = [failure(code, status)] * 2

    lines, used = merge(Model(bedrock, NOVA), NAMES, KNOWN)

    assert (lines, used.calls) == (None, 2)


@TROUBLE
def test_what_meets_everybody_is_no_answer_about_names(code: str, status: int) -> None:
    bedrock = FakeBedrock()
    bedrock.errors = [failure(code, status)] * 3

    with pytest.raises((ModelBusy, ModelRefused)):
        merge(Model(bedrock, NOVA), NAMES, KNOWN)


def test_names_are_asked_about_once_more() -> None:
    bedrock = FakeBedrock(merges=["2 into proposal 1"])
    bedrock.errors = [failure("ModelTimeoutException", 408)]

    lines, used = merge(Model(bedrock, NOVA), NAMES, KNOWN)

    assert (lines, used.calls) == (["2 into proposal 1"], 2)


@pytest.mark.parametrize("code, status", [("ThrottlingException", 429), ("ServiceUnavailableException", 503)])
def test_what_is_about_everybody_is_waited_for_at_once(code: str, status: int) -> None:
    bedrock = FakeBedrock()
    bedrock.errors = [failure(code, status)]

    with pytest.raises(ModelBusy):
        merge(Model(bedrock, NOVA), NAMES, KNOWN)


@pytest.mark.parametrize(
    "entry",
    [
        "2 into proposal 1",
        "2 into Proposal 1.",
        "Proposal 2 into proposal 1",
        "2, into, proposal, 1",
        [2, "into", "proposal", 1],
        {"from": 2, "into": "proposal 1"},
        {"proposal": 2, "action": "into", "what": "proposal", "number": 1},
        {"merge": "2 into proposal 1"},
        "2 -> proposal 1",
        "proposal 2 → proposal 1",
        "Proposal #2 merges into proposal #1",
        "2 is the same as proposal 1",
        {"from": 2, "to": "proposal 1"},
        "merge 2 into proposal number 1",
        "2 (Fan noise) into proposal 1 (Loud fan)",
        "9 into proposal 9; 2 into proposal 1",
        "9 into category 9, proposal 2 into proposal 1",
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, json.dumps, lambda v: {"merge_themes": v}])
def test_a_merge_is_read_in_whatever_form_it_comes(entry: object, wrap: Callable[[object], object]) -> None:
    lines = read_merges(wrap({"merges": [entry]}))

    assert lines is not None
    assert destinations(lines, NAMES, KNOWN).proposal == {0: 0, 1: 0, 2: 2, 3: 3}


NAMES = [NewCategory(name=name) for name in ("Loud fan", "Fan noise", "Loose plug", "Dim lamp")]
KNOWN = [a_category(7, "Delivery"), a_category(9, "Fan")]


def test_proposals_go_where_the_model_says() -> None:
    ends = destinations(["2 into proposal 1", "3 into category 1"], NAMES, KNOWN)
    assert ends.proposal == {0: 0, 1: 0, 2: 2, 3: 3}
    assert {at: found.id for at, found in ends.category.items()} == {2: 7}


def test_a_proposal_that_becomes_a_category_takes_along_what_went_into_it() -> None:
    for lines in (["2 into proposal 1", "1 into category 2"], ["1 into category 2", "1 into proposal 2"]):
        ends = destinations(lines, NAMES, KNOWN)
        assert {at: found.id for at, found in ends.category.items()} == {0: 9, 1: 9}


@pytest.mark.parametrize(
    "line",
    [
        "1 into 2",
        "9 into proposal 1",
        "1 into proposal 9",
        "1 into category 5",
        "0 into proposal 1",
        "1 not into proposal 2",
        "x",
    ],
)
def test_a_line_that_names_nothing_is_passed_over(line: str) -> None:
    ends = destinations([line], NAMES, KNOWN)
    assert (ends.proposal, ends.category) == ({0: 0, 1: 1, 2: 2, 3: 3}, {})


def test_a_circle_of_merges_ends_in_one_proposal() -> None:
    ends = destinations(["1 into proposal 2", "2 into proposal 3", "3 into proposal 1"], NAMES, KNOWN)
    assert len({ends.proposal[0], ends.proposal[1], ends.proposal[2]}) == 1


def test_equal_names_are_one_whatever_the_model_said() -> None:
    names = [NewCategory(name="Loud fan"), NewCategory(name="loud  FAN!"), NewCategory(name="delivery")]
    ends = destinations([], names, KNOWN)
    assert ends.proposal[1] == 0
    assert ends.category[2].id == 7


def test_a_category_with_other_rows_is_not_joined_for_its_name() -> None:
    ends = destinations(["1 into category 2"], NAMES, KNOWN, unlike=[{9}, (), (), ()])
    assert ends.category == {}


def theme(number: int, *category_ids: int) -> Theme:
    new = Verdict(kind=VerdictKind.NEW, name=f"Theme {number}")
    return Theme(number=number, row_ids=(), shown_ids=(), category_ids=category_ids, verdict=new)


def test_names_are_compared_to_the_categories_nearest_to_any_new_theme_the_nearest_first() -> None:
    known = {number: a_category(number, f"Category {number}") for number in range(1, 10)}
    found = merge_candidates([theme(1, 5, 6, 7), theme(2, 9, 5, 8)], known)
    assert [each.id for each in found] == [5, 9, 6, 7, 8]


def test_however_many_and_long_the_categories_are_merging_them_fits_into_a_prompt() -> None:
    long = "word " * 200
    known = {
        n: a_category(n, f"{n} {long}"[:200]).model_copy(update={"description": long}) for n in range(2000)
    }
    themes = [theme(number, *range(20 * number, 20 * number + 20)) for number in range(100)]
    candidates = merge_candidates(themes, known)
    assert len(candidates) == MOST_CATEGORIES
    # Every theme has its nearest ones among them.
    assert {each.id for each in candidates} >= {
        20 * number + rank for number in range(100) for rank in range(3)
    }
    sent: list[str] = []

    class Listening(FakeBedrock):
        @override
        def converse(self, **request: Any) -> Any:
            sent.append(request["messages"][0]["content"][0]["text"])
            return super().converse(**request)

    proposals = [NewCategory(name=f"Theme {number}", description=long[:999]) for number in range(100)]
    lines, _ = merge(
        Model(Listening(merges=["1 into category 300"]), "amazon.nova-lite-v1:0"), proposals, candidates
    )
    assert lines == ["1 into category 300"]
    assert estimate_tokens(sent[0]) < 50_000
