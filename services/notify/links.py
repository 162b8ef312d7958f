"""The mail's link to a report: an unguessable token, of which only the hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores import report_link_store

_TOKEN_BYTES = 32


def create_link(tx: Transaction, execution_id: ExecutionId, public_url: str, now: datetime, days: int) -> str:
    """A new URL of the execution's report that works for `days` from `now` (UTC)."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    token_hash = hashlib.sha256(token.encode()).digest()
    report_link_store.create(tx, token_hash, execution_id, now + timedelta(days=days))
    return f"{public_url.rstrip('/')}/reports/{token}"
