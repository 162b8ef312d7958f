"""Test data: each builder makes something valid and takes only what differs."""

from types import SimpleNamespace
from typing import Any

from services.ingest.settings import IngestSettings
from shared.contracts.execution import Source
from shared.contracts.records import Feedback, FileMessage
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus
from shared.platform.consumer import Attempt
from shared.platform.received import Received

EXECUTION_ID = "reviews-0123456789abcdef"


def a_feedback(**changes: Any) -> Feedback:
    return Feedback.model_validate({"feedback": "The parcel came late."} | changes)


def a_file_message(**changes: Any) -> FileMessage:
    message: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "execution_key": "0" * 32,
        "row_number": 1,
        "profile": "feedback",
        "feedback": a_feedback(),
    }
    return FileMessage.model_validate(message | changes)


def a_category(number: int, name: str) -> Category:
    return Category(
        id=number,
        profile="feedback",
        name=name,
        description="",
        status=CategoryStatus.ACTIVE,
        origin=CategoryOrigin.DEFAULT,
    )


def a_source(**changes: Any) -> Source:
    return Source.model_validate({"bucket": "data", "key": "incoming/reviews.csv", "etag": "0a"} | changes)


def ingest_settings(**changes: Any) -> IngestSettings:
    settings: dict[str, Any] = {
        "data_bucket": "data",
        "feedback_queue_url": "https://sqs/feedback",
        "state_machine_arn": "arn:aws:states:us-east-1:123456789012:stateMachine:tracker",
        "model_id": "amazon.nova-lite-v1:0",
    }
    return IngestSettings.model_validate(settings | changes)


def object_created(key: str, **changes: Any) -> dict[str, Any]:
    """EventBridge's envelope of S3's "Object Created"; `changes` go into its object."""
    stored = {"key": key, "size": 100, "etag": "0a", "sequencer": "0062E99A88DC407460"}
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-11-22T10:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::data"],
        "detail": {
            "version": "0",
            "bucket": {"name": "data"},
            "object": stored | changes,
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "1.2.3.4",
            "reason": "PutObject",
        },
    }


NO_ATTEMPT = Attempt(lambda: 60.0, Received("m", ""))
"""For work that asks nothing of the frame that it runs in."""


def a_context(function: str, seconds: float = 120) -> Any:
    """Lambda's context of an invocation that has so much time left."""
    return SimpleNamespace(
        function_name=function,
        memory_limit_in_mb=128,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{function}",
        aws_request_id="b4f2a6",
        get_remaining_time_in_millis=lambda: int(seconds * 1000),
    )


def an_api_request(method: str, path: str, body: str | None = None, **changes: Any) -> dict[str, Any]:
    """A request as API Gateway hands it over."""
    request = {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "path": path, "stage": "v1"},
        "body": body,
        "isBase64Encoded": False,
    }
    return request | changes
