from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.notify.storage import Storage, UploadGone
from tests.uploads_by_moto import as_s3_has_it

PART = b"x" * 5 * 1024 * 1024


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    as_s3_has_it(monkeypatch)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="data")
        yield client


@pytest.fixture
def storage(s3: Any) -> Storage:
    return Storage(s3, "data")


def stored(s3: Any) -> tuple[bytes, str]:
    answer = s3.get_object(Bucket="data", Key="k")
    return answer["Body"].read(), answer["ContentType"]


@pytest.mark.parametrize("body", [b"", b"ab"])
def test_a_small_file_is_put_as_it_is(s3: Any, storage: Storage, body: bytes) -> None:
    storage.put("k", body, "text/csv")

    assert stored(s3) == (body, "text/csv")


def test_parts_become_one_object_in_their_order(s3: Any, storage: Storage) -> None:
    upload_id = storage.begin("k", "text/csv")
    tags = [storage.put_part("k", upload_id, number, body) for number, body in enumerate((PART, b"end"), 1)]

    storage.complete("k", upload_id, tags)

    assert stored(s3) == (PART + b"end", "text/csv")


def test_a_part_that_is_sent_twice_is_there_once(s3: Any, storage: Storage) -> None:
    upload_id = storage.begin("k", "text/csv")
    tags = [storage.put_part("k", upload_id, 1, PART) for _ in range(2)]
    assert tags[0] == tags[1]

    storage.complete("k", upload_id, tags[:1])

    assert stored(s3)[0] == PART


def test_an_upload_that_was_completed_takes_no_part(storage: Storage) -> None:
    upload_id = storage.begin("k", "text/csv")
    tags = [storage.put_part("k", upload_id, 1, PART)]
    storage.complete("k", upload_id, tags)

    with pytest.raises(UploadGone):
        storage.put_part("k", upload_id, 2, PART)


def test_an_upload_of_which_a_part_was_sent_anew_with_other_rows_is_gone(storage: Storage) -> None:
    upload_id = storage.begin("k", "text/csv")
    tags = [storage.put_part("k", upload_id, 1, PART)]
    storage.put_part("k", upload_id, 1, PART + b"more")

    with pytest.raises(UploadGone):
        storage.complete("k", upload_id, tags)


def test_an_upload_is_aborted_any_number_of_times(s3: Any, storage: Storage) -> None:
    upload_id = storage.begin("k", "text/csv")
    storage.put_part("k", upload_id, 1, PART)

    storage.abort("k", upload_id)
    storage.abort("k", upload_id)

    assert s3.list_multipart_uploads(Bucket="data").get("Uploads", []) == []
    with pytest.raises(UploadGone):
        storage.put_part("k", upload_id, 2, PART)


def test_other_errors_of_s3_are_told_as_they_are(storage: Storage) -> None:
    storage.bucket = "another"

    for work in (
        lambda: storage.put_part("k", "id", 1, b""),
        lambda: storage.complete("k", "id", []),
        lambda: storage.abort("k", "id"),
    ):
        with pytest.raises(ClientError, match="NoSuchBucket"):
            work()
