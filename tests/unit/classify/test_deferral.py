from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.classify.deferral import LONGEST_SECONDS, Deferred, defer, postpone, send
from services.classify.incoming import Incoming

URLS = {"feedback": "https://feedback", "feedback-bulk": "https://bulk"}


class Queue:
    def __init__(self, fails: Sequence[str] = ()) -> None:
        self.fails = set(fails)
        self.batches: list[tuple[str, Sequence[Mapping[str, Any]]]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self.batches.append((QueueUrl, Entries))
        return {"Failed": [{"Id": entry["Id"]} for entry in Entries if entry["MessageBody"] in self.fails]}


def message(body: str = "b", deferrals: int = 0, queue: str = "feedback") -> Incoming:
    return Incoming(body, body, f"arn:aws:sqs:r:1:{queue}", deferrals=deferrals)


@pytest.mark.parametrize(
    "deferrals, shortest, longest", [(0, 2, 4), (1, 4, 8), (3, 16, 32), (5, 45, 90), (1999, 45, 90)]
)
def test_the_delay_grows_with_each_deferral_up_to_a_limit(
    deferrals: int, shortest: int, longest: int
) -> None:
    assert defer(message(deferrals=deferrals), chance=0).delay == shortest
    assert defer(message(deferrals=deferrals), chance=1).delay == longest
    assert defer(message(deferrals=deferrals), chance=0.5).deferrals == deferrals + 1


def test_the_longest_delay_is_one_that_sqs_takes_and_that_ends_soon_after_an_outage() -> None:
    assert LONGEST_SECONDS <= 120 <= 900


def test_a_record_for_which_time_ran_out_is_not_counted_as_deferred() -> None:
    postponed = postpone(message(deferrals=3), chance=1)

    assert (postponed.delay, postponed.deferrals) == (16, 3)


def test_copies_go_to_the_queue_that_they_came_from_ten_at_a_time() -> None:
    queue = Queue()
    deferred = [Deferred(message(str(number)), 5, 1) for number in range(12)]
    deferred.append(Deferred(message("bulk", queue="feedback-bulk"), 7, 2))

    assert send(queue, URLS, deferred) == []

    assert [(url, len(entries)) for url, entries in queue.batches] == [
        ("https://feedback", 10),
        ("https://feedback", 2),
        ("https://bulk", 1),
    ]
    assert queue.batches[2][1][0] == {
        "Id": "0",
        "MessageBody": "bulk",
        "DelaySeconds": 7,
        "MessageAttributes": {"deferrals": {"DataType": "Number", "StringValue": "2"}},
    }


def test_copies_of_large_messages_travel_in_smaller_parcels() -> None:
    queue = Queue()

    send(queue, URLS, [Deferred(message(letter * 150_000), 5, 1) for letter in "ab"])

    assert [len(entries) for _, entries in queue.batches] == [1, 1]


def test_a_copy_that_was_not_sent_is_reported() -> None:
    lost, kept = message("lost"), message("kept")

    assert send(Queue(["lost"]), URLS, [Deferred(lost, 1, 1), Deferred(kept, 1, 1)]) == [lost]
