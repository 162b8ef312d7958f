"""Looks through the files under incoming/ for those that nobody took, and has ingest read them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from services.sweep.dependencies import Dependencies
from services.sweep.untaken import OLDEST, UploadedFile, due, untaken
from shared.contracts import keys
from shared.stores import execution_store

_MOST_AT_ONCE = 100
"""Files; the next run finds the others."""


def take_untaken(deps: Dependencies, time_is_up: Callable[[], bool], now: datetime) -> int:
    """Sends ingest the event of each file that nobody took; returns how many.

    Sent for a file whose own event is only late, it begins the same execution.

    Args:
        now: UTC, without a zone.
    """
    sent = 0
    for file in _untaken(deps, time_is_up, now):
        if sent == _MOST_AT_ONCE:
            break
        body = json.dumps(file.as_event(deps.settings.data_bucket))
        deps.sqs.send_message(QueueUrl=deps.settings.ingest_queue_url, MessageBody=body)
        sent += 1
    return sent


def _untaken(deps: Dependencies, time_is_up: Callable[[], bool], now: datetime) -> Iterator[UploadedFile]:
    # At that age a file without an execution counts as one whose event was lost.
    late = timedelta(seconds=deps.settings.stalled_after_seconds)
    for page in _pages(deps):
        if time_is_up():
            deps.telemetry.logger.error("There are more files in incoming/ than can be looked through")
            return
        if files := due(page, now, late):
            keys_of = [file.key for file in files]
            yield from untaken(files, deps.database.transact(execution_store.begun, keys_of, now - OLDEST))


def _pages(deps: Dependencies) -> Iterator[list[UploadedFile]]:
    """The newest version of each file under incoming/, a thousand objects a page."""
    paginator = deps.s3.get_paginator("list_object_versions")
    for page in paginator.paginate(Bucket=deps.settings.data_bucket, Prefix=keys.INCOMING):
        yield [_file(version) for version in page.get("Versions", []) if version["IsLatest"]]


def _file(version: Any) -> UploadedFile:
    named = version.get("VersionId")
    return UploadedFile(
        key=version["Key"],
        version=None if named == "null" else named,
        etag=version["ETag"].strip('"'),
        size=version["Size"],
        modified=version["LastModified"].astimezone(UTC).replace(tzinfo=None),
    )
