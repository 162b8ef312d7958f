"""Rights of functions and of the tracker: those that `make iam` tries, and those that it cannot."""

import re

import pytest

from shared.contracts import keys
from tests.iam import files, model, people
from tests.iam.grants import Grant, grants, listed, roles, statements, without, words
from tests.iam.scenarios import SCENARIOS
from tests.iam.unenforced import reason
from tests.template import ROOT, properties
from tests.unit.template.functions import environment

ROOMS = (files, model, people)  # whose import fills SCENARIOS
GRANTS = list(grants())
FUNCTIONS = properties("AWS::Serverless::Function")
ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def having(action: str) -> dict[str, set[str]]:
    """On what each function may do this."""
    found: dict[str, set[str]] = {}
    for grant in GRANTS:
        if grant.action == action:
            found.setdefault(grant.function, set()).add(grant.resource)
    return found


def code(function: str) -> str:
    """The source of a function's handler, and of what makes its dependencies."""
    handler = ROOT / f"{FUNCTIONS[function]['Handler'].rpartition('.')[0].replace('.', '/')}.py"
    text = handler.read_text()
    made = re.search(r"\.dependencies import .*open_dependencies", text)
    return text + (handler.with_name("dependencies.py").read_text() if made else "")


def with_nothing(secret: dict[str, list[object]]) -> dict[str, list[object]]:
    """The same ARN, or no value where a function is told an empty one."""
    condition, arn, empty = secret["Fn::If"]
    assert empty == ""
    return {"Fn::If": [condition, arn, {"Ref": "AWS::NoValue"}]}


# --- make iam


@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_a_right_is_put_to_the_test_or_there_is_a_reason_why_not(grant: Grant) -> None:
    assert (str(grant) in SCENARIOS) != bool(reason(grant))


def test_no_scenario_is_for_a_right_that_nobody_has() -> None:
    assert SCENARIOS.keys() <= set(map(str, GRANTS))


def test_one_right_is_taken_away_and_no_other() -> None:
    mapping = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:event-source-mapping:"
    feedback = f"{mapping}${{ClassifyFunctionFeedback}}"
    look = Grant("BreakerRole", "SwitchTheMappings", "lambda:GetEventSourceMapping", feedback)
    before = [dict(statement) for statement in statements("BreakerRole")]

    left = without(before, look)

    assert left[: len(before) - 1] == before[:-1]
    assert [(s["Action"], list(map(words, listed(s["Resource"])))) for s in left[len(before) - 1 :]] == [
        (["lambda:UpdateEventSourceMapping"], [feedback]),
    ]


# --- what the emulator does not enforce


def test_a_function_writes_to_its_own_log_and_to_no_other() -> None:
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        assert having(action) == {
            name: {function["LoggingConfig"]["LogGroup"]["Ref"]} for name, function in FUNCTIONS.items()
        }


def test_whoever_receives_may_also_delete_and_count_as_a_mapping_needs() -> None:
    counted = having("sqs:GetQueueAttributes")
    # The sweeper also looks at what the other queues hold.
    counted["SweepFunction"] &= {"SweepQueue"}
    assert having("sqs:ReceiveMessage") == having("sqs:DeleteMessage") == counted


def test_the_sweeper_looks_at_the_queues_that_executions_wait_in_and_reads_none_of_them() -> None:
    variables = FUNCTIONS["SweepFunction"]["Environment"]["Variables"]
    told = {value["Ref"] for name, value in variables.items() if name.endswith("_QUEUE_URL")}

    assert having("sqs:GetQueueAttributes")["SweepFunction"] == told | {"SweepQueue"}
    assert having("sqs:ReceiveMessage")["SweepFunction"] == {"SweepQueue"}


def test_the_model_is_asked_by_those_whose_code_does() -> None:
    asked = having("bedrock:InvokeModel")

    assert asked.keys() == {name for name in FUNCTIONS if "make_bedrock_client(" in code(name)}
    assert asked["BreakerFunction"] == {"the model"}
    assert asked["ClassifyFunction"] == asked["CategorizeFunction"] == {"the model", "the embedding model"}


def test_the_breaker_reads_what_bedrock_says_of_models_and_nobody_else_needs_it() -> None:
    models, profiles = having("bedrock:GetFoundationModel"), having("bedrock:GetInferenceProfile")

    assert models == profiles
    [(function, resources)] = models.items()
    assert function == "BreakerFunction"
    assert {each.rpartition(":")[2] for each in resources} == {
        "foundation-model/*",
        "inference-profile/*",
        "application-inference-profile/*",
    }


def test_who_tells_people_may_use_the_topics_key_and_nobody_else_may() -> None:
    assert having("kms:GenerateDataKey") == having("kms:Decrypt") == {"NotifyFunction": {"Key"}}
    assert having("sns:Publish") == {"NotifyFunction": {"Topic", "OperationsTopic"}}


def test_the_breaker_switches_the_mappings_that_it_is_told_of() -> None:
    told = FUNCTIONS["BreakerFunction"]["Environment"]["Variables"]["MAPPING_IDS"]["Ref"]

    for action in ("lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"):
        [(function, resources)] = having(action).items()
        assert function == "BreakerFunction"
        assert {each.rpartition(":")[2] for each in resources} == {f"${{{told}}}"}


def test_who_reads_files_that_may_be_gone_can_tell_gone_from_forbidden() -> None:
    reads = {name for name, where in having("s3:GetObject").items() if where != {"${DataBucket}/reports/*"}}

    assert having("s3:ListBucket") == {name: {"DataBucket"} for name in reads}
    assert having("s3:GetObjectVersion").keys() == reads


