"""What the template promises, and what the local emulator does not enforce."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.api.settings import ApiSettings
from services.breaker.settings import BreakerSettings
from services.categorize.settings import CategorizeSettings
from services.classify.settings import ClassifySettings
from services.ingest.settings import IngestSettings
from services.notify.settings import NotifySettings
from services.schema.settings import SchemaSettings
from services.sweep.settings import SweepSettings
from shared.platform.consumer import QueueSettings
from shared.platform.settings import DatabaseSettings, OutboxSettings, Settings
from shared.platform.telemetry import EVERY_SERVICE
from tests.template import ROOT, ours, properties, resources
from tests.unit.template import resolving
from tests.unit.template.watched import shown

SETTINGS: dict[str, list[type[Settings]]] = {
    "SchemaFunction": [SchemaSettings, DatabaseSettings],
    "IngestFunction": [IngestSettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "ApiFunction": [ApiSettings, DatabaseSettings],
    "ClassifyFunction": [ClassifySettings, DatabaseSettings, OutboxSettings],
    "ClassifyDeadLettersFunction": [DatabaseSettings, OutboxSettings],
    "BreakerFunction": [BreakerSettings],
    "CategorizeFunction": [CategorizeSettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "NotifyFunction": [NotifySettings, DatabaseSettings, OutboxSettings, QueueSettings],
    "CurateFunction": [DatabaseSettings, OutboxSettings, QueueSettings],
    "SweepFunction": [SweepSettings, DatabaseSettings, OutboxSettings],
}
FUNCTIONS = properties("AWS::Serverless::Function")
OWN_NAMESPACE = {"Fn::Sub": "FeedbackInsights/${AWS::StackName}"}
OURS = {"LOG_LEVEL", "BUS_NAME", "POWERTOOLS_SERVICE_NAME"}


def environment(function: str) -> dict[str, Any]:
    variables: dict[str, Any] = FUNCTIONS[function]["Environment"]["Variables"]
    return variables


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something to a function or to the tracker."""
    for name, role in properties("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
    for name, policy in properties("AWS::IAM::ManagedPolicy").items():
        yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_function_is_known_here() -> None:
    assert FUNCTIONS.keys() == SETTINGS.keys()


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_is_given_what_its_settings_need_and_nothing_that_nobody_reads(function: str) -> None:
    given = set(environment(function))
    fields = {
        name.upper(): field.is_required()
        for settings in SETTINGS[function]
        for name, field in settings.model_fields.items()
    }

    assert {name for name, needed in fields.items() if needed} <= given
    # Read by Powertools and by the SDK.
    assert given - fields.keys() - OURS <= {
        n for n in given if n.startswith(("POWERTOOLS_", "AWS_ENDPOINT_URL_"))
    }


@pytest.mark.parametrize("function", SETTINGS)
def test_a_functions_code_and_package_are_its_services(function: str) -> None:
    services, service, _, entry = FUNCTIONS[function]["Handler"].split(".")

    assert (services, entry) == ("services", "handler")
    assert FUNCTIONS[function]["CodeUri"] == f"services/{service}/"
    packages = resources("AWS::Serverless::Function")[function]["Metadata"]["BuildProperties"]
    assert packages == {"ParentPackageMode": "explicit", "ParentPackages": f"services.{service}"}


def test_all_functions_but_the_breaker_run_in_the_managed_vpc() -> None:
    outside = {name for name, function in FUNCTIONS.items() if "VpcConfig" not in function}

    assert outside == {"BreakerFunction"}
    for name in FUNCTIONS.keys() - outside:
        assert FUNCTIONS[name]["VpcConfig"]["Fn::If"][0] == "Managed"


def test_functions_that_need_the_database_wait_for_its_migrations() -> None:
    waiting = {
        name
        for name, function in resources("AWS::Serverless::Function").items()
        if "Schema" in listed(function.get("DependsOn", []))
    }

    assert waiting == FUNCTIONS.keys() - {"SchemaFunction", "BreakerFunction"}


def test_the_schemas_version_is_its_functions_version_which_every_change_of_its_code_makes_anew() -> None:
    schema = properties("Custom::Schema")["Schema"]

    assert schema["SchemaVersion"] == {"Ref": "SchemaFunction.Version"}
    assert FUNCTIONS["SchemaFunction"]["AutoPublishAlias"]
    assert schema["ServiceTimeout"] >= FUNCTIONS["SchemaFunction"]["Timeout"]


def test_no_statement_allows_every_action_of_a_service() -> None:
    for name, statement in policies():
        assert statement["Effect"] == "Allow"
        assert not [a for a in listed(statement["Action"]) if a.endswith("*")], name


def test_each_role_belongs_to_one_function() -> None:
    roles = [json.dumps(function["Role"]) for function in FUNCTIONS.values()]

    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_may_use_the_queues_and_read_from_the_bucket_that_it_is_told_of_and_no_others(
    function: str,
) -> None:
    role = function.removesuffix("Function") + "Role"
    uses = {
        action: {resource["Fn::GetAtt"][0] for resource in listed(statement["Resource"])}
        for name, statement in policies()
        if name == role
        for action in listed(statement["Action"])
        if action in ("sqs:SendMessage", "sqs:ChangeMessageVisibility")
        # What it reads by a mapping it is not told of; the sweeper looks at how long other queues are.
        or (action == "sqs:GetQueueAttributes" and statement["Sid"] != "Receive")
    }
    told = {
        value["Ref"]
        for key, value in environment(function).items()
        if key.endswith(("QUEUE_URL", "OWN_QUEUE"))
    }

    # A function is told of its own queue, too, if it wants a message back sooner.
    assert set().union(*uses.values()) == told
    buckets = [s for n, s in policies() if n == role and str(s["Action"]).find("s3:") >= 0]
    # Curate has the bucket's name from S3's event.
    assert bool(buckets) == ("DATA_BUCKET" in environment(function) or function == "CurateFunction")


@pytest.mark.parametrize("function", ["IngestFunction", "NotifyFunction", "CurateFunction"])
def test_a_function_that_meets_an_outage_may_send_a_fresh_copy_to_its_own_queue(function: str) -> None:
    own = function.removesuffix("Function") + "Queue"
    sends_to = {
        resource["Fn::GetAtt"][0]
        for name, statement in policies()
        if name == function.removesuffix("Function") + "Role"
        and "sqs:SendMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert own in sends_to
    assert {"Ref": own} in environment(function).values()


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_may_receive_from_the_queues_that_it_reads(function: str) -> None:
    role = function.removesuffix("Function") + "Role"
    receives = {
        resource["Fn::GetAtt"][0]
        for name, statement in policies()
        if name == role and "sqs:ReceiveMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    events = FUNCTIONS[function].get("Events", {}).values()

    assert receives == {e["Properties"]["Queue"]["Fn::GetAtt"][0] for e in events if e["Type"] == "SQS"}


def test_every_alarm_tells_operators_what_is_the_matter_and_when_it_is_over() -> None:
    for name, alarm in properties("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperationsTopic"}], name
        assert alarm["AlarmDescription"], name


def test_readers_and_operators_have_a_topic_each_which_nobody_else_is_subscribed_to() -> None:
    subscribed = {
        s["TopicArn"]["Ref"]: s["Endpoint"]["Ref"] for s in properties("AWS::SNS::Subscription").values()
    }

    assert subscribed == {"Topic": "NotificationEmail", "OperationsTopic": "OperationsEmail"}
    assert environment("NotifyFunction")["READERS_TOPIC_ARN"] == {"Ref": "Topic"}
    assert environment("NotifyFunction")["OPERATIONS_TOPIC_ARN"] == {"Ref": "OperationsTopic"}


@pytest.mark.parametrize(
    "reader, operator, refused",
    [
        ("", "", False),
        ("", "ops@example.com", False),
        ("who@example.com", "", True),
        ("who@example.com", "ops@example.com", False),
        ("who@example.com", "who@example.com", False),
    ],
)
def test_no_stack_that_told_one_person_of_alarms_falls_silent_by_an_update(
    reader: str, operator: str, refused: bool
) -> None:
    rule = resolving.template()["Rules"]["OperatorsAreNamed"]
    stack = resolving.stack(NotificationEmail=reader, OperationsEmail=operator)
    [assertion] = rule["Assertions"]

    applies = resolving.resolve(rule["RuleCondition"], stack)
    assert (applies and not resolving.resolve(assertion["Assert"], stack)) == refused
    assert "OperationsEmail is needed" in assertion["AssertDescription"]
    assert resolving.holds("SomebodyReads", stack) == bool(reader)
    assert resolving.holds("SomebodyOperates", stack) == bool(operator)


def test_functions_ask_the_managed_database_for_tls() -> None:
    for function in FUNCTIONS.keys() - {"BreakerFunction"}:
        assert environment(function)["DATABASE_TLS"]["Fn::If"][:2] == ["Managed", "true"]


def test_nothing_depends_on_what_sam_makes_only_after_the_loops_are_unrolled() -> None:
    """CloudFormation unrolls loops first, and refuses a DependsOn on what is not there then."""
    named = {name for resource in resources().values() for name in listed(resource.get("DependsOn", []))}

    assert named <= resources().keys()


def test_every_function_has_an_alarm_for_its_errors() -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in properties("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "Errors"
    }

    assert watched == FUNCTIONS.keys()


def test_the_private_network_has_no_way_out_but_to_the_services_that_the_functions_call() -> None:
    services = {
        endpoint["ServiceName"]["Fn::Join"][1][-1]
        for endpoint in properties("AWS::EC2::VPCEndpoint").values()
    }

    assert not resources("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway")
    assert services == {"s3", "secretsmanager", "sqs", "events", "bedrock-runtime", "sns", "states"}


def test_what_belongs_to_the_managed_mode_hangs_on_its_condition() -> None:
    kinds = ("AWS::EC2::", "AWS::RDS::")
    for name, resource in ours().get_resources().items():
        if resource["Type"].startswith(kinds):
            assert resource.get("Condition") in ("Managed", "Egress", "Private"), name
    for given in ({"Network": "egress"}, {"Network": "private"}):
        external = resolving.stack(ManagedDatabase="false", **given)
        assert not any(resolving.holds(name, external) for name in ("Managed", "Egress", "Private"))


EXTERNAL = {"ManagedDatabase": "false", "DatabaseHost": "db.example.com"}
MANAGED = {"SubnetIds": ["SubnetA", "SubnetB"], "SecurityGroupIds": ["FunctionSecurityGroup"]}
SUBNETS = {"DatabaseSubnetIds": "subnet-0a,subnet-0b", "DatabaseSecurityGroupIds": "sg-0a"}


@pytest.mark.parametrize(
    "given, network",
    [
        ({}, MANAGED | {"Ipv6AllowedForDualStack": True}),
        ({"Network": "private"}, MANAGED | {"Ipv6AllowedForDualStack": False}),
        (EXTERNAL, resolving.NOTHING),
        (EXTERNAL | SUBNETS, {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0a"]}),
        (
            EXTERNAL | {"DatabaseSubnetIds": "subnet-0a", "DatabaseSecurityGroupIds": "sg-0a,sg-0b"},
            {"SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-0a", "sg-0b"]},
        ),
    ],
    ids=[
        "managed",
        "managed and private",
        "reached from anywhere",
        "in a private network",
        "with two groups",
    ],
)
def test_functions_are_where_their_database_is_and_may_be(given: dict[str, str], network: object) -> None:
    stack = resolving.stack(**given)
    config = resolving.template()["Globals"]["Function"]["VpcConfig"]

    found = resolving.resolve(config, stack)

    if isinstance(found, dict):
        found = {name: resolving.resolve(ids, stack) for name, ids in found.items()}
    assert found == network
    assert resolving.holds("InNetwork", stack) == (network != resolving.NOTHING)
    assert resolving.template()["Resources"]["NetworkPolicy"]["Condition"] == "InNetwork"


def test_a_network_is_given_whole_and_only_for_a_database_that_is_there() -> None:
    rules = resolving.template()["Rules"]

    def refused(**given: str) -> list[str]:
        stack = resolving.stack(**given)
        return [
            assertion["AssertDescription"]
            for rule in (rules["ExistingNetworkIsWhole"], rules["ExistingNetworkHasSubnets"])
            if resolving.resolve(rule["RuleCondition"], stack)
            for assertion in rule["Assertions"]
            if not resolving.resolve(assertion["Assert"], stack)
        ]

    assert refused() == refused(**EXTERNAL) == refused(**EXTERNAL, **SUBNETS) == []
    assert len(refused(**EXTERNAL, DatabaseSubnetIds="subnet-0a")) == 1
    assert len(refused(**EXTERNAL, DatabaseSecurityGroupIds="sg-0a")) == 1
    assert len(refused(**SUBNETS)) == 1


@pytest.mark.parametrize(
    "given, zones",
    [
        ("", ["us-east-1a", "us-east-1b"]),
        ("us-east-1c,us-east-1f", ["us-east-1c", "us-east-1f"]),
        ("use1-az1,use1-az4", ["use1-az1", "use1-az4"]),
    ],
)
def test_the_subnets_are_in_the_zones_that_are_named_or_in_the_first_two(
    given: str, zones: list[str]
) -> None:
    stack = resolving.stack(AvailabilityZones=given)
    subnets = (resolving.properties(name)["AvailabilityZone"] for name in ("SubnetA", "SubnetB"))

    assert [resolving.resolve(zone, stack) for zone in subnets] == zones


def test_every_parameter_is_described_and_in_a_group() -> None:
    parameters = ours().template["Parameters"]
    groups = ours().template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(parameters)
    for name, parameter in parameters.items():
        assert parameter["Description"].endswith((".", ")")), name
        assert (
            any(key in parameter for key in ("AllowedValues", "AllowedPattern", "MinValue"))
            or name == "DatabaseHost"
        ), name


@pytest.mark.parametrize(
    "parameter, taken, refused",
    [
        (
            "ReadersCidr",
            ["", "10.0.0.0/8", "10.1.0.0/16", "172.31.0.0/16", "192.168.7.0/24"],
            ["10.1.0/16", "10.1.2.3.4/32", "172.32.0.0/16", "192.168.256.0/24", "8.8.8.8/32"],
        ),
        ("VpcCidr", ["10.42.0.0/20", "172.16.0.0/16"], ["", "10.300.0.0/20", "10.42.0.0/15", "10.42.0.0/24"]),
        ("AvailabilityZones", ["", "us-east-1a,us-east-1c"], ["us-east-1a", "a, b", "a,b,c"]),
        ("DatabaseName", ["insights", "a_1"], ["1a", "my-data", "x" * 64]),
        ("EmailDomain", ["", "mail.example.com", "in@mail.example.com"], ["example", "a b.com", "@x.com"]),
    ],
)
def test_a_value_that_aws_would_refuse_late_is_refused_at_once(
    parameter: str, taken: list[str], refused: list[str]
) -> None:
    pattern = ours().template["Parameters"][parameter]["AllowedPattern"]

    assert [value for value in taken if not re.fullmatch(pattern, value)] == []
    assert [value for value in refused if re.fullmatch(pattern, value)] == []


def test_the_database_has_room_to_grow_whatever_it_begins_with() -> None:
    """RDS takes a greatest storage from a tenth above the first on, and advises a quarter and more."""
    most = properties("AWS::RDS::DBInstance")["Database"]["MaxAllocatedStorage"]

    assert ours().template["Parameters"]["DatabaseStorageGiB"]["MaxValue"] * 1.26 <= most


def test_no_name_of_a_parameter_begins_with_the_stacks() -> None:
    """A stack may be called aws-…, or ssm-…, and Systems Manager takes no name that begins so."""
    names = [each["Name"]["Fn::Sub"] for each in properties("AWS::SSM::Parameter").values()]

    assert len(names) == 2
    assert [name for name in names if re.match(r"/?(\$|aws|ssm)", name, re.IGNORECASE)] == []


def test_the_sweepers_ticks_begin_when_there_is_a_sweeper() -> None:
    """RDS takes longer to make than a tick may wait before an alarm tells of it."""
    assert resources("AWS::Events::Rule")["SweepSchedule"]["DependsOn"] == "SweepFunction"


def test_no_metric_of_the_api_is_paid_for() -> None:
    """API Gateway sends those of a stage for nothing, and those of each method as detailed ones."""
    [api] = properties("AWS::Serverless::Api").values()
    alarm = properties("AWS::CloudWatch::Alarm")["ServerErrorsAlarm"]

    assert [setting["MetricsEnabled"] for setting in api["MethodSettings"]] == [False]
    assert [d["Name"] for d in alarm["Dimensions"]] == ["ApiName", "Stage"]


def test_the_local_emulator_is_handed_a_number_for_the_usual_concurrency() -> None:
    parameters = ours().template["Parameters"]
    events = FUNCTIONS["ClassifyFunction"]["Events"]
    condition, usual, other = events["Feedback"]["Properties"]["ScalingConfig"]["MaximumConcurrency"][
        "Fn::If"
    ]
    # The linter may have turned the two around.
    compared = ours().template["Conditions"][condition]["Fn::Equals"]
    assert {"Ref": "FeedbackConcurrency"} in compared
    assert parameters["FeedbackConcurrency"]["Default"] in compared
    assert usual == parameters["FeedbackConcurrency"]["Default"]
    assert other == {"Ref": "FeedbackConcurrency"}


def test_people_hear_that_nobody_sweeps() -> None:
    """Of all that stands still the sweeper tells; of the sweeper only its silence does."""
    alarm = properties("AWS::CloudWatch::Alarm")["SweepSilentAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "NumberOfMessagesDeleted")
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["SweepQueue", "QueueName"]}}
    ]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["ComparisonOperator"] == "LessThanThreshold"


def test_people_hear_of_messages_that_are_put_off_again_and_again() -> None:
    """By those functions that put off what they cannot reach."""
    alarm = properties("AWS::CloudWatch::Alarm")["MessagesDeferredAlarm"]

    assert alarm["MetricName"] == "MessagesDeferred"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": EVERY_SERVICE}]
    handlers = (ROOT / "services").glob("*/handler.py")
    assert {path.parent.name for path in handlers if ", AWAY" in path.read_text()} == {
        "curate",
        "ingest",
        "notify",
    }


def test_stacks_in_one_account_share_no_metric_and_no_alarm() -> None:
    """AWS's own metrics have the name of a thing of the stack for a dimension."""
    for function in FUNCTIONS:
        assert environment(function)["POWERTOOLS_METRICS_NAMESPACE"] == OWN_NAMESPACE
    for name, alarm in properties("AWS::CloudWatch::Alarm").items():
        things = [d["Value"] for d in alarm["Dimensions"] if isinstance(d["Value"], dict)]
        assert alarm["Namespace"] == OWN_NAMESPACE or things, name
    body = json.dumps(properties("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])
    metrics = re.findall(r'\[\\"([^"]+)\\", \\"\w+\\", \\"\w+\\", \\"([^"]+)\\"', body)
    assert len(metrics) == len(shown())
    assert all("${" in namespace + value for namespace, value in metrics)


def test_nothing_that_a_customer_wrote_leaves_the_database_for_a_log() -> None:
    logged = properties("AWS::RDS::DBInstance")["Database"]["EnableCloudwatchLogsExports"]
    parameters = properties("AWS::RDS::DBParameterGroup")["DatabaseParameters"]["Parameters"]

    assert logged == ["error"]
    assert (parameters["slow_query_log"], parameters["general_log"]) == ("0", "0")


@pytest.mark.parametrize(
    "region, host",
    [
        ("us-east-1", "console.aws.amazon.com"),
        ("eu-central-1", "console.aws.amazon.com"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("us-gov-east-1", "console.amazonaws-us-gov.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("cn-northwest-1", "console.amazonaws.cn"),
    ],
)
def test_the_dashboards_address_is_that_of_the_partitions_console(region: str, host: str) -> None:
    url = resolving.resolve(resolving.template()["Outputs"]["DashboardUrl"]["Value"], resolving.stack(region))

    assert url == f"https://{host}/cloudwatch/home?region={region}#dashboards/dashboard/Dashboard"


def tracker() -> dict[str, Any]:
    """The state machine's definition with its substitutions made, which are texts in a text."""
    machine = properties("AWS::Serverless::StateMachine")["Tracker"]
    text = (ROOT / machine["DefinitionUri"]).read_text()
    values = {"Partition": "aws", "NotifyQueueUrl": "https://sqs/notify", "TimeoutSeconds": "21600"}
    assert machine["DefinitionSubstitutions"].keys() == values.keys()
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text
    definition: dict[str, Any] = json.loads(text)
    return definition


def test_the_tracker_waits_on_one_token_for_a_number_of_seconds() -> None:
    definition = tracker()
    waiting = definition["States"][definition["StartAt"]]

    assert waiting["Resource"].endswith("sqs:sendMessage.waitForTaskToken")
    assert waiting["TimeoutSeconds"] == 21600
    assert waiting["Parameters"]["MessageBody"]["task_token.$"] == "$$.Task.Token"
    tokens = [s for s in definition["States"].values() if "waitForTaskToken" in s.get("Resource", "")]
    assert len(tokens) == 1


def test_the_tracker_tells_when_its_time_is_up_and_waits_again() -> None:
    definition = tracker()
    waiting = definition["States"][definition["StartAt"]]
    [timed_out, *_] = waiting["Catch"]
    telling = definition["States"][timed_out["Next"]]

    assert timed_out["ErrorEquals"] == ["States.Timeout"]
    assert telling["Parameters"]["MessageBody"]["kind"] == "tracker_timed_out"
    assert telling["Next"] == definition["StartAt"]
    assert telling["ResultPath"] is None


def test_an_execution_that_failed_is_not_tried_again_by_the_tracker() -> None:
    definition = tracker()
    first, *_ = definition["States"][definition["StartAt"]]["Retry"]

    assert first == {"ErrorEquals": ["ExecutionFailed"], "MaxAttempts": 0}


def test_an_upload_in_parts_that_nobody_goes_on_with_ends_but_not_before_it_is_given_up() -> None:
    """S3 charges for parts; the sweeper has a report drawn anew for a day before it counts as failed."""
    bucket = properties("AWS::S3::Bucket")["DataBucket"]
    rules = [r for r in bucket["LifecycleConfiguration"]["Rules"] if "AbortIncompleteMultipartUpload" in r]

    assert [rule["Status"] for rule in rules] == ["Enabled"]
    assert 2 <= rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7


def test_notify_goes_on_by_its_own_queue() -> None:
    variables = properties("AWS::Serverless::Function")["NotifyFunction"]["Environment"]["Variables"]

    assert variables["NOTIFY_QUEUE_URL"] == variables["OWN_QUEUE_URL"] == {"Ref": "NotifyQueue"}
