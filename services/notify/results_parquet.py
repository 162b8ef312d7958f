"""The rows of results.csv as Parquet: the same columns with types, and texts as customers wrote them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from services.notify import results
from services.notify.parquet_file.schema import Field, ValueType
from services.notify.parquet_file.writer import Writer
from shared.contracts.attributes import Attribute, AttributeType, shown
from shared.contracts.profiles import ProfileDocument
from shared.stores.feedback_store import FeedbackRow, RowAspect
from shared.stores.results_upload_store import RowGroup

CONTENT_TYPE = "application/vnd.apache.parquet"
COLUMNS = (*(name for name in results.COLUMNS if name != "profile"), "execution_id")
"""The execution too, since a table has the files of many; not the profile, by which the folder is called:
BigQuery takes no column of a partition's name."""
_COLUMN_TYPES = {
    "id": ValueType.INTEGER,
    "row_number": ValueType.INTEGER,
    "stars": ValueType.NUMBER,
    "create_date": ValueType.TIME,
    "profile_version": ValueType.INTEGER,
}
_TOPIC = (Field("category", ValueType.TEXT), Field("sentiment", ValueType.TEXT))
_TOPICS = Field(results.TOPICS, _TOPIC, many=True)
_ATTRIBUTES = results.ATTRIBUTE.rstrip(".")
_MONEY = (Field("amount", ValueType.NUMBER), Field("currency", ValueType.TEXT))
_TYPES: Mapping[AttributeType, ValueType | tuple[Field, ...]] = {
    AttributeType.ENUMERATION: ValueType.TEXT,
    AttributeType.TEXT: ValueType.TEXT,
    AttributeType.NUMBER: ValueType.NUMBER,
    AttributeType.MONEY: _MONEY,
    AttributeType.DATE: ValueType.DATE,
    AttributeType.BOOLEAN: ValueType.BOOLEAN,
    AttributeType.LIST: ValueType.TEXT,
}


class ResultsParquet:
    """The file of one execution.

    Args:
        document: the profile, whose attributes have a column each.
        groups: the row groups that are written.
        teams: by category.
    """

    def __init__(
        self,
        document: ProfileDocument,
        groups: Sequence[RowGroup] = (),
        teams: Mapping[str, str] = results.NO_TEAMS,
    ) -> None:
        self._document = document
        self._teams = teams
        self._writer = Writer(fields(document), groups)

    def add(self, page: Sequence[FeedbackRow], further: Mapping[int, Sequence[RowAspect]]) -> None:
        """Adds the rows of a page.

        Args:
            further: the rows' topics besides the main one, by id.
        """
        columns = [[_plain(getattr(row, name)) for row in page] for name in COLUMNS]
        topics = [results.topics(row, further.get(row.id, ())) for row in page]
        columns += [[[topic[place] for topic in each] for each in topics] for place in (0, 1)]
        if self._document.has_routes:
            columns.append([self._teams.get(row.label_final or "") for row in page])
        for attribute in self._document.attributes:
            values = [row.attributes.get(attribute.name) for row in page]
            columns += [[read(value) for value in values] for read in _readers(attribute)]
        self._writer.add(columns)

    @property
    def size(self) -> int:
        """Bytes of the row group that is under way."""
        return self._writer.size

    def cut(self, least: int) -> tuple[bytes, RowGroup]:
        """Ends the row group, of so many bytes at least."""
        return self._writer.cut(least)

    def end(self) -> bytes:
        """The rest of the file."""
        return self._writer.end()


def fields(document: ProfileDocument) -> list[Field]:
    """The columns. The attributes are fields of one, so that in SQL, too, one is `attributes.price`."""
    named = [Field(name, _COLUMN_TYPES.get(name, ValueType.TEXT)) for name in COLUMNS]
    team = [Field(results.TEAM, ValueType.TEXT)] if document.has_routes else []
    own = tuple(Field(each.name, _TYPES[each.type], _is_list(each)) for each in document.attributes)
    return [*named, _TOPICS, *team, *([Field(_ATTRIBUTES, own)] if own else [])]


def _is_list(attribute: Attribute) -> bool:
    return attribute.type is AttributeType.LIST


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value


def _readers(attribute: Attribute) -> Sequence[Callable[[Any], Any]]:
    """What gives the value of each of the attribute's columns; None where it is none of the type."""
    match attribute.type:
        case AttributeType.MONEY:
            return (_amount, _currency)
        case AttributeType.NUMBER:
            return (_number,)
        case AttributeType.DATE:
            return (_date,)
        case AttributeType.BOOLEAN:
            return (lambda value: value if isinstance(value, bool) else None,)
        case AttributeType.LIST:
            return (lambda value: [str(each) for each in value] if isinstance(value, list) else None,)
        case AttributeType.TEXT | AttributeType.ENUMERATION:
            return (lambda value: None if value is None else shown(value),)


def _amount(value: Any) -> float | None:
    return _number(value.get("amount")) if isinstance(value, dict) else None


def _currency(value: Any) -> str | None:
    currency = value.get("currency") if isinstance(value, dict) else None
    return currency if isinstance(currency, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
