"""Whose fault an error of AWS is: what is surely the request's or our set-up's is listed, all else waits."""

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    DataNotFoundError,
    InvalidRegionError,
    ParamValidationError,
    UnknownServiceError,
    ValidationError,
)
from botocore.parsers import ResponseParserError

from shared.contracts.errors import TransientError

CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)
"""For boto3's clients: what hangs is given up within the invocation, so that the handler sees it fail."""

_NEVER_SENT = (
    DataNotFoundError,
    InvalidRegionError,
    ParamValidationError,
    UnknownServiceError,
    ValidationError,
)
"""What boto3 raises of a request that it cannot make; what else it raises on its own is the network's."""
_PERMANENT_CODES = frozenset(
    {
        # Our set-up: a permission, a name.
        "403",
        "AWS.SimpleQueueService.NonExistentQueue",
        "AccessDenied",
        "AccessDeniedException",
        "AccountProblem",
        "AllAccessDisabled",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMS.AccessDeniedException",
        "KMS.DisabledException",
        "KMS.InvalidStateException",
        "KMS.NotFoundException",
        "NoSuchBucket",
        "NotAuthorized",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "UnauthorizedOperation",
        # What the message names is not there, or not in that state.
        "404",
        "412",
        "416",
        "ExecutionAlreadyExists",
        "ExecutionDoesNotExist",
        "InvalidObjectState",
        "InvalidRange",
        "MethodNotAllowed",
        "NoSuchKey",
        "NoSuchUpload",
        "NoSuchVersion",
        "PreconditionFailed",
        "TaskDoesNotExist",
        "TaskTimedOut",
        # The request as the message makes it.
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "BadRequestException",
        "BatchRequestTooLong",
        "EntityTooLarge",
        "InvalidArgument",
        "InvalidBucketName",
        "InvalidInput",
        "InvalidMessageContents",
        "InvalidName",
        "InvalidOutput",
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "InvalidRequest",
        "InvalidRequestException",
        "InvalidURI",
        "KeyTooLongError",
        "MalformedXML",
        "MissingParameter",
        "NotImplemented",
        "SerializationException",
        "UnsupportedOperation",
        "ValidationError",
        "ValidationException",
    }
)
_BUSY_STATUS = 429


def is_transient(error: Exception) -> bool:
    """Whether the same message may succeed later: of AWS, all that is not on the list above."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = error.response.get("Error", {}).get("Code")
        return status >= 500 or status == _BUSY_STATUS or code not in _PERMANENT_CODES
    if isinstance(error, BotoCoreError):
        return not isinstance(error, _NEVER_SENT)
    return isinstance(error, TransientError | ResponseParserError)
