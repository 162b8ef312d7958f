"""Which uploaded files nobody took."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.inbox import parse
from services.ingest.routing import ObjectCreated
from services.sweep.untaken import OLDEST, UploadedFile, due, untaken
from shared.stores.execution_store.read import Begun
from tests.builders import object_created

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC).replace(tzinfo=None)
UPLOADED = NOW - timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def a_file(**changes: Any) -> UploadedFile:
    return replace(UploadedFile("incoming/a.csv", "v1", "0a", 9, UPLOADED), **changes)


def begun(**changes: Any) -> Begun:
    fields = {"source_key": "incoming/a.csv", "source_version": "v1", "source_etag": "0a"}
    return Begun.model_validate(fields | {"started_at": UPLOADED + timedelta(seconds=2)} | changes)


@pytest.mark.parametrize(
    "execution, taken",
    [
        (begun(), True),
        (begun(source_version="v0"), False),  # an earlier version of the same name and text
        (begun(source_key="incoming/A.csv"), False),  # the database may take the two for the same
        (begun(source_key="incoming/à.csv"), False),
        (begun(source_version=None), True),
        (begun(source_version=None, source_etag="0b"), False),
        (begun(source_version=None, started_at=UPLOADED - timedelta(seconds=1)), False),  # uploaded again
        (begun(source_version="v1", source_etag=None), True),
    ],
)
def test_a_file_is_taken_by_an_execution_of_the_same_upload(execution: Begun, taken: bool) -> None:
    assert list(untaken([a_file()], [execution])) == ([] if taken else [a_file()])


def test_one_execution_of_several_is_enough_and_none_is_not() -> None:
    other = a_file(key="incoming/email/b.xlsx", version="v9")

    assert list(untaken([a_file(), other], [begun(source_version="v0"), begun()])) == [other]
    assert list(untaken([a_file(), other], [])) == [a_file(), other]


@pytest.mark.parametrize(
    "file, is_due",
    [
        (a_file(), True),
        (a_file(modified=NOW - QUARTER), True),
        (a_file(modified=NOW - QUARTER + timedelta(seconds=1)), False),  # its event may be under way
        (a_file(modified=NOW - OLDEST), True),
        (a_file(modified=NOW - OLDEST - timedelta(seconds=1)), False),
        (a_file(modified=NOW + timedelta(minutes=1)), False),  # clocks differ
        (a_file(key="incoming/email/", size=0), False),
        (a_file(key="incoming/email/AMAZON_SES_SETUP_NOTIFICATION"), False),
        (a_file(key="incoming/email/about-AMAZON_SES_SETUP_NOTIFICATION"), True),
        (a_file(key="incoming/empty.csv", size=0), True),  # of an empty file people are told
    ],
)
def test_a_file_is_looked_for_between_a_quarter_of_an_hour_and_fifteen_days(
    file: UploadedFile, is_due: bool
) -> None:
    assert due([file], NOW, QUARTER) == ([file] if is_due else [])


@pytest.mark.parametrize("key", ["incoming/a.csv", "incoming/email/größe “x”.csv.gz", "incoming/a\nb.csv"])
def test_the_event_that_is_made_up_is_of_the_execution_of_the_one_that_was_lost(key: str) -> None:
    file = a_file(key=key, etag="0a", size=100)
    lost = parse(json.dumps(object_created(key, **{"version-id": "v1"})))
    made_up = parse(json.dumps(file.as_event("data")))

    assert isinstance(lost, ObjectCreated)
    assert isinstance(made_up, ObjectCreated)
    assert made_up.execution_id == lost.execution_id
    assert made_up.source == lost.source
    assert made_up.digest == lost.digest


def test_an_object_without_a_version_is_told_by_its_content() -> None:
    made_up = parse(json.dumps(a_file(version=None).as_event("data")))

    assert isinstance(made_up, ObjectCreated)
    assert (made_up.source.version, made_up.source.etag) == (None, "0a")
