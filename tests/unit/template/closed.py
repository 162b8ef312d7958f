"""What makes the template safe, and the emulator does not enforce: a check yields what is wrong, if it is."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from cfnlint.template import Template  # type: ignore[import-untyped]

Resource = dict[str, Any]
Check = Callable[[Template], Iterator[str]]

OPEN_PATHS = {"/reports/{token}"}  # people come from a mail; the token is the permission
ACCOUNT = {"Ref": "AWS::AccountId"}
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def of(cfn: Template, *kinds: str) -> dict[str, Resource]:
    """The properties of the resources of these types, by logical id."""
    return {name: found.get("Properties", {}) for name, found in cfn.get_resources(list(kinds)).items()}


def listed(value: Any) -> list[Any]:
    """The value as a list, which one may leave out around a single one."""
    return value if isinstance(value, list) else [value]


def named(value: Any) -> str:
    """The resource that a Ref or a GetAtt names; empty if it is neither."""
    return str(value.get("Ref") or value.get("Fn::GetAtt", [""])[0]) if isinstance(value, dict) else ""


def statements(policy: Resource) -> list[Resource]:
    """The statements of a resource's policy, also those that stand there under a condition."""
    found = listed(policy["PolicyDocument"]["Statement"])
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in found]


def denies_without_tls(policy: Resource, action: str, resources: list[Any]) -> bool:
    """Whether this policy refuses everybody this action on these resources without TLS."""
    return any(
        s["Effect"] == "Deny"
        and s["Principal"] == "*"
        and s["Action"] == action
        and all(resource in listed(s["Resource"]) for resource in resources)
        and s["Condition"] == NO_TLS
        for s in statements(policy)
    )


def buckets(cfn: Template) -> Iterator[str]:
    """Encrypted, versioned, theirs alone who own them, closed to the public, by TLS only."""
    policies = of(cfn, "AWS::S3::BucketPolicy").values()
    for name, bucket in of(cfn, "AWS::S3::Bucket").items():
        arn, within = {"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}
        its = [policy for policy in policies if policy["Bucket"] == {"Ref": name}]
        encryption = bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        if not any("SSEAlgorithm" in rule.get("ServerSideEncryptionByDefault", {}) for rule in encryption):
            yield f"{name} is not encrypted"
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} forgets what was replaced"
        if bucket.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}:
            yield f"{name} has access lists"
        if list(bucket.get("PublicAccessBlockConfiguration", {}).values()) != [True] * 4:
            yield f"{name} is not closed to the public"
        if not any(denies_without_tls(policy, "s3:*", [arn, within]) for policy in its):
            yield f"{name} may be used without TLS"


def topics(cfn: Template) -> Iterator[str]:
    """Encrypted by a key of ours that lets alarms publish (the default one would not), by TLS only.

    Alarms may publish to the topics that they name, and to no other.
    """
    policies = of(cfn, "AWS::SNS::TopicPolicy").values()
    alarms = of(cfn, "AWS::CloudWatch::Alarm").values()
    told = {named(topic) for alarm in alarms for topic in alarm.get("AlarmActions", [])}
    for name, topic in of(cfn, "AWS::SNS::Topic").items():
        key = of(cfn, "AWS::KMS::Key").get(named(topic.get("KmsMasterKeyId")))
        its = [policy for policy in policies if {"Ref": name} in policy["Topics"]]
        if key is None:
            yield f"{name} is not encrypted by a key of ours"
        elif not any(_alarms_may(s, "kms:GenerateDataKey*") for s in key["KeyPolicy"]["Statement"]):
            yield f"{name}: its key keeps alarms from publishing"
        admitted = any(_alarms_may(s, "sns:Publish") for policy in its for s in statements(policy))
        if admitted != (name in told):
            yield f"{name}: its policy {'lets' if admitted else 'keeps'} alarms {'in' if admitted else 'out'}"
        if not any(denies_without_tls(policy, "sns:Publish", [{"Ref": name}]) for policy in its):
            yield f"{name} takes messages without TLS"


def _alarms_may(statement: Resource, action: str) -> bool:
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        and action in listed(statement["Action"])
    )


