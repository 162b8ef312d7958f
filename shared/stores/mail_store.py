"""Tables `mail` and `mail_audience`: which mails were sent, are held, and are gathered in a digest.

Of an audience's mails only so many take a place within an hour. The others are held, and a digest takes
one place for many of them. Every decision is made under the audience's lock.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate, takewhile
from typing import Annotated, Any

from pydantic import AfterValidator

from shared.contracts.base import Contract
from shared.contracts.messages import Audience
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import column, count, many, value

DIGEST_BYTES = 150_000
"""Of the mails that one digest replaces, about; SNS takes 262,144."""
_DIGEST_MAILS = 1000
_SUBJECT_LENGTH = 300
"""Characters; SNS takes less than 100 of a subject."""
_PLACES_TAKEN = """
    SELECT COUNT(*) AS mails FROM mail
    WHERE audience = %(audience)s AND counted_time > NOW(3) - INTERVAL 1 HOUR
"""
_STATUS = "SELECT status FROM mail WHERE mail_key = %(key)s"
_ADD = """
    INSERT INTO mail (mail_key, audience, status, counted_time)
    VALUES (%(key)s, %(audience)s, 'sending', NOW(3))
"""
_COUNT_HELD = "SELECT COUNT(*) AS mails FROM mail WHERE status = 'held' AND audience = %(audience)s"
_SIZES = """
    SELECT id, OCTET_LENGTH(CONCAT_WS('', subject, link, IF(link IS NULL, body, NULL))) + 20 AS size FROM mail
    WHERE status = 'held' AND audience = %(audience)s ORDER BY id LIMIT %(limit)s
"""
_GATHER = """
    UPDATE mail SET status = 'gathered', digest = %(key)s
    WHERE status = 'held' AND audience = %(audience)s AND id <= %(last)s
"""
_UNSENT_DIGEST = """
    SELECT digest FROM mail WHERE status = 'gathered' AND audience = %(audience)s ORDER BY id LIMIT 1
"""
_MEMBERS = "SELECT subject, body, link FROM mail WHERE digest = %(key)s ORDER BY id"
_SENT = "UPDATE mail SET status = 'sent' WHERE mail_key = %(key)s"
_GATHERED_SENT = "UPDATE mail SET status = 'sent', body = NULL WHERE digest = %(key)s"
_WAITING = "SELECT DISTINCT audience FROM mail WHERE status IN ('held', 'gathered')"


class MailStatus(StrEnum):
    """How far a mail is. `sending`: it has its place, and may have gone out."""

    SENDING = "sending"
    HELD = "held"
    GATHERED = "gathered"
    SENT = "sent"


class HeldMail(Contract):
    """A mail that was held; `link` leads to the report that says all of it, if there is one."""

    subject: Annotated[str, AfterValidator(lambda subject: subject[:_SUBJECT_LENGTH])]
    body: str
    link: str | None


class Digest(Contract):
    """One mail for many that were held."""

    key: str
    mails: tuple[HeldMail, ...]
    left: int
    """Mails that are still held, for the next digest."""


def status(tx: Transaction, key: str) -> MailStatus | None:
    """The status of the mail with this key; None if there is none yet."""
    found = value(tx, _STATUS, {"key": key})
    return MailStatus(found) if found else None


def admit(tx: Transaction, key: str, audience: Audience, mail: HeldMail, limit: int) -> MailStatus:
    """Gives a mail one of the hour's `limit` places (`sending`), or holds it; the status it has by now.

    Behind mails that are held it is held, too: a digest comes first.
    """
    _lock(tx, audience)
    if known := status(tx, key):
        return known
    row: dict[str, Any] = {"key": key, "audience": audience}
    if count(tx, _COUNT_HELD, row) or not _has_place(tx, audience, limit):
        held = {"mail_key": key, "audience": audience, "status": MailStatus.HELD}
        insert(tx, "mail", [held | mail.model_dump()])
        return MailStatus.HELD
    tx.execute(_ADD, row)
    return MailStatus.SENDING


def gather(tx: Transaction, key: str, audience: Audience, limit: int) -> Digest | None:
    """The digest that is to be sent now: one that was not sent for certain, else a new one with this key.

    None if nothing is held, or the hour has no place left.
    """
    _lock(tx, audience)
    which: dict[str, Any] = {"key": key, "audience": audience}
    if unsent := value(tx, _UNSENT_DIGEST, which):
        which["key"] = unsent
    elif not (last := _last_that_fits(tx, audience)) or not _has_place(tx, audience, limit):
        return None
    else:
        tx.execute(_ADD, which)
        tx.execute(_GATHER, which | {"last": last})
    mails = tuple(many(tx, HeldMail, _MEMBERS, which))
    return Digest(key=which["key"], mails=mails, left=count(tx, _COUNT_HELD, which))


def set_sent(tx: Transaction, key: str) -> None:
    """Records that this mail went out, and with it what it gathers."""
    tx.execute(_SENT, {"key": key})
    tx.execute(_GATHERED_SENT, {"key": key})


def waiting(tx: Transaction) -> Sequence[Audience]:
    """The audiences for which mails are held."""
    return [Audience(each) for each in column(tx, _WAITING, {})]


def _lock(tx: Transaction, audience: Audience) -> None:
    insert(tx, "mail_audience", [{"audience": audience}], once=True)


def _has_place(tx: Transaction, audience: Audience, limit: int) -> bool:
    return count(tx, _PLACES_TAKEN, {"audience": audience}) < limit


def _last_that_fits(tx: Transaction, audience: Audience) -> int | None:
    """The id of the last held mail that a digest has room for; it has room for one at least."""
    tx.execute(_SIZES, {"audience": audience, "limit": _DIGEST_MAILS})
    rows = tx.fetchall()
    before = accumulate((row["size"] for row in rows), initial=0)
    fits = takewhile(lambda each: each[1] < DIGEST_BYTES, zip(rows, before, strict=False))
    return max((row["id"] for row, _ in fits), default=None)
