"""What people are to get, while neither S3 nor SNS takes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.e2e.mailbox import Mailbox
from tests.faults.faulty import Faulty
from tests.faults.plan import Rule
from tests.faults.scenario import Scenario

DENIED = "denied-by-a-test"


@contextmanager
def denied(faulty: Faulty, *statements: tuple[str, str]) -> Iterator[None]:
    """Notify's role may not do these actions with these resources, for as long as this lasts."""
    iam, role = faulty.stack.client("iam"), faulty.stack.deployment.resources["NotifyRole"]
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Action": action, "Resource": resource} for action, resource in statements
        ],
    }
    iam.put_role_policy(RoleName=role, PolicyName=DENIED, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIED)


def test_people_are_told_once_reports_and_mails_can_go_out_again(
    begin: Callable[[str], Scenario], mailbox: Mailbox
) -> None:
    scenario = begin("9 SNS fails, reports cannot be written")
    faulty = scenario.faulty
    # Apart, so that neither's discovery revises the other's report, of which people would be told, too.
    unwritten, untold = faulty.new_profile("unwritten"), faulty.new_profile("untold")
    scenario.settle()  # The mails about these profiles are out: refused, they would be put off for minutes.
    faulty.plan.set(
        Rule(
            id="rejects",
            function="IngestFunction",
            point="PutObject:before",
            action="fail",
            where=r"rejected/unwritten",
        ),
        Rule(
            id="report",
            function="NotifyFunction",
            point="PutObject:before",
            action="fail",
            where=r"unwritten[^/]*/report\.html",
        ),
        # The mail is out and nobody knows. (Others may name the file in their text.)
        Rule(
            id="mail",
            function="NotifyFunction",
            point="Publish:after",
            action="fail",
            where=r'"Subject": "[^"]*untold\.csv"',
        ),
    )
    # One execution's files and all mails are refused, until each was tried.
    files = f"arn:aws:s3:::{faulty.stack.bucket}/reports/unwritten*"
    with denied(faulty, ("s3:PutObject", files), ("sns:Publish", faulty.output("TopicArn"))):
        scenario.upload(f"{unwritten}unwritten.csv", rows=600, bad=5)
        scenario.upload(f"{untold}untold.csv", rows=600)
        for operation in ("PutObject: AccessDenied", "Publish: AuthorizationError"):
            faulty.wait(partial(scenario.logged, "aws", operation), f"{operation} to be met", 600)
    scenario.wait_until_fired("rejects", "report", "mail")
    scenario.mended()
    scenario.finish()

    assert len(about(mailbox, "unwritten.csv")) == 1
    # Whoever cannot know whether a mail went out sends it again.
    assert len(about(mailbox, "untold.csv")) == 2


def about(mailbox: Mailbox, name: str) -> list[dict[str, str]]:
    """The mails that tell of a file."""
    return [mail for mail in mailbox.all() if name in mail["Subject"]]
