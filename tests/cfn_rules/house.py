"""The house's own cfn-lint rules. They see SAM's resources untransformed, with Globals merged into them.

cfn-lint loads this file by its path (`append_rules` in .cfnlintrc), so it imports nothing of ours.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import networkx as nx
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[import-untyped]
from cfnlint.template import Template  # type: ignore[import-untyped]
from typing_extensions import override

Resource = dict[str, Any]

_DEPTH = "ApproximateNumberOfMessagesVisible"
_SEND = {"sqs:SendMessage", "sqs:*", "*"}


def resources(cfn: Template, kind: str) -> dict[str, Resource]:
    """The properties of each resource of this type, by logical id."""
    found = cfn.get_resources([kind])
    return {name: resource.get("Properties", {}) for name, resource in found.items()}


def name_of(value: Any) -> str:
    """The logical id that a Ref or a GetAtt names; empty if it is neither."""
    if not isinstance(value, dict):
        return ""
    attribute = value.get("Fn::GetAtt", "")
    first = attribute[0] if isinstance(attribute, list) else str(attribute).partition(".")[0]
    return str(value.get("Ref") or first)


def texts(value: Any) -> list[Any]:
    """The value as a list, which IAM lets one leave out around a single one."""
    return value if isinstance(value, list) else [value]


def functions(cfn: Template) -> dict[str, Resource]:
    """The properties of each function; cfn-lint has merged Globals into them, deeply."""
    return resources(cfn, "AWS::Serverless::Function")


def mappings(cfn: Template) -> Iterator[tuple[str, Resource, str, str]]:
    """Event source mappings of queues: logical id, properties, function, queue."""
    queues = resources(cfn, "AWS::SQS::Queue")
    for function, its in functions(cfn).items():
        for event, source in its.get("Events", {}).items():
            mapping = source.get("Properties", {})
            if source["Type"] == "SQS" and name_of(mapping.get("Queue")) in queues:
                yield f"{function}{event}", mapping, function, name_of(mapping.get("Queue"))


def statements(cfn: Template, function: Resource) -> Iterator[Resource]:
    """The statements of the policies inside a function's role."""
    role = resources(cfn, "AWS::IAM::Role").get(name_of(function.get("Role")), {})
    for policy in role.get("Policies", []):
        yield from texts(policy["PolicyDocument"]["Statement"])


def policy_statements(policy: Resource) -> list[Resource]:
    """The statements of a queue's policy, also those that stand there under a condition."""
    found = policy["PolicyDocument"]["Statement"]
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in found]


def rule_dead_letters(cfn: Template) -> Iterator[tuple[str, str]]:
    """Each target of a rule: the rule, and the target's dead-letter queue; empty if it has none."""
    for name, rule in resources(cfn, "AWS::Events::Rule").items():
        for target in rule.get("Targets", []):
            yield name, name_of(target.get("DeadLetterConfig", {}).get("Arn"))


class HouseRule(CloudFormationLintRule):  # type: ignore[misc]
    """What each rule has: a sentence, and `wrong`, which yields a resource and what is wrong with it."""

    tags: ClassVar[list[str]] = ["house"]

    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        """Overridden by each rule."""
        yield from ()

    def match(self, cfn: Template) -> list[RuleMatch]:
        """What cfn-lint calls."""
        return [
            RuleMatch(["Resources", name], f"{name}: {sentence}", rule=self)
            for name, sentence in self.wrong(cfn)
        ]


