"""Rights that `make iam` does not put to the test, and why; tests/unit/template looks at these instead."""

from tests.iam.grants import Grant

_REASONS = {
    "logs:CreateLogStream": "the emulator writes the logs itself",
    "logs:PutLogEvents": "the emulator writes the logs itself",
    "sqs:ReceiveMessage": "used by the mapping, whose rights the emulator does not check",
    "sqs:DeleteMessage": "used by the mapping, whose rights the emulator does not check",
    "Receive sqs:GetQueueAttributes": "used by the mapping, whose rights the emulator does not check",
    "lambda:UpdateEventSourceMapping": "the emulator asks for no right to change a mapping",
    "s3:ListBucket": "the emulator tells anybody that an object is gone",
    "bedrock:InvokeModel": "the local model checks nobody's rights",
    "bedrock:GetFoundationModel": "the local model checks nobody's rights",
    "bedrock:GetInferenceProfile": "the local model checks nobody's rights",
    "kms:Decrypt": "the emulator's topics take messages without their key",
    "kms:GenerateDataKey": "the emulator's topics take messages without their key",
}
_RARE = {
    "IngestRole WriteRejectedRows s3:AbortMultipartUpload ${DataBucket}/rejected/*": (
        "needed only when S3 fails between two parts of an upload"
    ),
}


def reason(grant: Grant) -> str | None:
    """Why this right is not put to the test; None if it is."""
    of_statement = _REASONS.get(f"{grant.sid} {grant.action}")
    return _RARE.get(str(grant)) or _REASONS.get(grant.action) or of_statement
