"""The `aws` commands of the pages, held against botocore's models, from which AWS's command line is made."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
from botocore import xform_name
from botocore.model import OperationModel
from botocore.session import get_session

from local.setup import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_OF_THE_COMMAND_LINE = {"query", "output", "region", "profile"}
_ITS_OWN = {("s3", "cp"), ("s3", "sync"), ("cloudformation", "deploy")}
"""What the command line does by several calls, and botocore has no operation for."""
_WAITED_FOR = {"rds", "cloudformation"}
"""Services of which botocore knows what one may wait for; it does not of each."""
_RENAMED = {("sns", "subscribe"): {"endpoint": "notification-endpoint"}}
"""Options that the command line calls otherwise (awscli/customizations/argrename.py)."""
_INNERMOST = re.compile(r"\$\(((?:[^()$]|\$(?!\())*)\)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class Command(NamedTuple):
    """One call of `aws`, with what is quoted in it left out."""

    page: str
    service: str
    operation: str
    options: frozenset[str]
    text: str


def commands(page: str, text: str) -> Iterator[Command]:
    """Those of a page's shell blocks, also those within another's `$(…)`."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", " ", _QUOTED.sub("''", block)).splitlines():
            yield from _of_line(page, line.partition(" # ")[0])


def _of_line(page: str, line: str) -> Iterator[Command]:
    while inner := _INNERMOST.search(line):
        yield from _of_line(page, inner[1])
        line = line[: inner.start()] + "''" + line[inner.end() :]
    for part in re.split(r"&&|\|\||[|;]", line):
        for service, operation, rest in re.findall(r"\baws ([a-z0-9-]+) ((?:wait )?[a-z0-9-]+)(.*)", part):
            options = frozenset(re.findall(r"(?<!\S)--([a-z0-9-]+)", rest))
            yield Command(page, service, operation, options, part.strip())


COMMANDS = [
    each
    for page in PAGES
    for each in commands(page.name, page.read_text("utf-8"))
    if (each.service, each.operation) not in _ITS_OWN
]


@cache
def operations(service: str) -> dict[str, OperationModel]:
    """What a service can be asked, by the names of the command line."""
    model = get_session().get_service_model({"s3api": "s3"}.get(service, service))
    asked = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
    if service not in _WAITED_FOR:
        return asked
    waiters = get_session().get_waiter_model(service)
    waits = {name: waiters.get_waiter(name).operation for name in waiters.waiter_names}
    return asked | {
        f"wait {xform_name(name, '-')}": model.operation_model(its) for name, its in waits.items()
    }


def faults(command: Command) -> Iterator[str]:
    """Why AWS's command line would refuse it, or read it as something else."""
    known = operations(command.service).get(command.operation)
    if known is None:
        yield f"{command.service} has no {command.operation}"
        return
    shape = known.input_shape
    renamed = _RENAMED.get((command.service, command.operation), {})
    names = {name: xform_name(name, "-") for name in shape.members} if shape else {}
    names = {name: renamed.get(its, its) for name, its in names.items()}
    taken = {names[name]: its.type_name for name, its in shape.members.items()} if shape else {}
    needed = {names[name] for name in shape.required_members} if shape else set()
    flags = {f"no-{name}" for name, kind in taken.items() if kind == "boolean"}
    yield from (
        f"no option --{name}" for name in command.options - taken.keys() - flags - _OF_THE_COMMAND_LINE
    )
    yield from (f"--{name} is missing" for name in needed - command.options)
    if any(taken.get(name) == "blob" for name in command.options) and "fileb://" not in command.text:
        yield "what is given for bytes is read as base64, but by the older command line"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: f"{each.page} {each.service} {each.operation}")
def test_a_command_is_one_that_aws_takes(command: Command) -> None:
    assert list(faults(command)) == []


def test_the_pages_have_commands() -> None:
    assert {each.page for each in COMMANDS} >= {
        "README.md",
        "runbook.md",
        "deploy.md",
        "data.md",
        "quicksight.md",
    }
    assert ("apigateway", "get-resources") in {(each.service, each.operation) for each in COMMANDS}


@pytest.mark.parametrize(
    "line, fault",
    [
        ("aws sqs move-messages --source-arn $A", "sqs has no move-messages"),
        ("aws sqs start-message-move-task --source $A", "no option --source"),
        ("X=$(aws sqs get-queue-attributes --attribute-names All)", "--queue-url is missing"),
        ("aws lambda invoke --function-name $F --payload '{}' out", "what is given for bytes is"),
        ("aws rds wait db-instance-there --db-instance-identifier a", "rds has no wait db-instance-there"),
        ("aws rds wait db-instance-available --instance a", "no option --instance"),
        ("aws events enable-rule --name $(aws ssm get-parameter --nome x)", "no option --nome"),
    ],
)  # fmt: skip
def test_a_command_that_aws_would_refuse_is_found(line: str, fault: str) -> None:
    found = [each for command in commands("page", f"```sh\n{line}\n```\n") for each in faults(command)]

    assert any(each.startswith(fault) for each in found)


def test_a_command_that_stands_in_another_is_read_and_taken_away_from_it() -> None:
    outer = "aws sqs send-message --queue-url $(aws sqs get-queue-url --queue-name x) --message-body '--y'"

    assert [sorted(each.options) for each in commands("page", f"```sh\n{outer}\n```\n")] == [
        ["queue-name"],
        ["message-body", "queue-url"],
    ]
