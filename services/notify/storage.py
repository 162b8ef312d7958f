"""Writes files to S3 piece by piece, so that memory holds one part and not the file."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 8 * 1024 * 1024
"""S3 wants at least 5 MiB a part and at most 10,000 parts: this holds 80 GB."""


class Storage:
    """The data bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def write(self, key: str, pieces: Iterable[bytes], content_type: str) -> None:
        """Writes an object, replacing what was there, as one whole or not at all."""
        parts = _parts(pieces)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=first, ContentType=content_type)
        else:
            self._write_parts(key, chain((first, second), parts), content_type)

    def _write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        started = self._s3.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=content_type)
        upload_id = started["UploadId"]
        try:
            done = [self._part(key, upload_id, number, part) for number, part in enumerate(parts, 1)]
            self._s3.complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": done}
            )
        except BaseException:
            # S3 charges for the parts of an upload that was neither completed nor aborted.
            self._s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
            raise

    def _part(self, key: str, upload_id: str, number: int, part: bytes) -> "CompletedPartTypeDef":
        answer = self._s3.upload_part(
            Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=part
        )
        return {"ETag": answer["ETag"], "PartNumber": number}


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        if len(buffer) >= PART_BYTES:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)
