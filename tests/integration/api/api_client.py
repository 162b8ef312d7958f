"""Calls the API as API Gateway does."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest

from services.api import handler as api
from services.api.dependencies import Dependencies
from services.api.routes import make_app
from shared.contracts.errors import DatabaseUnavailable
from shared.contracts.records import DirectFeedback
from tests.builders import a_context, an_api_request


class Client:
    """Calls the handler as API Gateway does."""

    def __init__(self, deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue_url = deps.settings.feedback_queue_url
        self._deps = deps
        self._monkeypatch = monkeypatch
        self.give()

    def give(self, **changes: Any) -> None:
        """The handler is given something else, as a function that has just started."""
        app = make_app(replace(self._deps, **changes))
        self._monkeypatch.setattr(api, "app", lambda: app)

    def request(self, method: str, path: str, body: str | None = None, **changes: Any) -> dict[str, Any]:
        json_headers = {"headers": {"Content-Type": "application/json"}}
        request = an_api_request(method, path, body, **json_headers | changes)
        return cast(dict[str, Any], api.handler(request, a_context("api")))

    def post(self, value: Any) -> tuple[int, dict[str, Any]]:
        answer = self.request("POST", "/feedback", json.dumps(value))
        return answer["statusCode"], json.loads(answer["body"])

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = self.request("GET", path)
        return answer["statusCode"], json.loads(answer["body"])

    def sent(self) -> list[DirectFeedback]:
        return [DirectFeedback.model_validate_json(message["Body"]) for message in self._received()]

    def groups(self) -> Counter[str]:
        return Counter(message["Attributes"]["MessageGroupId"] for message in self._received())

    def _received(self) -> Iterator[Any]:
        sqs = boto3.client("sqs")
        options: Any = {"QueueUrl": self.queue_url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        while messages := sqs.receive_message(**options).get("Messages"):
            yield from messages


class Away:
    """A database that nobody reaches."""

    def transact(self, work: object) -> None:
        raise DatabaseUnavailable("cannot connect")
