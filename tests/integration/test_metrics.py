"""Whatever the dashboard shows or an alarm watches is written by a function: each is run here."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.bedrock.server import BedrockServer
from services.breaker import handler as breaker
from services.breaker.aws import ParameterMemory
from services.breaker.breaker import Breaker, Circuit, State
from services.breaker.dependencies import Dependencies as BreakerDependencies
from services.categorize import handler as categorize
from services.classify import dead_letters_handler as dead_letters
from services.classify import handler as classify
from services.classify.service import Classify
from services.curate import handler as curate
from services.ingest import handler as ingest
from services.notify import handler as notify
from services.sweep import handler as sweep
from shared.contracts.errors import DatabaseUnavailable
from shared.platform.consumer import Consumer
from shared.platform.database import Database, Transaction
from tests.builders import a_context
from tests.integration import classify_world, sweep_world
from tests.integration.categorize_function import Function, envelope
from tests.integration.categorize_world import ID, about, classified
from tests.unit.template.watched import ours_named

CONSUMERS: dict[str, Consumer[Any, Any]] = {
    "ingest": ingest.consumer,
    "notify": notify.consumer,
    "curate": curate.consumer,
    "categorize": categorize.consumer,
    "breaker": breaker.consumer,
    "classify-dead-letters": dead_letters.consumer,
    "sweep": sweep.consumer,
}
NOTHING: Any = None
NONSENSE = "no message of any queue"


class Queue:
    """Takes copies, and asks for nothing."""

    def send_message_batch(self, **_: Any) -> dict[str, Any]:
        return {}

    def change_message_visibility(self, **_: Any) -> None:
        return


class Collector:
    """Runs handlers and keeps what they write for CloudWatch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self._capsys = monkeypatch, capsys
        self.found: dict[tuple[str, str], list[float]] = {}

    def give(self, consumer: Any, dependencies: Any) -> None:
        self.monkeypatch.setattr(consumer, "dependencies", lambda: dependencies)

    def run(self, consumer: Any, *bodies: str) -> None:
        records = [
            {
                "messageId": str(place),
                "body": body,
                "eventSource": "aws:sqs",
                "eventSourceARN": classify_world.QUEUE,
                "receiptHandle": "r",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
            }
            for place, body in enumerate(bodies)
        ]
        consumer.handler({"Records": records}, a_context("any"))
        self.collect()

    def collect(self) -> None:
        for line in self._capsys.readouterr().out.splitlines():
            written = json.loads(line) if line.startswith('{"_aws"') else {}
            for group in written.get("_aws", {}).get("CloudWatchMetrics", []):
                assert group["Dimensions"] == [["service"]]
                for name in (each["Name"] for each in group["Metrics"]):
                    self.found[written["service"], name] = written[name]


@pytest.fixture
def collector(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bedrock: BedrockServer
) -> Iterator[Collector]:
    monkeypatch.setenv("OWN_QUEUE_URL", "https://sqs/own")
    # Powertools keeps one set of metrics for a process; a test that called no handler has left its own there.
    for consumer in CONSUMERS.values():
        consumer.telemetry.metrics.clear_metrics()
    with mock_aws():
        yield Collector(monkeypatch, capsys)


def fail_and_put_off(collector: Collector) -> None:
    """A message that is none, and one while the database is away."""

    def away(*_: object) -> None:
        raise DatabaseUnavailable("gone")

    for consumer in CONSUMERS.values():
        collector.give(consumer, NOTHING)
        collector.monkeypatch.setattr(consumer, "sqs", Queue)
        if consumer is not dead_letters.consumer:
            collector.monkeypatch.setattr(consumer, "_counted", True)
            collector.run(consumer, NONSENSE)
        with collector.monkeypatch.context() as patched:
            patched.setattr(consumer, "_parse", str)
            patched.setattr(consumer, "_work", away)
            collector.run(consumer, "any")


def label(collector: Collector, database: Database, server: BedrockServer) -> None:
    world = classify_world.World(database, server)
    world.add_categories()
    world.start_file(1)
    collector.give(classify.consumer, replace(world.deps, telemetry=classify.consumer.telemetry))
    collector.run(classify.consumer, *(each.body for each in world.file_messages(["Late."])), "{")
    with collector.monkeypatch.context() as patched:
        patched.setattr(Classify, "handle", lambda _, messages, __: set(messages))
        collector.run(classify.consumer, "any")


def discover(collector: Collector, database: Database) -> None:
    classified(database, ID, about("battery", 12))
    Function(database, collector.monkeypatch).receive(envelope())
    collector.collect()


def probe(collector: Collector) -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/stack/breaker", Value="{}", Type="String")
    memory = ParameterMemory(ssm, "/stack/breaker", State)
    memory.save(State(circuit=Circuit.OPEN, probed_at=datetime.now(UTC)))
    circuit = Breaker(memory, NOTHING, NOTHING, NOTHING)
    looks: Any = SimpleNamespace(look_daily=lambda _: None)
    collector.give(breaker.consumer, BreakerDependencies(circuit, looks, breaker.consumer.telemetry))
    collector.run(breaker.consumer, '{"kind": "probe"}')


def give_up(collector: Collector, database: Database) -> None:
    """A sweep that finds a report which could not be drawn for two days, and an event left behind."""
    world = sweep_world.World(database)
    telemetry = sweep.consumer.telemetry
    deps = replace(sweep_world.sweep_dependencies(world.sweeping._database, world.queue), telemetry=telemetry)
    collector.give(sweep.consumer, deps)
    sweep_world.a_file(world, accepted=0)
    world.execute("UPDATE execution SET status = 'categorized' WHERE execution_id = %s", sweep_world.FILE)
    world.execute("UPDATE outbox SET published_at = NULL")
    for _ in range(2):
        world.age(hours=25)
        collector.run(sweep.consumer, '{"kind": "sweep"}')


def find_an_untaken_file(collector: Collector) -> None:
    collector.monkeypatch.setattr("services.sweep.carrying_out.take_untaken", lambda *_: 1)
    collector.run(sweep.consumer, '{"kind": "take_untaken"}')


def empty(tx: Transaction, table: str) -> None:
    tx.execute(f"DELETE FROM {table}")


def test_what_is_shown_or_watched_is_written(
    collector: Collector, database: Database, bedrock: BedrockServer
) -> None:
    discover(collector, database)
    for table in ("customer_feedback", "customer_feedback_category", "execution"):
        database.transact(partial(empty, table=table))
    label(collector, database, bedrock)
    give_up(collector, database)
    find_an_untaken_file(collector)
    probe(collector)
    fail_and_put_off(collector)

    named = ours_named()
    assert len(named) > 20
    assert named - collector.found.keys() == set()
