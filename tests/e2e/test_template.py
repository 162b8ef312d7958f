"""The template as SAM CLI builds it and as it stands on the emulator, IAM and TLS enforced."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import decode  # type: ignore[import-untyped]

from local import deploy
from local.build import build_folder
from local.emulator import PYTHON
from local.setup import ROOT
from local.stack import Stack
from local.state import Home
from services.schema.migrate import read_migrations
from tests.e2e.world import World
from tests.template import ours, properties, resources

FUNCTIONS = properties("AWS::Serverless::Function")
LAYER = build_folder() / "SharedLayer" / "python"


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack)


def wait_for(look: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


# --- the build


def built_folder(function: str) -> Path:
    built = decode(str(build_folder() / "template.yaml"))[0]["Resources"][function]["Properties"]["CodeUri"]
    return build_folder() / str(built)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_from_the_build_and_the_layer_and_from_nothing_else(function: str) -> None:
    module, _, name = FUNCTIONS[function]["Handler"].rpartition(".")
    program = (
        f"import sys; sys.path[:0] = {[str(LAYER), str(built_folder(function))]!r};"
        f"import importlib; assert callable(importlib.import_module({module!r}).{name})"
    )

    # -I and -S: no folder of ours, no environment, and none of the emulator's packages.
    done = subprocess.run(
        [str(PYTHON), "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("stack")
def test_the_layer_holds_what_it_needs() -> None:
    locked = (ROOT / "shared" / "requirements.txt").read_text()
    wanted = {name.replace("-", "_").lower() for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE)}
    held = {path.name.partition("-")[0].lower() for path in LAYER.glob("*.dist-info")}

    assert wanted <= held
    for path in (ROOT / "shared").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert (LAYER / path.relative_to(ROOT)).is_file(), path


@pytest.mark.usefixtures("stack")
def test_a_function_carries_its_own_service_and_no_other() -> None:
    for function, its in FUNCTIONS.items():
        service = its["Handler"].split(".")[1]
        packaged = {path.name for path in (built_folder(function) / "services").iterdir()}
        assert packaged - {"__init__.py", "__pycache__"} == {service}


# --- the schema


def applied(world: World) -> dict[int, Any]:
    rows = world.query("SELECT number, finished_at FROM schema_migration")
    return {row["number"]: row["finished_at"] for row in rows}


def test_every_migration_was_applied_while_the_stack_was_deployed(world: World) -> None:
    done = applied(world)

    assert {m.number for m in read_migrations()} <= done.keys()
    assert all(done.values())


def test_a_migration_that_is_added_is_applied_by_the_next_deployment(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a build with one migration more
    build = build_folder(tmp_path)
    shutil.copytree(build_folder(), build, symlinks=True)
    shutil.copytree(ROOT / "statemachine", tmp_path / "statemachine")
    shutil.copy(ROOT / "template.yaml", tmp_path)
    migrations = build / "SchemaFunction" / "services" / "schema" / "migrations"
    (migrations / "900_later.sql").write_text("CREATE TABLE IF NOT EXISTS later (id INT);")
    monkeypatch.setattr(deploy, "build", lambda log, root: "with one migration more")

    # WHEN it is deployed over the running stack
    stack = world.stack
    deploy.deploy(Home(tmp_path), stack.emulator, stack.login, None, {}, tmp_path)

    # THEN it is there
    assert applied(world)[900]
    assert world.query("SELECT COUNT(*) AS `rows` FROM later") == [{"rows": 0}]


# --- what is deployed


def test_all_that_the_template_stands_for_is_deployed(world: World) -> None:
    """SAM CLI and CloudFormation unroll the template's loops as our tests do."""
    wanted = {
        name
        for name, resource in resources().items()
        if "Condition" not in resource and resource["Type"] != "AWS::Serverless::LayerVersion"
    }

    assert wanted <= world.stack.deployment.resources.keys()
    assert world.stack.deployment.outputs.keys() == ours().template["Outputs"].keys()


# --- the rules


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
        ("reports/x/report.html", set()),
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


# --- the sweeper, as the schedules drive it


@pytest.mark.parametrize("kind", ["sweep", "close_day"])
def test_a_schedules_message_is_carried_out(world: World, kind: str) -> None:
    world.sweep(kind)

    wait_for(lambda: world.depth("SweepQueueUrl") == 0)
    assert world.depth("SweepDeadLetterQueueUrl") == 0


# --- the tracker


class Tracker:
    """The deployed definition as a state machine of its own: another queue, and little patience."""

    def __init__(self, world: World, name: str, patience: int) -> None:
        self.states = world.stack.client("stepfunctions")
        self.sqs = world.sqs
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        text = (ROOT / "statemachine" / "tracker.asl.json").read_text()
        for key, value in (("Partition", "aws"), ("NotifyQueueUrl", self.url), ("TimeoutSeconds", patience)):
            text = text.replace(f"${{{key}}}", str(value))
        role = world.stack.client("iam").get_role(RoleName=world.stack.deployment.resources["TrackerRole"])
        machine = self.states.create_state_machine(
            name=name, definition=json.dumps(json.loads(text)), roleArn=role["Role"]["Arn"]
        )
        started = self.states.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"execution_id": "reviews-1"})
        )
        self.arn = started["executionArn"]

    def next_message(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            for message in self.sqs.receive_message(QueueUrl=self.url).get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                body: dict[str, Any] = json.loads(message["Body"])
                return body
            return None

        found: dict[str, Any] = wait_for(look)
        return found

    def ended(self) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            execution: dict[str, Any] = self.states.describe_execution(executionArn=self.arn)
            return None if execution["status"] == "RUNNING" else execution

        found: dict[str, Any] = wait_for(look)
        return found


def test_the_deployed_tracker_waits_for_a_number_of_seconds(world: World) -> None:
    states = world.stack.client("stepfunctions")

    deployed = states.describe_state_machine(stateMachineArn=world.output("TrackerArn"))

    definition = json.loads(deployed["definition"])
    assert definition["States"][definition["StartAt"]]["TimeoutSeconds"] == 21600


def test_the_tracker_tells_of_partial_figures_waits_again_and_ends_when_it_is_told(world: World) -> None:
    tracker = Tracker(world, "tracker-success", patience=1)

    first = tracker.next_message()
    assert (first["kind"], first["execution_id"]) == ("tracker_waiting", "reviews-1")
    assert tracker.next_message() == {"kind": "tracker_timed_out", "execution_id": "reviews-1"}
    again = tracker.next_message()
    assert again["task_token"] != first["task_token"]

    tracker.states.send_task_success(taskToken=again["task_token"], output="{}")

    assert tracker.ended()["status"] == "SUCCEEDED"


def test_the_tracker_of_a_failed_execution_fails_with_its_reason_and_is_not_tried_again(world: World) -> None:
    tracker = Tracker(world, "tracker-failure", patience=60)
    token = tracker.next_message()["task_token"]

    tracker.states.send_task_failure(taskToken=token, error="ExecutionFailed", cause="no column feedback")

    ended = tracker.ended()
    assert (ended["status"], ended["error"], ended["cause"]) == (
        "FAILED",
        "ExecutionFailed",
        "no column feedback",
    )


# --- the API


@pytest.mark.parametrize(
    "method, path", [("GET", "/executions/reviews-1"), ("POST", "/feedback")], ids=["execution", "feedback"]
)
def test_a_caller_without_a_signature_is_turned_away(world: World, method: str, path: str) -> None:
    assert world.api(method, path, {} if method == "POST" else None, signed=False).status == 403
