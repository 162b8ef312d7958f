import pytest

from shared.platform.received import Received, received


def raw(**changes: object) -> dict[str, object]:
    return {"messageId": "m", "body": "b", "eventSourceARN": "arn:aws:sqs:r:1:feedback", **changes}


def carrying(name: str, value: str) -> dict[str, object]:
    return raw(messageAttributes={name: {"stringValue": value, "dataType": "String"}})


def test_a_message_is_read_with_all_that_the_queue_says_of_it() -> None:
    attributes = {name: {"stringValue": value} for name, value in (("deferrals", "7"), ("hops", "9"))}
    system = {"ApproximateReceiveCount": "3", "MessageGroupId": "file-1", "SenderId": "AIDA1"}
    message = received(raw(receiptHandle="r", attributes=system, messageAttributes=attributes))
    assert message == Received(
        "m", "b", "r", receives=3, deferrals=7, hops=9, message_group="file-1", sender="AIDA1"
    )


def test_a_role_is_the_same_sender_whatever_its_session_is_called() -> None:
    sessions = [raw(attributes={"SenderId": f"AROA1:{name}"}) for name in ("api", "api:1")]
    assert [received(each).sender for each in sessions] == ["AROA1", "AROA1"]


def test_receives_count_on_from_what_a_copy_carries() -> None:
    attributes, carried = {"ApproximateReceiveCount": "2"}, {"receives": {"stringValue": "3"}}
    assert received(raw(attributes=attributes, messageAttributes=carried)).receives == 5
    assert received(carrying("receives", "10")).receives == 1


@pytest.mark.parametrize("value, forged", [("1", True), ("0", False), ("", False), ("yes", False)])
def test_a_copy_says_that_its_message_was_refused_for_its_sender(value: str, forged: bool) -> None:
    assert received(carrying("forged", value)).forged is forged


def test_a_message_that_says_only_the_least_has_come_once_and_from_nowhere() -> None:
    message = received({"messageId": "m", "body": "b"})
    assert message == Received("m", "b", receives=1, deferrals=0, hops=0, sender="", forged=False)


def test_a_count_has_five_digits_at_most() -> None:
    counts = [received(carrying("hops", value)).hops for value in ("99999", "100000")]
    assert counts == [99999, 0]


def test_what_is_owed_has_ten_digits_at_most() -> None:
    owed = [received(carrying("input_tokens", value)).owed for value in ("9999999999", "10000000000")]
    assert [usage.input_tokens for usage in owed] == [9_999_999_999, 0]


@pytest.mark.parametrize("name", ["deferrals", "hops"])
@pytest.mark.parametrize("value", ["", "-1", "many", "²", "1.5", "9" * 30])
def test_a_count_that_is_none_of_ours_is_no_count(name: str, value: str) -> None:
    assert getattr(received(carrying(name, value)), name) == 0


@pytest.mark.parametrize(
    "attributes", [None, {}, {"deferrals": None}, {"deferrals": {"binaryValue": "eA=="}}]
)
def test_attributes_that_say_nothing_count_nothing(attributes: object) -> None:
    message = received(raw(messageAttributes=attributes))
    assert (message.receives, message.deferrals, message.hops) == (1, 0, 0)
