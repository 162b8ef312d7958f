"""Decides which uploaded files nobody took, since the event of their upload was lost. No I/O."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts import keys
from shared.stores.execution_store.read import Begun

OLDEST = timedelta(days=15)
"""Older files are left alone: after a restored backup every file of the past would look untaken."""


@dataclass(frozen=True)
class UploadedFile:
    """The newest version of an object of the data bucket; `modified` in UTC, without a zone."""

    key: str
    version: str | None
    etag: str
    size: int
    modified: datetime

    def as_event(self, bucket: str) -> dict[str, Any]:
        """The event that was lost, as far as ingest reads it; by its version it is of the same execution."""
        uploaded = {"key": self.key, "size": self.size, "etag": self.etag}
        uploaded |= {"version-id": self.version} if self.version else {}
        detail = {"bucket": {"name": bucket}, "object": uploaded}
        return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def due(files: Collection[UploadedFile], now: datetime, after: timedelta) -> list[UploadedFile]:
    """The files whose execution should have begun by now: neither just uploaded nor of long ago."""
    return [
        file
        for file in files
        if after <= now - file.modified <= OLDEST and not keys.is_nobodys(file.key, file.size)
    ]


def untaken(files: Collection[UploadedFile], begun: Collection[Begun]) -> Iterator[UploadedFile]:
    """The files of which no execution was begun."""
    for file in files:
        if not any(each.source_key == file.key and _is_of(each, file) for each in begun):
            yield file


def _is_of(begun: Begun, file: UploadedFile) -> bool:
    if begun.source_version and file.version:
        return begun.source_version == file.version
    # An event without a version; what was uploaded again unchanged has an execution that began later.
    return begun.source_etag == file.etag and begun.started_at >= file.modified