def keys(cfn: Template) -> Iterator[str]:
    """Turned each year; services use them for this account alone; CloudWatch Logs may."""
    for name, key in of(cfn, "AWS::KMS::Key").items():
        if key.get("EnableKeyRotation") is not True:
            yield f"{name} is never rotated"
        served = [s for s in key["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]
        if not any("logs." in str(s["Principal"]["Service"]) for s in served):
            yield f"{name} cannot encrypt logs"
        for statement in served:
            if "AWS::AccountId" not in str(statement.get("Condition")):
                yield f"{name}: {statement['Sid']} serves other accounts"


def logs(cfn: Template) -> Iterator[str]:
    """Encrypted by a key of ours, kept for a time."""
    for name, group in of(cfn, "AWS::Logs::LogGroup").items():
        if named(group.get("KmsKeyId")) not in of(cfn, "AWS::KMS::Key"):
            yield f"{name} is not encrypted by a key of ours"
        if not group.get("RetentionInDays"):
            yield f"{name} keeps logs for ever"


def services(cfn: Template) -> Iterator[str]:
    """A service named by a resource's policy acts for this stack or this account, and for nobody else's."""
    kinds = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
    for name, policy in of(cfn, *kinds).items():
        for statement in statements(policy):
            condition = statement.get("Condition", {})
            ours = condition.get("StringEquals", {}).get("aws:SourceAccount") == ACCOUNT
            arns = listed(condition.get("ArnEquals", {}).get("aws:SourceArn", []))
            things = bool(arns) and all(map(named, arns))
            if statement["Effect"] == "Allow" and "Service" not in statement["Principal"]:
                yield f"{name}: {statement['Sid']} lets in more than a service"
            if statement["Effect"] == "Allow" and not (ours or things):
                yield f"{name}: {statement['Sid']} serves other accounts"


def rules(cfn: Template) -> Iterator[str]:
    """A rule may send to its queues, and nothing else that is no role may."""
    wanted = {
        (name, named(arn))
        for name, rule in of(cfn, "AWS::Events::Rule").items()
        for target in rule["Targets"]
        for arn in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn"))
        if arn
    }
    allowed = {
        (arn["Fn::GetAtt"][0], s["Resource"]["Fn::GetAtt"][0])
        for policy in of(cfn, "AWS::SQS::QueuePolicy").values()
        for s in statements(policy)
        if s["Effect"] == "Allow" and s["Action"] == "sqs:SendMessage"
        if s["Principal"] == {"Service": "events.amazonaws.com"}
        for arn in listed(s["Condition"]["ArnEquals"]["aws:SourceArn"])
    }
    yield from (f"{rule} may not send to {queue}" for rule, queue in wanted - allowed)
    yield from (f"{rule} may send to {queue}, which it does not" for rule, queue in allowed - wanted)


def databases(cfn: Template) -> Iterator[str]:
    """Encrypted, private, its password in Secrets Manager alone, by TLS only."""
    groups = of(cfn, "AWS::RDS::DBParameterGroup")
    for name, database in of(cfn, "AWS::RDS::DBInstance").items():
        parameters = groups.get(named(database.get("DBParameterGroupName")), {})
        if database.get("StorageEncrypted") is not True:
            yield f"{name} is not encrypted"
        if database.get("PubliclyAccessible") is not False:
            yield f"{name} is open to the internet"
        if database.get("ManageMasterUserPassword") is not True or "MasterUserPassword" in database:
            yield f"{name}: its password is not kept by Secrets Manager"
        if parameters.get("Parameters", {}).get("require_secure_transport") != "1":
            yield f"{name} may be used without TLS"


def apis(cfn: Template) -> Iterator[str]:
    """Closed by IAM but for what is open on purpose; its addresses, which may be keys, are nowhere kept."""
    for name, api in of(cfn, "AWS::Serverless::Api").items():
        if api.get("Auth", {}).get("DefaultAuthorizer") != "AWS_IAM":
            yield f"{name} is open"
        settings = api.get("MethodSettings", [])
        traced = api.get("TracingEnabled") is not False or "AccessLogSetting" in api
        if traced or any(s.get("DataTraceEnabled") is not False or "LoggingLevel" in s for s in settings):
            yield f"{name} keeps the addresses of reports in traces or logs"
        if not any(setting.get("ThrottlingRateLimit") for setting in settings):
            yield f"{name} may be called without end"
    for name, function in of(cfn, "AWS::Serverless::Function").items():
        for event in function.get("Events", {}).values():
            asked = event["Properties"]
            if event["Type"] == "Api" and "Auth" in asked and asked["Path"] not in OPEN_PATHS:
                yield f"{name}: {asked['Path']} has rules of its own"


def functions(cfn: Template) -> Iterator[str]:
    """Their environments are encrypted by a key of ours and hold no secret, only where it is."""
    for name, function in of(cfn, "AWS::Serverless::Function").items():
        if named(function.get("KmsKeyArn")) not in of(cfn, "AWS::KMS::Key"):
            yield f"{name}: its environment is not encrypted by a key of ours"
        for variable in function.get("Environment", {}).get("Variables", {}):
            secret = any(word in variable for word in ("PASSWORD", "SECRET", "CREDENTIAL", "API_KEY"))
            # An address where one is fetched is none.
            if secret and not (variable.endswith("_ARN") or variable.startswith("AWS_ENDPOINT_URL_")):
                yield f"{name}: {variable} is a secret in the environment"


def parameters(cfn: Template) -> Iterator[str]:
    """A parameter names a secret; none is one, and no text of the template fetches one."""
    for name in cfn.template["Parameters"]:
        if re.search(r"Password|Secret|Token(?!s)|ApiKey", name) and not name.endswith("Arn"):
            yield f"{name} is a secret as a parameter"
    if "{{resolve:" in str(cfn.template):
        yield "a dynamic reference would put its secret into the stack"


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        apis,
        buckets,
        databases,
        functions,
        keys,
        logs,
        parameters,
        rules,
        services,
        topics,
    )
}
