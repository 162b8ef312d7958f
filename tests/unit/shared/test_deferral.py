"""Copies of messages: when they are seen again, what they carry, and when there are no more."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.contracts.errors import DatabaseUnavailable, OutOfTime
from shared.contracts.execution import Usage
from shared.platform.deferral import (
    AWAY,
    BUSY_DATABASE,
    BUSY_MODEL,
    DISCOVERY,
    Copy,
    Policy,
    come_back_soon,
    defer,
    next_copy,
    postpone,
    send_copies,
)
from shared.platform.named_lock import LockBusy
from shared.platform.received import Received, received

URL = "https://feedback"
DOWN = DatabaseUnavailable("no server")
POLICIES = (AWAY, BUSY_DATABASE, BUSY_MODEL, DISCOVERY)


class Queue:
    """SQS that notes what it is asked, and does not take messages with these bodies."""

    def __init__(self, fails: Sequence[str] = (), error: Exception | None = None) -> None:
        self.fails, self.error = set(fails), error
        self.batches: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
        self.asked: list[dict[str, Any]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self.batches.append((QueueUrl, Entries))
        failed = [entry for entry in Entries if entry["MessageBody"] in self.fails]
        return {"Failed": [{"Id": entry["Id"], "Code": "x", "SenderFault": True} for entry in failed]}

    def change_message_visibility(self, **arguments: Any) -> None:
        self.asked.append(arguments)
        if self.error:
            raise self.error


def message(body: str = "b", **counted: Any) -> Received:
    return Received(body, body, "handle", **counted)


def made(copy: Copy | None) -> tuple[int, int, int]:
    assert copy is not None
    return copy.delay, copy.deferrals, copy.hops


@pytest.mark.parametrize(
    "policy, delays",
    [
        (AWAY, [30, 90, 270, 810, 900, 900]),
        (BUSY_MODEL, [4, 8, 16, 32, 64, 90]),
        (DISCOVERY, [15, 30, 60, 120, 240, 480]),
    ],
)
def test_the_delay_grows_with_each_deferral_up_to_a_limit(policy: Policy, delays: list[int]) -> None:
    assert [made(defer(message(deferrals=n), policy, chance=0))[0] for n in range(6)] == delays


@pytest.mark.parametrize("policy", POLICIES)
def test_the_longest_delay_is_one_that_sqs_takes(policy: Policy) -> None:
    assert policy.delay(policy.max_deferrals - 1, chance=0) == policy.longest_seconds <= 900


def test_delays_for_a_busy_model_end_soon_after_the_outage() -> None:
    assert BUSY_MODEL.longest_seconds <= 120


@pytest.mark.parametrize(
    "policy, shortest", [(AWAY, [24, 27, 30]), (BUSY_MODEL, [2, 3, 4]), (DISCOVERY, [8, 11, 15])]
)
def test_what_failed_together_does_not_come_back_together(policy: Policy, shortest: list[int]) -> None:
    assert [policy.delay(0, chance) for chance in (1, 0.5, 0)] == shortest


@pytest.mark.parametrize("policy", POLICIES)
def test_after_its_last_copy_a_message_is_given_up(policy: Policy) -> None:
    most = policy.max_deferrals
    assert made(defer(message(deferrals=most - 1), policy, 0))[1:] == (most, 1)
    assert defer(message(deferrals=most), policy, 0) is None


@pytest.mark.parametrize("error", [DOWN, LockBusy(), OutOfTime()])
def test_a_copy_is_one_of_the_message_that_failed(error: Exception) -> None:
    failed = message("failed")
    copy = next_copy(failed, error, DISCOVERY, 0, kept=True)
    assert copy is not None
    assert copy.of is failed


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("error", [DOWN, LockBusy(), OutOfTime()])
def test_no_message_goes_round_for_ever(policy: Policy, error: Exception) -> None:
    assert next_copy(message(hops=policy.max_hops - 1), error, policy, 0, kept=True) is not None
    assert next_copy(message(hops=policy.max_hops), error, policy, 0, kept=True) is None


def test_a_message_is_worn_by_deferrals_or_by_hops() -> None:
    worn = [message(deferrals=400), message(hops=400), message(deferrals=399, hops=399)]
    assert [AWAY.is_worn(each) for each in worn] == [True, True, False]


def test_an_attempt_that_kept_something_begins_to_count_anew() -> None:
    assert made(next_copy(message(deferrals=10, hops=20), DOWN, DISCOVERY, 0, kept=True)) == (15, 1, 21)


def test_an_attempt_that_kept_something_and_ran_out_of_time_goes_on_at_once() -> None:
    assert made(next_copy(message(deferrals=3, hops=1), OutOfTime(), DISCOVERY, 0.5, kept=True)) == (0, 0, 2)


def test_an_attempt_that_ran_out_of_time_and_kept_nothing_counts() -> None:
    assert next_copy(message(deferrals=10), OutOfTime(), DISCOVERY, 0) is None


@pytest.mark.parametrize("chance, delay", [(0, 20), (0.5, 30), (1, 40)])
def test_waiting_for_who_does_the_same_work_is_nobodys_failure(chance: float, delay: int) -> None:
    assert made(next_copy(message(deferrals=10), LockBusy(), DISCOVERY, chance)) == (delay, 10, 1)


def test_where_a_policy_names_no_time_for_it_waiting_for_others_counts() -> None:
    assert made(next_copy(message(), LockBusy(), AWAY, 0)) == (30, 1, 1)


def test_a_record_for_which_time_ran_out_is_not_counted_as_deferred() -> None:
    assert [made(postpone(message(deferrals=3), BUSY_MODEL, chance)) for chance in (0, 1)] == [
        (1, 3, 1),
        (16, 3, 1),
    ]


def test_a_copy_of_what_was_not_tried_counts_its_receives_on_and_one_of_what_failed_does_not() -> None:
    queue: Any = Queue()
    copies = [
        each(message(receives=receives), BUSY_MODEL, 0) for each in (postpone, defer) for receives in (1, 4)
    ]

    send_copies(queue, URL, [copy for copy in copies if copy])

    carried = [entry["MessageAttributes"].get("receives") for entry in queue.batches[0][1]]
    assert carried == [None, {"DataType": "Number", "StringValue": "3"}, None, None]


def test_each_copy_of_a_forged_message_says_so() -> None:
    queue: Any = Queue()
    copies = [
        each(message(forged=forged), BUSY_MODEL, 0) for each in (postpone, defer) for forged in (True, False)
    ]

    send_copies(queue, URL, [copy for copy in copies if copy])

    carried = [entry["MessageAttributes"].get("forged") for entry in queue.batches[0][1]]
    assert carried == [{"DataType": "Number", "StringValue": "1"}, None] * 2


def test_copies_are_sent_ten_at_a_time_with_their_group_and_their_numbers() -> None:
    queue: Any = Queue()
    copies = [Copy(message(str(number)), 5, 1, 1) for number in range(12)]
    copies.append(Copy(message("last", message_group="file-1"), 7, 2, 3))

    assert send_copies(queue, URL, copies) == []

    assert [(url, len(entries)) for url, entries in queue.batches] == [(URL, 10), (URL, 3)]
    assert queue.batches[1][1][2] == {
        "Id": "2",
        "MessageBody": "last",
        "MessageGroupId": "file-1",
        "DelaySeconds": 7,
        "MessageAttributes": {
            "deferrals": {"DataType": "Number", "StringValue": "2"},
            "hops": {"DataType": "Number", "StringValue": "3"},
        },
    }


def test_copies_of_large_messages_travel_in_smaller_parcels() -> None:
    queue: Any = Queue()

    send_copies(queue, URL, [Copy(message(letter * 150_000), 5, 1, 1) for letter in "ab"])

    assert [len(entries) for _, entries in queue.batches] == [1, 1]


def test_a_message_without_a_copy_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.queue_batches._ATTEMPTS", 1)
    queue: Any = Queue()
    queue.send_message_batch = lambda QueueUrl, Entries: {"Failed": [{"Id": "0", "Code": "InternalError"}]}
    lost, kept = message("lost"), message("kept")

    assert send_copies(queue, URL, [Copy(lost, 1, 1, 1), Copy(kept, 1, 1, 1)]) == [lost]


def test_every_batch_reports_its_messages_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    queue: Any = Queue(fails=["refused"])
    monkeypatch.setattr("shared.platform.queue_batches.BATCH_ENTRIES", 1)
    three = [message("refused", receives=receives) for receives in (1, 2, 3)]

    assert send_copies(queue, URL, [Copy(each, 1, 1, 1) for each in three]) == three


def test_a_batch_that_sqs_calls_invalid_leaves_all_its_messages_without_a_copy() -> None:
    queue: Any = Queue(fails=["refused"])
    both = [message("refused"), message("beside")]

    assert send_copies(queue, URL, [Copy(each, 1, 1, 1) for each in both]) == both


@pytest.mark.parametrize("receives, seconds", [(1, 30), (2, 90), (3, 270), (4, 810), (5, 900), (50, 900)])
def test_a_message_that_failed_comes_back_later_each_time(receives: int, seconds: int) -> None:
    queue: Any = Queue()

    come_back_soon(queue, "https://q", message(receives=receives), AWAY)

    assert queue.asked == [{"QueueUrl": "https://q", "ReceiptHandle": "handle", "VisibilityTimeout": seconds}]


def test_where_it_cannot_be_asked_for_the_visibility_timeout_decides() -> None:
    queue: Any = Queue(error=ClientError({"Error": {"Code": "AccessDenied"}}, "ChangeMessageVisibility"))

    come_back_soon(queue, "https://q", message(), AWAY)

    assert len(queue.asked) == 1


def test_what_calls_cost_travels_with_every_further_copy_until_it_is_written() -> None:
    owed = Usage(calls=3, input_tokens=1_234_567, output_tokens=9, estimated_cost=Decimal("0.123456789"))
    queue: Any = Queue()
    first = message(owed=owed, receives=5)
    copies = [
        defer(first, BUSY_MODEL, 0),
        postpone(first, BUSY_MODEL, 0),
        next_copy(first, OutOfTime(), BUSY_MODEL, 0, kept=True),
    ]

    send_copies(queue, URL, [copy for copy in copies if copy])

    assert len(queue.batches[0][1]) == 3
    for entry in queue.batches[0][1]:
        attributes = {
            name: {"stringValue": value["StringValue"]} for name, value in entry["MessageAttributes"].items()
        }
        again = received({"messageId": "m", "body": "b", "messageAttributes": attributes})
        assert again.owed == owed
        assert len(attributes) <= 10
