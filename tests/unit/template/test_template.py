"""What the template promises, and what the local emulator does not enforce."""

import re
from typing import get_args

import pytest

from tests.template import ours, properties, resources
from tests.unit.template.functions import FUNCTIONS, SETTINGS, environment, listed

OURS = {"LOG_LEVEL", "BUS_NAME", "POWERTOOLS_SERVICE_NAME"}


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


def test_nothing_depends_on_what_sam_makes_only_after_the_loops_are_unrolled() -> None:
    """CloudFormation unrolls loops first, and refuses a DependsOn on what is not there then."""
    named = {name for resource in resources().values() for name in listed(resource.get("DependsOn", []))}

    assert named <= resources().keys()


def test_every_parameter_is_described_and_in_a_group() -> None:
    parameters = ours().template["Parameters"]
    groups = ours().template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(parameters)
    for name, parameter in parameters.items():
        assert parameter["Description"].endswith((".", ")")), name
        assert any(key in parameter for key in ("AllowedValues", "AllowedPattern", "MinValue")), name


@pytest.mark.parametrize(
    "parameter, taken, refused",
    [
        (
            "ReadersCidr",
            ["", "10.0.0.0/8", "10.1.0.0/16", "172.31.0.0/16", "192.168.7.0/24"],
            ["10.1.0/16", "10.1.2.3.4/32", "172.32.0.0/16", "192.168.256.0/24", "8.8.8.8/32"],
        ),
        ("VpcCidr", ["10.42.0.0/20", "172.16.0.0/16"], ["", "10.300.0.0/20", "10.42.0.0/15", "10.42.0.0/24"]),
        # A subnet takes the name of its zone; RDS wants two zones, and a zone named twice is one.
        (
            "AvailabilityZones",
            ["", "us-east-1a,us-east-1c", "us-gov-west-1b,us-gov-west-1a"],
            ["us-east-1a", "a, b", "a,b,c", "use1-az1,use1-az4", "us-east-1a,us-east-1a"],
        ),
        ("DatabaseName", ["insights", "a_1"], ["1a", "my-data", "x" * 64]),
        (
            "DatabaseHost",
            ["", "db.example.com", "my_db", "10.0.0.7", "fd00::7", "::ffff:10.0.0.7"],
            [
                "db.example.com:3306",
                "mysql://db",
                "db example",
                "10.0.0.7:3306",
                "user@db",
                "db:3306",
                "x" * 254,
            ],
        ),
        # A policy takes a secret by its whole ARN, with the six characters at its end.
        (
            "DatabaseSecretArn",
            ["", "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:shop/mysql-a1B2c3"],
            ["mysql", "arn:aws:secretsmanager:us-east-1:111122223333:secret:mysql", "arn:aws:s3:::a-a1B2c3"],
        ),
        (
            "DatabaseFunctionsSecretArn",
            ["", "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-a1B2c3"],
            ["arn:aws:secretsmanager:us-east-1:111122223333:secret:a", "*"],
        ),
        # Lambda takes so many and no more.
        (
            "DatabaseSubnetIds",
            ["", "subnet-0a", ",".join(["subnet-0123456789abcdef0"] * 16)],
            ["subnet-0a, subnet-0b", "0a", ",".join(["subnet-0a"] * 17)],
        ),
        ("DatabaseSecurityGroupIds", ["", ",".join(["sg-0123456789abcdef0"] * 5)], [",".join(["sg-0a"] * 6)]),
        (
            "FeedbackSenderArn",
            [
                "",
                "arn:aws:sns:eu-central-1:111122223333:reviews",
                "arn:aws-cn:events:cn-north-1:111122223333:rule/shop/reviews-*",
            ],
            ["reviews", "*", "arn:aws:sns:*:*:*", "arn:aws:sqs:eu-central-1:111122223333:reviews"],
        ),
        ("EmailDomain", ["", "mail.example.com", "in@mail.example.com"], ["example", "a b.com", "@x.com"]),
    ],
)
def test_a_value_that_aws_would_refuse_late_is_refused_at_once(
    parameter: str, taken: list[str], refused: list[str]
) -> None:
    its = ours().template["Parameters"][parameter]

    def takes(value: str) -> bool:
        return bool(re.fullmatch(its["AllowedPattern"], value)) and len(value) <= its["MaxLength"]

    assert [value for value in taken if not takes(value)] == []
    assert [value for value in refused if takes(value)] == []


def test_what_functions_read_as_whole_numbers_is_refused_by_the_schema_function_if_it_is_none() -> None:
    """CloudFormation takes 2.5 for a number, and each call of such a function would fail."""
    whole = {
        environment(function)[name.upper()].get("Ref")
        for function, settings in SETTINGS.items()
        for each in settings
        for name, field in each.model_fields.items()
        if isinstance(environment(function).get(name.upper()), dict) and holds_integers(field.annotation)
    } - {None}

    assert {"PackSize", "MailsPerHour", "StalledAfterSeconds"} <= whole
    told = properties("Custom::Schema")["Schema"]["WholeNumbers"]
    assert told == {name: {"Ref": name} for name in whole}


def holds_integers(kind: object) -> bool:
    return int in (kind, *get_args(kind))


def test_the_database_has_room_to_grow_whatever_it_begins_with() -> None:
    """RDS takes a greatest storage from a tenth above the first on, and advises a quarter and more."""
    most = properties("AWS::RDS::DBInstance")["Database"]["MaxAllocatedStorage"]

    assert ours().template["Parameters"]["DatabaseStorageGiB"]["MaxValue"] * 1.26 <= most


def test_no_name_of_a_parameter_begins_with_the_stacks() -> None:
    """A stack may be called aws-…, or ssm-…, and Systems Manager takes no name that begins so."""
    names = [each["Name"]["Fn::Sub"] for each in properties("AWS::SSM::Parameter").values()]

    assert len(names) == 2
    assert [name for name in names if re.match(r"/?(\$|aws|ssm)", name, re.IGNORECASE)] == []


def test_ticks_begin_when_there_is_somebody_to_take_them() -> None:
    """RDS takes longer to make than a tick may wait before an alarm tells of it."""
    readers = {
        event["Properties"]["Queue"]["Fn::GetAtt"][0]: function
        for function, its in FUNCTIONS.items()
        for event in its.get("Events", {}).values()
        if event["Type"] == "SQS"
    }
    rules = resources("AWS::Events::Rule").items()
    schedules = {name: rule for name, rule in rules if "ScheduleExpression" in rule["Properties"]}

    assert len(schedules) == 3
    for name, rule in schedules.items():
        [target] = rule["Properties"]["Targets"]
        assert rule.get("DependsOn") == readers[target["Arn"]["Fn::GetAtt"][0]], name


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


def test_an_upload_in_parts_that_nobody_goes_on_with_ends_but_not_before_it_is_given_up() -> None:
    """S3 charges for parts; the sweeper has a report drawn anew for a day before it counts as failed."""
    bucket = properties("AWS::S3::Bucket")["DataBucket"]
    rules = [r for r in bucket["LifecycleConfiguration"]["Rules"] if "AbortIncompleteMultipartUpload" in r]

    assert [rule["Status"] for rule in rules] == ["Enabled"]
    assert 2 <= rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7


def test_notify_goes_on_by_its_own_queue() -> None:
    variables = properties("AWS::Serverless::Function")["NotifyFunction"]["Environment"]["Variables"]

    assert variables["NOTIFY_QUEUE_URL"] == variables["OWN_QUEUE_URL"] == {"Ref": "NotifyQueue"}
