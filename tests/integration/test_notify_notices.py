"""What people are told besides reports, and the handler that all of it comes through."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from services.notify import handler, notices
from shared.changes import lifecycle
from shared.contracts.events import EventType
from shared.contracts.messages import Audience, Destination, DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import WrittenNotice
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from shared.stores import mail_store
from shared.stores.mail_store import HeldMail
from tests.builders import a_source
from tests.integration.notify_case import ID, FakeClient, Office, an_office, an_outcome, categorized, find
from tests.integration.notify_function import ending, envelope, invoke, news

NOTICE = WrittenNotice(id=17, subject="Corrections: 3 rows changed", message="All of them.")


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with mock_aws():
        office = an_office(database)
        monkeypatch.setattr(handler.consumer, "dependencies", lambda: office.deps)
        yield office


def test_of_a_model_that_ends_people_are_told_once_for_each_stage(office: Office) -> None:
    assert invoke(ending(60), ending(60), ending(30), ending(60)) == []

    assert [mail["Subject"] for mail in office.mails] == [
        "maker.m ends in 60 days",
        "maker.m ends in 30 days",
    ]
    assert {mail["TopicArn"].rpartition(":")[2] for mail in office.mails} == {"operators"}


def test_a_batch_is_handled_message_by_message(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])

    failed = invoke(
        TrackerWaiting(execution_id=ID, task_token="token").model_dump_json(),
        "nonsense",
        envelope(EventType.EXECUTION_CATEGORIZED),
        NOTICE.model_dump_json(),
    )

    assert failed == ["1"]
    assert [mail["Subject"] for mail in office.mails] == [
        "Feedback report: 1 row - reviews.csv",
        "Corrections: 3 rows changed",
    ]
    assert [call.name for call in office.states.calls] == ["send_task_success"]


def test_a_batch_of_which_all_fail_goes_back_whole(office: Office) -> None:
    assert invoke("nonsense", "{}") == ["0", "1"]


def test_what_failed_is_seen_again_soon_and_what_went_well_is_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[tuple[str, str]] = []
    queue(office, monkeypatch)
    monkeypatch.setattr(
        "shared.platform.consumer.come_back_soon",
        lambda sqs, url, message, policy: again.append((url, message.message_id)),
    )

    invoke(NOTICE.model_dump_json(), "nonsense")

    assert again == [("https://sqs/notify", "1")]


def test_a_notice_outlives_an_outage_of_sns_and_is_told_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = queue(office, monkeypatch)
    office.topic.error = EndpointConnectionError(endpoint_url="https://sns")

    assert invoke(NOTICE.model_dump_json(), name="first") == []

    [sent] = [call.arguments for call in copies.calls if call.name == "send_message_batch"]
    [copy] = sent["Entries"]
    assert (sent["QueueUrl"], copy["MessageBody"]) == ("https://sqs/notify", NOTICE.model_dump_json())
    carried = {key: each["StringValue"] for key, each in copy["MessageAttributes"].items()}
    assert carried == {"deferrals": "1", "hops": "1"}

    office.topic.error = None
    # The copy, and the first message once more: its acknowledgement was lost.
    assert invoke(copy["MessageBody"], attributes=carried, name="copy") == []
    assert invoke(NOTICE.model_dump_json(), name="first") == []

    assert len(office.mails) == 1


def test_a_notice_that_its_publisher_sent_twice_is_told_once(office: Office) -> None:
    """The publisher died before it marked the outbox's rows, and the sweeper published them again."""
    database = office.deps.database
    words = WrittenNotice(subject="Two of them", message="in the same words")
    for _ in range(2):
        database.transact(lambda tx: tx.announce(words))
    for _ in range(2):
        database.transact(lambda tx: tx.execute("UPDATE outbox SET published_at = NULL"))
        sqs = FakeClient()
        urls = {Destination.NOTIFY: "https://sqs/notify"}
        database.publisher = Publisher(FakeClient(), "insights", sqs, urls)
        database.publish_left_over(timedelta(0))
        assert invoke(*(call.arguments["MessageBody"] for call in sqs.calls), name="another-id") == []

    assert len(office.mails) == 2


