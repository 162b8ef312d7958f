"""Runs a query and returns its rows as models."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, islice, takewhile
from typing import Any, TypeVar

from shared.contracts.base import Contract
from shared.platform.database import Transaction

PAGE_BYTES = 4 * 1024 * 1024
"""Of a page of rows with their texts: in memory it is several times as large."""
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


def page(
    tx: Transaction, model: type[Model], query: str, arguments: Mapping[str, Any], size: str
) -> list[Model]:
    """The first rows of the query, as many as PAGE_BYTES hold and its LIMIT allows; one at least.

    Args:
        query: with `{columns}` in place of the model's columns, and a LIMIT of `%(limit)s`.
        size: of a row in bytes, as an expression. It is asked first, for a query is answered whole.
    """
    sizes = column(tx, query.format(columns=size), arguments)
    before = accumulate(map(int, sizes), initial=0)
    limit = sum(1 for _ in takewhile(lambda total: total < PAGE_BYTES, islice(before, len(sizes))))
    columns = ", ".join(f"`{name}`" for name in model.model_fields)
    return many(tx, model, query.format(columns=columns), {**arguments, "limit": limit}) if limit else []


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
