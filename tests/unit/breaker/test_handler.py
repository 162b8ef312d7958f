import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.breaker import handler
from services.breaker.aws import BusNews, LambdaMappings, NewsNotTaken, ParameterMemory
from services.breaker.breaker import PROBE_ATTEMPTS, PROBE_PAUSE_SECONDS, Breaker, Circuit, State
from services.breaker.dependencies import _PROBE_SECONDS, Dependencies
from shared.model.bedrock import Model
from shared.model.label_prompt import TOOL
from shared.platform.telemetry import Telemetry
from tests.builders import a_context
from tests.template import resources

MODEL = "amazon.nova-lite-v1:0"


class Lambda:
    """Event source mappings; one that changes refuses to be changed."""

    def __init__(self, **states: str) -> None:
        self.states = states

    def get_event_source_mapping(self, *, UUID: str) -> dict[str, str]:
        return {"State": self.states[UUID]}

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:
        if self.states[UUID] == "Updating":
            raise ClientError({"Error": {"Code": "ResourceInUseException"}}, "UpdateEventSourceMapping")
        self.states[UUID] = "Enabled" if Enabled else "Disabled"


class Events:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.failed = 0

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, int]:
        self.entries += Entries
        return {"FailedEntryCount": self.failed}


class Bedrock:
    def converse(self, **_: Any) -> Any:
        content = [{"toolUse": {"name": TOOL, "input": {"labels": ["42 1 positive"]}}}]
        return {"output": {"message": {"content": content}}, "usage": {}}


@pytest.fixture
def memory() -> Iterator[ParameterMemory[State]]:
    with mock_aws():
        ssm = boto3.client("ssm")
        ssm.put_parameter(Name="/stack/breaker", Value="{}", Type="String")
        yield ParameterMemory(ssm, "/stack/breaker", State)


TELEMETRY = Telemetry("breaker")


def deps(breaker: Breaker) -> Dependencies:
    looks: Any = SimpleNamespace(look_daily=lambda _: None)
    return Dependencies(breaker, looks, handler.consumer.telemetry)


def sqs(body: Any) -> dict[str, Any]:
    record = {
        "messageId": "m",
        "body": body if isinstance(body, str) else json.dumps(body),
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def test_the_state_survives_in_a_parameter_that_the_template_made_empty(
    memory: ParameterMemory[State],
) -> None:
    assert memory.load() == State()

    memory.save(State(circuit=Circuit.OPEN, cause="x"))

    assert memory.load() == State(circuit=Circuit.OPEN, cause="x")


def test_mappings_are_switched_only_if_they_must_be() -> None:
    client = Lambda(a="Enabled", b="Disabling")

    assert LambdaMappings(client, ["a", "b"], TELEMETRY).disable()

    assert client.states == {"a": "Disabled", "b": "Disabling"}


def test_a_mapping_that_is_just_changing_is_left_for_the_next_tick() -> None:
    client = Lambda(a="Updating", b="Disabled")

    assert not LambdaMappings(client, ["a", "b"], TELEMETRY).enable()

    assert client.states == {"a": "Updating", "b": "Enabled"}


def test_news_opens_the_circuit_and_a_tick_closes_it(
    memory: ParameterMemory[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, events = Lambda(a="Enabled"), Events()
    breaker = Breaker(
        memory,
        LambdaMappings(client, ["a"], TELEMETRY),
        Model(Bedrock(), MODEL),
        BusNews(events, "bus", MODEL, TELEMETRY),
    )
    monkeypatch.setattr(handler.consumer, "dependencies", lambda: deps(breaker))
    envelope = {
        "source": "insights",
        "detail-type": "ModelUnavailable",
        "time": "2026-05-04T12:00:00Z",
        "detail": {"model_id": MODEL, "cause": "ThrottlingException"},
    }

    assert handler.handler(sqs(envelope), a_context("breaker")) == {"batchItemFailures": []}
    assert client.states == {"a": "Disabled"}

    memory.save(memory.load().model_copy(update={"probed_at": State().probed_at}))
    handler.handler(sqs({"kind": "probe"}), a_context("breaker"))
    assert client.states == {"a": "Enabled"}
    (entry,) = events.entries
    assert (entry["DetailType"], entry["EventBusName"]) == ("ModelAvailable", "bus")


def test_an_event_that_the_bus_refuses_is_an_error() -> None:
    events = Events()
    events.failed = 1

    with pytest.raises(NewsNotTaken):
        BusNews(events, "bus", MODEL, TELEMETRY).model_available("ThrottlingException")


def test_a_tick_writes_that_the_circuit_is_open_and_nothing_while_it_is_closed(
    memory: ParameterMemory[State], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = (
        LambdaMappings(Lambda(), [], TELEMETRY),
        Model(Bedrock(), MODEL),
        BusNews(Events(), "bus", MODEL, TELEMETRY),
    )
    monkeypatch.setattr(handler.consumer, "dependencies", lambda: deps(Breaker(memory, *parts)))
    logged = io.StringIO()
    monkeypatch.setattr(handler.consumer.telemetry.logger.registered_handler, "stream", logged)

    handler.handler(sqs({"kind": "probe"}), a_context("breaker"))
    assert capsys.readouterr().out + logged.getvalue() == ""
    memory.save(State(circuit=Circuit.OPEN))
    handler.handler(sqs({"kind": "probe"}), a_context("breaker"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line["BreakerOpen"] for line in lines if "BreakerOpen" in line] == [[1]]


def test_a_message_that_is_not_ours_ends_in_the_dead_letter_queue_and_its_error_in_the_log(
    memory: ParameterMemory[State], caplog: pytest.LogCaptureFixture
) -> None:
    assert handler.handler(sqs("not json"), a_context("breaker")) == {
        "batchItemFailures": [{"itemIdentifier": "m"}]
    }
    assert [vars(record).get("error") for record in caplog.records] == ["UnreadableMessage"]


def test_the_attempts_of_a_tick_end_before_its_function_does() -> None:
    probe_and_form = 2 * _PROBE_SECONDS
    assert (
        PROBE_ATTEMPTS * PROBE_PAUSE_SECONDS + probe_and_form
        < resources("AWS::Serverless::Function")["BreakerFunction"]["Properties"]["Timeout"]
    )
