"""The daily look at Bedrock's answers, by an unmodified boto3 client and the local server."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.bedrock.lifecycle import LifecycleRow
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from services.breaker import handler
from services.breaker.dependencies import Dependencies
from services.breaker.lookout import Lookout, Told
from shared.contracts.events import ModelEndingEvent
from shared.platform.telemetry import Telemetry
from tests.builders import a_context
from tests.integration.model_server import serving

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PROFILE = "us.anthropic.claude-haiku-5-5"
TITAN = "amazon.titan-embed-text-v2:0"


class Memory:
    def __init__(self) -> None:
        self.state = Told()

    def load(self) -> Told:
        return self.state

    def save(self, state: Told) -> None:
        self.state = Told.model_validate_json(state.model_dump_json())


class News:
    def __init__(self) -> None:
        self.told: list[ModelEndingEvent] = []
        self.refuses = False

    def model_ending(self, event: ModelEndingEvent) -> None:
        if self.refuses:
            raise ConnectionError
        self.told.append(event)


@pytest.fixture(scope="module")
def server() -> Iterator[BedrockServer]:
    no_engine: Any = None
    with serving(BedrockService(no_engine)) as running:
        yield running


@pytest.fixture
def bedrock(server: BedrockServer) -> Iterator[Any]:
    server.service.lifecycles.rows = ()
    client = boto3.client(
        "bedrock",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def end(server: BedrockServer, pattern: str, days: int) -> None:
    row = LifecycleRow(pattern=pattern, end_of_life=NOW + timedelta(days=days))
    server.service.lifecycles.rows = (*server.service.lifecycles.rows, row)


def a_lookout(bedrock: Any, news: News, models: Sequence[str] = (PROFILE, TITAN)) -> Lookout:
    return Lookout(bedrock, models, Memory(), news, Telemetry("breaker"))


def test_nothing_is_told_of_models_that_do_not_end(bedrock: Any, server: BedrockServer) -> None:
    news = News()
    end(server, "anthropic.claude-haiku-5-5", 61)

    a_lookout(bedrock, news).look(NOW)

    assert news.told == []


@pytest.mark.parametrize(
    "model_id",
    [
        PROFILE,
        "anthropic.claude-haiku-5-5",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-5-5",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-5-5",
    ],
)
def test_the_model_behind_a_profile_is_told_of_once_with_candidates(
    bedrock: Any, server: BedrockServer, model_id: str
) -> None:
    end(server, "anthropic.claude-haiku-5-5", 30)
    news = News()
    lookout = a_lookout(bedrock, news, [model_id, TITAN])

    lookout.look(NOW)
    lookout.look(NOW + timedelta(days=1))

    [event] = news.told
    assert (event.model_id, event.name) == (model_id, "anthropic.claude-haiku-5-5")
    assert (event.days_left, event.stage) == (30, 30)
    assert event.candidates


def test_the_model_that_embeds_is_looked_at_too_and_has_no_candidates(
    bedrock: Any, server: BedrockServer
) -> None:
    end(server, "amazon.titan-embed*", 5)
    news = News()

    a_lookout(bedrock, news).look(NOW)

    [event] = news.told
    assert (event.name, event.stage, event.candidates) == (TITAN, 7, ())


def test_what_the_bus_did_not_take_is_told_at_the_next_look(bedrock: Any, server: BedrockServer) -> None:
    end(server, "anthropic.claude-haiku-5-5", 7)
    news = News()
    news.refuses = True
    lookout = a_lookout(bedrock, news)

    with pytest.raises(ConnectionError):
        lookout.look(NOW)
    news.refuses = False
    lookout.look(NOW)

    assert len(news.told) == 1


def refusing(code: str) -> Any:
    class Bedrock:
        def get_foundation_model(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": code}}, "GetFoundationModel")

        get_inference_profile = get_foundation_model

    return Bedrock()


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
)
def test_a_model_of_which_bedrock_says_nothing_is_logged_and_harms_nobody(
    code: str, caplog: pytest.LogCaptureFixture
) -> None:
    news = News()

    a_lookout(refusing(code), news, ["my-imported-model", TITAN]).look(NOW)

    assert news.told == []
    assert [vars(record)["cause"] for record in caplog.records] == [code, code]


def test_an_outage_is_tried_again_by_the_queue() -> None:
    with pytest.raises(ClientError):
        a_lookout(refusing("ThrottlingException"), News()).look(NOW)


def test_of_a_days_ticks_one_looks(bedrock: Any, server: BedrockServer) -> None:
    """No schedule of its own can be lost or switched off."""
    end(server, "anthropic.claude-haiku-5-5", 31)
    news = News()
    lookout = a_lookout(bedrock, news)
    looked: list[datetime] = []
    look = lookout.look
    lookout.look = lambda now: (looked.append(now), look(now))[1]  # type: ignore[func-returns-value, method-assign]

    for minute in range(0, 48 * 60, 7):
        lookout.look_daily(NOW.replace(hour=0) + timedelta(minutes=minute))

    assert len(looked) == 2
    assert {event.stage for event in news.told} == {60, 30}


def test_a_look_that_failed_is_made_again_after_an_hour(bedrock: Any, server: BedrockServer) -> None:
    """Not at each tick: those would be dead letters while Bedrock does not answer."""
    end(server, "anthropic.claude-haiku-5-5", 7)
    news = News()
    news.refuses = True
    lookout = a_lookout(bedrock, news)
    began = NOW.replace(hour=0)
    failed = []

    for minute in range(150):
        now = began + timedelta(minutes=minute)
        try:
            lookout.look_daily(now)
        except ConnectionError:
            failed.append(minute)
    news.refuses = False
    lookout.look_daily(began + timedelta(minutes=179))
    assert not news.told
    lookout.look_daily(began + timedelta(minutes=180))
    lookout.look_daily(began + timedelta(minutes=240))

    assert failed == [0, 60, 120]
    assert len(news.told) == 1


@pytest.mark.parametrize(
    "body, does",
    [
        ('{"kind": "probe"}', ["tick", "look daily"]),
        ('{"kind": "lifecycle"}', ["look"]),
        ('{"kind": "other"}', ["tick", "look daily"]),
    ],
)
def test_a_tick_probes_first_and_then_looks(
    monkeypatch: pytest.MonkeyPatch, body: str, does: list[str]
) -> None:
    done: list[tuple[str, datetime]] = []

    class Looks:
        def look(self, now: datetime) -> None:
            done.append(("look", now))

        def look_daily(self, now: datetime) -> None:
            done.append(("look daily", now))

    class Ticks:
        def tick(self, now: datetime) -> str:
            done.append(("tick", now))
            return "closed"

    deps: Any = (Ticks(), Looks(), handler.consumer.telemetry)
    monkeypatch.setattr(handler.consumer, "dependencies", lambda: Dependencies(*deps))
    record = {"messageId": "m", "body": body, "eventSource": "aws:sqs"}

    assert handler.handler({"Records": [record]}, a_context("breaker")) == {"batchItemFailures": []}
    assert [what for what, _ in done] == does
    assert {now.tzinfo for _, now in done} == {UTC}
