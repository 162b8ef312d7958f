"""Which groups are judged again: by their rows, by where they lie, and by how they have grown."""

from collections.abc import Sequence

import pytest

from services.categorize import remembering
from services.categorize.grouping import Floats
from services.categorize.judging import MIXED, UNJUDGED
from shared.stores.discovery_store import Theme, Verdict, VerdictKind
from shared.stores.feedback_store.discover import PoolRow
from tests.unit.categorize.vectors import blobs, on_circle

NOW = 3
NEW = Verdict(kind=VerdictKind.NEW, name="Battery drains")


def a_row(number: int, judged: tuple[int, int] | None = None, version: int = NOW) -> PoolRow:
    """A row whose text is its number; `judged` is its theme and how many rows that had."""
    key = number.to_bytes(2, "big")
    if judged is None:
        return PoolRow(id=number, text_key=key)
    return PoolRow(id=number, text_key=key, theme=judged[0], theme_rows=judged[1], taxonomy_version=version)


def a_group(
    *numbers: int, verdict: Verdict | None = None, number: int = 0, alike: Sequence[int] = ()
) -> Theme:
    return Theme(
        number=number,
        row_ids=numbers,
        shown_ids=numbers,
        category_ids=(),
        verdict=verdict,
        alike_ids=tuple(alike),
    )


def asked(
    rows: Sequence[PoolRow], vectors: Floats, *groups: Sequence[int], at_least: int = 4
) -> list[list[int]]:
    by_key = {row.text_key: vectors[row.id] for row in rows}
    themes = [a_group(*group) for group in groups]
    found = remembering.to_ask(themes, rows, by_key, NOW, at_least)
    assert [theme.number for theme in found] == list(range(1, len(found) + 1))
    return [list(theme.row_ids) for theme in found]


def test_what_was_never_judged_is_asked_about_the_largest_first() -> None:
    rows = [a_row(n) for n in range(12)]
    assert asked(rows, blobs(2, 6), range(5), range(5, 12)) == [list(range(5, 12)), list(range(5))]


def test_a_group_too_small_is_not_asked_about() -> None:
    assert asked([a_row(n) for n in range(4)], blobs(1, 4), range(3), [3]) == []


@pytest.mark.parametrize("new, again", [(4, False), (5, True)])
def test_a_theme_is_asked_about_when_it_has_grown_by_half(new: int, again: bool) -> None:
    rows = [a_row(n, (7, 10)) for n in range(10)] + [a_row(n) for n in range(10, 10 + new)]
    group = list(range(len(rows)))
    assert asked(rows, blobs(1, 15), group) == ([group] if again else [])


def test_another_version_of_the_taxonomy_asks_again() -> None:
    rows = [a_row(n, (7, 10), version=NOW - 1) for n in range(10)]
    assert asked(rows, blobs(1, 10), range(10)) == [list(range(10))]


def test_a_theme_that_falls_apart_otherwise_has_not_grown() -> None:
    rows = [a_row(n, (7, 10)) for n in range(10)] + [a_row(n) for n in range(10, 14)]
    # Most of what is new, and all of it, in a group with few of the theme's rows.
    assert asked(rows, blobs(1, 14), range(6), range(6, 14)) == []
    assert asked(rows, blobs(1, 14), range(10), range(10, 14)) == []


def test_a_large_group_of_new_rows_that_lies_where_a_theme_lies_is_not_asked_about_in_parts() -> None:
    rows = [a_row(n, (7, 40)) for n in range(40)] + [a_row(n) for n in range(40, 58)]
    assert asked(rows, blobs(1, 58), range(40), range(40, 58)) == []


def test_of_a_theme_that_has_grown_the_groups_with_what_is_new_are_asked_about() -> None:
    rows = [a_row(n, (7, 10)) for n in range(10)] + [a_row(n) for n in range(10, 15)]
    assert asked(rows, blobs(1, 15), range(6), range(6, 15)) == [list(range(6, 15))]


def test_rows_alone_that_lie_where_a_theme_lies_count_for_its_growth() -> None:
    rows = [a_row(n, (7, 10)) for n in range(10)] + [a_row(n) for n in range(10, 15)]
    assert asked(rows, blobs(1, 15), range(13), [13], [14]) == [list(range(13))]
    assert asked(rows[:-1], blobs(1, 15), range(13), [13]) == []


def test_a_theme_that_only_rows_alone_make_grow_is_asked_about() -> None:
    rows = [a_row(n, (7, 10)) for n in range(10)] + [a_row(n) for n in range(10, 15)]
    assert asked(rows, blobs(1, 15), range(10), *([n] for n in range(10, 15))) == [list(range(10))]


def test_half_of_a_theme_is_the_theme_though_it_lies_elsewhere_than_the_whole() -> None:
    rows = [a_row(n, (7, 40)) for n in range(40)] + [a_row(n) for n in range(40, 50)]
    vectors = blobs(2, 30)[[*range(20), *range(30, 60)]]
    # Two kinds were judged as one; the second has grown by half, the theme by a quarter.
    assert asked(rows, vectors, range(20), range(20, 50)) == []


