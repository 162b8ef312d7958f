"""The response to CloudFormation: an HTTP PUT to the request's ResponseURL."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

PHYSICAL_ID = "insights-schema"
"""Always the same: another id would read as a replacement, and the old one would be deleted."""

_REASON_LENGTH = 1000
_TIMEOUT_SECONDS = 8


@dataclass(frozen=True)
class Answer:
    """The outcome of a request, and why it failed."""

    status: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def success(cls, data: Mapping[str, str]) -> Self:
        return cls("SUCCESS", data=data)

    @classmethod
    def failure(cls, reason: str) -> Self:
        return cls("FAILED", reason=reason[:_REASON_LENGTH])


def send(event: Mapping[str, Any], answer: Answer) -> None:
    """Sends the response to the request `event`.

    Raises:
        OSError: it could not be delivered; Lambda then runs the request again.
    """
    body = {
        "Status": answer.status,
        "Reason": answer.reason,
        "PhysicalResourceId": PHYSICAL_ID,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(answer.data),
    }
    # The address comes from CloudFormation, through an invocation that only it may make.
    request = urllib.request.Request(  # noqa: S310
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        # The address is signed for an empty content type.
        headers={"Content-Type": ""},
    )
    urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310
