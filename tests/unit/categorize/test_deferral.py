from services.categorize.deferral import MAX_DEFERRALS, MAX_HOPS, Attempt, NextAttempt, next_attempt
from services.categorize.progress import OutOfTime
from shared.model.bedrock import ModelBusy
from shared.platform.named_lock import LockBusy

BUSY = ModelBusy("ThrottlingException")


def test_delays_grow_to_what_sqs_can_delay() -> None:
    delays = []
    for deferrals in range(MAX_DEFERRALS):
        following = next_attempt(Attempt(deferrals=deferrals), BUSY, came_on=False, jitter=1.0)
        assert following is not None
        delays.append(following.delay)
    assert delays[:4] == [15, 30, 60, 120]
    assert delays[-1] == 900


def test_a_model_that_is_always_busy_is_given_up() -> None:
    assert next_attempt(Attempt(deferrals=MAX_DEFERRALS), BUSY, came_on=False, jitter=0) is None


def test_an_attempt_that_came_on_begins_to_count_anew() -> None:
    following = next_attempt(Attempt(deferrals=MAX_DEFERRALS, hops=20), BUSY, came_on=True, jitter=1.0)
    assert following == NextAttempt(delay=15, deferrals=1, hops=21)


def test_an_attempt_out_of_time_goes_on_at_once() -> None:
    following = next_attempt(Attempt(hops=1), OutOfTime(), came_on=True, jitter=0.5)
    assert following == NextAttempt(delay=0, deferrals=0, hops=2)


def test_an_attempt_out_of_time_that_kept_nothing_counts() -> None:
    assert next_attempt(Attempt(deferrals=MAX_DEFERRALS), OutOfTime(), came_on=False, jitter=0) is None


def test_waiting_for_another_discovery_is_nobodys_failure() -> None:
    following = next_attempt(Attempt(deferrals=MAX_DEFERRALS), LockBusy(), came_on=False, jitter=0)
    assert following == NextAttempt(delay=20, deferrals=MAX_DEFERRALS, hops=1)


def test_no_message_goes_round_for_ever() -> None:
    assert next_attempt(Attempt(hops=MAX_HOPS), LockBusy(), came_on=False, jitter=0) is None


def test_the_fourth_receive_of_one_copy_says_that_it_crashes() -> None:
    assert [Attempt(receives=receives).crashed for receives in (1, 3, 4)] == [False, False, True]
