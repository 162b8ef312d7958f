"""The frame of a queue's function: partial responses, copies, giving up."""

import json
from collections.abc import Sequence

import pytest

from shared.contracts.errors import DatabaseUnavailable, OutOfTime, PermanentError
from shared.platform.consumer import Attempt, BatchConsumer, Consumer
from shared.platform.deferral import AWAY, DISCOVERY
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from tests.unit.shared.consuming import URL, Queue, consuming, deliver, failing


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("OWN_QUEUE_URL", URL)
    return Queue()


def test_a_consumer_is_a_name_a_parser_and_one_function(queue: Queue) -> None:
    """Written as one would write a new one: settings, parse, one function."""

    def open_counts(telemetry: Telemetry) -> dict[str, int]:
        telemetry.logger.info("opened")
        return {}

    def parse_word(body: str) -> str:
        word: str = json.loads(body)["word"]
        return word

    def count_word(counts: dict[str, int], word: str, _: Attempt) -> None:
        counts[word] = counts.get(word, 0) + 1

    consumer = Consumer("words", open_counts, parse_word, count_word, AWAY)

    assert deliver(consumer.handler, '{"word": "a"}', "no JSON", '{"word": "a"}') == ["no JSON"]
    assert consumer.dependencies() == {"a": 2}


def test_each_message_fails_by_itself(queue: Queue) -> None:
    done: list[str] = []
    consumer = consuming(queue, lambda _, message, __: done.append(message))

    assert deliver(consumer.handler, "a", "nonsense", "b") == ["nonsense"]

    assert done == ["a", "b"]
    assert (queue.copies, queue.asked) == ([], [30])


def test_where_the_world_is_at_fault_a_copy_waits_and_the_message_is_done(queue: Queue) -> None:
    consumer = consuming(queue, failing(DatabaseUnavailable("gone")))

    assert deliver(consumer.handler, "a", deferrals=2, hops=2) == []

    assert queue.carried == [{"deferrals": "3", "hops": "3"}]
    assert 216 <= queue.copies[0]["DelaySeconds"] <= 270


@pytest.mark.parametrize("spoil", ["broken queue", "too many copies"])
def test_without_a_copy_the_message_comes_back_by_its_visibility(queue: Queue, spoil: str) -> None:
    queue.broken = spoil == "broken queue"
    consumer = consuming(queue, failing(DatabaseUnavailable("gone")))

    again = deliver(consumer.handler, "a", deferrals=400 if spoil == "too many copies" else 0)

    assert (again, queue.copies, queue.asked) == (["a"], [], [30])


@pytest.mark.parametrize("unknown", ["no queue", "no policy"])
def test_what_has_no_queue_or_no_policy_waits_for_its_visibility_timeout(
    queue: Queue, unknown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if unknown == "no queue":
        monkeypatch.delenv("OWN_QUEUE_URL")
    policy = None if unknown == "no policy" else AWAY
    consumer = consuming(queue, failing(DatabaseUnavailable("gone")), policy)

    assert deliver(consumer.handler, "a") == ["a"]
    assert (queue.copies, queue.asked) == ([], [])


@pytest.mark.parametrize(
    "error, counted, reason",
    [
        (PermanentError("never"), {}, "never"),
        (DatabaseUnavailable("gone"), {"deferrals": 10}, "gone"),
        (ValueError("a bug"), {"receives": 4}, "it crashed again and again"),
    ],
)
def test_what_is_tried_no_more_is_given_up_and_done(
    queue: Queue, error: Exception, counted: dict[str, int], reason: str
) -> None:
    given_up: list[tuple[str, str]] = []
    consumer = consuming(
        queue, failing(error), DISCOVERY, give_up=lambda _, message, why: given_up.append((message, why))
    )

    assert deliver(consumer.handler, "a", **counted) == []

    assert given_up == [("a", reason)]
    assert queue.copies == []


@pytest.mark.parametrize("receives", [1, 3])
def test_a_crash_is_not_given_up_before_the_last_receive(queue: Queue, receives: int) -> None:
    given_up: list[str] = []
    consumer = consuming(
        queue, failing(ValueError()), DISCOVERY, give_up=lambda _, message, __: given_up.append(message)
    )

    assert deliver(consumer.handler, "a", receives=receives) == ["a"]
    assert given_up == []
    # What would be given up within minutes waits for its visibility timeout instead.
    assert queue.asked == []


def test_an_attempt_that_kept_something_goes_on_at_once(queue: Queue) -> None:
    consumer = consuming(queue, failing(OutOfTime(), kept=True), DISCOVERY)

    assert deliver(consumer.handler, "a", deferrals=9, hops=9) == []

    assert queue.carried == [{"deferrals": "0", "hops": "10"}]
    assert "DelaySeconds" not in queue.copies[0]


@pytest.mark.parametrize("counted", [True, False])
def test_what_fails_goes_back_and_counts_where_no_other_alarm_sees_it(
    queue: Queue, counted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    consumer = consuming(queue, failing(ValueError("a customer's word")), None, counted=counted)

    assert deliver(consumer.handler, "a", "b") == ["a", "b"]
    assert ("MessagesFailed" in capsys.readouterr().out) is counted


def test_an_attempt_begins_nothing_that_may_not_end() -> None:
    attempt = Attempt(lambda: 10, Received("m", "b"))

    attempt.check_time(10)
    with pytest.raises(OutOfTime):
        attempt.check_time(10.5)


def test_a_batch_is_worked_on_whole_and_answers_for_what_failed(queue: Queue) -> None:
    seconds: list[float] = []

    def work(_: list[str], messages: Sequence[Received], seconds_left: float) -> set[Received]:
        seconds.append(seconds_left)
        return {each for each in messages if each.body != "good"}

    consumer: BatchConsumer[list[str]] = BatchConsumer("test", lambda _: [], work)

    assert deliver(consumer.handler, "good", "z", "a") == ["a", "z"]
    assert seconds == [60]
