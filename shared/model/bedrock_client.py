"""boto3's Bedrock client, and its errors in our words."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, cast

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
    UnknownServiceError,
)
from botocore.parsers import ResponseParserError

from shared.contracts.errors import PermanentError, TransientError

_CONNECT_SECONDS = 3
_READ_SECONDS = 60
_CONNECTIONS = 32


class About(StrEnum):
    """Whom an error of Bedrock is about, which decides what is done; see docs/decisions.md."""

    REQUEST = "request"
    """This request: asked again in halves, down to one record that fails with Bedrock's words."""
    EVERYBODY = "everybody"
    """The model for everybody: waited for, and told as an outage."""
    SHARE = "share"
    """Our share of the quota: waited for, and slowed down."""
    PERSON = "person"
    """Nobody until a person acts: records are parked."""
    UNCLEAR = "unclear"
    """The request or everybody: whether others are answered meanwhile tells."""


ERRORS = (ClientError, BotoCoreError, ResponseParserError)
"""All that boto3 raises on purpose; the last is neither of the first two."""
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What boto3 stumbles over where a body is JSON, but not of the shape that it expects."""
INVALID = "ValidationException"
"""Bedrock's code for a request it does not take: our form may be at fault, or one record's text."""

_ABOUT: Mapping[str, About] = {
    "ModelErrorException": About.REQUEST,
    "ModelStreamErrorException": About.REQUEST,
    INVALID: About.REQUEST,
    "RequestEntityTooLargeException": About.REQUEST,
    "ServiceUnavailableException": About.EVERYBODY,
    "ModelNotReadyException": About.EVERYBODY,
    "ThrottlingException": About.SHARE,
    "TooManyRequestsException": About.SHARE,
    "ServiceQuotaExceededException": About.SHARE,
    "AccessDeniedException": About.PERSON,
    "ResourceNotFoundException": About.PERSON,
    "UnrecognizedClientException": About.PERSON,
    "InvalidClientTokenId": About.PERSON,
    "NotAuthorized": About.PERSON,
    "OptInRequired": About.PERSON,
    "UnknownOperationException": About.PERSON,
}
_ABOUT_STATUS: Mapping[int, About] = {
    413: About.REQUEST,
    424: About.REQUEST,
    429: About.SHARE,
    503: About.EVERYBODY,
    401: About.PERSON,
    403: About.PERSON,
    404: About.PERSON,
}
_HEALS = re.compile("Expired|Signature|Skew")
"""In codes: the role's session ended between two of its renewals, or a clock is off."""
_SAYS: Mapping[str, str] = {
    r"Invocation of model ID \S+ with on-demand throughput isn.t supported": "InferenceProfileNeeded",
    r"The provided model identifier is invalid": "UnknownModelId",
    r"Model use case details have not been submitted": "UseCaseNotSubmitted",
    r"Model access is denied due to .*AWS Marketplace": "ModelNotSubscribed",
    r"This model version has reached the end of its life": "ModelEnded",
    r"Access denied\. This Model is marked by provider as Legacy": "ModelEnded",
}
"""What is set up wrongly, by how Bedrock's message begins: no code tells, and some blame the request."""
# What botocore itself raises: a set-up or arguments of ours that no retry mends, and a way that is blocked.
_OURS = (
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    UnknownServiceError,
)
_NO_WAY = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)
_WORDS = 300
"""Characters of Bedrock's message that a failed record's reason quotes."""


class ModelBusy(TransientError):
    """Throttled, unavailable, timed out: the same request may be answered later.

    Attributes:
        code: Bedrock's error code, or the client's error class.
        about: everybody, our share, or unclear.
    """

    def __init__(self, code: str, about: About = About.EVERYBODY) -> None:
        super().__init__(f"the model is busy ({code})")
        self.code = code
        self.about = about


class ModelFailed(PermanentError):
    """The model, or Bedrock before it, cannot deal with this very request.

    Attributes:
        code: Bedrock's error code.
        words: Bedrock's message; it may quote the request, so it is kept with the record and never logged.
    """

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(f"the model fails on a request ({code})")
        self.code = code
        self.words = words


class ModelRefused(PermanentError):
    """Access denied, unknown model, a form of request that Bedrock calls invalid: a person must look.

    Attributes:
        code: Bedrock's error code, or our name for what its message says.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the model refuses our requests ({code})")
        self.code = code


def everybodys(error: ModelBusy | ModelFailed) -> ModelBusy | ModelRefused:
    """What an error is that a harmless request meets too: an outage, or a form of ours that is refused."""
    return ModelRefused(error.code) if error.code == INVALID else ModelBusy(error.code)


class ConverseClient(Protocol):
    """boto3's `bedrock-runtime` client, as far as it is used here."""

    def converse(self, **request: Any) -> Any: ...


def translate(error: Exception) -> ModelBusy | ModelFailed | ModelRefused:
    """Our error for boto3's. Only the code is its text: Bedrock's message may quote the request."""
    about, code = whom(error)
    if about is About.PERSON:
        return ModelRefused(code)
    if about is About.REQUEST:
        message = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else ""
        line = "".join(c if c.isprintable() else " " for c in str(message))
        return ModelFailed(code, " ".join(line.split())[:_WORDS])
    return ModelBusy(code, about)


def whom(error: Exception) -> tuple[About, str]:
    """Whom the error is about, and its code. What is on no list is unclear, and evidence decides."""
    if isinstance(error, ClientError):
        if said := _set_up_wrongly(error):
            return About.PERSON, said
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = code[:1].upper() + code[1:]
        known = _ABOUT.get(code) or (About.SHARE if "Throttl" in code else None)
        known = known or (About.EVERYBODY if _HEALS.search(code) else None)
        return known or _ABOUT_STATUS.get(status, About.UNCLEAR), code
    code = type(error).__name__
    if isinstance(error, _OURS):
        return About.PERSON, code
    return (About.EVERYBODY if isinstance(error, _NO_WAY) else About.UNCLEAR), code


def _set_up_wrongly(error: ClientError) -> str:
    """Our name for it; empty if it is something else. A text that a message quotes never begins it."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    return next((name for words, name in _SAYS.items() if re.match(words, message)), "")


@cache
def make_bedrock_client(read_seconds: int = _READ_SECONDS, connections: int = _CONNECTIONS) -> ConverseClient:
    """boto3's client, made on first use: no retries (see above), short time-outs.

    Args:
        connections: kept open between calls; as many as there are calls at a time, or each further one
            would open its own.
    """
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return cast(ConverseClient, boto3.client("bedrock-runtime", config=config))
