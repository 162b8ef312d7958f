"""Writes objects to S3: at once, or in parts that may be sent by several invocations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.contracts.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE = ("NoSuchUpload", "InvalidPart", "InvalidPartOrder")


class UploadGone(TransientError):
    """The upload was completed or aborted by another run, or its parts are no more what they were."""


class Storage:
    """The data bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Writes an object, replacing what was there."""
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

    def begin(self, key: str, content_type: str) -> str:
        """Begins an upload in parts; returns its id."""
        begun = self._s3.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=content_type)
        return begun["UploadId"]

    def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        """Sends a part, in place of an earlier one of this number; returns its tag."""
        try:
            part = self._s3.upload_part(
                Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
            )
        except ClientError as error:
            raise _translated(error) from error
        return part["ETag"]

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> None:
        """Makes the parts, by their tags, one object that replaces what was there."""
        parts = [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, 1)]
        try:
            self._s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
            )
        except ClientError as error:
            raise _translated(error) from error

    def abort(self, key: str, upload_id: str) -> None:
        """Ends an upload without an object: S3 charges for parts that are kept. Idempotent."""
        try:
            self._s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except ClientError as error:
            if not isinstance(_translated(error), UploadGone):
                raise


def _translated(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    return UploadGone(f"the upload cannot go on ({code})") if code in _GONE else error
