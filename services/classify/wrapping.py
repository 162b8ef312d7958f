"""Unwraps messages that came through SNS or EventBridge: SNS's notification (if raw delivery is off),
EventBridge's envelope, and JSON encoded as a JSON string; also nested.

None of these is valid feedback by itself, so no message can be read in two ways.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.contracts.errors import PermanentError

MOST_LAYERS = 5
_NOTIFICATION = {"Type", "TopicArn", "Message"}
_ENVELOPE = {"source", "detail-type", "detail"}


class NotUnwrapped(PermanentError):
    """The content is no JSON object; the message says so without quoting it."""


def unwrap(body: str) -> tuple[Mapping[str, Any], bool]:
    """The JSON object in a message's body, and whether it was wrapped.

    Raises:
        NotUnwrapped: there is no object.
    """
    content: Any = _parse(body, "the message is not JSON")
    layers = 0
    while (inner := _inside(content)) is not None:
        layers += 1
        if layers > MOST_LAYERS:
            raise NotUnwrapped(f"the message is wrapped more than {MOST_LAYERS} times")
        content = (
            _parse(inner, "what the message wraps is not a JSON object") if isinstance(inner, str) else inner
        )
    if not isinstance(content, dict):
        raise NotUnwrapped("the message is not a JSON object")
    return content, layers > 0


def _inside(content: Any) -> Any:
    """What is wrapped in the content; None if it is no wrapping."""
    if isinstance(content, str):
        return content
    if not isinstance(content, dict) or "feedback" in content:
        return None
    if content.keys() >= _NOTIFICATION and content["Type"] == "Notification":
        return content["Message"] if isinstance(content["Message"], str) else None
    if content.keys() >= _ENVELOPE:
        return content["detail"] if isinstance(content["detail"], dict | str) else None
    return None


def _parse(text: str, otherwise: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnwrapped(otherwise) from error
