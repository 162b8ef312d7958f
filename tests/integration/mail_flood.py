"""So many mails that they are held, and time that passes."""

from services.notify import notices
from shared.contracts.notices import WrittenNotice
from shared.platform.database import Database
from tests.integration.notify_case import Office


def a_notice(number: int, words: str = "All of them.") -> WrittenNotice:
    return WrittenNotice(id=f"n{number}", subject=f"Corrections no. {number}", message=words)


def flood(office: Office, mails: int, first: int = 0) -> None:
    for number in range(first, first + mails):
        notices.send(office.deps, a_notice(number, f"What no. {number} says.\nIts second line."))


def pass_time(database: Database, minutes: int) -> None:
    """What was counted until now was so much earlier."""
    older = f"UPDATE mail SET counted_time = counted_time - INTERVAL {minutes} MINUTE"
    database.transact(lambda tx: tx.execute(older))


def texts(office: Office) -> str:
    return "\n".join(f"{mail['Subject']}\n{mail['Message']}" for mail in office.mails)
