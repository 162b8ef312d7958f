"""Sends mails: each once by its key, and not more in an hour than people can read; the rest as a digest."""

from collections.abc import Callable
from uuid import uuid4

from services.notify.dependencies import Dependencies
from services.notify.mail import writing
from services.notify.mail.mailer import Mail
from shared.contracts.messages import Audience
from shared.platform.named_lock import named_lock
from shared.stores import mail_store
from shared.stores.mail_store import HeldMail, MailStatus

_LOCK_SECONDS = 5
_DONE = (MailStatus.HELD, MailStatus.GATHERED, MailStatus.SENT)


def send_once(deps: Dependencies, key: str, write: Callable[[], Mail]) -> None:
    """Sends a mail, unless one with this key was sent before; or holds it for the next digest.

    A mail goes out twice only if the function dies between its publication and its mark.
    """
    with named_lock(deps.database, f"mail {key}", _LOCK_SECONDS):
        if is_done(deps, key):
            return
        mail = write()
        limit = deps.settings.mails_per_hour
        held = HeldMail(subject=mail.subject, body=mail.text, link=mail.link)
        if deps.database.transact(mail_store.admit, key, mail.audience, held, limit) is MailStatus.SENDING:
            deps.mailer.send(mail)
            deps.database.transact(mail_store.set_sent, key=key)
        else:
            deps.telemetry.count("MailsHeld")


def is_done(deps: Dependencies, key: str) -> bool:
    """Whether the mail with this key went out for certain, or is to be in a digest."""
    return deps.database.transact(mail_store.status, key) in _DONE


def send_digest(deps: Dependencies, audience: Audience) -> None:
    """Sends one mail for those that are held, if there are any and the hour has a place for it."""
    with named_lock(deps.database, f"digest for {audience}", _LOCK_SECONDS):
        limit = deps.settings.mails_per_hour
        digest = deps.database.transact(mail_store.gather, f"digest {uuid4().hex}", audience, limit)
        if digest is not None:
            deps.mailer.send(writing.digest(digest.mails, digest.left, audience, limit))
            deps.database.transact(mail_store.set_sent, key=digest.key)
