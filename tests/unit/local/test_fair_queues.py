"""How the local queues are served: as the SQS developer guide describes fair queues."""

from typing import Any

import pytest

from local.fair_queues import FairQueue

START = 1_000_000.0


class Queue:
    """A queue of the emulator, its consumers, and a clock."""

    def __init__(self) -> None:
        self.fair = FairQueue()
        self.now = START
        self.messages: list[dict[str, Any]] = []

    def send(self, group: str | None, count: int, delay: float = 0) -> None:
        for _ in range(count):
            visible = self.now + delay
            self.messages.append({"group_id": group, "visible_at": visible, "receive_count": 0})

    def receive(self, most: int = 10, hidden: float = 720) -> list[dict[str, Any]]:
        chosen: list[Any] = self.fair.choose(self.messages, self.now, most)
        for each in chosen:
            each["visible_at"] = self.now + hidden
            each["receive_count"] += 1
        return chosen

    def take(self, most: int = 10) -> list[str | None]:
        """The groups of the messages that are received, and stay in flight."""
        return [each["group_id"] for each in self.receive(most)]

    def done(self, messages: list[dict[str, Any]]) -> None:
        self.messages = [each for each in self.messages if not any(each is other for other in messages)]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_who_comes_behind_one_that_keeps_the_queue_busy_is_served_first(queue: Queue) -> None:
    queue.send("large", 1000)
    for _ in range(4):
        queue.take()
    queue.send("small", 12)

    assert queue.take() == ["small"] * 10
    assert queue.take() == ["small"] * 2 + ["large"] * 8


def test_a_group_with_fewer_than_30_messages_in_flight_is_not_noisy_by_their_number(queue: Queue) -> None:
    queue.send("large", 100)
    queue.take(29)
    queue.send("small", 1)
    assert queue.take(1) == ["large"]

    assert queue.take(1) == ["small"]


def test_a_group_with_a_tenth_of_the_messages_in_flight_is_not_noisy(queue: Queue) -> None:
    for number in range(9):
        queue.send(f"other-{number}", 30)
    queue.send("large", 31)
    queue.take(300)
    queue.send("large", 1)

    queue.receive(0)

    assert queue.fair.noisy == set()


def test_a_slow_group_with_few_messages_in_flight_is_noisy_by_its_time(queue: Queue) -> None:
    """Two workers with ten messages each never have 30 in flight."""
    queue.send("large", 200)
    queue.take(20)
    queue.pass_time(3)
    queue.send("small", 1)

    assert queue.take(2) == ["small", "large"]


def test_time_is_counted_though_all_is_done_when_the_next_one_looks(queue: Queue) -> None:
    queue.send("large", 200)
    batch = queue.receive()
    queue.pass_time(3)
    queue.done(batch)
    queue.send("small", 1)

    assert queue.take(2) == ["small", "large"]


def test_of_two_noisy_groups_the_one_with_fewer_in_flight_comes_first(queue: Queue) -> None:
    queue.send("first", 1000)
    queue.take(60)
    queue.send("second", 1000)

    turns = [queue.take()[0] for _ in range(10)]

    assert turns[:6] == ["second"] * 6
    assert set(turns[6:]) == {"first", "second"}


def test_a_group_is_quiet_again_when_none_of_its_messages_wait(queue: Queue) -> None:
    queue.send("large", 40)
    queue.take(39)
    queue.receive(0)
    assert queue.fair.noisy == {"large"}

    queue.take(1)
    queue.receive(0)

    assert queue.fair.noisy == set()


def test_a_group_is_quiet_again_when_none_was_in_flight_for_five_minutes(queue: Queue) -> None:
    queue.send("large", 100)
    queue.done(queue.receive(40))
    queue.pass_time(5)
    queue.receive(0)
    assert queue.fair.noisy == {"large"}
    queue.pass_time(299)
    queue.receive(0)
    assert queue.fair.noisy == {"large"}

    queue.pass_time(1)
    queue.receive(0)

    assert queue.fair.noisy == set()


def test_each_message_without_a_group_is_a_group_of_its_own(queue: Queue) -> None:
    queue.send(None, 200)
    queue.take(100)
    queue.pass_time(60)
    queue.send("small", 1)

    assert queue.take(3) == [None] * 3
    assert queue.fair.noisy == set()


def test_what_is_noisy_is_not_held_back_when_nobody_else_waits(queue: Queue) -> None:
    queue.send("large", 1000)

    assert sum(len(queue.take()) for _ in range(20)) == 200


def test_messages_of_quiet_groups_keep_their_order(queue: Queue) -> None:
    for group in ("a", "b", "a", None, "c"):
        queue.send(group, 1)

    assert queue.take() == ["a", "b", "a", None, "c"]


def test_a_delayed_message_is_neither_handed_out_nor_in_flight(queue: Queue) -> None:
    queue.send("later", 100, delay=60)
    queue.send("now", 1)
    assert queue.take() == ["now"]
    assert queue.fair.noisy == set()

    queue.pass_time(61)

    assert queue.take(1) == ["later"]


def test_a_message_whose_consumer_died_is_handed_out_again(queue: Queue) -> None:
    queue.send("large", 1)
    queue.receive(hidden=20)
    assert queue.take() == []

    queue.pass_time(21)

    assert queue.take() == ["large"]
