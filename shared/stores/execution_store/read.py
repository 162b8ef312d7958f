"""Reads executions, with or without a lock on their rows."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from shared.contracts.base import Contract
from shared.contracts.execution import Execution
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores.reading import many, one, value

_FIND = "SELECT * FROM execution WHERE execution_id = %(execution_id)s"
_FIND_OPEN = "SELECT * FROM execution WHERE open_profile = %(profile)s FOR UPDATE"
_FIND_OPEN_OF = "SELECT * FROM execution WHERE open_profile IN %(profiles)s"
_LIST_OPEN = "SELECT * FROM execution WHERE open_profile IS NOT NULL"
_MONTH_COST = """
    SELECT COALESCE(SUM(estimated_cost), 0) AS cost FROM execution
    WHERE started_at >= DATE_FORMAT(UTC_DATE(), '%%Y-%%m-01')
"""
_BEGUN = """
    SELECT source_key, source_version, source_etag, started_at FROM execution
    WHERE started_at >= %(since)s AND source_key IN %(names)s
"""


class Begun(Contract):
    """That an execution was begun of an object's version."""

    source_key: str
    source_version: str | None
    source_etag: str | None
    started_at: datetime


def find(tx: Transaction, execution_id: ExecutionId) -> Execution | None:
    """The execution, without a lock."""
    return one(tx, Execution, _FIND, {"execution_id": execution_id})


def lock(tx: Transaction, execution_id: ExecutionId) -> Execution | None:
    """The execution, its row locked until the transaction ends: before anything of it is counted."""
    return one(tx, Execution, _FIND + " FOR UPDATE", {"execution_id": execution_id})


def lock_open_direct(tx: Transaction, profile: Profile) -> Execution | None:
    """The profile's open day of direct feedback, locked; None if there is none."""
    return one(tx, Execution, _FIND_OPEN, {"profile": profile})


def find_open_direct(tx: Transaction, profiles: Collection[Profile]) -> dict[Profile, Execution]:
    """The open days of direct feedback of these profiles, without a lock."""
    days = many(tx, Execution, _FIND_OPEN_OF, {"profiles": list(profiles)}) if profiles else []
    return {day.profile: day for day in days}


def list_open_direct(tx: Transaction) -> list[Execution]:
    """The open days of direct feedback of all profiles."""
    return many(tx, Execution, _LIST_OPEN, {})


def month_cost(tx: Transaction) -> Decimal:
    """Estimated US dollars of all executions started in this calendar month (UTC)."""
    return Decimal(value(tx, _MONTH_COST, {}) or 0)


def begun(tx: Transaction, names: Collection[str], since: datetime) -> list[Begun]:
    """The executions of these keys of the data bucket that were begun since (UTC, without a zone).

    The database may take keys that differ in case or accents for the same.
    """
    return many(tx, Begun, _BEGUN, {"names": list(names), "since": since}) if names else []
