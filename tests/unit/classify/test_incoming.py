import json
from dataclasses import replace
from typing import Any

import pytest

from services.classify.incoming import Delivery, InvalidMessage, parse, read
from shared.platform.received import Received, received
from tests.unit.classify.hostile import TEXTS

FILE = {
    "execution_id": "reviews-0123456789abcdef",
    "execution_key": "k",
    "row_number": 7,
    "profile": "feedback",
    "feedback": {"feedback": "late", "stars": 2},
}
DIRECT = {"id": "a-1", "feedback": "late", "stars": "4.5", "date": "2026-05-04T10:00:00Z"}


def incoming(body: Any) -> Received:
    return Received("m", body if isinstance(body, str) else json.dumps(body))


def raw(**fields: Any) -> dict[str, Any]:
    return {"messageId": "m", "body": "b", "eventSourceARN": "arn:aws:sqs:r:1:feedback", **fields}


def test_a_message_of_a_file_carries_its_execution_and_its_key() -> None:
    delivery = parse(incoming(FILE))

    assert delivery.record.record_id == "reviews-0123456789abcdef:7"
    assert delivery.record.execution_id == "reviews-0123456789abcdef"
    assert delivery.execution_key == "k"


def test_direct_feedback_names_no_execution() -> None:
    delivery = parse(incoming(DIRECT))

    assert delivery.record.feedback.ref_id == delivery.former_id == "a-1"
    assert delivery.record.execution_id is None
    assert delivery.execution_key is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "null",
        '"text"',
        "{",
        "[" * 50_000,
        "1" * 5_000,
        {},
        {"id": "a"},
        {"feedback": "x"},
        {"id": "a", "feedback": ""},
        {"id": "a", "feedback": "  "},
        {"id": "a b", "feedback": "x"},
        {"id": "a", "feedback": "x", "label": "Price"},
        {"id": "a", "feedback": "x", "stars": 6},
        {"id": "reviews-0123456789abcdef:7", "feedback": "x"},
        {"id": "a", "feedback": "x", "profile": "../x"},
        {"execution_id": "reviews-0123456789abcdef", "id": "a", "feedback": "x"},
        FILE | {"row_number": 0},
        FILE | {"version": 2},
        FILE | {"feedback": "x"},
        '{"id": "a", "feedback": "\\ud800"}',
    ],
)
def test_a_body_of_neither_form_is_invalid(body: Any) -> None:
    with pytest.raises(InvalidMessage):
        parse(incoming(body))


def test_an_invalid_message_says_which_field_and_never_what_was_in_it() -> None:
    with pytest.raises(InvalidMessage) as refusal:
        parse(incoming({"id": "a", "feedback": "x", "stars": "my secret"}))

    assert "stars" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_invalid_messages_block_nobody() -> None:
    deliveries, rejections = read([incoming("x"), incoming(DIRECT), incoming("{}")])

    assert [each.record.feedback.ref_id for each in deliveries] == ["a-1"]
    assert len(rejections) == 2


def test_a_message_that_breaks_the_reading_itself_blocks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse_but_stumble(message: Received, _: object) -> Delivery:
        if message.body == "x":
            raise OverflowError("my secret")
        return parse(message)

    monkeypatch.setattr("services.classify.incoming.parse", parse_but_stumble)
    deliveries, rejections = read([incoming("x"), incoming(DIRECT)])

    assert [each.record.feedback.ref_id for each in deliveries] == ["a-1"]
    assert [each.reason for each in rejections] == ["the message cannot be read"]


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()], ids=str.__len__)
def test_hostile_texts_arrive_as_they_were_sent(text: str) -> None:
    assert parse(incoming({"id": "a", "feedback": text})).record.feedback.feedback == text


def test_receives_and_deferrals_are_read_from_the_message() -> None:
    message = received(
        raw(
            attributes={"ApproximateReceiveCount": "4"},
            messageAttributes={"deferrals": {"stringValue": "12", "dataType": "Number"}},
        )
    )

    assert (message.receives, message.deferrals) == (4, 12)
    assert (received(raw()).receives, received(raw()).deferrals) == (1, 0)


@pytest.mark.parametrize("value", ["-1", "x", "", "9" * 400, "١"])
def test_a_producers_nonsense_in_our_attribute_counts_as_none(value: str) -> None:
    assert received(raw(messageAttributes={"deferrals": {"stringValue": value}})).deferrals == 0


def test_an_attribute_without_text_counts_as_none() -> None:
    assert received(raw(messageAttributes={"deferrals": {"binaryValue": "eA=="}})).deferrals == 0


@pytest.mark.parametrize("sender", ["", "AROAPRODUCER", "AROAAP", "AROAAPI2", "AROAAPI:api"])
@pytest.mark.parametrize("source", ["api:k1", "api:arn:aws:iam::1:user/b/app", "api:"])
def test_only_the_api_sends_what_came_by_the_api(sender: str, source: str) -> None:
    body = json.dumps(DIRECT | {"source": source})
    own = [Received("m", body, sender=each) for each in ("AROAAPI", "AROACLASSIFY")]
    posing = Received("p", body, sender=sender)

    taken, [refused] = read([*own, posing], ["AROAAPI", "AROACLASSIFY"])

    assert [each.message.sender for each in taken] == ["AROAAPI", "AROACLASSIFY"]
    assert refused.message == replace(posing, forged=True)
    assert refused.reason == "source: must not begin with 'api:', as those of the API do"


@pytest.mark.parametrize("source", ["", "shop", "API:k1", "rapi:k1", "api"])
def test_producers_name_any_other_source(source: str) -> None:
    message = Received("m", json.dumps(DIRECT | {"source": source}), sender="AROAPRODUCER")

    assert read([message], ["AROAAPI"])[1] == []


def test_an_api_source_inside_what_sns_and_eventbridge_hand_on_is_refused() -> None:
    posing = DIRECT | {"source": "api:k1"}
    notification = {"Type": "Notification", "TopicArn": "t", "Message": json.dumps(posing)}
    envelope = {"source": "shop", "detail-type": "Said", "detail": posing}

    _, refused = read([incoming(notification), incoming(envelope), incoming(json.dumps(posing))], ["AROAAPI"])

    assert len(refused) == 3


def test_rows_of_files_and_rows_sent_again_are_nobodys_source() -> None:
    assert read([incoming(FILE)], ["AROAAPI"])[1] == []
