"""Which votes may stand for the model's answer."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice

import pytest

from services.classify.agreement import (
    AUDITED,
    AUDITED_WHEN_OPENED,
    LEVELS,
    LOOKS,
    Agreement,
    Audit,
    level_of,
    settled,
)

TARGET = 0.95
FIRST, LAST = 0, len(LEVELS) - 1


def audits(agreement: float, level: int = FIRST, seed: int = 1) -> Iterator[Audit]:
    chance = random.Random(seed)
    while True:
        yield Audit(level, chance.random() < agreement)


def after(number: int, agreement: float, known: Agreement | None = None, **more: int) -> Agreement:
    return (known or Agreement()).after(islice(audits(agreement, **more), number), TARGET)


def test_nothing_is_answered_and_each_vote_is_audited_until_an_agreement_is_shown() -> None:
    known = Agreement()

    assert not any(known.answers(level) for level in range(len(LEVELS)))
    assert known.audited == 1


def test_a_level_opens_at_a_look_and_not_before() -> None:
    assert not after(min(LOOKS) - 1, 1.0).open_levels
    assert after(min(LOOKS), 1.0).answers(FIRST)


def test_clear_votes_open_also_the_levels_below_which_nothing_contradicts() -> None:
    assert after(min(LOOKS), 1.0).open_levels == len(LEVELS)


def test_a_level_below_stays_closed_where_its_votes_are_often_wrong() -> None:
    clear, doubtful = islice(audits(1.0), 200), islice(audits(0.5, LAST), 50)

    known = Agreement().after([*clear, *doubtful], TARGET)

    assert known.answers(FIRST)
    assert not known.answers(LAST)


def test_a_vote_below_the_last_level_never_answers() -> None:
    assert level_of(LEVELS[-1] - 0.01) is None
    assert not after(min(LOOKS), 1.0).answers(None)


def test_fewer_votes_are_audited_once_a_level_is_open_and_fewer_still_in_the_next_stage() -> None:
    opened = after(min(LOOKS), 1.0)

    assert opened.audited == AUDITED_WHEN_OPENED
    assert after(max(LOOKS) - min(LOOKS), 1.0, opened).audited == AUDITED


def test_where_no_level_opens_the_audits_become_few_after_two_stages() -> None:
    known = after(max(LOOKS), TARGET)
    assert known.audited == 1

    known = after(max(LOOKS), TARGET, known)
    assert (known.audited, known.open_levels) == (AUDITED, 0)


def test_where_even_clear_votes_are_often_wrong_the_audits_become_few_at_the_first_look() -> None:
    known = after(min(LOOKS), 0.8)

    assert (known.audited, known.open_levels, known.audits) == (AUDITED, 0, 0)


def test_where_it_was_hopeless_a_level_still_opens_once_the_votes_are_better() -> None:
    assert after(max(LOOKS), 0.99, after(min(LOOKS), 0.8)).open_levels > 0


@pytest.mark.parametrize("level", [FIRST, 2, LAST])
def test_an_agreement_of_the_target_alone_opens_a_level_in_at_most_one_of_twenty_runs(level: int) -> None:
    opened = [after(max(LOOKS) + 250, TARGET, level=level, seed=seed).open_levels > 0 for seed in range(100)]

    assert sum(opened) <= 0.05 * len(opened) + 4  # two standard deviations


def test_an_agreement_well_above_the_target_opens_a_level_in_nearly_every_run() -> None:
    opened = [after(max(LOOKS), 0.985, seed=seed).open_levels > 0 for seed in range(30)]

    assert sum(opened) >= 27


def test_an_agreement_that_falls_closes_all_levels_and_what_was_learned_counts_no_more() -> None:
    known = after(max(LOOKS), 1.0)

    fallen = after(60, 0.6, known)

    assert fallen.generation == known.generation + 1
    assert (fallen.open_levels, fallen.audits, fallen.audited) == (0, 0, 1)


def test_an_agreement_that_falls_slowly_closes_them_at_the_end_of_a_stage() -> None:
    known = after(max(LOOKS), 1.0)

    assert after(2 * max(LOOKS), 0.915, known).generation > known.generation


def test_an_agreement_at_its_usual_height_closes_nothing() -> None:
    known = after(max(LOOKS), 1.0)

    generations = [after(1000, 0.975, known, seed=seed).generation for seed in range(20)]

    assert generations.count(known.generation) >= 19


def test_disagreement_about_votes_that_do_not_answer_is_no_fall() -> None:
    known = Agreement(open_levels=1, stage=2, dense=False)

    assert after(500, 0.2, known, level=LAST).generation == known.generation


def test_what_is_known_survives_its_way_through_the_database() -> None:
    known = after(300, 0.98)

    assert Agreement.model_validate_json(known.model_dump_json()) == known


@pytest.mark.parametrize(
    "answers, agrees",
    [
        (["a"], True),
        (["b"], None),
        (["b", "a"], True),
        (["b", "b"], False),
        (["b", "c"], None),
        (["b", "c", "a"], True),
        (["b", "c", "b"], False),
        (["b", "c", "d"], False),
    ],
)
def test_the_model_disagrees_when_it_says_another_thing_twice_first(
    answers: Sequence[str], agrees: bool | None
) -> None:
    assert settled(answers, "a") is agrees
