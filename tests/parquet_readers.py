"""Reads Parquet with two libraries that know nothing of our writer, and holds it against results.csv."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet  # type: ignore[import-untyped]

from shared.contracts.spreadsheet import neutral

Row = dict[str, Any]


def read(data: bytes) -> list[Row]:
    """The rows, as both libraries have them."""
    rows: list[Row] = pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()
    assert query(data, "SELECT * FROM file") == rows
    return rows


def query(data: bytes, sql: str) -> list[Row]:
    """What DuckDB answers, to which the file is the table `file`."""
    with TemporaryDirectory() as folder, duckdb.connect() as database:
        path = Path(folder) / "file.parquet"
        path.write_bytes(data)
        database.execute(f"CREATE VIEW file AS SELECT * FROM read_parquet('{path}')")
        answer = database.execute(sql)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def types(data: bytes) -> dict[str, str]:
    """The columns' types, as DuckDB says them."""
    return {row["column_name"]: row["column_type"] for row in query(data, "DESCRIBE file")}


def rows_of_csv(data: bytes) -> list[dict[str, str]]:
    """The rows of results.csv."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def assert_same(parquet: bytes, results: bytes) -> None:
    """Fails unless both files say the same of the same rows, in the same order."""
    typed, plain = read(parquet), rows_of_csv(results)
    assert len(typed) == len(plain)
    for row, cells in zip(typed, plain, strict=True):
        said = {name: cell for name, cell in cells.items() if name != "profile"}  # its folder has that name
        differing = {name: cell for name, cell in said.items() if not _says(_value(row, name), cell)}
        assert not differing, row


def _value(row: Mapping[str, Any], name: str) -> Any:
    above, _, below = name.partition(".")
    return row[above][below] if below else row[above]


def _says(value: Any, cell: str) -> bool:
    """Whether a cell of results.csv stands for this value."""
    match value:
        case None:
            return cell == ""
        case bool():
            return cell == str(value).lower()
        case int() | float():
            return cell != "" and float(cell) == value
        case datetime():
            return cell == str(value.replace(tzinfo=None))
        case {"amount": amount, "currency": currency}:
            number, _, code = cell.partition(" ")
            return _says(amount, number) and code == (currency or "")
        case [{"category": _, "sentiment": _}, *_]:
            return cell == neutral("; ".join(f"{each['category']}: {each['sentiment']}" for each in value))
        case list():
            return cell == neutral("; ".join(value))
        case _:
            return cell == neutral(str(value))
