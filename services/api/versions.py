"""Checks direct feedback against the database before it is taken. While the database is unavailable records
are taken unchecked: classify checks their profiles and versions, too.
"""

from collections.abc import Sequence

from services.api.dependencies import Dependencies
from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable
from shared.contracts.records import DirectFeedback, Profile
from shared.contracts.taken import TakenRecord, VersionStatus
from shared.stores import category_store, version_store
from shared.stores.version_store import Text, Version

_UNCHECKED = Version(None, VersionStatus.UNCHECKED)


def known_profiles(deps: Dependencies) -> set[Profile] | None:
    """The known profiles; None if the database is unavailable."""
    try:
        return deps.database.transact(category_store.known_profiles)
    except (DatabaseUnavailable, DatabaseConflict) as error:
        _warn(deps, error)
        return None


def number(deps: Dependencies, records: Sequence[DirectFeedback]) -> list[Version]:
    """The version numbers of these records, in their order."""
    texts = [Text(record.identity, record.text_key) for record in records]
    try:
        return deps.database.transact(lambda tx: version_store.number(tx, texts))
    except (DatabaseUnavailable, DatabaseConflict) as error:
        _warn(deps, error)
        return unchecked(records)


def unchecked(records: Sequence[DirectFeedback]) -> list[Version]:
    """The versions if the database is unavailable: not known."""
    return [_UNCHECKED] * len(records)


def answers(records: Sequence[DirectFeedback], versions: Sequence[Version]) -> tuple[TakenRecord, ...]:
    """The records as the API's answer lists them."""
    return tuple(
        TakenRecord(id=record.id, status=version.status, version=version.number)
        for record, version in zip(records, versions, strict=True)
    )


def _warn(deps: Dependencies, error: Exception) -> None:
    deps.telemetry.logger.warning("feedback is taken unchecked", error=type(error).__name__)