class QueueHasWatchedDeadLetters(HouseRule):
    id = "E9001"
    shortdesc = "Every queue has a dead-letter queue with an alarm"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        queues = resources(cfn, "AWS::SQS::Queue")
        dead_letters = {
            name: name_of(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
            for name, queue in queues.items()
        }
        given_up = set(dead_letters.values()) | {queue for _, queue in rule_dead_letters(cfn)}
        watched = set(self._watched(cfn))
        for name, target in dead_letters.items():
            if name in given_up:
                if name not in watched:
                    yield name, "this dead-letter queue has no alarm that tells somebody of its depth"
            elif target not in queues:
                yield name, "this queue has no dead-letter queue"

    @staticmethod
    def _watched(cfn: Template) -> Iterator[str]:
        for alarm in resources(cfn, "AWS::CloudWatch::Alarm").values():
            if alarm.get("MetricName") == _DEPTH and alarm.get("AlarmActions"):
                yield from (name_of(d["Value"]) for d in alarm["Dimensions"] if d["Name"] == "QueueName")


class FunctionHasLogGroup(HouseRule):
    id = "E9002"
    shortdesc = "Every function has a log group of its own with a retention"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        groups = resources(cfn, "AWS::Logs::LogGroup")
        taken: set[str] = set()
        for name, function in functions(cfn).items():
            group = name_of(function.get("LoggingConfig", {}).get("LogGroup"))
            if group not in groups:
                yield name, "this function names no log group of the template (LoggingConfig)"
            elif group in taken:
                yield name, f"this function shares the log group {group} with another"
            elif not groups[group].get("RetentionInDays"):
                yield name, f"its log group {group} keeps logs for ever"
            taken.add(group)


class MappingReportsFailures(HouseRule):
    id = "E9003"
    shortdesc = "Every mapping of a queue reports which messages failed"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for name, mapping, function, _ in mappings(cfn):
            if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
                yield (
                    function,
                    f"{name}: one bad message would bring back its whole batch: ReportBatchItemFailures",
                )


class VisibilityOutlastsFunction(HouseRule):
    id = "E9004"
    shortdesc = "A queue's visibility timeout is at least six times its function's timeout"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        queues = resources(cfn, "AWS::SQS::Queue")
        for _, _, function, queue in mappings(cfn):
            timeout = int(functions(cfn)[function].get("Timeout", 3))
            visible = int(queues[queue].get("VisibilityTimeout", 30))
            if visible < 6 * timeout:
                yield (
                    queue,
                    f"VisibilityTimeout {visible} is less than six times the {timeout} s of {function}",
                )


class SelfFeedingFunctionMayLoop(HouseRule):
    id = "E9005"
    shortdesc = "A function that may send to a queue it reads has RecursiveLoop: Allow"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for _, _, name, queue in mappings(cfn):
            function = functions(cfn)[name]
            if queue in self._sends_to(cfn, function) and function.get("RecursiveLoop") != "Allow":
                yield name, f"it may send to {queue}, which it reads: Lambda would stop it after 16 hops"

    @staticmethod
    def _sends_to(cfn: Template, function: Resource) -> Iterator[str]:
        for statement in statements(cfn, function):
            if _SEND & set(texts(statement.get("Action", []))):
                yield from map(name_of, texts(statement.get("Resource", [])))


class WildcardHasReason(HouseRule):
    id = "E9006"
    shortdesc = "A policy's resource that is a wildcard has a comment that says why"
    description = shortdesc

    _RESOURCE = re.compile(r"^(\s*)(?:- )?(?:Not)?Resource:(.*)")
    _STATEMENT = re.compile(r"^\s*-\s+(Sid|Effect):")
    # What lies within something of the template's own is named well enough.
    _WITHIN = re.compile(r"\$\{\w+\.Arn\}/[^\s,\]'\"]*")

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        # A comment is only in the file; `sam validate` hands over the template without one.
        lines = Path(cfn.filename).read_text("utf-8").splitlines() if cfn.filename else []
        for owner, number, value in self._values(lines):
            if (
                (owner in cfn.get_resources() or owner.startswith("Fn::ForEach::"))
                and "*" in self._WITHIN.sub("", value)
                and not self._has_reason(lines, number)
            ):
                yield owner, f"line {number + 1} is a wildcard without a comment in or above its statement"

    def _values(self, lines: list[str]) -> Iterator[tuple[str, int, str]]:
        """Every line that is, or belongs to, the resources of a statement: its owner, number and value."""
        owner, depth = "", -1
        for number, line in enumerate(lines):
            if re.fullmatch(r"  [\w:]+:", line):
                owner = line.strip(" :")
            if begins := self._RESOURCE.match(line):
                depth = len(begins[1])
                yield owner, number, begins[2]
            elif depth >= 0 and line.startswith(" " * depth + "  "):
                yield owner, number, line.partition("#")[0]
            else:
                depth = -1

    def _has_reason(self, lines: list[str], number: int) -> bool:
        first = number
        while first and not self._STATEMENT.match(lines[first]):
            first -= 1
        return any(line.lstrip().startswith("#") for line in lines[max(first - 1, 0) : number + 1])


class QueueIsClosed(HouseRule):
    id = "E9007"
    shortdesc = "Every queue is encrypted, takes nothing without TLS and keeps messages for 14 days"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        policies = resources(cfn, "AWS::SQS::QueuePolicy").values()
        closed = {queue for policy in policies for queue in self._closed_by(policy)}
        for name, queue in resources(cfn, "AWS::SQS::Queue").items():
            if not (queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId")):
                yield name, "this queue is not encrypted"
            if name not in closed:
                yield name, "no policy refuses what comes to this queue without TLS"
            if queue.get("MessageRetentionPeriod") != 1_209_600:
                yield name, "this queue forgets messages before 14 days"

    @staticmethod
    def _closed_by(policy: Resource) -> Iterator[str]:
        queues = set(map(name_of, policy["Queues"]))
        for statement in policy_statements(policy):
            if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition")):
                yield from queues & set(map(name_of, texts(statement["Resource"])))


class MappingIsBounded(HouseRule):
    id = "E9008"
    shortdesc = "Every mapping of a queue has a MaximumConcurrency, which bounds the database's connections"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for name, mapping, function, _ in mappings(cfn):
            if not mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
                yield function, f"{name}: it may run as often at a time as the account allows"


class ExceptionHasReason(HouseRule):
    id = "E9009"
    shortdesc = "Every exception from a checkov check has a reason beside it, a sentence"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for name, resource in cfn.get_resources().items():
            for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                if not re.fullmatch(r"[A-Z].{20,}\.", skip.get("comment", "")):
                    yield name, f"{skip.get('id')} is left out without a reason"


class QueuePolicyIsTaken(HouseRule):
    id = "E9010"
    shortdesc = "A queue has one policy, whose statements name one resource each: SQS takes no others"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        policy_of: dict[str, str] = {}
        for name, policy in resources(cfn, "AWS::SQS::QueuePolicy").items():
            for queue in map(name_of, policy["Queues"]):
                if policy_of.setdefault(queue, name) != name:
                    yield name, f"it replaces {policy_of[queue]}, which is a policy of {queue}, too"
            for statement in policy_statements(policy):
                if len(texts(statement["Resource"])) != 1:
                    yield name, f"SQS refuses {statement['Sid']}: it names more than one resource"


class CustomResourceCanAnswer(HouseRule):
    id = "E9011"
    shortdesc = "What the function of a custom resource needs to answer is deleted after the custom resource"
    description = shortdesc

    # What gives another resource something, which does not know of it: rights to a role, ways to a network.
    _RIGHTS = ("AWS::IAM::",)
    _NETWORK = ("AWS::EC2::", "AWS::Route53Resolver::", "AWS::NetworkFirewall::")

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for name, function in self._calls(cfn):
            # CloudFormation deletes what a resource refers to after it, and all else at will.
            kept = nx.descendants(cfn.graph.graph, name)
            for other in sorted(self._gives_to(cfn, function) - kept):
                yield name, f"{other}, by which {function} answers, may be deleted before: refer to it"

    @staticmethod
    def _calls(cfn: Template) -> Iterator[tuple[str, str]]:
        """Resources with a ServiceToken, which is how CloudFormation calls a function, and the function."""
        for name, resource in cfn.get_resources().items():
            token = str(resource.get("Properties", {}).get("ServiceToken", ""))
            called = re.findall(r"\w+", token)
            yield from ((name, each) for each in called if each in cfn.get_resources())

    def _gives_to(self, cfn: Template, function: str) -> set[str]:
        """What gives something to the function, or to something that it needs or is given."""
        graph, found = cfn.graph.graph, set()
        in_network = "VpcConfig" in cfn.get_resources()[function].get("Properties", {})
        kinds = self._RIGHTS + (self._NETWORK if in_network else ())
        reached = {function} | nx.descendants(graph, function)
        while new := {
            giver
            for giver, taker, edge in graph.edges(data=True)
            if taker in reached and giver not in reached and self._gives(cfn, giver, edge, kinds)
        }:
            found |= new
            reached |= new.union(*(nx.descendants(graph, giver) for giver in new))
        return found

    @staticmethod
    def _gives(cfn: Template, giver: str, edge: dict[str, Any], kinds: tuple[str, ...]) -> bool:
        kind = cfn.get_resources().get(giver, {}).get("Type", "")
        # A role or a policy refers to much that it gives nothing to.
        to_role = {"Roles", "RoleName"} & set(map(str, edge["source_paths"]))
        return bool(kind.startswith(kinds) and (to_role or not kind.startswith("AWS::IAM::")))


class RuleHasDeadLetters(HouseRule):
    id = "E9012"
    shortdesc = "Every target of a rule has a dead-letter queue"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        queues = resources(cfn, "AWS::SQS::Queue")
        for rule, queue in rule_dead_letters(cfn):
            if queue not in queues:
                yield rule, "what this rule cannot hand over is lost in silence"


class AlarmTellsBothWays(HouseRule):
    id = "E9013"
    shortdesc = "Every alarm tells the same people when it begins and when it is over"
    description = shortdesc

    @override
    def wrong(self, cfn: Template) -> Iterator[tuple[str, str]]:
        for name, alarm in resources(cfn, "AWS::CloudWatch::Alarm").items():
            if not alarm.get("AlarmActions"):
                yield name, "nobody hears of this alarm"
            elif alarm.get("OKActions") != alarm["AlarmActions"]:
                yield name, "who hears of this alarm does not hear when it is over"
