"""Runs a query and returns its rows as models."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from shared.contracts.base import Contract
from shared.platform.database import Transaction

T = TypeVar("T")
Model = TypeVar("Model", bound=Contract)


def one(tx: Transaction, model: type[Model], query: str, arguments: Mapping[str, Any]) -> Model | None:
    """The first row; None if there is none."""
    tx.execute(query, arguments)
    row = tx.fetchone()
    return model.model_validate(row) if row else None


def many(tx: Transaction, model: type[Model], query: str, arguments: Mapping[str, Any]) -> list[Model]:
    """All rows, in the query's order."""
    tx.execute(query, arguments)
    return [model.model_validate(row) for row in tx.fetchall()]


def value(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> Any:
    """The one column of the first row; None if there is none."""
    tx.execute(query, arguments)
    row = tx.fetchone()
    return next(iter(row.values())) if row else None


def column(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> list[Any]:
    """The one column of all rows."""
    tx.execute(query, arguments)
    return [next(iter(row.values())) for row in tx.fetchall()]


def count(tx: Transaction, query: str, arguments: Mapping[str, Any]) -> int:
    """The number that the query counts."""
    return int(value(tx, query, arguments) or 0)


def chunks(items: Iterable[T], size: int = 1000) -> Iterator[list[T]]:
    """The items in lists of at most `size`, for one statement each."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