def test_the_sweeper_lists_what_people_put_in_and_nothing_else() -> None:
    assert having("s3:ListBucketVersions") == {"SweepFunction": {"DataBucket"}}
    [looks] = [s for s in statements("SweepRole") if s["Action"] == "s3:ListBucketVersions"]
    assert looks["Condition"] == {"StringEquals": {"s3:prefix": keys.INCOMING}}


def test_who_writes_files_in_parts_may_give_up_where_it_writes() -> None:
    assert having("s3:AbortMultipartUpload") == having("s3:PutObject")


def test_only_the_schema_function_may_read_the_owners_login() -> None:
    assert having("secretsmanager:GetSecretValue") == {
        name: {"Database", "FunctionsSecret", "ReadersSecret"}
        if name == "SchemaFunction"
        else {"the functions' login"}
        for name, function in FUNCTIONS.items()
        if "DATABASE_SECRET_ARN" in function["Environment"]["Variables"]
    }
    [statement] = properties("AWS::IAM::ManagedPolicy")["DatabasePolicy"]["PolicyDocument"]["Statement"]
    assert words(statement["Resource"]) == "FunctionsSecret"


def test_each_function_may_trace_and_those_with_a_database_read_the_secret_that_they_are_told_of() -> None:
    [allowed] = properties("AWS::IAM::ManagedPolicy")["DatabasePolicy"]["PolicyDocument"]["Statement"]
    for name, role in roles().items():
        managed = role["ManagedPolicyArns"]
        assert {"Ref": "TracingPolicy"} in managed
        told = FUNCTIONS[f"{name.removesuffix('Role')}Function"]["Environment"]["Variables"]
        assert ({"Ref": "DatabasePolicy"} in managed) == (
            told.get("DATABASE_SECRET_ARN") == allowed["Resource"]
        )
        if name == "SchemaRole":
            read = [s["Resource"] for s in statements(name) if s["Sid"] == "ReadTheLogins"]
            made = [with_nothing(told[f"{whose}_SECRET_ARN"]) for whose in ("FUNCTIONS", "READERS")]
            assert read == [[told["DATABASE_SECRET_ARN"], *made]]


def test_a_function_is_put_into_the_network_by_right_of_a_policy_that_others_lack() -> None:
    network = {"Fn::If": ["InNetwork", {"Ref": "NetworkPolicy"}, {"Ref": "AWS::NoValue"}]}

    for name, role in roles().items():
        within = "VpcConfig" in FUNCTIONS[f"{name.removesuffix('Role')}Function"]
        assert (network in role["ManagedPolicyArns"]) == within, name


def test_a_role_is_taken_on_by_its_service_alone() -> None:
    for name, role in properties("AWS::IAM::Role").items():
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        by = "states.amazonaws.com" if name == "TrackerRole" else "lambda.amazonaws.com"
        assert (trust["Effect"], trust["Action"]) == ("Allow", "sts:AssumeRole")
        assert trust["Principal"] == {"Service": by}, name


def test_the_tracker_may_send_to_the_queue_that_it_names_trace_and_log_and_nothing_else() -> None:
    machine = properties("AWS::Serverless::StateMachine")["Tracker"]
    role = properties("AWS::IAM::Role")["TrackerRole"]
    [policy] = role["Policies"]
    allowed = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"]}

    assert machine["Role"] == {"Fn::GetAtt": ["TrackerRole", "Arn"]}
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == ACCOUNT
    assert "ManagedPolicyArns" not in role
    assert allowed.keys() == {"Trace", "TellNotify", "DeliverLogs"}
    assert allowed["TellNotify"]["Action"] == "sqs:SendMessage"
    queue = machine["DefinitionSubstitutions"]["NotifyQueueUrl"]["Ref"]
    assert allowed["TellNotify"]["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert {action.split(":")[0] for action in allowed["Trace"]["Action"]} == {"xray"}
    assert {action.split(":")[0] for action in allowed["DeliverLogs"]["Action"]} == {"logs"}


def test_every_task_of_the_tracker_is_allowed_by_its_role() -> None:
    definition = (ROOT / "statemachine" / "tracker.asl.json").read_text()

    tasks = set(re.findall(r'"Resource": "arn:\$\{Partition\}:states:::([\w:.]+)"', definition))
    assert {task.removesuffix(".waitForTaskToken") for task in tasks} == {"sqs:sendMessage"}


def test_only_what_knows_no_resources_is_allowed_on_all() -> None:
    everywhere = {
        (name, action)
        for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
        for name, each in properties(kind).items()
        for policy in each.get("Policies", [each])
        for statement in policy["PolicyDocument"]["Statement"]
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }

    assert {(name, action.split(":")[0]) for name, action in everywhere} == {
        ("TracingPolicy", "xray"),
        ("TrackerRole", "xray"),
        ("TrackerRole", "logs"),
        ("NetworkPolicy", "ec2"),
    }


@pytest.mark.parametrize("reader", ["ClassifyFunction", "ClassifyDeadLettersFunction"])
def test_classify_takes_the_apis_sources_from_its_role_and_its_own(reader: str) -> None:
    named = environment(reader)["API_SENDERS"]["Fn::Sub"].split()
    roles = [FUNCTIONS[name]["Role"]["Fn::GetAtt"][0] for name in ("ApiFunction", "ClassifyFunction")]
    assert named == [*(f"${{{role}.RoleId}}" for role in roles), "${AWS::AccountId}"]
