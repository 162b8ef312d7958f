"""The figures of a report, added up by the database from its tallies."""

from decimal import Decimal

from shared.contracts.base import Contract
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import RowStatus
from shared.stores.feedback_store.tallies import Tallies
from shared.stores.reading import many
from shared.stores.rejected_store import ReasonCount


class LabelCount(Contract):
    """Rows of one final label and one sentiment, with the sum of their stars."""

    label: str
    sentiment: str | None
    rows: int
    starred: int
    stars_sum: Decimal


class MentionCount(Contract):
    """Further topics of rows, of one category and one sentiment."""

    label: str
    sentiment: str
    rows: int


class ValueCount(Contract):
    """Rows with this value of an attribute; None: with any, where values are too many to be told apart."""

    attribute: str
    value: str | None
    rows: int


GOOD_STARS, POOR_STARS = 4, 2
"""So many stars and more praise, so many and fewer complain."""


class StarsCount(Contract):
    """Rows with this many stars and this sentiment."""

    stars: Decimal | None
    sentiment: str | None
    rows: int

    @property
    def contradictory(self) -> bool:
        """Whether the stars praise and the words complain, or the reverse."""
        if self.stars is None:
            return False
        opposite = {"negative": self.stars >= GOOD_STARS, "positive": self.stars <= POOR_STARS}
        return opposite.get(self.sentiment or "", False)


class ProductCount(Contract):
    """Rows about one product."""

    product_name: str
    rows: int
    negative: int
    starred: int
    stars_sum: Decimal


class Answering(Contract):
    """The model and versions that labelled rows."""

    model_id: str | None
    prompt_version: str | None
    taxonomy_version: int | None
    corrections_version: int | None
    profile_version: int | None = None
    rows: int


class PeopleCount(Contract):
    """Rows that discovery or people moved to another label than the model's."""

    relabelled: int = 0
    corrected: int = 0


# Each `{table}` is a derived table of `tallies`, never input.
_BY_LABEL = """
    SELECT label, sentiment, SUM(`rows`) AS `rows`, SUM(IF(stars IS NULL, 0, `rows`)) AS starred,
        COALESCE(SUM(stars * `rows`), 0) AS stars_sum
    FROM {table} AS t GROUP BY 1, 2
"""
_BY_STARS = "SELECT stars, sentiment, SUM(`rows`) AS `rows` FROM {table} AS t GROUP BY 1, 2"
_BY_PRODUCT = """
    SELECT product_name, SUM(`rows`) AS `rows`, SUM(negative) AS negative, SUM(starred) AS starred,
        SUM(stars_sum) AS stars_sum
    FROM {table} AS t GROUP BY product_name ORDER BY SUM(`rows`) DESC, product_name LIMIT %(limit)s
"""
_FAILED_REASONS = """
    SELECT reason, SUM(`rows`) AS `rows` FROM {table} AS t GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""
_ANSWERING = """
    SELECT model_id, prompt_version, taxonomy_version, corrections_version, profile_version,
        SUM(`rows`) AS `rows`
    FROM {table} AS t WHERE status IN ('labelled', 'unknown')
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC LIMIT 20
"""
_BY_PEOPLE = """
    SELECT COALESCE(SUM(relabelled), 0) AS relabelled, COALESCE(SUM(corrected), 0) AS corrected
    FROM {table} AS t WHERE status IN ('labelled', 'unknown')
"""
_MENTIONS = "SELECT label, sentiment, SUM(`rows`) AS `rows` FROM {table} AS t GROUP BY 1, 2"
_VALUES = """
    SELECT label AS attribute, reason AS value, SUM(`rows`) AS `rows` FROM {table} AS t
    WHERE label IN %(shown)s GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
"""
_BY_STATUS = "SELECT status, SUM(`rows`) AS `rows` FROM {table} AS t GROUP BY 1"


def by_status(tx: Transaction, counted: Tallies) -> dict[RowStatus, int]:
    """Rows by status, counted from the table and not from the execution's counters."""
    tx.execute(_BY_STATUS.format(table=counted.table("versions")), counted.arguments)
    return {RowStatus(row["status"]): int(row["rows"]) for row in tx.fetchall()}


def by_label(tx: Transaction, counted: Tallies) -> list[LabelCount]:
    """Rows by final label and sentiment."""
    return many(tx, LabelCount, _BY_LABEL.format(table=counted.table("labels")), counted.arguments)


def further_mentions(tx: Transaction, counted: Tallies) -> list[MentionCount]:
    """Topics besides the rows' main ones, by category and sentiment."""
    return many(tx, MentionCount, _MENTIONS.format(table=counted.table("mentions")), counted.arguments)


def attribute_values(tx: Transaction, counted: Tallies) -> list[ValueCount]:
    """Rows by value of each attribute that the report shows, the commonest value first."""
    if not counted.shown:
        return []
    return many(tx, ValueCount, _VALUES.format(table=counted.table("attributes")), counted.arguments)


def by_stars(tx: Transaction, counted: Tallies) -> list[StarsCount]:
    """Rows by stars and sentiment; None is a row without stars."""
    return many(tx, StarsCount, _BY_STARS.format(table=counted.table("labels")), counted.arguments)


def by_product(tx: Transaction, counted: Tallies, limit: int) -> list[ProductCount]:
    """The products with the most rows."""
    query = _BY_PRODUCT.format(table=counted.table("products"))
    return many(tx, ProductCount, query, counted.arguments | {"limit": limit})


def failed_reasons(tx: Transaction, counted: Tallies, limit: int) -> list[ReasonCount]:
    """Why rows failed, the commonest reason first."""
    query = _FAILED_REASONS.format(table=counted.table("reasons"))
    return many(tx, ReasonCount, query, counted.arguments | {"limit": limit})


def answering(tx: Transaction, counted: Tallies) -> list[Answering]:
    """Which models and versions labelled the rows, most rows first (at most 20)."""
    return many(tx, Answering, _ANSWERING.format(table=counted.table("versions")), counted.arguments)


def by_people(tx: Transaction, counted: Tallies) -> PeopleCount:
    """How many rows have a label by discovery, and how many a correction."""
    return many(tx, PeopleCount, _BY_PEOPLE.format(table=counted.table("versions")), counted.arguments)[0]
