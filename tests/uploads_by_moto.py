"""What moto does differently from S3 with uploads in parts."""

from typing import Any

import moto.s3.models
import pytest
from moto.s3.exceptions import NoSuchUpload


def as_s3_has_it(patch: pytest.MonkeyPatch, least_part: int | None = None) -> None:
    """An upload that is gone takes no part, and says so; parts may be smaller than S3 has them.

    Args:
        least_part: in bytes; None: S3's.
    """
    send = moto.s3.models.S3Backend.upload_part

    def upload_part(self: Any, bucket_name: str, multipart_id: str, *rest: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(multipart_id)
        return send(self, bucket_name, multipart_id, *rest)

    patch.setattr(moto.s3.models.S3Backend, "upload_part", upload_part)
    if least_part is not None:
        patch.setattr(moto.s3.models, "S3_UPLOAD_PART_MIN_SIZE", least_part)
