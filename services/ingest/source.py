"""The uploaded object in S3, read in blocks by ranged requests, all of the same version."""

from collections.abc import Iterator, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError

from services.ingest.refusal import FileRefused
from services.ingest.unpack import MAGIC, unpack
from shared.contracts.errors import TransientError
from shared.contracts.execution import REPLACED, Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK_BYTES = 4 * 1024 * 1024
_ATTEMPTS = 3
_CUT_OFF = (HTTPClientError, IncompleteReadError, ResponseStreamingError)
_GONE = "the file was deleted before it was read to its end: upload it again"

_ARCHIVED = "the file lies in an archive (Glacier): restore it there and upload it again"
_ENCRYPTED = (
    "the key that the file is encrypted with cannot be used: upload it again, encrypted as others are"
)
_REASONS = {
    "InvalidObjectState": _ARCHIVED,
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
        max_unpacked_bytes: how much of a gzip file is unpacked.
    """

    def __init__(
        self, s3: "S3Client", source: Source, *, max_unpacked_bytes: int, block_bytes: int = BLOCK_BYTES
    ) -> None:
        self._s3 = s3
        self._source = source
        self._max_unpacked_bytes = max_unpacked_bytes
        self._block_bytes = block_bytes
        self._metadata: Mapping[str, str] = {}

    @property
    def said_of_columns(self) -> str:
        """What its metadata says of its columns (x-amz-meta-columns), once a part of it was read."""
        said = self._metadata.get(_COLUMNS_SAID, "")
        try:
            # Letters that no HTTP header takes come encoded as in the headers of mails.
            return str(make_header(decode_header(said)))
        except (HeaderParseError, LookupError, ValueError):
            return said

    def is_compressed(self) -> bool:
        """Whether it is gzip, told from its first bytes and not from its name."""
        return self._read(0, len(MAGIC)) == MAGIC

    def blocks(self, offset: int, *, compressed: bool) -> Iterator[bytes]:
        """Its bytes, unpacked, from `offset` on.

        Raises:
            FileRefused: it was replaced or deleted.
            FileBroken: the gzip data cannot be unpacked further.
            TransientError: S3 does not answer.
        """
        if not compressed:
            return self._raw(offset)
        return _skip(unpack(self._raw(0), self._max_unpacked_bytes), offset)

    def _raw(self, offset: int) -> Iterator[bytes]:
        while block := self._read(offset, self._block_bytes):
            yield block
            offset += len(block)
            if len(block) < self._block_bytes:
                return

    def _read(self, offset: int, length: int) -> bytes:
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._s3.get_object(**self._request(offset, length))
                self._metadata = answer.get("Metadata", {})
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
        if code in ("PreconditionFailed", "412"):
            raise FileRefused(REPLACED) from error
        if code in ("NoSuchKey", "NoSuchVersion", "404"):
            raise FileRefused(_GONE) from error
        if code in ("AccessDenied", "403"):
            raise FileRefused(
                "S3 does not let the file be read: how is it encrypted, who owns it?"
            ) from error
        if _is_about_the_file(error, code):
            raise FileRefused(_reason(code)) from error
        raise TransientError(f"S3 answers {code}") from error


def _skip(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        if count < len(block):
            yield block[count:]
            break
        count -= len(block)
    yield from islice(blocks, None)


def _is_about_the_file(error: ClientError, code: str) -> bool:
    """Whether S3 refuses this file and would refuse it again, so that waiting for days heals nothing."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    ours = code in _ABOUT_US or "Throttl" in code or status == _TOO_MANY_REQUESTS
    return 400 <= status < 500 and not ours


def _reason(code: str) -> str:
    if code.startswith("KMS."):
        return _ENCRYPTED
    return _REASONS.get(code, f"S3 does not hand the file out ({code}): upload it again")
