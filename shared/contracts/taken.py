"""What is told of direct feedback that was taken: the API's answer."""

from enum import StrEnum

from shared.contracts.base import Contract


class VersionStatus(StrEnum):
    """What the text of a direct record is to those that came under the same profile, source and id.

    `unchecked`: the database did not answer; the record is taken, and looked at when it is labelled.
    """

    NEW = "new"
    NEW_VERSION = "new version"
    KNOWN = "known"
    UNCHECKED = "unchecked"


class TakenRecord(Contract):
    """One record that the API took."""

    id: str
    status: VersionStatus
    version: int | None
    """1 for the first text under this id, 2 for the second; None if unchecked. Each version is kept."""


class FeedbackTaken(Contract):
    """The API's answer to feedback that it took (202)."""

    accepted: int
    ids: tuple[str, ...]
    records: tuple[TakenRecord, ...]
    """In the order of the request."""
