"""Direct feedback is found in whatever SNS and EventBridge put around it, and in nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classify.incoming import InvalidMessage, parse
from services.classify.wrapping import MOST_LAYERS
from shared.platform.received import Received

DIRECT = {"id": "a-1", "source": "crm", "feedback": "late", "profile": "returns"}
ROW = {
    "execution_id": "reviews-0123456789abcdef",
    "execution_key": "k",
    "row_number": 7,
    "profile": "feedback",
    "feedback": {"feedback": "late"},
}
PARKED = {"execution_id": "direct-1", "execution_key": "k", "record_id": "a", "profile": "feedback",
          "feedback": {"feedback": "late"}}  # fmt: skip
Wrap = Callable[[Any], Any]


def by_sns(content: Any) -> Any:
    """As SNS puts it into a queue when raw message delivery is off."""
    text = content if isinstance(content, str) else json.dumps(content)
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:reviews",
        "Subject": "A review",
        "Message": text,
        "Timestamp": "2026-05-02T00:54:06.655Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": "https://sns.us-west-2.amazonaws.com/x.pem",
        "UnsubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
        "MessageAttributes": {"profile": {"Type": "String", "Value": "email"}},
    }


def by_eventbridge(content: Any) -> Any:
    """As a rule without an input transformer hands it on."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Review written",
        "source": "shop",
        "account": "111122223333",
        "time": "2026-05-02T18:43:48Z",
        "region": "us-west-1",
        "resources": [],
        "detail": content,
    }


def as_text(content: Any) -> Any:
    """Written as JSON once too often."""
    return json.dumps(content)


WRAPS = st.lists(st.sampled_from([by_sns, by_eventbridge, as_text]), max_size=MOST_LAYERS)


def wrapped(content: Any, wraps: list[Wrap]) -> Received:
    for wrap in wraps:
        content = wrap(content)
    return Received("m", json.dumps(content))


@given(WRAPS)
def test_a_record_is_the_same_however_it_is_wrapped(wraps: list[Wrap]) -> None:
    plain, found = parse(wrapped(DIRECT, [])), parse(wrapped(DIRECT, wraps))

    assert (found.record, found.identity) == (plain.record, plain.identity)
    assert found.execution_key is None


@given(WRAPS)
def test_no_wrapping_makes_feedback_of_what_is_none(wraps: list[Wrap]) -> None:
    for bad in ({"id": "a"}, DIRECT | {"stars": 9}, [DIRECT], None, 5, {"Records": [DIRECT]}):
        with pytest.raises(InvalidMessage):
            parse(wrapped(bad, wraps))


@pytest.mark.parametrize("wrap", [by_sns, by_eventbridge, as_text])
@pytest.mark.parametrize("own", [ROW, PARKED])
def test_nobody_speaks_for_an_execution_through_a_topic_or_a_bus(wrap: Wrap, own: dict[str, Any]) -> None:
    assert parse(wrapped(own, [])).execution_key == "k"
    with pytest.raises(InvalidMessage):
        parse(wrapped(own, [wrap]))


def test_more_layers_than_anybody_makes_are_not_followed() -> None:
    with pytest.raises(InvalidMessage, match="wrapped more than"):
        parse(wrapped(DIRECT, [by_sns] * (MOST_LAYERS + 1)))


@pytest.mark.parametrize(
    "ambiguous",
    [
        by_sns(DIRECT) | DIRECT,
        by_eventbridge(DIRECT) | {"feedback": "other"},
        by_sns(DIRECT) | {"Type": "UnsubscribeConfirmation"},
        {"Type": "Notification", "Message": json.dumps(DIRECT)},
        {"detail": DIRECT},
        {"Message": json.dumps(DIRECT)},
        {"Type": "SubscriptionConfirmation", "TopicArn": "arn", "Message": "You have chosen to subscribe"},
        by_sns("late, and nobody told me"),
        by_sns(DIRECT) | {"Message": DIRECT},
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_rejected(ambiguous: Any) -> None:
    with pytest.raises(InvalidMessage):
        parse(wrapped(ambiguous, []))
