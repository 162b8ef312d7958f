"""Themes that hide among the rows of two categories."""

from typing import Any

from shared.platform.database import Database
from tests.integration.categorize_world import (
    ID,
    about,
    add_category,
    classified,
)
from tests.unit.categorize.fakes import new_theme, verdict

BATTERY = "Battery breaks early"
KNOWN = ("Parcel", "Price", "Staff", "Shop")
"""Categories, each known by its first word."""


def judge(texts: list[str], names: list[str]) -> Any:
    """Batteries are new; what else there is belongs to the category of its first word."""
    word = texts[0].split()[0].title()
    return verdict("SAME_AS", category=names.index(word) + 1) if word in names else new_theme(texts, names)


def with_labels(database: Database, execution_id: str, unknown: list[str], labelled: list[str]) -> None:
    """Each labelled row has the category of its first word, or, for want of a better, any of them."""
    classified(database, execution_id, unknown, labelled)
    names = [text.split()[0].title() for text in labelled]
    given = [name if name in KNOWN else KNOWN[n % len(KNOWN)] for n, name in enumerate(names)]
    update = "UPDATE customer_feedback SET label_llm = %s WHERE record_id = %s"
    rows = [(name, f"{execution_id}:{len(unknown) + n}") for n, name in enumerate(given, 1)]
    database.transact(lambda tx: tx.executemany(update, rows))


def hidden(database: Database, unknown: int = 0, labelled: int = 16) -> None:
    """Batteries among rows of all categories, which have twelve of their own each."""
    for name in KNOWN:
        add_category(database, name)
    batteries = about("battery", unknown + labelled)
    known = [text for name in KNOWN for text in about(name.lower(), 12)]
    with_labels(database, ID, batteries[:unknown], known + batteries[unknown:])


def others(**counts: int) -> dict[str, int]:
    """The labels of the known rows, and of those that stay with them."""
    return dict.fromkeys(KNOWN, 12) | counts
