"""What a transaction announces is published after its commit, or by the sweeper."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typing_extensions import override

from shared.changes import lifecycle
from shared.contracts.events import BusEvent, EventType, ModelEvent
from shared.contracts.messages import Destination
from shared.contracts.notices import WrittenNotice
from shared.platform.database import Database, Transaction
from shared.platform.publisher import NotTaken, Publisher
from tests.integration.lifecycle_world import ID, SOURCE, events, start


class FakeBus:
    def __init__(self, refuse: set[str]) -> None:
        self.refuse = refuse
        self.entries: list[dict[str, str]] = []

    def put_events(self, *, Entries: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
        self.entries += Entries
        return {"Entries": [{"ErrorCode": "x"} if e["DetailType"] in self.refuse else {} for e in Entries]}


class FakeQueue:
    def __init__(self, refuse: str = "nothing", status: int = 400) -> None:
        self.bodies: list[str] = []
        self.refuse = refuse
        self.status = status

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, str]:
        # By its subject: a notice's id is drawn at random, and may spell a word.
        if json.loads(MessageBody).get("subject") == self.refuse:
            raise refusal("SendMessage", self.status)
        self.bodies.append(MessageBody)
        return {}


def refusal(operation: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": "Invalid"}, "ResponseMetadata": metadata}, operation)


def publishing(database: Database, bus: Any, queue: Any) -> Database:
    """The same database with somewhere to publish to."""
    urls = {Destination.NOTIFY: "notify", Destination.INGEST: "ingest"}
    return Database(database._settings, database._secret, publisher=Publisher(bus, "insights", queue, urls))


def announce(database: Database, *messages: BusEvent | WrittenNotice) -> None:
    def work(tx: Transaction) -> None:
        for message in messages:
            tx.announce(message)

    database.transact(work)


def notices(*subjects: str) -> list[WrittenNotice]:
    return [WrittenNotice(subject=subject, message="-") for subject in subjects]


def test_what_the_bus_refused_is_published_by_the_sweeper(database: Database) -> None:
    bus = FakeBus(refuse={"ExecutionStarted"})
    database = publishing(database, bus, FakeQueue())
    start(database, 1)
    bus.refuse = set()
    assert database.publish_left_over(timedelta(0)) == 1
    assert database.publish_left_over(timedelta(0)) == 0
    assert json.loads(bus.entries[-1]["Detail"])["execution_id"] == ID


@pytest.mark.parametrize("refused", [1, 10, 25])
def test_the_sweeper_says_what_code_the_bus_refuses_events_with_and_publishes_the_others(
    database: Database, refused: int
) -> None:
    """EventBridge answers 200 then, and an outbox that nothing leaves would alarm nobody."""
    bus = FakeBus(refuse={"ModelAvailable"})
    model = ModelEvent(model_id="m", cause="c")
    announce(database, *[BusEvent(type=EventType.MODEL_AVAILABLE, detail=model)] * refused)
    announce(database, BusEvent(type=EventType.MODEL_UNAVAILABLE, detail=model))

    with pytest.raises(NotTaken, match=r"^PutEvents: x$"):
        publishing(database, bus, FakeQueue()).publish_left_over(timedelta(0))
    bus.refuse = set()
    assert publishing(database, bus, FakeQueue()).publish_left_over(timedelta(0)) == refused


def test_what_is_announced_goes_out_after_the_commit_and_is_marked(database: Database) -> None:
    bus = FakeBus(refuse=set())
    announcing = publishing(database, bus, FakeQueue())

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        assert bus.entries == []

    announcing.transact(work)

    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]
    assert announcing.publish_left_over(timedelta(0)) == 0


def test_a_transaction_that_is_rolled_back_announces_nothing(database: Database) -> None:
    bus = FakeBus(refuse=set())

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        raise LookupError

    with pytest.raises(LookupError):
        publishing(database, bus, FakeQueue()).transact(work)
    assert (events(database), bus.entries) == ([], [])


def test_events_that_arrived_are_marked_although_a_queue_refuses_what_comes_after_them(
    database: Database,
) -> None:
    bus, queue = FakeBus(refuse=set()), FakeQueue(refuse="bad", status=503)
    database = publishing(database, bus, queue)

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, ID, "feedback", SOURCE)
        tx.announce(WrittenNotice(subject="bad", message="-"))

    database.transact(work)

    queue.refuse = "nothing"
    assert database.publish_left_over(timedelta(0)) == 1
    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]


def test_a_message_that_a_queue_will_never_take_keeps_no_other(database: Database) -> None:
    queue = FakeQueue(refuse="bad")
    announce(database, *notices("one", "bad", "two"))
    with pytest.raises(ClientError):
        publishing(database, FakeBus(refuse=set()), queue).publish_left_over(timedelta(0))
    assert [json.loads(body)["subject"] for body in queue.bodies] == ["one", "two"]


def test_a_queue_that_is_away_is_not_asked_for_each_message(database: Database) -> None:
    queue = FakeQueue(refuse="one", status=503)
    announce(database, *notices("one", "two"))
    with pytest.raises(ClientError):
        publishing(database, FakeBus(refuse=set()), queue).publish_left_over(timedelta(0))
    assert queue.bodies == []


def test_an_event_that_the_bus_will_never_take_keeps_no_other(database: Database) -> None:
    class Bus(FakeBus):
        @override
        def put_events(self, *, Entries: Sequence[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
            if any(entry["DetailType"] == "ModelAvailable" for entry in Entries):
                raise refusal("PutEvents", 400)
            return super().put_events(Entries=Entries)

    bus = Bus(refuse=set())
    start(database, 1)
    too_large = BusEvent(type=EventType.MODEL_AVAILABLE, detail=ModelEvent(model_id="m", cause="c"))
    announce(database, too_large)
    with pytest.raises(ClientError):
        publishing(database, bus, FakeQueue()).publish_left_over(timedelta(0))
    assert [entry["DetailType"] for entry in bus.entries] == ["ExecutionStarted"]


def test_a_message_holds_no_character_that_sqs_refuses(database: Database) -> None:
    queue = FakeQueue()
    announce(publishing(database, FakeBus(refuse=set()), queue), *notices("a\uffff"))
    assert "\uffff" not in queue.bodies[0]
    assert json.loads(queue.bodies[0])["subject"] == "a\uffff"
