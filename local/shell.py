"""The file that points a shell's AWS tools at the local stack: `. .local/aws.env`."""

import shlex

from local.deploy import api_url
from local.emulator import aws_environment
from local.state import Deployment, Emulator


def exports(emulator: Emulator, deployment: Deployment) -> str:
    """Lines for a shell: the stack's address and key, and the names by which the pages call its parts."""
    outputs = deployment.outputs
    variables = {
        **aws_environment(emulator),
        "CURL_CA_BUNDLE": emulator.certificate,
        "API": api_url(emulator, outputs["ApiId"]),
        "BUCKET": outputs["DataBucketName"],
        "FEEDBACK_QUEUE": outputs["FeedbackQueueUrl"],
        "SWEEP_QUEUE": outputs["SweepQueueUrl"],
        "SECRET": outputs["FunctionsSecretArn"],
        "READERS_SECRET_ARN": outputs["ReadersSecretArn"],
        "SCHEMA_FUNCTION": outputs["SchemaFunctionName"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    # Version 1 of the CLI sends what is for SQS to AWS, whatever the variables say.
    command = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'
    return "\n".join(["unset AWS_PROFILE AWS_SESSION_TOKEN", *lines, command, ""])
