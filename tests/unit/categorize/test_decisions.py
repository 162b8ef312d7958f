"""Which rows a decision gives a category at once, which are asked again, and what becomes of it then."""

from functools import partial

import pytest

from services.categorize.decisions import Decision, decide, feedbacks, parted, with_moved
from shared.contracts.taxonomy import CategoryStatus, NewCategory
from shared.stores.discovery_store import Theme, Verdict, VerdictKind
from shared.stores.feedback_store.discover import PoolRow

HERE, EARLIER = "here-0123456789abcdef", "earlier-0123456789abcdef"
BATTERY = NewCategory(name="Battery dies")


def row(number: int, label: str | None = None, execution_id: str = HERE) -> PoolRow:
    return PoolRow(id=number, text_key=b"x", execution_id=execution_id, label=label)


ROWS = {
    each.id: each
    for each in (row(1), row(2, "Delivery"), row(3, "Price", EARLIER), row(4, None, EARLIER), row(5, "Price"))
}


def test_rows_are_told_apart_by_what_they_have_and_where() -> None:
    [found] = parted([Decision(row_ids=(1, 2, 3, 4, 5, 99), new=BATTERY)], ROWS, HERE)
    assert (found.row_ids, found.labelled_ids, found.seen_ids) == ((1, 4), (2, 5), (3,))
    assert set(found.judged_ids) == {1, 2, 3, 4, 5}
    assert set(found.carrier_ids) == {1, 2, 4, 5}


def test_a_row_of_a_group_that_was_assigned_to_it_besides_counts_once() -> None:
    """Another discovery labelled rows meanwhile, so that the sample is not quite the one that was grouped."""
    [found] = parted([Decision(row_ids=(1, 2), assigned_ids=(2, 1, 4), new=BATTERY)], ROWS, HERE)
    assert (found.row_ids, found.labelled_ids) == ((1, 4), (2,))


def active(*row_ids: int, name: str = "Battery dies") -> Decision:
    return Decision(row_ids=row_ids, new=NewCategory(name=name), status=CategoryStatus.ACTIVE)


@pytest.mark.parametrize("moved, kept", [({}, 0), ({7: "Battery dies"}, 1), ({7: "Charger dies"}, 0)])
def test_a_new_category_needs_enough_rows_that_really_get_it(moved: dict[int, str], kept: int) -> None:
    found = with_moved([active(1, 2)], moved, at_least=3)
    assert len(found) == kept
    assert [each.moved_ids for each in found] == [(7,)] * kept


def test_rows_of_one_group_may_be_another_new_category() -> None:
    moved = {7: "Charger dies", 8: "Battery dies", 9: "Charger dies"}
    found = with_moved([active(1), active(2, name="Charger dies")], moved, at_least=1)
    assert [each.moved_ids for each in found] == [(8,), (7, 9)]


def test_of_a_proposal_the_labelled_rows_count_unasked_for_people_decide() -> None:
    proposal = Decision(row_ids=(1,), labelled_ids=(2, 5), new=BATTERY)
    assert with_moved([proposal], {}, at_least=3) == [proposal]
    assert with_moved([proposal], {}, at_least=4) == []


def test_a_verdict_for_an_existing_category_stays() -> None:
    existing = Decision(row_ids=(), labelled_ids=(2,), category_id=4)
    assert with_moved([existing], {}, at_least=3) == [existing]


def theme(number: int, rows: int, parent: int | None = None) -> Theme:
    """A new theme, within a category if one is named."""
    kind = VerdictKind.NEW if parent is None else VerdictKind.CHILD
    verdict = Verdict(kind=kind, category_id=parent, name=f"Theme {number} breaks")
    ids = tuple(range(100 * number, 100 * number + rows))
    return Theme(number=number, row_ids=ids, shown_ids=ids[:3], category_ids=(), verdict=verdict)


@pytest.mark.parametrize(
    "themes, parent",
    [
        pytest.param([theme(1, 9, parent=5), theme(2, 8)], 5, id="the one that stays lies within it"),
        pytest.param([theme(1, 9), theme(2, 8, parent=5)], 5, id="the one that went into it does"),
        pytest.param([theme(1, 9, 5), theme(2, 8, 6)], 5, id="the larger one says which"),
        pytest.param([theme(1, 9, 5), theme(2, 8, 6), theme(3, 7, 6)], 6, id="most rows say which"),
        pytest.param([theme(1, 9), theme(2, 8)], None, id="none lies within any"),
    ],
)
def test_themes_that_are_one_category_lie_where_one_of_them_does(
    themes: list[Theme], parent: int | None
) -> None:
    lines = [f"{n} into proposal 1" for n in range(2, len(themes) + 1)]
    [found] = decide(themes, lines, {})
    assert found.parent_id == parent
    assert len(found.row_ids) == sum(len(each.row_ids) for each in themes)


SAID = {
    each.id: each
    for each in (
        PoolRow(id=1, text_key=b"a", execution_id=HERE),
        PoolRow(id=-1, text_key=b"part of a", execution_id=HERE),
        PoolRow(id=2, text_key=b"a", execution_id=HERE),
        PoolRow(id=3, text_key=b"a", execution_id=EARLIER),
        PoolRow(id=4, text_key=b"b", execution_id=EARLIER),
        PoolRow(id=-5, text_key=b"part of a", execution_id=EARLIER),
    )
}


@pytest.mark.parametrize(
    "row_ids, direct, count",
    [
        ((), (), 0),
        ((1,), (), 1),
        ((1, 2), (), 2),
        ((1, -1), (), 1),
        ((-1, 1, 2), (), 2),
        ((1, 3), (), 1),
        ((1, 2, 3), (), 2),
        ((1, 2, 3, 4), (), 3),
        ((-1, -5), (), 1),
        ((1, 2, 3), (EARLIER,), 3),
        ((1, 3), (HERE, EARLIER), 2),
        ((1, 1, 99), (), 1),
    ],
)
def test_a_feedback_counts_once_with_its_topic_and_in_files_that_were_exported_again(
    row_ids: tuple[int, ...], direct: tuple[str, ...], count: int
) -> None:
    assert feedbacks(row_ids, SAID, direct) == count


def test_a_new_category_needs_enough_feedbacks_not_rows() -> None:
    count = partial(feedbacks, rows=SAID)
    proposal = Decision(row_ids=(-1,), labelled_ids=(1, 3, 4), new=BATTERY)
    moved = {1: "Battery dies", 3: "Battery dies"}
    assert with_moved([proposal, active(-1)], moved, 3, count) == []
    assert len(with_moved([proposal], moved, 2, count)) == 1
    assert len(with_moved([active(-1, 4)], moved, 2, count)) == 1
