"""The rows of results.csv as Parquet: the same columns with types, and texts as customers wrote them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from services.notify import results
from services.notify.parquet_file.schema import Field, Kind
from services.notify.parquet_file.writer import Writer
from shared.contracts.attributes import Attribute, AttributeType, shown
from shared.contracts.profiles import ProfileDocument
from shared.stores.feedback_store import FeedbackRow, RowAspect
from shared.stores.results_upload_store import RowGroup

CONTENT_TYPE = "application/vnd.apache.parquet"
COLUMNS = (*(name for name in results.COLUMNS if name != "profile"), "execution_id")
"""The execution too, since a table has the files of many; not the profile, by which the folder is called:
BigQuery takes no column of a partition's name."""
_KINDS = {
    "id": Kind.INTEGER,
    "row_number": Kind.INTEGER,
    "stars": Kind.NUMBER,
    "create_date": Kind.TIME,
    "profile_version": Kind.INTEGER,
}
_TOPICS = Field(results.TOPICS, (Field("category", Kind.TEXT), Field("sentiment", Kind.TEXT)), many=True)
_ATTRIBUTES = results.ATTRIBUTE.rstrip(".")
_MONEY = (Field("amount", Kind.NUMBER), Field("currency", Kind.TEXT))
_TYPES: Mapping[AttributeType, Kind | tuple[Field, ...]] = {
    AttributeType.ENUMERATION: Kind.TEXT,
    AttributeType.TEXT: Kind.TEXT,
    AttributeType.NUMBER: Kind.NUMBER,
    AttributeType.MONEY: _MONEY,
    AttributeType.DATE: Kind.DATE,
    AttributeType.BOOLEAN: Kind.BOOLEAN,
    AttributeType.LIST: Kind.TEXT,
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
    named = [Field(name, _KINDS.get(name, Kind.TEXT)) for name in COLUMNS]
    team = [Field(results.TEAM, Kind.TEXT)] if document.has_routes else []
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
