"""The Lambda entry point: its answer, its metrics, and what its logs must never hold."""

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from local.bedrock.engine import load_engine
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from services.classify import handler as entry
from shared.contracts.errors import DatabaseUnavailable
from shared.platform.database import Database
from tests.builders import a_context
from tests.integration.classify_world import QUEUE, World
from tests.integration.model_server import serving
from tests.unit.template.watched import query


def raw(message_id: str, body: str) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "body": body,
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }


def wire(world: World, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Gives the handler this world; returns what it will have logged."""
    telemetry, logged = entry.consumer.telemetry, io.StringIO()
    deps = replace(world.deps, telemetry=telemetry)
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", logged)
    monkeypatch.setattr(entry.consumer, "dependencies", lambda: deps)
    return logged


def test_a_batch_is_answered_measured_and_logged_without_a_customers_word(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(BedrockService(load_engine())) as server:
        world = World(database, server)
        world.add_categories()
        world.start_file(2)
        logged = wire(world, monkeypatch)
        bodies = [each.body for each in world.file_messages(["Zanzibar parcel late.", "Zanzibar price."])]
        event = {"Records": [raw(f"m-{place}", body) for place, body in enumerate([*bodies, "Zanzibar{"])]}

        assert entry.handler(event, a_context("classify")) == {"batchItemFailures": []}

    printed = logged.getvalue() + capsys.readouterr().out
    lines = [json.loads(line) for line in printed.splitlines()]
    assert not any("zanzibar" in json.dumps(line).lower() for line in lines)
    (measured,) = [line for line in lines if "_aws" in line]
    names = {metric["Name"] for metric in measured["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert names >= {
        "FeedbackLabelled",
        "FeedbackUnknown",
        "FeedbackFailed",
        "FeedbackDeferred",
        "ModelCalls",
        "ModelThrottled",
        "ModelLatency",
        "InputTokens",
        "OutputTokens",
        "EstimatedCostUSD",
    }
    assert any(line.get("execution_id") == world.execution().execution_id for line in lines)


def test_a_tier_that_the_model_has_not_is_told_once_in_log_and_metrics(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(BedrockService(load_engine())) as server:
        world = World(database, server, settings={"service_tier": "flex"})
        world.add_categories()
        world.start_file(2)
        logged = wire(world, monkeypatch)

        for each in world.file_messages(["The parcel came late.", "It broke at once."]):
            entry.handler({"Records": [raw("m", each.body)]}, a_context("classify"))

    told = [line for line in map(json.loads, logged.getvalue().splitlines()) if "service_tier" in line]
    assert [(each["message"], each["service_tier"], each["level"]) for each in told] == [
        ("service tier not offered", "flex", "WARNING")
    ]
    measured = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("ServiceTierNotOffered") for line in measured if "_aws" in line] == [[1.0], None]
    assert world.execution().labelled == 2


@pytest.mark.parametrize(
    "error", [RuntimeError("Zanzibar"), DatabaseUnavailable("gone"), KeyError("Zanzibar")], ids=repr
)
def test_the_runbooks_query_finds_why_records_failed(
    database: Database, bedrock: BedrockServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    world = World(database, bedrock)
    world.start_file(1)
    logged = wire(world, monkeypatch)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("services.classify.service.look", fail)
    [message] = world.file_messages(["Zanzibar parcel late."])
    entry.handler({"Records": [raw("m-0", message.body)]}, a_context("classify"))

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    [line] = [each for each in lines if each["message"] in re.findall(r'"([a-z ]+)"', query("Reasons"))]
    assert line["error"] == type(error).__name__
    assert line.get("reason") == (str(error) if isinstance(error, DatabaseUnavailable) else None)
    assert "fail" in line["where"]
    assert "Zanzibar" not in logged.getvalue()
