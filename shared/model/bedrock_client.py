"""boto3's Bedrock client, and its errors in our words."""

from functools import cache
from typing import Any, Protocol, cast

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from shared.contracts.errors import PermanentError, TransientError

_CONNECT_SECONDS = 3
_READ_SECONDS = 60
_CONNECTIONS = 32
_BUSY_STATUSES = (408, 424, 429)
_BUSY_CODES = frozenset(
    {
        "ThrottlingException",
        "TooManyRequestsException",
        "ServiceUnavailableException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ModelErrorException",
        "InternalServerException",
        # The role's session ended between two of its renewals: it heals by itself.
        "ExpiredTokenException",
    }
)
_OURS = (NoCredentialsError, NoRegionError, ParamValidationError, PartialCredentialsError)


class ModelBusy(TransientError):
    """Throttled, unavailable, timed out: the same request may be answered later.

    Attributes:
        code: Bedrock's error code, or the client's error class.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the model is busy ({code})")
        self.code = code


class ModelRefused(PermanentError):
    """Access denied, unknown model, a request that Bedrock calls invalid: a person must look.

    Attributes:
        code: Bedrock's error code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the model refuses our requests ({code})")
        self.code = code


class ConverseClient(Protocol):
    """boto3's `bedrock-runtime` client, as far as it is used here."""

    def converse(self, **request: Any) -> Any: ...


def translate(error: ClientError | BotoCoreError) -> ModelBusy | ModelRefused:
    """Our error for boto3's. Only the code is kept: an error's text may quote the request."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        busy = code in _BUSY_CODES or status in _BUSY_STATUSES or status >= 500
        return ModelBusy(code) if busy else ModelRefused(code)
    # A connection that fails or ends, and an answer that cannot be read, are the network's; what is left
    # is the client's complaint about its own set-up or our arguments.
    code = type(error).__name__
    return ModelRefused(code) if isinstance(error, _OURS) else ModelBusy(code)


@cache
def make_bedrock_client(read_seconds: int = _READ_SECONDS) -> ConverseClient:
    """boto3's client, made on first use: no retries (see above), short time-outs, room for threads."""
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        max_pool_connections=_CONNECTIONS,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return cast(ConverseClient, boto3.client("bedrock-runtime", config=config))
