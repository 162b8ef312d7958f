"""A stack that fails, is made, updated, deleted and made again, beside a database that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import stack as local_stack
from local.build import DeployError
from local.deploy import ARTIFACTS, STACK
from local.emulator import client
from local.setup import ROOT
from local.state import Emulator, Home
from tests.e2e.world import World
from tests.faults.feedback import a_file
from tests.faults.later import code, later_sources
from tests.template import resources

RETAINED = {name for name, its in resources().items() if its.get("DeletionPolicy") == "RetainExceptOnCreate"}
KEPT_BY_SAM = ("SharedLayer", "SchemaFunctionVersion")
"""How the names of versions begin, which SAM has kept: of the layer, and of the function that is called."""


@dataclass
class Cycle:
    """What a person does with a stack of their own."""

    home: Home

    @property
    def emulator(self) -> Emulator:
        emulator = self.home.load().emulator
        assert emulator is not None
        return emulator

    def client(self, service: str) -> Any:
        return client(self.emulator, service)

    def deploy(self, root: Path = ROOT, **parameters: str) -> World:
        """Deploys a checkout, whatever was deployed before."""
        self.home.save(self.home.load().model_copy(update={"deployment": None}))
        return World(local_stack.up(self.home, parameters=parameters, root=root))

    def delete(self) -> dict[str, str]:
        """As `sam delete` does once it has deleted what `sam deploy` had uploaded; how each resource ended.

        `sam delete` does not come so far here: it takes the nested template's address for none of S3.
        """
        cloudformation = self.client("cloudformation")
        [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"])
        pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
        newest_first = [event for page in pages for event in page["StackEvents"]]
        return {each["LogicalResourceId"]: each["ResourceStatus"] for each in reversed(newest_first)}

    def there(self) -> dict[str, set[str]]:
        """All that the account holds of what the template makes, by kind."""
        return {kind: set(look(self.client)) for kind, look in _KINDS.items()}


def _names(service: str, operation: str, answer: str, name: str) -> Callable[[Callable[[str], Any]], Any]:
    """Lists what a service has, all pages."""

    def look(client: Callable[[str], Any]) -> Iterator[str]:
        asked = client(service)
        pages = (
            asked.get_paginator(operation).paginate()
            if asked.can_paginate(operation)
            else [getattr(asked, operation)()]
        )
        for page in pages:
            for each in page.get(answer, []):
                yield each[name] if name else each

    return look


_KINDS: Mapping[str, Callable[[Callable[[str], Any]], Any]] = {
    "alarms": _names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "APIs": _names("apigateway", "get_rest_apis", "items", "id"),
    "buckets": _names("s3", "list_buckets", "Buckets", "Name"),
    "buses": _names("events", "list_event_buses", "EventBuses", "Name"),
    "dashboards": _names("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "functions": _names("lambda", "list_functions", "Functions", "FunctionName"),
    "keys": _names("kms", "list_keys", "Keys", "KeyId"),
    "logs": _names("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "mappings": _names("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "machines": _names("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "queues": _names("sqs", "list_queues", "QueueUrls", ""),
    "roles": _names("iam", "list_roles", "Roles", "RoleName"),
    "rules": _names("events", "list_rules", "Rules", "Name"),
    "secrets": _names("secretsmanager", "list_secrets", "SecretList", "Name"),
    "topics": _names("sns", "list_topics", "Topics", "TopicArn"),
}


def new(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What is there now that was not before, by kind."""
    return {kind: found for kind, names in after.items() if (found := names - before[kind])}


@pytest.fixture
def cycle(tmp_path: Path) -> Iterator[Cycle]:
    home = Home(tmp_path / "stack")
    try:
        yield Cycle(home)
    finally:
        local_stack.down(home)


def read(world: World, key: str) -> list[Any]:
    """The API's answers on each record of a file that is labelled, by the customer's id."""
    rows = world.query(
        "SELECT id FROM customer_feedback f JOIN execution e USING (execution_id)"
        " WHERE e.source_key = %s ORDER BY ref_id",
        key,
    )
    answers = [world.api("GET", f"/feedback/{row['id']}") for row in rows]
    assert {answer.status for answer in answers} == {200}
    return [answer.json for answer in answers]


def pass_through(world: World, key: str) -> list[Any]:
    """Uploads a file and waits for its end."""
    sent = a_file(key, rows=12)
    world.upload(sent.key, sent.body)
    [figures] = world.ended(key, seconds=300)
    assert (figures.status, figures.rows_read, figures.settled) == ("completed", 12, 12)
    return read(world, key)


def test_a_stack_fails_is_made_updated_deleted_and_made_again(cycle: Cycle, tmp_path: Path) -> None:
    # GIVEN a creation that failed, as no database answered
    with pytest.raises(DeployError, match=r"Schema: .*connect"):
        cycle.deploy(DatabasePort="1")
    status = cycle.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    assert status == "ROLLBACK_COMPLETE"
    empty = cycle.there()
    assert empty["buckets"] == {ARTIFACTS}
    assert not empty["functions"] | empty["queues"] | empty["topics"] | empty["alarms"] | empty["logs"]

    # WHEN it is made with a database
    world = cycle.deploy()
    first = pass_through(world, "incoming/first.csv")
    before = code(world)

    # THEN an update that fails leaves it as it was
    with pytest.raises(DeployError, match=r"Schema: .*PackSize=2\.5 is no whole number"):
        cycle.deploy(PackSize="2.5")
    [stack] = cycle.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert code(world) == before
    assert read(world, "incoming/first.csv") == first

    # WHEN it is updated with other code, schema and parameters
    root = tmp_path / "later"
    root.mkdir()
    later = cycle.deploy(later_sources(root), PackSize="5", LogLevel="WARNING")

    # THEN all of it took over, and both records of before and new ones are there
    after = code(later)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []
    assert later.stack.bucket == world.stack.bucket
    for function in after:
        told = later.stack.client("lambda").get_function_configuration(FunctionName=function)["Environment"]
        assert told["Variables"]["LOG_LEVEL"] == "WARNING"
    assert read(later, "incoming/first.csv") == first
    second = pass_through(later, "incoming/second.csv")

    # WHEN it is deleted
    held = later.stack.deployment.resources
    ends = cycle.delete()

    # THEN what is retained is there, and nothing else
    left = {name: end for name, end in ends.items() if not name.startswith(KEPT_BY_SAM)}
    assert {name for name, end in left.items() if end == "DELETE_SKIPPED"} == RETAINED
    assert {end for name, end in left.items() if name not in RETAINED} == {"DELETE_COMPLETE"}
    kept = {held[name] for name in RETAINED if not name.endswith("Policy")}
    assert set().union(*new(empty, cycle.there()).values()) == kept
    for name in ("DataBucket", "AccessLogBucket"):
        assert "aws:SecureTransport" in cycle.client("s3").get_bucket_policy(Bucket=held[name])["Policy"]
    assert later.query("SELECT COUNT(*) AS n FROM customer_feedback") == [{"n": 24}]

    # WHEN it is made again under the same name
    again = cycle.deploy()

    # THEN the records of before are there, their files too, and new ones pass
    assert read(again, "incoming/first.csv") == first
    assert read(again, "incoming/second.csv") == second
    assert again.stack.bucket not in kept
    assert again.s3.get_object(Bucket=world.stack.bucket, Key="incoming/first.csv")["Body"].read()
    pass_through(again, "incoming/third.csv")
    assert again.query("SELECT COUNT(*) AS n FROM customer_feedback") == [{"n": 36}]
