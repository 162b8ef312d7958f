"""Whose fault an error of AWS is: what is away or busy may succeed later, all else would fail again."""

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnection

from shared.contracts.errors import TransientError

CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)
"""For boto3's clients: what hangs is given up within the invocation, so that the handler sees it fail."""

_AWAY = (NoConnection, HTTPClientError, IncompleteReadError)
_BUSY_CODES = frozenset(
    {
        "ExpiredToken",
        "ConditionalRequestConflict",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "TokenRefreshRequired",
        "TooManyRequestsException",
    }
)
_BUSY_STATUS = 429


def is_transient(error: Exception) -> bool:
    """Whether the same message may succeed later: something is away or busy, and nobody is at fault."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = error.response.get("Error", {}).get("Code", "")
        return status >= 500 or status == _BUSY_STATUS or code in _BUSY_CODES or "Throttl" in code
    return isinstance(error, (TransientError, *_AWAY))
