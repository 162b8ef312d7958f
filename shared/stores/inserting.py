"""Inserts rows, each given by its columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.platform.database import Transaction


def insert(tx: Transaction, table: str, rows: Sequence[Mapping[str, Any]], *, once: bool = False) -> int:
    """Inserts these rows; returns how many are new.

    Args:
        table: its name, as the names of the columns, is ours and never input.
        rows: all of the same columns.
        once: whether a row whose key is there already stays as it is; else that is an error.
    """
    if not rows:
        return 0
    names = [f"`{name}`" for name in rows[0]]
    values = ", ".join(f"%({name})s" for name in rows[0])
    kept = f" ON DUPLICATE KEY UPDATE {names[0]} = {table}.{names[0]}" if once else ""
    return tx.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}){kept}", rows) or 0
