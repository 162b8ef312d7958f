"""What may travel as feedback, and what may not."""

import hashlib
import json
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.records import DirectFeedback, Feedback, FileMessage, Record, normalise, text_key


def test_a_date_with_a_zone_becomes_utc() -> None:
    said = Feedback.model_validate({"feedback": "fine", "date": "2024-01-02T00:30:00+01:00"})
    assert said.date == datetime(2024, 1, 1, 23, 30)  # noqa: DTZ001 - UTC without a zone is the contract


@pytest.mark.parametrize(
    "wrong",
    [
        {"feedback": ""},
        {"feedback": "  \n "},
        {"feedback": "x", "stars": 6},
        {"feedback": "x", "stars": -1},
        {"feedback": "x", "stars": "many"},
        {"feedback": "x" * 100_001},
        {"feedback": "x", "fedback": "y"},
        # Outside of what Python converts to UTC, and of what MySQL keeps or rounds to.
        {"feedback": "x", "date": "0001-01-01T00:00:00+14:00"},
        {"feedback": "x", "date": "9999-12-31T23:59:59-14:00"},
        {"feedback": "x", "date": "9999-12-31T23:59:59.9"},
        {"feedback": "x", "date": "0999-12-31"},
    ],
)
def test_what_is_no_feedback_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Feedback.model_validate(wrong)


def test_a_direct_message_cannot_name_an_execution() -> None:
    with pytest.raises(ValidationError, match="execution_id"):
        DirectFeedback.model_validate({"id": "1", "feedback": "x", "execution_id": "mine"})


def test_a_direct_id_cannot_pose_as_the_row_of_a_file() -> None:
    with pytest.raises(ValidationError, match="file's row"):
        DirectFeedback.model_validate({"id": "reviews-0123456789abcdef:7", "feedback": "x"})


def test_a_direct_id_may_be_a_urn_or_a_number() -> None:
    for producer_id in ("urn:shop:review:17", "17", "direct:5"):
        assert DirectFeedback(id=producer_id, feedback="x").to_feedback().ref_id == producer_id


def test_a_record_id_names_profile_source_id_and_text() -> None:
    same = {"id": "1", "source": "shop", "profile": "returns", "title": "", "feedback": "Came  late"}
    others = [{"id": "2"}, {"source": "app"}, {"profile": "other"}, {"title": "x"}, {"feedback": "Dear"}]

    def record_id(**changes: str) -> str:
        return DirectFeedback.model_validate(same | changes).record_id

    assert record_id() == record_id(feedback="came late")
    assert len({record_id(), *(record_id(**other) for other in others)}) == 6
    assert len(record_id(id="x" * 200)) <= 200
    assert record_id(id="x" * 200) != record_id(id="x" * 199 + "y")
    assert DirectFeedback(id="1:2", source="3", feedback="x").record_id != (
        DirectFeedback(id="2", source="3:1", feedback="x").record_id
    )


IDENTITIES = [
    ("feedback", "", "1"),
    ("feedback", "", "01"),
    ("feedback", "shop", "1"),
    ("feedback", "Shop", "1"),
    ("feedback", "sho", "p1"),
    ("feedback", "shop~1", "x"),
    ("feedback", "shop", "1~x"),
    ("feedback", 'shop","1', "x"),
    ("feedback", "shop\u200b", "1"),
    ("feedback", "", "caf\u00e9"),
    ("feedback", "", "cafe\u0301"),
    ("email", "shop", "1"),
]


def test_no_two_producers_share_a_record_whatever_they_call_themselves() -> None:
    records = [
        DirectFeedback(profile=profile, source=source, id=own, feedback="Good")
        for profile, source, own in IDENTITIES
    ]
    assert len({record.record_id.casefold() for record in records}) == len(IDENTITIES)


@pytest.mark.parametrize(
    "source, group",
    [
        ("", "direct-feedback"),
        ("shop", "shop"),
        ("api:AKIA/shop.example?q=1", "api:AKIA/shop.example?q=1"),
        ("x" * 128, "x" * 128),
        ("x" * 129, hashlib.sha256(b"x" * 129).hexdigest()),
        ("Köln", hashlib.sha256("Köln".encode()).hexdigest()),
        ("\u200b", hashlib.sha256("\u200b".encode()).hexdigest()),
    ],
)
def test_feedback_of_one_source_waits_together_under_a_name_that_sqs_takes(source: str, group: str) -> None:
    record = DirectFeedback(id="1", feedback="a", source=source)
    assert record.message_group == group


def test_a_file_message_survives_the_queue() -> None:
    said = Feedback.model_validate({"feedback": "schön 😀\n", "stars": "4.5", "date": "2024-05-03T09:15:00"})
    message = FileMessage(
        execution_id="a-0123456789abcdef", execution_key="k", row_number=3, profile="feedback", feedback=said
    )
    assert FileMessage.model_validate_json(message.model_dump_json(exclude_defaults=True)) == message
    assert message.record_id == "a-0123456789abcdef:3"


def test_stars_travel_without_a_rounding_error() -> None:
    said = Feedback.model_validate({"feedback": "x", "stars": 3.7})
    assert json.loads(said.model_dump_json())["stars"] == "3.7"


def test_texts_that_people_would_call_the_same_share_a_key() -> None:
    assert text_key("Great", "ﬁne  product\n") == text_key("GREAT ", "Fine product")
    assert text_key("a", "b") != text_key("a b", "")
    assert normalise("\ud83d") == "\ud83d"
    text_key("", "\ud83d")


@pytest.mark.parametrize("title, text", [("", "It broke."), ("Broken", "Broken\nIt broke.")])
def test_what_was_said_in_all_has_no_empty_line_for_a_missing_title(title: str, text: str) -> None:
    said = Feedback(title=title, feedback="It broke.")
    assert Record(record_id="1", profile="feedback", feedback=said).text == text
