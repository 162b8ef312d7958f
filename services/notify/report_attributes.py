"""The report's tables of attributes and teams: rows by value."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from services.notify import charts, words
from services.notify.charts import Bar
from services.notify.report_figures import ReportFigures
from shared.contracts.attributes import Attribute
from shared.stores.feedback_store.report import ValueCount

_VALUES = 20
"""Values that are listed."""


class AttributeLine(NamedTuple):
    """One value of an attribute, its rows as a bar."""

    value: str
    rows: int
    bar: Bar


class AttributeTable(NamedTuple):
    """The rows by value of one attribute, and how many have none; or by attribute, if it is not `valued`."""

    name: str
    description: str
    lines: list[AttributeLine]
    without: int
    valued: bool = True
    otherwise: str = "not said"


def team_table(figures: ReportFigures) -> list[AttributeTable]:
    """The rows by the team that they go to, most first; none if the profile has no teams."""
    rows = Counter[str]()
    for category in figures.categories:
        if team := figures.teams.get(category.name):
            rows[team] += category.rows
    if not rows:
        return []
    widest = max(rows.values())
    lines = [_attribute_line(team, count, widest) for team, count in rows.most_common(_VALUES)]
    return [
        AttributeTable(
            "Team",
            "Whom they go to, by their category.",
            lines,
            figures.answered - rows.total(),
            otherwise="no team",
        )
    ]


def attribute_tables(figures: ReportFigures) -> list[AttributeTable]:
    """The attributes that the profile has the report show: a table of the values of each that has few.

    Of those with many, such as texts and prices, one table says for how many rows they are known.
    """
    counted = {
        each.name: [v for v in figures.values if v.attribute == each.name] for each in figures.attributes
    }
    few = {name for name, values in counted.items() if any(each.value is not None for each in values)}
    tables = [
        _values_of(figures, each, counted[each.name]) for each in figures.attributes if each.name in few
    ]
    known = {
        name: sum(v.rows for v in values) for name, values in counted.items() if values and name not in few
    }
    if not known:
        return tables
    lines = [_attribute_line(_called(name), rows, figures.answered) for name, rows in known.items()]
    return [*tables, AttributeTable("What else is known", "", lines, 0, valued=False)]


def _values_of(figures: ReportFigures, attribute: Attribute, values: Sequence[ValueCount]) -> AttributeTable:
    widest = max(each.rows for each in values)
    lines = [
        _attribute_line(words.attribute_value(each.value), each.rows, widest) for each in values[:_VALUES]
    ]
    without = figures.answered - sum(each.rows for each in values)
    return AttributeTable(_called(attribute.name), attribute.description, lines, without)


def _attribute_line(name: str, rows: int, widest: int) -> AttributeLine:
    return AttributeLine(name, rows, charts.bar([("labelled", rows)], widest))


def _called(name: str) -> str:
    return name.replace("_", " ")
