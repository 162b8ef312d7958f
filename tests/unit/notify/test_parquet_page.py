"""docs/parquet.md tells of the columns that are written, and its queries run."""

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
import yaml

from services.notify import results_parquet
from services.notify.parquet_file.schema import Field, ValueType
from services.notify.results_parquet import ResultsParquet
from shared.contracts.profiles import ProfileDocument
from tests.template import ROOT
from tests.unit.notify.result_rows import a_row

PAGE = (ROOT / "docs" / "parquet.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```duckdb\n(.*?);\n```", PAGE, re.DOTALL)
PLACE = "s3://BUCKET/results/profile=feedback/*.parquet"
ATHENA = {
    ValueType.TEXT: "string",
    ValueType.INTEGER: "bigint",
    ValueType.NUMBER: "double",
    ValueType.BOOLEAN: "boolean",
    ValueType.DATE: "date",
    ValueType.TIME: "timestamp",
}


def shipped(name: str) -> ProfileDocument:
    text = (ROOT / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    return ProfileDocument.model_validate({"name": name} | yaml.safe_load(text))


def athena(field: Field) -> str:
    """A column's type, in Athena's words."""
    if isinstance(field.type, ValueType):
        found = ATHENA[field.type]
    else:
        found = f"struct<{', '.join(f'{each.name}:{athena(each)}' for each in field.type)}>"
    return f"array<{found}>" if field.many else found


def declared(columns: str) -> list[str]:
    """The columns of a table, each with its type: those between commas that are in no angle bracket."""
    return [" ".join(each.split()) for each in re.split(r",(?![^<]*>)", columns)]


def told(fields: Sequence[Field]) -> list[str]:
    return [f"{field.name} {athena(field)}" for field in fields]


def test_the_table_for_athena_has_the_columns_that_are_written() -> None:
    [columns] = re.findall(r"CREATE EXTERNAL TABLE \w+ \(\n(.*?)\n\)\n", PAGE, re.DOTALL)

    assert declared(columns) == told(results_parquet.fields(shipped("feedback")))


def test_the_page_tells_what_the_table_of_mails_has_besides() -> None:
    [more] = re.findall(r"```athena\n    (team.*?)\n```", PAGE, re.DOTALL)
    plain = results_parquet.fields(shipped("feedback"))

    assert declared(more) == told(results_parquet.fields(shipped("email"))[len(plain) :])


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_for_duckdb_run(query: str, tmp_path: Path) -> None:
    for number, document in enumerate((shipped("feedback"), shipped("email"))):
        parquet = ResultsParquet(document)
        row = a_row(id=number, label_final="Price", sentiment="mixed", segments={"country": "NO"})
        parquet.add([row.model_copy(update={"ref_id": "r-1"})], {})
        (tmp_path / f"{number}.parquet").write_bytes(parquet.end())

    assert PLACE in query
    with duckdb.connect() as database:
        found = database.execute(query.replace(PLACE, str(tmp_path / "*.parquet"))).fetchall()
    assert len(found) == 1


def test_the_page_has_queries() -> None:
    assert len(QUERIES) == 3
