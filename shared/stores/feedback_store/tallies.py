"""Counts of an execution's rows, from which the figures of its report are added up.

They are counted from all rows at once; or, of very many rows, by each slice of the results from its own rows,
which it has just read, and kept in table `report_tally` until the report is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.execution import Execution
from shared.platform.database import Transaction
from shared.stores import profile_store
from shared.stores.feedback_store.aspects import COUNTS, TODAY
from shared.stores.feedback_store.rows import Place

_FEW_VALUES = (AttributeType.ENUMERATION, AttributeType.BOOLEAN)
_ANSWERED = "f.status IN ('labelled', 'unknown')"
_LABELS = (
    "label, sentiment, stars, `rows`",
    f"""
    SELECT COALESCE(f.label_final, 'unknown') AS label, f.sentiment, f.stars, COUNT(*) AS `rows`
    FROM {{rows}} AND {_ANSWERED} GROUP BY 1, 2, 3
""",
)
_DAYS = (
    "label, sentiment, day, first_date, last_date, `rows`",
    f"""
    SELECT COALESCE(f.label_final, 'unknown') AS label, f.sentiment, DATE(f.create_date) AS day,
        MIN(f.create_date) AS first_date, MAX(f.create_date) AS last_date, COUNT(*) AS `rows`
    FROM {{rows}} AND {_ANSWERED} GROUP BY 1, 2, 3
""",
)
_PRODUCTS = (
    "product_name, `rows`, negative, starred, stars_sum",
    f"""
    SELECT f.product_name, COUNT(*) AS `rows`,
        SUM(CASE WHEN f.sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
        COUNT(f.stars) AS starred, COALESCE(SUM(f.stars), 0) AS stars_sum
    FROM {{rows}} AND {_ANSWERED} AND f.product_name IS NOT NULL GROUP BY 1
""",
)
_VERSIONS = (
    """status, model_id, prompt_version, taxonomy_version, corrections_version, profile_version, `rows`,
    relabelled, corrected""",
    """
    SELECT f.status, f.model_id, f.prompt_version, f.taxonomy_version, f.corrections_version,
        f.profile_version, COUNT(*) AS `rows`, COUNT(f.label_post_processing) AS relabelled,
        COUNT(f.label_correction) AS corrected
    FROM {rows} GROUP BY 1, 2, 3, 4, 5, 6
""",
)
_REASONS = (
    "reason, `rows`",
    """
    SELECT COALESCE(f.failure_reason, '') AS reason, COUNT(*) AS `rows`
    FROM {rows} AND f.status = 'failed' GROUP BY 1
""",
)
# Conditions on the earlier row `g` and its execution `e`.
EARLIER = """
    g.profile = %(profile)s AND g.`row_number` IS NOT NULL AND g.status <> 'skipped' AND e.status <> 'failed'
    AND (e.started_at, e.execution_id) < (%(started_at)s, %(execution_id)s)
"""
LATEST_FIRST = "ORDER BY e.started_at DESC, e.execution_id DESC, g.`row_number` DESC"
# The order of the tables and the indexes are told, because both sides have very many rows: a server that
# began with the earlier ones took minutes.
_KNOWN_IDS = (
    "earlier, `rows`, same",
    f"""
    SELECT p.earlier, COUNT(*) AS `rows`, SUM(p.same) AS same
    FROM (
        SELECT g.execution_id AS earlier, g.text_key = f.text_key AS same,
            ROW_NUMBER() OVER (PARTITION BY f.id {LATEST_FIRST}) AS place
        FROM {{known}} STRAIGHT_JOIN customer_feedback g FORCE INDEX (feedback_by_ref)
            ON g.ref_id = f.ref_id
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE {{which}} AND {EARLIER} AND CAST(g.ref_id AS BINARY) = CAST(f.ref_id AS BINARY)
    ) AS p WHERE p.place = 1 GROUP BY 1
""",
)
# Each text once: one that everybody sends has very many rows here and there.
_KNOWN_TEXTS = (
    "earlier, `rows`",
    f"""
    SELECT p.earlier, SUM(p.`rows`) AS `rows`
    FROM (
        SELECT g.execution_id AS earlier, t.text_key, t.`rows`
        FROM (
            SELECT f.text_key, COUNT(*) AS `rows` FROM {{rows}} AND f.ref_id IS NULL GROUP BY 1
        ) AS t
        STRAIGHT_JOIN customer_feedback g FORCE INDEX (feedback_by_text) ON g.text_key = t.text_key
        STRAIGHT_JOIN execution e ON e.execution_id = g.execution_id
        WHERE {EARLIER} GROUP BY g.execution_id, t.text_key, t.`rows`
    ) AS p GROUP BY 1
""",
)
_IDS = (
    "`rows`, same",
    """
    SELECT COUNT(*) - COUNT(f.ref_id) AS `rows`, COALESCE(SUM(f.ref_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM customer_feedback g FORCE INDEX (feedback_by_ref)
            WHERE g.profile = f.profile AND g.ref_id = f.ref_id AND g.execution_id = f.execution_id
                AND g.`row_number` < f.`row_number`
                AND CAST(g.ref_id AS BINARY) = CAST(f.ref_id AS BINARY)
        )), 0) AS same
    FROM {rows}
