"""GET /reports/{token}: turns a report link, valid for days, into a signed URL, valid for minutes."""

import hashlib
import re
from datetime import datetime

from services.api.dependencies import Dependencies
from shared.contracts import keys
from shared.contracts.errors import PermanentError
from shared.stores import report_link_store

_URL_SECONDS = 300
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")


class UnknownLink(PermanentError):
    """No report has a link with this token."""


class ExpiredLink(PermanentError):
    """The link has expired."""


def report_key(deps: Dependencies, token: str, now: datetime) -> str:
    """The S3 key of the report that the token belongs to.

    Args:
        now: UTC, without a zone.

    Raises:
        UnknownLink, ExpiredLink: it opens none, or none any more.
    """
    if not _TOKEN.fullmatch(token):
        raise UnknownLink
    token_hash = hashlib.sha256(token.encode()).digest()
    link = deps.database.transact(lambda tx: report_link_store.find(tx, token_hash))
    if link is None:
        raise UnknownLink
    if link.expires_at <= now:
        raise ExpiredLink
    return keys.report(link.execution_id)


def signed_url(deps: Dependencies, key: str) -> str:
    """A presigned URL of the object, valid for minutes."""
    wanted = {
        "Bucket": deps.settings.data_bucket,
        "Key": key,
        "ResponseContentType": "text/html; charset=utf-8",
    }
    return deps.s3.generate_presigned_url("get_object", Params=wanted, ExpiresIn=_URL_SECONDS)
