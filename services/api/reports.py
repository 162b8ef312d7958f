"""GET /reports/{token}: from an unguessable link that lives for days to a signed one for minutes."""

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING

from shared.contracts import keys
from shared.contracts.errors import PermanentError
from shared.platform.database import Database
from shared.stores import report_link_store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")


class UnknownLink(PermanentError):
    """No report was ever linked to by this token."""


class ExpiredLink(PermanentError):
    """The link was good once."""


def report_key(database: Database, token: str, now: datetime) -> str:
    """The key of the report that the token opens.

    Args:
        now: UTC, without a zone.

    Raises:
        UnknownLink, ExpiredLink: it opens none, or none any more.
    """
    if not _TOKEN.fullmatch(token):
        raise UnknownLink
    token_hash = hashlib.sha256(token.encode()).digest()
    link = database.transact(lambda tx: report_link_store.find(tx, token_hash))
    if link is None:
        raise UnknownLink
    if link.expires_at <= now:
        raise ExpiredLink
    return keys.report(link.execution_id)


def signed_url(s3: "S3Client", bucket: str, key: str, seconds: int) -> str:
    """A URL at which anyone can read the object for so many seconds."""
    return s3.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket, "Key": key, "ResponseContentType": "text/html; charset=utf-8"},
        ExpiresIn=seconds,
    )
