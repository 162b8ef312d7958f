from dataclasses import replace

import pytest

from evaluation import metrics
from evaluation.dataset import LabelledRow
from evaluation.discovering import Discovered
from evaluation.discovery_figures import measure
from evaluation.hiding import Hiding, as_a_language_model, draw
from evaluation.model import EvaluationError
from shared.contracts.execution import Usage
from tests.builders import a_category

GOLD = ["a", "a", "b", None]
PREDICTED = ["a", "b", "b", None]


def test_precision_recall_and_f1_of_a_label() -> None:
    found = metrics.quality(GOLD, PREDICTED, "b")
    assert (found.precision, found.recall, found.rows) == (0.5, 1.0, 1)
    assert found.f1 == pytest.approx(2 / 3)


def test_unknown_is_measured_as_a_label_is() -> None:
    assert metrics.quality(GOLD, ["a", None, "b", None], None).precision == 0.5


def test_a_label_that_is_never_given_has_no_quality() -> None:
    assert metrics.quality(["a"], [None], "a").f1 == 0


def test_accuracy_and_macro_f1() -> None:
    assert metrics.accuracy(GOLD, PREDICTED) == 0.75
    assert metrics.macro_f1(GOLD, PREDICTED) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_the_most_frequent_confusion_comes_first() -> None:
    assert metrics.confusions(["a", "a", "b"], ["b", "b", "a"]) == [("a", "b", 2), ("b", "a", 1)]


@pytest.mark.parametrize("first, second, p", [(0, 0, 1.0), (5, 5, 1.0), (0, 10, 2 / 1024), (1, 9, 22 / 1024)])
def test_mcnemars_exact_p(first: int, second: int, p: float) -> None:
    one = [True] * first + [False] * second + [True] * 3
    other = [False] * first + [True] * second + [True] * 3
    found = metrics.mcnemar(one, other)
    assert (found.only_first, found.only_second) == (first, second)
    assert found.p == pytest.approx(p)


def test_the_same_groups_agree_whatever_they_are_called() -> None:
    assert metrics.adjusted_rand_index([1, 1, 2, 2], ["x", "x", "y", "y"]) == 1


def test_groups_that_cross_agree_less_than_by_chance() -> None:
    assert metrics.adjusted_rand_index([1, 1, 2, 2], [1, 2, 1, 2]) == pytest.approx(-0.5)


ROWS = [
    LabelledRow(f"text {n}", label) for n, label in enumerate(["Fan"] * 10 + ["Plug"] * 5 + ["Price"] * 5)
]
HIDING = Hiding(
    hidden=frozenset({"Fan", "Plug"}),
    visible=(a_category(1, "Price"),),
    labels=tuple([None] * 15 + [None] * 2 + ["Price"] * 3),
)


def discovered(*new: tuple[str, tuple[int, ...]], existing: dict[int, str] | None = None) -> Discovered:
    return Discovered(new, existing or {}, len(new), Usage())


def test_a_category_is_found_by_enough_of_its_rows_in_a_pure_proposal() -> None:
    figures = measure(ROWS, HIDING, discovered(("Loud fan", tuple(range(8))), ("Loose plug", (10, 8, 9))))
    assert figures.found == 0.5
    assert figures.before == 3 / 20
    assert figures.after == (3 + 8) / 20


def test_a_proposal_of_rows_that_have_a_category_is_a_duplicate_and_an_error() -> None:
    figures = measure(ROWS, HIDING, discovered(("Too dear", (15, 16))))
    assert (figures.duplicates, figures.after) == (1.0, 3 / 20)


def test_rows_that_are_given_their_own_category_after_all_are_right() -> None:
    figures = measure(ROWS, HIDING, discovered(existing={15: "Price", 16: "Price"}))
    assert figures.after == 5 / 20


def test_of_two_proposals_for_one_category_only_the_better_counts() -> None:
    halves = (("Loud fan", tuple(range(6))), ("Fan noise", tuple(range(6, 10))))
    assert measure(ROWS, HIDING, discovered(*halves)).after == (3 + 6) / 20


def test_a_proposal_of_rows_that_truly_have_no_category_is_no_duplicate() -> None:
    rows = [*ROWS, *(LabelledRow(f"odd {n}", None) for n in range(4))]
    hiding = replace(HIDING, labels=(*HIDING.labels, *[None] * 4))
    figures = measure(rows, hiding, discovered(("Something odd", (20, 21, 22)), ("Too dear", (15, 16))))
    assert (figures.proposals, figures.duplicates, figures.without) == (2, 0.5, 1)
    assert figures.after == figures.before == (3 + 4) / 24


def test_only_categories_of_enough_rows_are_hidden() -> None:
    rows = [LabelledRow(str(n), name) for name, count in SIZES.items() for n in range(count)]
    categories = [a_category(n, name) for n, name in enumerate(SIZES, 1)]
    drawn = {draw(rows, categories, 2, seed)[0] for seed in range(10)}
    assert drawn == {frozenset({"Fan", "Plug"})}
    with pytest.raises(EvaluationError, match="2 of 4 have 20 rows or more"):
        draw(rows, categories, 3, seed=0)


SIZES = {"Fan": 20, "Plug": 21, "Price": 19, "Delivery": 0}


def test_hidden_rows_are_mostly_unknown_and_others_mostly_not() -> None:
    rows = [LabelledRow(str(n), name) for name in ("Fan", "Plug", "Price") for n in range(400)]
    categories = [a_category(n, name) for n, name in enumerate(("Fan", "Plug", "Price"), 1)]
    drawn = as_a_language_model(rows, categories, hide=1, seed=3)
    assert drawn == as_a_language_model(rows, categories, hide=1, seed=3)
    hidden = [
        label is None for row, label in zip(rows, drawn.labels, strict=True) if row.label in drawn.hidden
    ]
    others = [
        label is None for row, label in zip(rows, drawn.labels, strict=True) if row.label not in drawn.hidden
    ]
    assert 0.8 < sum(hidden) / len(hidden) < 0.9
    assert 0.05 < sum(others) / len(others) < 0.15
    assert not drawn.hidden & set(drawn.labels)
