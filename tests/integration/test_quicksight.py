"""The QuickSight data sets have the views' columns, and the pictures use none that is not in them."""

from typing import Any

import pytest

from local.mysql import connect
from local.setup import ROOT
from local.state import Login
from tests.template import read

TEMPLATE = read(ROOT / "quicksight.yaml")
DATA_SETS: dict[str, dict[str, Any]] = TEMPLATE.get_resources("AWS::QuickSight::DataSet")
[PICTURES] = TEMPLATE.get_resources("AWS::QuickSight::Template").values()
KINDS = {
    "STRING": ("varchar", "char", "mediumtext", "text"),
    "INTEGER": ("int", "bigint", "decimal(3,0)", "decimal(23,0)", "decimal(25,0)"),
    "DECIMAL": ("decimal",),
    "DATETIME": ("date",),
}


def table(data_set: dict[str, Any]) -> dict[str, Any]:
    [only] = data_set["Properties"]["PhysicalTableMap"].values()
    found: dict[str, Any] = only["RelationalTable"]
    return found


def used(part: Any) -> set[tuple[str, str]]:
    """Each data set and column that this part of a definition names."""
    if isinstance(part, list):
        return {column for each in part for column in used(each)}
    if not isinstance(part, dict):
        return set()
    if part.keys() == {"DataSetIdentifier", "ColumnName"}:
        return {(str(part["DataSetIdentifier"]), str(part["ColumnName"]))}
    return {column for each in part.values() for column in used(each)}


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_data_set_has_columns_of_its_view_in_their_types(name: str, readers_login: Login) -> None:
    wanted = table(DATA_SETS[name])
    with connect(readers_login) as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW COLUMNS FROM {wanted['Name']}")
        columns = {row["Field"]: str(row["Type"]) for row in cursor.fetchall()}

    for column in wanted["InputColumns"]:
        assert columns[column["Name"]].startswith(KINDS[column["Type"]]), column


def test_the_pictures_know_the_data_sets_columns_and_use_no_other() -> None:
    definition = PICTURES["Properties"]["Definition"]
    known = {
        (each["Placeholder"], column["Name"], column["DataType"])
        for each in definition["DataSetConfigurations"]
        for column in each["DataSetSchema"]["ColumnSchemaList"]
    }
    tables = [table(data_set) for data_set in DATA_SETS.values()]
    assert {(name, kind) for _, name, kind in known} == {
        (column["Name"], column["Type"]) for each in tables for column in each["InputColumns"]
    }
    named = used([definition["Sheets"], definition["FilterGroups"]])
    assert named <= {(placeholder, name) for placeholder, name, _ in known}
    assert {placeholder for placeholder, _ in named} == {"feedback", "mentions", "shares", "executions"}
