"""The uploaded object in S3, read in blocks by ranged requests, all of the same version."""

import io
from collections.abc import Iterator, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError
from typing_extensions import override

from services.ingest.refusal import FileRefused
from shared.contracts.errors import TransientError
from shared.contracts.execution import REPLACED, Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK_BYTES = 4 * 1024 * 1024
_BUFFER = 1024 * 1024
_ATTEMPTS = 3
_CUT_OFF = (HTTPClientError, IncompleteReadError, ResponseStreamingError)
_GONE = "the file was deleted before it was read to its end: upload it again"
_DENIED = "S3 does not let the file be read: how is it encrypted, who owns it?"
_ENCRYPTED = (
    "the key that the file is encrypted with cannot be used: upload it again, encrypted as others are"
)
_REASONS = {
    **dict.fromkeys(("PreconditionFailed", "412"), REPLACED),
    **dict.fromkeys(("NoSuchKey", "NoSuchVersion", "404"), _GONE),
    **dict.fromkeys(("AccessDenied", "403"), _DENIED),
    "InvalidObjectState": "the file lies in an archive (Glacier): restore it there and upload it again",
    "InvalidRequest": _ENCRYPTED,  # a key of the customer's own, which each request must bring along
    "NoSuchBucket": "the bucket of the file is gone: upload it again",
}
# What is wrong with our credentials or with the clock is put right by others than who uploaded the file; all
# else of status 4xx is told to who uploaded it, who can do something about it sooner than waiting can.
_ABOUT_US = frozenset(
    {
        "ConditionalRequestConflict",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidSecurity",
        "InvalidToken",
        "KMSThrottlingException",
        "OperationAborted",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "SlowDown",
        "TokenRefreshRequired",
    }
)
_TOO_MANY_REQUESTS = 429
_COLUMNS_SAID = "columns"


class SourceFile:
    """Reads one object, by its version, or else as long as its etag stays the same.

    Args:
        block_bytes: how much one request asks for, and so how much is in memory.
    """

    def __init__(self, s3: "S3Client", source: Source, *, block_bytes: int = BLOCK_BYTES) -> None:
        self._s3 = s3
        self._source = source
        self._block_bytes = block_bytes
        self._size = source.bytes or 0
        self._metadata: Mapping[str, str] = {}

    @property
    def key(self) -> str:
        return self._source.key

    @property
    def name(self) -> str:
        """The file's own name, unpacked."""
        name = self.key.rpartition("/")[2]
        return name[:-3] if name.lower().endswith(".gz") else name

    @property
    def said_of_columns(self) -> str:
        """What its metadata says of its columns (x-amz-meta-columns), once a part of it was read."""
        said = self._metadata.get(_COLUMNS_SAID, "")
        try:
            # Letters that no HTTP header takes come encoded as in the headers of mails.
            return str(make_header(decode_header(said)))
        except (HeaderParseError, LookupError, ValueError):
            return said

    def blocks(self, offset: int = 0) -> Iterator[bytes]:
        """Its bytes from `offset` on, in blocks.

        Raises:
            FileRefused: it was replaced or deleted.
            TransientError: S3 does not answer.
        """
        while block := self.read(offset, self._block_bytes):
            yield block
            offset += len(block)
            if len(block) < self._block_bytes:
                return

    def seekable(self) -> BinaryIO:
        """Itself as a file that can be read at any place; raises as `blocks` does."""
        return io.BufferedReader(_Seekable(self), _BUFFER)

    @property
    def size(self) -> int:
        """In bytes, once a part of it was read."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """So many of its bytes from `offset` on; fewer at its end."""
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._s3.get_object(**self._request(offset, length))
                self._metadata = answer.get("Metadata", {})
                size = answer.get("ContentRange", "").rpartition("/")[2]
                self._size = int(size) if size.isdecimal() else self._size
                # boto3 repeats requests that fail, but not the reading of an answer's body.
                return self._checked(answer["ETag"], answer["Body"].read())
            except ClientError as error:
                return self._without_block(error)
            except _CUT_OFF as error:
                if attempt == _ATTEMPTS - 1:
                    raise TransientError(f"S3 broke off {_ATTEMPTS} times") from error
        raise AssertionError("the last attempt returns or raises")

    def _request(self, offset: int, length: int) -> Any:
        source = self._source
        request = {
            "Bucket": source.bucket,
            "Key": source.key,
            "Range": f"bytes={offset}-{offset + length - 1}",
        }
        if source.version:
            return request | {"VersionId": source.version}
        return request | ({"IfMatch": f'"{source.etag.strip(chr(34))}"'} if source.etag else {})

    def _checked(self, etag: str, block: bytes) -> bytes:
        wanted = self._source.etag
        if wanted and etag.strip('"') != wanted.strip('"'):
            raise FileRefused(REPLACED)
        return block

    def _without_block(self, error: ClientError) -> bytes:
        code = error.response["Error"]["Code"]
        if code in ("InvalidRange", "416"):  # the place just behind the last byte
            return b""
        if reason := _reason(error, code):
            raise FileRefused(reason) from error
        raise TransientError(f"S3 answers {code}") from error


class _Seekable(io.RawIOBase):
    """An object as Python's libraries read files that they look around in."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._place = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning")
        self._place = start + offset
        return self._place

    @override
    def readinto(self, buffer: Any) -> int:
        block = self._source.read(self._place, len(buffer))
        buffer[: len(block)] = block
        self._place += len(block)
        return len(block)


def _reason(error: ClientError, code: str) -> str | None:
    """Why S3 refuses this file and would refuse it again, so that waiting for days heals nothing."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    ours = code in _ABOUT_US or "Throttl" in code or status == _TOO_MANY_REQUESTS
    if code in _REASONS or ours or not 400 <= status < 500:
        return _REASONS.get(code)
    return (
        _ENCRYPTED if code.startswith("KMS.") else f"S3 does not hand the file out ({code}): upload it again"
    )
