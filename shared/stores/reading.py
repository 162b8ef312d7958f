"""Runs a query and returns its rows as models."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from shared.contracts.base import Contract
from shared.platform.database import Transaction

T = TypeVar("T")
Model = TypeVar("Model", bound=Contract)
_SIZE = 1000


def one(tx: Transaction, model: type[Model], query: str, arguments: Mapping[str, Any]) -> Model | None:
    """The first row; None if there is none."""
    tx.execute(query, arguments)
    row = tx.fetchone()
    return model.model_validate(row) if row else None


def many(tx: Transaction, model: type[Model], query: str, arguments: Mapping[str, Any]) -> list[Model]:
    """All rows, in the query's order."""
    tx.execute(query, arguments)
    return [model.model_validate(row) for row in tx.fetchall()]


def count(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> int:
    """The number in column `rows` of the query's one row."""
    tx.execute(query, arguments)
    row = tx.fetchone()
    return int(row["rows"]) if row else 0


def chunks(keys: Sequence[T]) -> Iterator[list[T]]:
    """The keys in lists of at most 1,000, for one statement each."""
    for start in range(0, len(keys), _SIZE):
        yield list(keys[start : start + _SIZE])
