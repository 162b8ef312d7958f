import pytest

from services.classify.health import STARVED_SECONDS, THROTTLED_SECONDS, THROTTLES, Health, shape


def test_a_usable_answer_ends_a_row_of_unusable_ones() -> None:
    health = Health()
    for _ in range(3):
        health.not_used("nonsense")
    health.told = health.unusable

    health.used()

    assert (health.unusable, health.told) == (0, 0)


def test_a_shape_shows_the_form_of_an_answer_and_quotes_nobody() -> None:
    assert shape({"Größe": "4,5 \u201c\u4e2d\u6587\u201d \U0001f600\n"}) == "{'aaaaa': '9,9 aa \\a'}"


def test_a_shape_has_160_characters_at_most() -> None:
    assert shape("word " * 1000) == f"'{'aaaa ' * 1000}"[:160]


def test_a_burst_of_throttled_calls_and_one_hours_later_are_no_outage() -> None:
    health = Health()
    for _ in range(THROTTLES - 1):
        health.throttled("ThrottlingException", 0.0)

    health.throttled("ThrottlingException", 7200.0)

    assert not health.is_starved
    for _ in range(THROTTLES):
        health.throttled("ThrottlingException", 7200.0 + THROTTLED_SECONDS)
    assert health.is_starved


@pytest.mark.parametrize("gap", [60.0, 240.0, 300.0])
def test_a_quarter_of_an_hour_of_few_throttled_calls_is_an_outage_until_a_call_is_answered(
    gap: float,
) -> None:
    health, now, starved = Health(), 100.0, []
    while now < 100 + STARVED_SECONDS:
        health.throttled("ThrottlingException", now)
        starved.append(health.is_starved)
        now += gap

    health.throttled("ThrottlingException", now)
    starved.append(health.is_starved)

    assert starved == [False] * (len(starved) - 1) + [True]
    assert health.throttles < THROTTLES
    health.answered()
    assert not health.is_starved
    health.throttled("ThrottlingException", now)
    assert not health.is_starved


def test_throttled_calls_that_are_too_far_apart_are_never_one_outage() -> None:
    health = Health()
    for number in range(100):
        health.throttled("ThrottlingException", 301.0 * number)
        assert not health.is_starved


@pytest.mark.parametrize(
    "last, counted",
    [(360.0, (3, 0.0, 360.0)), (360.5, (1, 360.5, 0.0))],
    ids=["five minutes after the one before", "later"],
)
def test_a_throttled_call_goes_on_a_row_within_five_minutes_and_begins_one_then(
    last: float, counted: tuple[int, float, float]
) -> None:
    health = Health()

    for now in (0.0, 60.0, last):
        health.throttled("ThrottlingException", now)

    assert (health.throttles, health.throttled_since, health.throttled_seconds) == counted
