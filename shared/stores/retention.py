"""For how long the rows are kept that nobody needs any more."""

from typing import NamedTuple

from shared.platform.database import Transaction

MESSAGE_DAYS = 15
"""SQS keeps a message for 14 days at most: nothing comes any more by which these rows would be asked for."""


class Kept(NamedTuple):
    """Rows of a table that are deleted after some days.

    Attributes:
        since: the column with the time from which the days count.
        which: the condition that they meet.
    """

    table: str
    days: int
    since: str = "created_time"
    which: str = "TRUE"


KEPT = (
    Kept("outbox", 7, "published_at"),
    Kept("mail", MESSAGE_DAYS, which="status IN ('sent', 'sending')"),
    Kept("curated_upload", MESSAGE_DAYS, "curated_time"),
    Kept("suspect_record", MESSAGE_DAYS),
    Kept("report_tally", MESSAGE_DAYS),
    # For so long an expired link is answered as expired rather than as unknown.
    Kept("report_link", 30, "expires_at"),
    # So long after its last use a vector belongs to no unknown row any more.
    Kept("feedback_embedding", 30, "used_time"),
)


def forget(tx: Transaction, kept: Kept) -> int:
    """Deletes the rows whose days are over; returns how many (at most 10,000 a call)."""
    old = f"{kept.which} AND {kept.since} < NOW(3) - INTERVAL %(days)s DAY"
    return tx.execute(f"DELETE FROM {kept.table} WHERE {old} LIMIT 10000", {"days": kept.days})
