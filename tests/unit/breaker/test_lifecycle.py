"""When people are told that a model will end, and which could follow it."""

from datetime import date, timedelta

import pytest

from services.breaker.lifecycle import Lifecycle, candidates, still_meant, warnings
from shared.model.model_table import AnswerForm, family_of, model_table

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
NAME = "anthropic.claude-haiku-4-5-20251001-v1:0"
END = date(2027, 6, 30)


def stages(models: list[Lifecycle], days: range, told: frozenset[str] = frozenset()) -> list[tuple[int, int]]:
    """Whoever looks on these days before the end: on which of them what is told."""
    found = []
    for day in days:
        due = warnings(MODEL, models, END - timedelta(days=day), told)
        found += [(day, event.stage) for event in due.values()]
        told |= due.keys()
    return found


def test_of_an_end_people_are_told_sixty_thirty_and_seven_days_before_and_once_each() -> None:
    ending = [Lifecycle(NAME, legacy=True, ends_on=END)]

    assert stages(ending, range(400, -30, -1)) == [(60, 60), (30, 30), (7, 7)]


@pytest.mark.parametrize(
    "days, told",
    [
        (range(45, 46), [(45, 60)]),  # nobody looked before
        (range(20, -1, -1), [(20, 30), (7, 7)]),
        (range(3, -1, -1), [(3, 7)]),
        (range(-5, -6, -1), [(-5, 7)]),  # it has ended
        (range(65, 28, -5), [(60, 60), (30, 30)]),  # each fifth day
        (range(61, 60, -1), []),
    ],
)
def test_days_on_which_nobody_looked_do_not_matter(days: range, told: list[tuple[int, int]]) -> None:
    assert stages([Lifecycle(NAME, ends_on=END)], days) == told


def test_an_end_that_is_put_off_is_told_anew() -> None:
    first = warnings(MODEL, [Lifecycle(NAME, ends_on=END)], END - timedelta(days=30), frozenset())
    later = [Lifecycle(NAME, ends_on=END + timedelta(days=40))]

    assert stages(later, range(30, -40, -1), frozenset(first)) == [(20, 60), (-10, 30), (-33, 7)]


def test_a_legacy_model_of_which_no_end_is_said_is_told_of_once() -> None:
    assert stages([Lifecycle(NAME, legacy=True)], range(90, 0, -1)) == [(90, 0)]
    assert stages([Lifecycle(NAME)], range(90, 0, -1)) == []


def test_each_model_behind_a_profile_is_told_of() -> None:
    models = [Lifecycle(NAME, ends_on=END), Lifecycle("anthropic.other", ends_on=END)]

    found = warnings(MODEL, models, END - timedelta(days=7), frozenset())

    assert [(event.model_id, event.name, event.days_left) for event in found.values()] == [
        (MODEL, NAME, 7),
        (MODEL, "anthropic.other", 7),
    ]


def test_what_was_told_of_a_model_that_is_asked_no_more_is_forgotten() -> None:
    assert still_meant({f"{MODEL} a", "other b"}, [MODEL]) == {f"{MODEL} a"}


@pytest.mark.parametrize(
    "model_id",
    [MODEL, "amazon.nova-lite-v1:0", "eu.anthropic.claude-haiku-5-5", "mistral.mistral-7b-instruct-v0:2"],
)
def test_candidates_are_as_sure_and_of_the_same_maker_first(model_id: str) -> None:
    own = family_of(model_id)
    found = candidates(model_id, model_table())
    sure = list(AnswerForm)

    assert 3 <= len(found) <= 6
    assert all(sure.index(AnswerForm(each.answer_form)) <= sure.index(own.answer_form) for each in found)
    assert not any(own.has(each.name) or not each.output for each in found)
    maker = model_id.removeprefix("us.").removeprefix("eu.").partition(".")[0]
    makers = [each.name.partition(".")[0] == maker for each in found]
    assert makers == sorted(makers, reverse=True)


def test_candidates_have_the_prices_of_the_profile_that_is_used_now() -> None:
    found = candidates("eu.amazon.nova-lite-v1:0", model_table())

    assert [each.input for each in found] == [family_of(f"eu.{each.name}").input for each in found]
    assert any(each.input != family_of(each.name).input for each in found)


def test_a_model_that_the_table_does_not_have_has_candidates_too() -> None:
    assert candidates("nobody.new-model-v1:0", model_table())
