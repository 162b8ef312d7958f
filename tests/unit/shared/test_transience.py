import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from shared.contracts.errors import DatabaseUnavailable, PermanentError, TransientError
from shared.platform.transience import is_transient


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Any")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    "error",
    [
        TransientError("away"),
        DatabaseUnavailable("no server"),
        EndpointConnectionError(endpoint_url="https://s3"),
        ConnectTimeoutError(endpoint_url="https://s3"),
        ReadTimeoutError(endpoint_url="https://s3"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ResponseStreamingError(error="reset"),
        refused("Anything", 503),
        refused("Anything", 500),
        refused("Anything", 429),
        refused("AccessDenied", 500),
        refused("AccessDenied", 503),
        refused("AccessDenied", 429),
        ClientError({}, "Any"),
        refused("SlowDown"),
        refused("ThrottlingException"),
        refused("SomeThrottlingOfTomorrow"),
        refused("RequestTimeout"),
        refused("InvalidSignatureException", 403),
        refused("RequestTimeTooSkewed", 403),
        refused("RequestExpired"),
        refused("ACodeOfTomorrow"),
        refused("KMS.ThrottlingException"),
        refused("KMS.KMSInternalException"),
        refused("KMS.DependencyTimeoutException"),
        refused("KmsThrottled"),
        refused("KMSThrottling"),
        refused("ExpiredToken"),
        refused("SignatureDoesNotMatch", 403),
        refused("InvalidAccessKeyId", 403),
        refused("OperationAborted", 409),
        refused(""),
        NoCredentialsError(),
        ResponseParserError("no XML"),
    ],
)
def test_what_is_away_or_busy_is_waited_for(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("never"),
        ValueError("a bug"),
        refused("AccessDenied", 403),
        refused("NoSuchKey", 404),
        refused("InvalidParameter"),
        refused("KMS.DisabledException"),
        refused("KMS.NotFoundException"),
        refused("KMS.InvalidStateException"),
        ParamValidationError(report="wrong"),
    ],
)
def test_what_would_fail_again_is_not(error: Exception) -> None:
    assert not is_transient(error)