def test_a_group_that_lies_elsewhere_is_new_though_it_takes_some_rows_of_a_large_theme() -> None:
    vectors = blobs(5, 10)
    # Forty rows of four kinds were judged as one; six of the fifth had been among them.
    rows = [a_row(n, (7, 46)) for n in range(46)] + [a_row(n) for n in range(46, 50)]
    assert asked(rows, vectors, range(40), range(40, 50)) == [list(range(40, 50))]


def test_a_new_kind_within_a_known_group_is_a_theme_of_its_own() -> None:
    vectors = blobs(5, 10)
    rows = [a_row(n, (7, 40)) for n in range(40)] + [a_row(n) for n in range(40, 50)]
    [part] = asked(rows, vectors, range(50))
    assert set(part) == set(range(40, 50))


def test_more_of_the_same_within_a_known_group_is_not() -> None:
    vectors = blobs(4, 14)
    new = {n for n in range(56) if n % 14 >= 10}
    rows = [a_row(n) if n in new else a_row(n, (7, 40)) for n in range(56)]
    assert asked(rows, vectors, range(56)) == []


def test_what_is_new_and_lies_beside_what_is_known_is_more_of_the_same() -> None:
    rows = [a_row(n, (7, 20)) for n in range(20)] + [a_row(n) for n in range(20, 28)]
    vectors = on_circle(*(n / 2 for n in range(20)), *(30 + n / 2 for n in range(8)))
    assert asked(rows, vectors, range(28)) == []
    elsewhere = on_circle(*(n / 2 for n in range(20)), *(60 + n / 2 for n in range(8)))
    [part] = asked(rows, elsewhere, range(28))
    assert sorted(part) == list(range(20, 28))


def test_a_new_kind_needs_as_many_new_rows_as_a_theme() -> None:
    vectors = blobs(5, 10)
    # Four of the last kind are new and two are not; two more are new elsewhere.
    rows = [a_row(n, (7, 40)) if n not in (0, 10, 42, 43, 44, 45) else a_row(n) for n in range(46)]
    assert asked(rows, vectors, range(46), at_least=6) == []
    [part] = asked(rows, vectors, range(46), at_least=4)
    assert sorted(part) == list(range(40, 46))


def test_small_groups_like_one_that_is_asked_about_are_judged_with_it() -> None:
    rows = [a_row(n) for n in range(16)]
    by_key = {row.text_key: vector for row, vector in zip(rows, blobs(2, 8), strict=True)}
    groups = [a_group(*range(6)), a_group(6, 7), a_group(*range(8, 11))]
    [theme] = remembering.to_ask(groups, rows, by_key, NOW, 4)
    assert theme.alike_ids == (6, 7)


@pytest.mark.parametrize("new, may", [(2, False), (3, True)])
def test_too_few_new_rows_can_make_no_theme(new: int, may: bool) -> None:
    rows = [a_row(n, (7, 20)) for n in range(20)] + [a_row(n) for n in range(20, 20 + new)]
    assert remembering.may_hold_new(rows, NOW, 8) is may


def test_fewer_rows_than_a_theme_has_can_make_none() -> None:
    assert not remembering.may_hold_new([a_row(n) for n in range(7)], NOW, 8)


def refused(old: int, new: int, size: int = 10) -> int | None:
    rows = [
        PoolRow(id=n, text_key=b"", theme=7, theme_rows=size, taxonomy_version=1, turned_down=70)
        for n in range(old)
    ]
    return remembering.turned_down(rows + [a_row(n) for n in range(old, old + new)])


@pytest.mark.parametrize("old, new", [(10, 0), (10, 4), (4, 4), (7, 7)])
def test_what_people_turned_down_stays_so_under_any_taxonomy(old: int, new: int) -> None:
    assert refused(old, new) == 70


@pytest.mark.parametrize("old, new", [(10, 5), (3, 4), (0, 4)])
def test_until_it_has_grown_by_half_or_is_mostly_something_else(old: int, new: int) -> None:
    assert refused(old, new) is None


def test_rows_are_remembered_with_their_theme_and_not_with_its_parts() -> None:
    whole = a_group(1, 2, 3, 4, verdict=MIXED, number=1, alike=[9])
    part = a_group(1, 2, verdict=MIXED, number=2)
    assert list(remembering.left_over([part, whole], placed=[3])) == [[1, 2, 4, 9]]


def test_what_the_model_could_not_answer_about_is_not_remembered() -> None:
    failed = a_group(1, 2, 3, 4, verdict=UNJUDGED, number=1)
    part = a_group(1, 2, verdict=MIXED, number=2)
    later = a_group(5, 6, number=3)
    assert list(remembering.left_over([failed, part, later], placed=[])) == [[1, 2]]


def test_rows_of_what_was_found_to_be_something_are_named_with_those_like_them() -> None:
    themes = [a_group(1, 2, verdict=NEW, alike=[9]), a_group(3, 4, verdict=MIXED), a_group(5, 6)]
    assert remembering.not_mixed(themes) == {1, 2, 9}
