"""Parses and validates the body of POST /feedback."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from shared.contracts.base import Contract
from shared.contracts.errors import PermanentError
from shared.contracts.records import API_SOURCE, MAX_SOURCE_LENGTH, DirectFeedback, Profile, name_known

MAX_RECORDS = 100
MAX_BODY_BYTES = 5 * 1024 * 1024
_NAME_LENGTH = 100


class Fault(Contract):
    """One validation error of a request."""

    path: str
    """The path of the value, for example `feedback[3].stars`."""
    message: str


class BadBody(PermanentError):
    """The body is empty or not JSON."""


class BodyTooLarge(PermanentError):
    """The body is larger than 5 MiB."""


class Invalid(PermanentError):
    """The body is JSON with records that are not valid; none of it was taken.

    Attributes:
        faults: every validation error.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


def read_body(body: str | None, *, is_base64: bool) -> Any:
    """The JSON value that a request's body holds.

    Raises:
        BodyTooLarge: it is larger than 5 MiB.
        BadBody: it is empty, or no JSON in UTF-8.
    """
    if not body:
        raise BadBody("the body is empty: send a JSON object, or a list of them")
    too_large = BodyTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes: send fewer records at a time")
    if len(body) > MAX_BODY_BYTES * 4 // 3 + 4:
        raise too_large
    try:
        data = base64.b64decode(body, validate=True) if is_base64 else body.encode()
        if len(data) > MAX_BODY_BYTES:
            raise too_large
        return json.loads(data.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadBody("the body is not JSON in UTF-8") from None


def caller(identity: Mapping[str, Any]) -> str:
    """The sender of a request, from API Gateway's `identity`: its API key, or its IAM user or role."""
    principal = str(identity.get("userArn") or "")
    kind, _, path = principal.partition("/")
    if path:
        # Without the session's name, which changes, or the user's path, which could pose as another's name
        # and source; the names are unique without.
        name = path.partition("/")[0] if kind.endswith(":assumed-role") else path.rpartition("/")[2]
        principal = f"{kind}/{name}"
    return f"{API_SOURCE}{identity.get('apiKeyId') or principal}"


def read_records(
    value: Any,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    *,
    sender: str = "",
    profiles: Collection[Profile] | None = None,
) -> list[DirectFeedback]:
    """The records of a body: one object, a list of objects, or `{"feedback": [objects]}`.

    Args:
        value: the body's JSON value.
        new_id: makes the id of a record that has none.
        sender: put before each record's own source, so that two callers may use the same ids.
        profiles: the known profiles; None if they could not be read: then any is taken.

    Raises:
        Invalid: with every validation error.
    """
    prefix, items = _items(value)
    if not 1 <= len(items) <= MAX_RECORDS:
        raise Invalid([Fault(path=prefix or "body", message=f"must hold 1 to {MAX_RECORDS} records")])
    records: list[DirectFeedback] = []
    faults: list[Fault] = []
    for number, item in enumerate(items):
        path = f"{prefix}[{number}]" if isinstance(value, list) or prefix else ""
        try:
            record = _record(item, path, new_id, profiles)
            records.append(record.model_copy(update={"source": _joined(sender, record.source)}))
        except Invalid as error:
            faults += error.faults
    faults = faults or _repeated_ids(records, prefix)
    if faults:
        raise Invalid(faults)
    return records


def _items(value: Any) -> tuple[str, list[Any]]:
    if isinstance(value, dict) and isinstance(value.get("feedback"), list):
        others = [Fault(path=_name(key), message="unknown field") for key in value if key != "feedback"]
        if others:
            raise Invalid(others)
        return "feedback", value["feedback"]
    return "", value if isinstance(value, list) else [value]


def _record(
    item: Any, path: str, new_id: Callable[[], str], profiles: Collection[Profile] | None
) -> DirectFeedback:
    if not isinstance(item, dict):
        raise Invalid([Fault(path=path or "body", message="must be an object")])
    with_id = item if item.get("id") is not None else item | {"id": new_id()}
    try:
        record = DirectFeedback.model_validate(with_id)
    except ValidationError as error:
        faults = [_fault(path, each["loc"], _message(each, profiles)) for each in error.errors()]
        raise Invalid(faults) from None
    if profiles is not None and record.profile not in profiles:
        raise Invalid([_fault(path, ("profile",), f"is not a known one; {name_known(profiles)}")])
    return record


def _message(error: Mapping[str, Any], profiles: Collection[Profile] | None) -> str:
    if error["loc"] == ("profile",) and profiles is not None:
        return f"is not a known one; {name_known(profiles)}"
    return str(error["msg"])


def _joined(sender: str, source: str) -> str:
    whole = f"{sender}/{source}" if sender and source else sender or source
    if len(whole) <= MAX_SOURCE_LENGTH:
        return whole
    return f"{API_SOURCE}{hashlib.sha256(whole.encode()).hexdigest()}"


def _fault(path: str, place: tuple[int | str, ...], message: str) -> Fault:
    names = ".".join(_name(part) for part in place)
    return Fault(path=f"{path}.{names}" if path else names, message=message)


def _repeated_ids(records: Sequence[DirectFeedback], prefix: str) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for number, record in enumerate(records):
        earlier = first.setdefault(record.identity, number)
        if earlier != number:
            message = f"record {earlier} has the same id, and an id is taken once a request"
            faults.append(Fault(path=f"{prefix}[{number}].id", message=message))
    return faults


def _name(part: object) -> str:
    return str(part)[:_NAME_LENGTH].encode("utf-8", "replace").decode()


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
