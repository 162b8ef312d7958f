"""The deployed rules and schedules: which queue each upload, event and message goes to."""

import json
from typing import Any

import pytest

from tests.e2e.world import World, wait_for


def rules(world: World) -> dict[str, dict[str, Any]]:
    """Event pattern and target queue of every rule that has a pattern, by the queue's name."""
    events = world.stack.client("events")
    found: dict[str, dict[str, Any]] = {}
    for bus in ("default", world.output("BusName")):
        for rule in events.list_rules(EventBusName=bus)["Rules"]:
            pattern = rule.get("EventPattern")
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            if pattern and targets:
                found[targets[0]["Arn"].rpartition(":")[2]] = {"bus": bus, "pattern": pattern}
    return found


def goes_to(world: World, source: str, detail_type: str, detail: dict[str, Any]) -> set[str]:
    """The queues (by the beginnings of their outputs' names) that such an event reaches."""
    event = {
        "id": "1",
        "source": source,
        "detail-type": detail_type,
        "detail": detail,
        "account": "000000000000",
        "time": "2026-11-22T10:00:00Z",
        "region": "us-east-1",
        "resources": [],
    }
    bus = "default" if source == "aws.s3" else world.output("BusName")
    events = world.stack.client("events")
    names = {
        world.output(key).rpartition("/")[2]: key.removesuffix("QueueUrl")
        for key in world.stack.deployment.outputs
        if key.endswith("QueueUrl")
    }
    return {
        names[queue]
        for queue, rule in rules(world).items()
        if queue in names
        and rule["bus"] == bus
        and events.test_event_pattern(EventPattern=rule["pattern"], Event=json.dumps(event))["Result"]
    }


@pytest.mark.parametrize(
    "key, queues",
    [
        ("incoming/reviews.csv", {"Ingest"}),
        ("incoming/shop/reviews.csv.gz", {"Ingest"}),
        ("reviews.csv", {"Ingest"}),
        ("elsewhere/a photo of corrections/.png", {"Ingest"}),
        ("corrections/may.csv", {"Curate"}),
        ("categories/feedback.json", {"Curate"}),
        ("profiles/feedback.yaml", {"Curate"}),
        ("reports/x/report.html", set()),
        ("results/profile=feedback/x.parquet", set()),
        ("rejected/x.csv", set()),
    ],
)
def test_an_upload_goes_to_the_queue_of_its_folder(world: World, key: str, queues: set[str]) -> None:
    detail = {"bucket": {"name": world.stack.bucket}, "object": {"key": key, "size": 1}}

    assert goes_to(world, "aws.s3", "Object Created", detail) == queues


def test_another_buckets_uploads_are_none_of_ours(world: World) -> None:
    detail = {"bucket": {"name": "another"}, "object": {"key": "incoming/reviews.csv", "size": 1}}

    assert goes_to(world, "aws.s3", "Object Created", detail) == set()


@pytest.mark.parametrize(
    "event, queues",
    [
        ("ExecutionStarted", set()),
        ("ExecutionClassified", {"Categorize"}),
        ("ExecutionCategorized", {"Notify"}),
        ("ExecutionRevised", {"Notify"}),
        ("ExecutionFailed", {"Notify"}),
        ("ModelUnavailable", {"Breaker", "Notify"}),
        ("ModelAvailable", {"Sweep", "Notify"}),
    ],
)
def test_an_event_goes_to_the_queues_of_those_who_act_on_it(
    world: World, event: str, queues: set[str]
) -> None:
    assert goes_to(world, "insights", event, {}) == queues


@pytest.mark.parametrize("kind", ["sweep", "close_day"])
def test_a_schedules_message_is_carried_out(world: World, kind: str) -> None:
    world.sweep(kind)

    wait_for(lambda: world.depth("SweepQueueUrl") == 0)
    assert world.depth("SweepDeadLetterQueueUrl") == 0
