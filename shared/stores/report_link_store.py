"""Table `report_link`: the links in mails, by the SHA-256 of their tokens.

The token itself is only in the mail, so a copy of the database opens no report.
"""

from datetime import datetime

from shared.contracts.base import Tolerant
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import one

_FIND = "SELECT execution_id, expires_at FROM report_link WHERE token_hash = %(token_hash)s"


class ReportLink(Tolerant):
    """A row of table `report_link`."""

    execution_id: ExecutionId
    expires_at: datetime
    """UTC, without a zone, as the database holds it."""


def create(tx: Transaction, token_hash: bytes, execution_id: ExecutionId, expires_at: datetime) -> None:
    """Inserts a link, once.

    Args:
        token_hash: SHA-256 of the token, 32 bytes.
        expires_at: UTC, without a zone.
    """
    row = {"token_hash": token_hash, "execution_id": execution_id, "expires_at": expires_at}
    insert(tx, "report_link", [row], once=True)


def find(tx: Transaction, token_hash: bytes) -> ReportLink | None:
    """The link of the token with this SHA-256, expired or not; None if there is none."""
    return one(tx, ReportLink, _FIND, {"token_hash": token_hash})
