"""Files that nobody took, found in a bucket and held against a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from services.sweep.incoming import take_untaken
from services.sweep.untaken import OLDEST
from shared.changes import lifecycle
from shared.contracts.execution import Source
from shared.platform.database import Database
from tests.integration.sweep_world import Queue, sweep_dependencies

BUCKET = "data"
CSV = b"feedback\nIt leaks.\n"


class Inbox:
    """A versioned bucket, the database, and ingest's queue."""

    def __init__(self, database: Database) -> None:
        self.s3: Any = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.queue, self.database = Queue(), database
        self.deps = replace(sweep_dependencies(database, self.queue), s3=self.s3)

    def upload(self, key: str) -> str:
        return str(self.s3.put_object(Bucket=BUCKET, Key=key, Body=CSV)["VersionId"])

    def take(self, key: str, version: str | None, etag: str | None = None) -> None:
        source = Source(bucket=BUCKET, key=key, version=version, etag=etag)
        name = f"file-{len(key):016x}{hash((key, version)) % 10**6}"
        self.database.transact(lambda tx: lifecycle.start_file(tx, name, "feedback", source))

    def look(self, after: timedelta = timedelta(hours=1), *, time_is_up: bool = False) -> int:
        now = datetime.now(UTC).replace(tzinfo=None) + after
        return take_untaken(self.deps, lambda: time_is_up, now)

    @property
    def sent(self) -> list[tuple[str, str]]:
        objects = [body["detail"]["object"] for body in self.queue.of("ingest")]
        return sorted((each["key"], each["version-id"]) for each in objects)


@pytest.fixture
def inbox(database: Database) -> Iterator[Inbox]:
    with mock_aws():
        yield Inbox(database)


def test_ingest_is_sent_the_files_that_have_no_execution(inbox: Inbox) -> None:
    taken, lost = "incoming/taken.csv", "incoming/email/lost.csv"
    inbox.take(taken, inbox.upload(taken))
    version = inbox.upload(lost)
    inbox.s3.put_object(Bucket=BUCKET, Key="incoming/email/", Body=b"")
    for elsewhere in ("rejected/a.csv", "reports/a/results.csv", "corrections/a.csv"):
        inbox.upload(elsewhere)

    assert inbox.look() == 1
    assert inbox.sent == [(lost, version)]


def test_of_a_file_that_was_replaced_only_the_newest_version_is_looked_for(inbox: Inbox) -> None:
    key = "incoming/a.csv"
    inbox.take(key, inbox.upload(key))
    newest = inbox.upload(key)
    gone = "incoming/gone.csv"
    inbox.upload(gone)
    inbox.s3.delete_object(Bucket=BUCKET, Key=gone)

    assert inbox.look() == 1
    assert inbox.sent == [(key, newest)]


@pytest.mark.parametrize("after", [timedelta(minutes=1), OLDEST + timedelta(hours=1)])
def test_what_came_just_now_or_long_ago_is_left_alone(inbox: Inbox, after: timedelta) -> None:
    inbox.upload("incoming/a.csv")

    assert inbox.look(after) == 0


def test_a_thousand_lost_files_are_read_a_hundred_at_a_time(inbox: Inbox) -> None:
    for number in range(101):
        inbox.upload(f"incoming/{number}.csv")

    assert inbox.look() == 100
    for key, version in inbox.sent:
        inbox.take(key, version)
    assert inbox.look() == 1


def test_when_time_is_up_the_rest_is_left_to_the_next_hour(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(inbox.deps.telemetry.logger, "error", logged.append)
    inbox.upload("incoming/a.csv")

    assert inbox.look(time_is_up=True) == 0
    assert logged == ["There are more files in incoming/ than can be looked through"]