""",
)
# Topics besides the main one, under the names that their categories have today.
_MENTIONS = (
    "label, sentiment, `rows`",
    f"""
    SELECT COALESCE(t.name, 'unknown') AS label, a.sentiment, COUNT(*) AS `rows`
    FROM (SELECT f.id, COALESCE(f.label_final, 'unknown') AS main FROM {{rows}} AND {_ANSWERED}) AS r
    STRAIGHT_JOIN feedback_aspect a ON a.feedback_id = r.id AND a.position > 1 {TODAY}
    WHERE {COUNTS} AND COALESCE(t.name, 'unknown') <> r.main
    GROUP BY 1, 2
""",
)
# By attribute and value; of attributes with too many values, by whether there is one.
_ATTRIBUTES = (
    "label, reason, `rows`",
    f"""
    SELECT j.name AS label,
        CASE WHEN j.name IN %(valued)s THEN
            LEFT(JSON_UNQUOTE(JSON_EXTRACT(f.attributes, CONCAT('$.', j.name))), 100) END AS reason,
        COUNT(*) AS `rows`
    FROM {{known}} JOIN JSON_TABLE(JSON_KEYS(f.attributes), '$[*]' COLUMNS (name VARCHAR(40) PATH '$')) AS j
    WHERE {{which}} AND {_ANSWERED} AND f.attributes IS NOT NULL AND j.name IN %(shown)s GROUP BY 1, 2
""",
)
_OF_ALL = {
    "labels": _LABELS,
    "days": _DAYS,
    "products": _PRODUCTS,
    "versions": _VERSIONS,
    "reasons": _REASONS,
    "mentions": _MENTIONS,
    "attributes": _ATTRIBUTES,
}
_OF_FILES = {"known_ids": _KNOWN_IDS, "known_texts": _KNOWN_TEXTS, "ids": _IDS}
"""Direct feedback has ids of its own, by which what comes again is known before it has a row."""
_KINDS = _OF_ALL | _OF_FILES
_ALL_ROWS = "f.execution_id = %(execution_id)s"
_ADD = """
    INSERT INTO report_tally (upload, kind, {columns})
    SELECT UNHEX(MD5(%(upload_id)s)), '{kind}', t.* FROM ({counts}) AS t
"""
_ADDED = """
    SELECT {columns} FROM report_tally WHERE upload = UNHEX(MD5(%(upload_id)s)) AND kind = '{kind}'
"""


@dataclass(frozen=True)
class Tallies:
    """The counts of one execution.

    Attributes:
        upload_id: of the results whose slices have counted; None: all rows are counted when it is asked.
        shown: the attributes that are counted, or read of what was counted.
    """

    execution: Execution
    upload_id: str | None = None
    shown: Sequence[Attribute] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of each query that reads `table`."""
        which = self.execution.model_dump(include={"execution_id", "profile", "started_at"})
        valued = [each.name for each in self.shown if each.type in _FEW_VALUES]
        names = {"shown": [each.name for each in self.shown] or [""], "valued": valued or [""]}
        return which | names | {"upload_id": self.upload_id}

    def table(self, kind: str) -> str:
        """The counts of this kind, as a derived table."""
        if self.upload_id is None:
            return counted(kind)
        return f"({_ADDED.format(columns=_KINDS[kind][0], kind=kind)})"


def counted(kind: str) -> str:
    """All rows, counted at once, as a derived table."""
    return f"({_of_rows(_KINDS[kind][1], _ALL_ROWS)})"


def add(
    tx: Transaction, execution: Execution, upload_id: str, after: Place | None, through: Place | None
) -> None:
    """Counts the rows of a slice.

    Args:
        after: the last row before them; None: they are the first.
        through: the last of them; None: they are the last.
    """
    # All attributes: when the report is drawn, others may be shown than now.
    document = profile_store.current(tx, execution.profile).document
    tallies = Tallies(execution, upload_id, document.attributes)
    which, places = _between(after, through)
    for kind in _KINDS if execution.kind == "file" else _OF_ALL:
        columns, counts = _KINDS[kind]
        counts = _of_rows(counts, which, " FORCE INDEX (feedback_by_row)")
        tx.execute(_ADD.format(columns=columns, kind=kind, counts=counts), tallies.arguments | places)


def _of_rows(counts: str, which: str, index: str = "") -> str:
    rows = f"customer_feedback f{index}"
    return counts.format(rows=f"{rows} WHERE {which}", known=rows, which=which)


def _between(after: Place | None, through: Place | None) -> tuple[str, dict[str, int | None]]:
    """The condition on rows in the order of `page`: by number, then those without one by id."""
    which = [_ALL_ROWS]
    if after is not None and after.row_number is not None:
        which.append("(f.`row_number` > %(after_number)s OR f.`row_number` IS NULL)")
    elif after is not None:
        which.append("f.`row_number` IS NULL AND f.id > %(after_id)s")
    if through is not None and through.row_number is not None:
        which.append("f.`row_number` <= %(through_number)s")
    elif through is not None:
        which.append("(f.`row_number` IS NOT NULL OR f.id <= %(through_id)s)")
    places = {
        "after_number": after.row_number if after else None,
        "after_id": after.id if after else None,
        "through_number": through.row_number if through else None,
        "through_id": through.id if through else None,
    }
    return " AND ".join(which), places
