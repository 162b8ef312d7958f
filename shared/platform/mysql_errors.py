"""MySQL's errors in our words: whose fault one is, and so whether the same may succeed later."""

import pymysql
from pymysql.constants import CR, ER

from shared.contracts.errors import DatabaseConflict, DatabaseUnavailable

_CONFLICTS = (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT)
# What says "no server here", and so "nothing of this transaction was kept", when met before the commit.
_UNREACHABLE = (
    CR.CR_CONNECTION_ERROR,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    ER.CON_COUNT_ERROR,
    ER.SERVER_SHUTDOWN,
    1927,  # MariaDB: connection was killed
    4031,  # MySQL 8: disconnected after inactivity
    1290,  # read-only: this was the primary before a failover
    1836,  # likewise
)
# What a statement's own values are to blame for, so that it would fail again. All else that a server answers
# is about the server or our set-up (a full disk, memory, a column that is not there yet), and waits.
_OF_THE_VALUES = frozenset(
    {
        1048,  # NULL where there must be a value
        1062,  # duplicate key
        1118,  # row too large
        1153,  # packet too large
        1264,  # number out of range
        1265,  # cut off
        1267,  # a sign that the column's character set has not
        1270,  # likewise
        1271,  # likewise
        1292,  # wrong date, time or number
        1300,  # no text of this character set
        1301,  # result too large
        1364,  # no value, and no default
        1365,  # division by zero
        1366,  # wrong value for the column
        1367,  # illegal number
        1406,  # too long
        1411,  # wrong value for a function
        1441,  # date out of range
        1451,  # others refer to the row
        1452,  # refers to a row that is not there
        1690,  # arithmetic out of range
        1977,  # MariaDB: a sign that the column's character set has not
        3140,  # no JSON
        3141,  # likewise, in a function
        3157,  # JSON nested too deep
        3158,  # JSON with a key that is null
        3819,  # against a CHECK constraint
        3854,  # a sign that the column's character set has not
        4025,  # MariaDB: against a CHECK constraint
        4038,  # MariaDB: no JSON
    }
)
_DENIED = (ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR)


class DatabaseRefused(DatabaseUnavailable):
    """The server refuses a statement for a reason that is not in its values: the same may succeed later.

    Attributes:
        code: MySQL's.
    """

    def __init__(self, code: object) -> None:
        super().__init__(f"the database refuses ({code})")
        self.code = code


class LostBeforeCommit(DatabaseUnavailable):
    """The connection ended before the commit, so nothing was kept and another attempt is safe."""


def in_our_words(error: pymysql.Error) -> Exception:
    """What an error met before the commit is: of ours, or the same if the statement's values are to blame."""
    code = code_of(error)
    if code in _CONFLICTS:
        return DatabaseConflict(f"transaction rolled back ({code})")
    if code in _UNREACHABLE or isinstance(error, pymysql.InterfaceError):
        return LostBeforeCommit(f"connection lost ({code})")
    return error if code in _OF_THE_VALUES else DatabaseRefused(code)


def is_denied(error: pymysql.Error) -> bool:
    """Whether it says that user or password is wrong."""
    return code_of(error) in _DENIED


def code_of(error: pymysql.Error) -> object:
    """MySQL's number; None of an error without one."""
    return error.args[0] if error.args else None
