"""An object read by ranges, all of one version, however often the line breaks."""

import gzip
import io
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from services.ingest.contents import Contents
from services.ingest.refusal import FileRefused
from services.ingest.source import SourceFile
from shared.contracts.errors import TransientError
from tests.builders import a_source


class Broken:
    """A body that breaks off while it is read."""

    def read(self, *_: Any) -> bytes:
        raise ReadTimeoutError(endpoint_url="https://s3")


class FakeS3:
    """One object; the first `breaks` answers break off, and `error` answers all if given."""

    def __init__(
        self,
        data: bytes,
        *,
        etag: str = "0a",
        breaks: int = 0,
        error: str | None = None,
        status: int | None = None,
        columns: str = "",
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self._data = data
        self._etag = etag
        self._breaks = breaks
        self._error = error
        self._status = status
        self._metadata = {"columns": columns}

    def get_object(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self._error:
            answer: Any = {"Error": {"Code": self._error, "Message": ""}}
            if self._status is not None:
                answer["ResponseMetadata"] = {"HTTPStatusCode": self._status}
            raise ClientError(answer, "GetObject")
        first, _, last = request["Range"].removeprefix("bytes=").partition("-")
        if int(first) >= len(self._data):
            raise ClientError({"Error": {"Code": "InvalidRange", "Message": ""}}, "GetObject")
        if len(self.requests) <= self._breaks:
            return {"ETag": f'"{self._etag}"', "Body": Broken()}
        body = io.BytesIO(self._data[int(first) : int(last) + 1])
        return {"ETag": f'"{self._etag}"', "Metadata": self._metadata, "Body": body}


def source(s3: FakeS3, block: int = 4, **changes: Any) -> SourceFile:
    return SourceFile(cast(Any, s3), a_source(**changes), block_bytes=block)


@pytest.mark.parametrize("block", [1, 4, 5, 10, 11])
@pytest.mark.parametrize("offset", [0, 3, 10])
def test_the_whole_rest_comes_in_blocks(block: int, offset: int) -> None:
    file = source(FakeS3(b"0123456789"), block)
    assert b"".join(file.blocks(offset)) == b"0123456789"[offset:]


@pytest.mark.parametrize("offset", [0, 3, 9, 10])
def test_a_packed_file_is_unpacked_from_its_beginning_and_skipped(offset: int) -> None:
    file = Contents(source(FakeS3(gzip.compress(b"0123456789"))), 10**6)
    head, complete = file.head(())
    assert (file.next_step(head, ()), complete) == ("gzip", True)
    assert b"".join(file.blocks(offset, ("gzip",))) == b"0123456789"[offset:]


def test_an_object_is_asked_for_by_its_version_or_its_etag() -> None:
    s3 = FakeS3(b"0")
    list(source(s3, version="v1").blocks(0))
    assert (s3.requests[0]["VersionId"], "IfMatch" in s3.requests[0]) == ("v1", False)
    s3 = FakeS3(b"0")
    list(source(s3).blocks(0))
    assert s3.requests[0]["IfMatch"] == '"0a"'


def test_an_answer_that_breaks_off_is_asked_for_again_and_then_left_to_the_queue() -> None:
    assert list(source(FakeS3(b"0123", breaks=2)).blocks(0)) == [b"0123"]
    with pytest.raises(TransientError, match="broke off"):
        list(source(FakeS3(b"0123", breaks=3)).blocks(0))


def test_another_object_of_the_same_key_is_not_read_even_if_s3_would() -> None:
    with pytest.raises(FileRefused, match="replaced"):
        list(source(FakeS3(b"0123", etag="ff")).blocks(0))


@pytest.mark.parametrize(
    "code,error,text",
    [
        ("PreconditionFailed", FileRefused, "replaced"),
        ("NoSuchKey", FileRefused, "deleted"),
        ("NoSuchVersion", FileRefused, "deleted"),
        ("AccessDenied", FileRefused, "does not let the file be read"),
        ("SlowDown", TransientError, "SlowDown"),
    ],
)
def test_what_s3_answers_instead_is_told_apart(code: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        list(source(FakeS3(b"", error=code)).blocks(0))


@pytest.mark.parametrize(
    "code,status,error,text",
    [
        ("InvalidObjectState", 403, FileRefused, "Glacier"),
        ("KMS.DisabledException", 400, FileRefused, "encrypted"),
        ("InvalidRequest", 400, FileRefused, "encrypted"),
        ("NoSuchBucket", 404, FileRefused, "bucket"),
        ("SomethingNew", 400, FileRefused, r"\(SomethingNew\): upload it again"),
        ("KMS.ThrottlingException", 400, TransientError, "Throttling"),
        ("RequestTimeout", 400, TransientError, "RequestTimeout"),
        ("OperationAborted", 409, TransientError, "OperationAborted"),
        ("SomethingNew", 429, TransientError, "SomethingNew"),
        ("SomethingNew", 503, TransientError, "SomethingNew"),
        ("ExpiredToken", 400, TransientError, "ExpiredToken"),
        ("SignatureDoesNotMatch", 403, TransientError, "SignatureDoesNotMatch"),
    ],
)
def test_a_file_that_s3_will_never_hand_out_is_refused_at_once(
    code: str, status: int, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        list(source(FakeS3(b"", error=code, status=status)).blocks(0))


@pytest.mark.parametrize(
    "said,read",
    [
        ("feedback=Comment", "feedback=Comment"),
        ("=?UTF-8?B?ZmVlZGJhY2s944Kz44Oh44Oz44OI?=", "feedback=コメント"),
        ("=?no-such-charset?Q?feedback=3D3?=", "=?no-such-charset?Q?feedback=3D3?="),
        ("=?utf-8?Q?=FF?=", "=?utf-8?Q?=FF?="),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
    ],
)
def test_what_its_metadata_says_of_its_columns_comes_with_its_first_bytes(said: str, read: str) -> None:
    file = source(FakeS3(b"0123", columns=said))
    assert file.said_of_columns == ""
    file.read(0, 1)
    assert file.said_of_columns == read
