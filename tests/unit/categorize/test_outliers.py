import numpy as np

from services.categorize.clusters import CategoryVectors, cluster
from services.categorize.decisions import Decision
from services.categorize.grouping import Floats
from services.categorize.outliers import without_outliers
from shared.contracts.taxonomy import NewCategory
from tests.unit.categorize.vectors import blobs

HERE, THERE = blobs(2, 12)[:12], blobs(2, 12)[12:]
OUTLIER = 9
ROWS: dict[int, Floats] = dict(enumerate([*HERE[:8], THERE[0]], 1))
KNOWN = {1: CategoryVectors(words=THERE[1], rows=cluster(list(THERE[1:])))}
THEME = Decision(row_ids=tuple(ROWS), new=NewCategory(name="New"), example_ids=(1, OUTLIER))


def test_a_row_clearly_nearer_to_a_categorys_rows_stays_unknown() -> None:
    [kept] = without_outliers([THEME], ROWS, KNOWN, at_least=8)
    assert (kept.row_ids, kept.example_ids) == (tuple(range(1, 9)), (1,))


def test_a_labelled_row_that_is_nearer_to_a_category_is_asked_again_like_others() -> None:
    """Its own text decides; it is no row that says what the category is."""
    unknown = tuple(row_id for row_id in ROWS if row_id != OUTLIER)
    theme = Decision(unknown, labelled_ids=(OUTLIER,), new=NewCategory(name="New"), example_ids=(1, OUTLIER))

    [kept] = without_outliers([theme], ROWS, KNOWN, at_least=9)

    assert (kept.row_ids, kept.labelled_ids, kept.example_ids) == (unknown, (OUTLIER,), (1,))


def test_a_new_category_that_is_too_small_without_its_outliers_waits() -> None:
    assert without_outliers([THEME], ROWS, KNOWN, at_least=9) == []


def test_rows_that_are_of_a_category_after_all_go_there_as_decided() -> None:
    same = Decision(row_ids=tuple(ROWS), category_id=1)
    assert without_outliers([same], ROWS, KNOWN, at_least=9) == [same]


def test_without_rows_of_categories_no_row_is_an_outlier() -> None:
    known = {1: CategoryVectors(words=THERE[1])}
    assert without_outliers([THEME], ROWS, known, at_least=9) == [THEME]


def test_a_row_without_a_vector_stays_where_it_is() -> None:
    vectors = {row_id: vector for row_id, vector in ROWS.items() if row_id != OUTLIER}
    assert without_outliers([THEME], vectors, KNOWN, at_least=9) == [THEME]


def test_a_theme_beside_a_category_keeps_its_rows() -> None:
    """As near to another's rows as to each other: not clearly nearer."""
    rows: dict[int, Floats] = dict(enumerate(HERE[:8], 1))
    known = {1: CategoryVectors(words=HERE[8], rows=cluster(list(HERE[8:])))}
    theme = Decision(row_ids=tuple(rows), new=NewCategory(name="New"))
    assert len(without_outliers([theme], rows, known, at_least=1)[0].row_ids) == len(np.unique(list(rows)))