def test_two_notices_of_the_same_words_are_both_told(office: Office) -> None:
    invoke(NOTICE.model_dump_json(), NOTICE.model_copy(update={"id": 18}).model_dump_json())

    assert len(office.mails) == 2


def test_a_notice_without_an_id_is_known_by_its_words(office: Office) -> None:
    words = [WrittenNotice(subject="s", message=message) for message in ("one", "one", "two")]

    invoke(*(notice.model_dump_json() for notice in words))

    assert [mail["Message"] for mail in office.mails] == ["one", "two"]


def test_people_hear_once_that_an_execution_takes_long(office: Office) -> None:
    office.deps.database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", a_source()))
    message = TrackerTimedOut(execution_id=ID).model_dump_json()

    assert invoke(message, message) == []

    assert len(office.mails) == 1


def test_a_digest_comes_through_the_handler(office: Office) -> None:
    office.deps.database.transact(
        lambda tx: mail_store.admit(
            tx, "a", Audience.READERS, HeldMail(subject="A report", body="b", link="https://x"), limit=0
        )
    )

    assert invoke(DigestDue(audience=Audience.READERS).model_dump_json()) == []

    assert [(mail["Subject"], mail["Message"]) for mail in office.mails] == [("A report", "b")]


def queue(office: Office, monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """Tells the function of its own queue, which is a fake."""
    own = FakeClient()
    monkeypatch.setenv("OWN_QUEUE_URL", "https://sqs/notify")
    monkeypatch.setattr(handler.consumer, "sqs", lambda: own)
    return own


def test_a_failure_is_logged_without_the_text_that_failed(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    invoke('{"kind": "notice", "subject": "what a customer said"}')

    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert vars(record)["error"] == "UnreadableMessage"
    assert "what a customer said" not in str(vars(record))


def test_a_failed_execution_comes_through_the_handler(office: Office) -> None:
    office.deps.database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", a_source()))
    office.deps.database.transact(lambda tx: lifecycle.fail(tx, ID, "The model is gone."))

    assert invoke(envelope(EventType.EXECUTION_FAILED, reason="The model is gone.")) == []

    assert office.mails[0]["Subject"] == "Feedback file failed: reviews.csv"
    assert find(office.deps.database).notified_revision == 0


def test_a_notice_that_sns_did_not_take_is_sent_by_its_next_delivery(office: Office) -> None:
    office.topic.error = ClientError({"Error": {"Code": "InternalError"}}, "Publish")
    with pytest.raises(ClientError):
        notices.send(office.deps, NOTICE)

    office.topic.error = None
    notices.send(office.deps, NOTICE)

    assert len(office.mails) == 1


def test_people_hear_once_that_the_model_is_gone_and_once_that_it_is_back(office: Office) -> None:
    for _ in range(3):
        notices.tell_of_model(office.deps, news(EventType.MODEL_UNAVAILABLE))
    for _ in range(2):
        notices.tell_of_model(office.deps, news(EventType.MODEL_AVAILABLE))
    notices.tell_of_model(office.deps, news(EventType.MODEL_UNAVAILABLE))

    assert [mail["Subject"] for mail in office.mails] == [
        "The model does not answer: m",
        "The model answers again: m",
        "The model does not answer: m",
    ]


def test_people_hear_when_an_outage_turns_out_to_need_a_person(office: Office) -> None:
    notices.tell_of_model(office.deps, news(EventType.MODEL_UNAVAILABLE))
    cause = "AccessDeniedException"
    notices.tell_of_model(office.deps, news(EventType.MODEL_UNAVAILABLE, cause=cause, needs_person=True))

    assert len(office.mails) == 2
    assert cause in office.mails[1]["Message"]


def test_a_model_that_nobody_missed_is_not_announced(office: Office) -> None:
    notices.tell_of_model(office.deps, news(EventType.MODEL_AVAILABLE))

    assert office.mails == []
