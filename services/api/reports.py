"""GET /reports/{token}: from an unguessable link that lives for days to a signed one for minutes."""

import hashlib
import re
from datetime import datetime

from services.api.dependencies import Dependencies
from shared.contracts import keys
from shared.contracts.errors import PermanentError
from shared.stores import report_link_store

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")


class UnknownLink(PermanentError):
    """No report was ever linked to by this token."""


class ExpiredLink(PermanentError):
    """The link was good once."""


def report_key(deps: Dependencies, token: str, now: datetime) -> str:
    """The key of the report that the token opens.

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
    """A URL at which anyone can read the object for some minutes."""
    wanted = {
        "Bucket": deps.settings.data_bucket,
        "Key": key,
        "ResponseContentType": "text/html; charset=utf-8",
    }
    seconds = deps.settings.report_url_seconds
    return deps.s3.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds)
