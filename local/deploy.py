"""Deploys the template to the emulator with the real SAM CLI, if anything has changed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.build import DeployError, build, build_folder, overrides, sam
from local.emulator import aws_environment, client
from local.permissions import allow_what_aws_allows
from local.processes import plain_environment
from local.setup import ROOT
from local.state import Deployment, Emulator, Home, Login

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

STACK = "feedback-insights"
ARTIFACTS = "feedback-insights-artifacts"
SECRET = "insights/database"
API_STAGE = "v1"
# The local model has no quota unless it is given one: nothing to pace for.
LOCAL_PARAMETERS = {"TokensPerMinute": "100000000"}


def deploy(
    home: Home,
    emulator: Emulator,
    login: Login,
    before: Deployment | None,
    more: Mapping[str, str],
    root: Path = ROOT,
) -> Deployment:
    """Deploys the template to the emulator, unless what is there was made of the same.

    Args:
        home: for the log.
        emulator: where to.
        login: the database that the functions use.
        before: the last deployment to this very emulator.
        more: further template parameters.
        root: the checkout that is deployed.
    """
    log = home.log("deploy")
    built = build(log, root)
    parameters = LOCAL_PARAMETERS | _database_parameters(emulator, login) | dict(more)
    wanted = hashlib.sha256(json.dumps([built, parameters], sort_keys=True).encode()).hexdigest()
    if before is not None and before.fingerprint == wanted:
        return before
    _make_bucket(emulator)
    api_id = _api_id(root)
    _sam_deploy(emulator, parameters, api_id, log, root)
    deployment = _describe(emulator, wanted)
    if deployment.outputs.get("ApiId", api_id) != api_id:
        _sam_deploy(emulator, parameters, deployment.outputs["ApiId"], log, root)
    allow_what_aws_allows(emulator, deployment)
    return deployment


def _api_id(root: Path) -> str:
    """The id to ask for, so that the API's address is known before it is there.

    The emulator takes it from a tag of the stack, but only when it makes an API, which it does again for
    each change of the API's definition; so another template asks for another id, and may not get it.
    """
    return f"insights{hashlib.sha256((root / 'template.yaml').read_bytes()).hexdigest()[:8]}"


def api_url(emulator: Emulator, api_id: str) -> str:
    """Where a deployed API answers: its name on AWS does not resolve here."""
    return f"{emulator.url}/restapis/{api_id}/{API_STAGE}/_user_request_"


def _sam_deploy(
    emulator: Emulator, parameters: Mapping[str, str], api_id: str, log: Path, root: Path
) -> None:
    _remove_failed(emulator)
    parameters = {**parameters, "PublicUrl": api_url(emulator, api_id)}
    template = str(build_folder(root) / "template.yaml")
    arguments = ["deploy", "--template-file", template, "--stack-name", STACK]
    arguments += ["--s3-bucket", ARTIFACTS, "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    arguments += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    arguments += ["--tags", f"ms-custom-id={api_id}"]
    try:
        environment = plain_environment(**aws_environment(emulator))
        sam([*arguments, *overrides(parameters)], environment, log, root)
    except DeployError as error:
        raise DeployError("\n".join([*_failures(emulator), str(error)])) from error


def _remove_failed(emulator: Emulator) -> None:
    """Deletes a stack whose creation failed: it can only be made anew."""
    cloudformation: CloudFormationClient = client(emulator, "cloudformation")
    try:
        status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except ClientError:
        return  # there is none
    if status in ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})


def _failures(emulator: Emulator) -> list[str]:
    """Why resources could not be made or changed, newest first."""
    cloudformation: CloudFormationClient = client(emulator, "cloudformation")
    try:
        # All pages: rolling back the others has more events than one page holds.
        pages = list(cloudformation.get_paginator("describe_stack_events").paginate(StackName=STACK))
    except ClientError:
        return []  # it did not come as far as a stack
    events = [event for page in pages for event in page["StackEvents"]]
    failed = [event for event in events if event.get("ResourceStatus", "").endswith("_FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed][:5]


def _database_parameters(emulator: Emulator, login: Login) -> dict[str, str]:
    return {
        "ManagedDatabase": "false",
        "DatabaseHost": login.host,
        "DatabasePort": str(login.port),
        "DatabaseName": login.database,
        "DatabaseTls": str(login.tls).lower(),
        "DatabaseSecretArn": _put_secret(emulator, login),
    }


def _put_secret(emulator: Emulator, login: Login) -> str:
    """Keeps user and password where the functions look for them. Returns the secret's ARN."""
    secrets: SecretsManagerClient = client(emulator, "secretsmanager")
    value = json.dumps({"username": login.user, "password": login.password})
    try:
        return secrets.create_secret(Name=SECRET, SecretString=value)["ARN"]
    except secrets.exceptions.ResourceExistsException:
        return secrets.put_secret_value(SecretId=SECRET, SecretString=value)["ARN"]


def _make_bucket(emulator: Emulator) -> None:
    s3 = client(emulator, "s3")
    try:
        s3.head_bucket(Bucket=ARTIFACTS)
    except ClientError:
        s3.create_bucket(Bucket=ARTIFACTS)


def _describe(emulator: Emulator, wanted: str) -> Deployment:
    """What the stack has become: its outputs and its resources' ids."""
    cloudformation: CloudFormationClient = client(emulator, "cloudformation")
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return Deployment(
        fingerprint=wanted,
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        resources={
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in resources
        },
    )
