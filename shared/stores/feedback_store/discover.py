"""What a discovery groups: rows, and topics of rows.

An id below 0 is of a topic of the row (`feedback_store.topics`).
"""

from collections.abc import Collection, Sequence
from typing import Literal

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction
from shared.stores.feedback_store import topics
from shared.stores.feedback_store.known import SUPERSEDED
from shared.stores.feedback_store.rows import OF_NO_OPEN_FILE, UNKNOWN_YET
from shared.stores.reading import chunks, count, many

_COLUMNS = """
    f.id, f.text_key, f.execution_id, f.label, f.product, t.id AS theme, t.`rows` AS theme_rows,
    t.taxonomy_version, c.id AS turned_down
"""
_OWN = """
    f.id, f.text_key, f.execution_id, f.judged_theme, f.product_name AS product,
    IF(f.status = 'labelled', f.label_final, NULL) AS label
"""
_JUDGED = """
    LEFT JOIN judged_theme t ON t.id = f.judged_theme
    LEFT JOIN customer_feedback_category c ON c.id = t.category_id AND c.status = 'retired'
"""
# Rows that wait for a proposed category are left out until someone decides on it, and rows whose place a
# later file took.
_POOL_WHERE = f"""
    WHERE f.profile = %(profile)s AND {UNKNOWN_YET}
        AND NOT EXISTS (
            SELECT 1 FROM category_row w JOIN customer_feedback_category c ON c.id = w.category_id
            WHERE w.feedback_id = f.id AND c.status = 'proposed')
        AND {OF_NO_OPEN_FILE} AND NOT {SUPERSEDED}
"""
# If there are more rows than one discovery takes: a sample, the same when it resumes, another for the next
# execution.
_POOL = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_OWN} FROM customer_feedback f {_POOL_WHERE}
        ORDER BY f.execution_id = %(execution_id)s DESC, CRC32(CONCAT(%(execution_id)s, f.text_key)), f.id
        LIMIT %(limit)s
    ) f {_JUDGED}
"""
# Corrected rows are people's: they are in no group.
_LABELLED_WHERE = """
    WHERE f.execution_id = %(execution_id)s AND f.status = 'labelled' AND f.label_correction IS NULL
"""
_LABELLED = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_OWN} FROM customer_feedback f {_LABELLED_WHERE}
        ORDER BY CRC32(CONCAT(%(execution_id)s, f.text_key)), f.id LIMIT %(limit)s
    ) f {_JUDGED}
"""
_LABELLED_SIZE = f"SELECT COUNT(*) AS `rows` FROM customer_feedback f {_LABELLED_WHERE}"
_OWN_UNKNOWN = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_OWN} FROM customer_feedback f FORCE INDEX (feedback_by_page) {_POOL_WHERE}
            AND f.execution_id = %(execution_id)s AND f.id > %(after)s
        ORDER BY f.id LIMIT %(limit)s
    ) f {_JUDGED} ORDER BY f.id
"""
_OWN_LABELLED = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_OWN} FROM customer_feedback f FORCE INDEX (feedback_by_page) {_LABELLED_WHERE}
            AND f.label_final IN %(labels)s AND f.id > %(after)s
        ORDER BY f.id LIMIT %(limit)s
    ) f {_JUDGED} ORDER BY f.id
"""
# Of each theme that was judged under this taxonomy the newest labelled rows of earlier executions: they say
# where it lies.
_ANCHORS = f"""
    SELECT {_COLUMNS} FROM (
        SELECT a.* FROM (
            SELECT {_OWN}, ROW_NUMBER() OVER (PARTITION BY f.judged_theme ORDER BY f.id DESC) AS place
            FROM judged_theme j STRAIGHT_JOIN customer_feedback f FORCE INDEX (feedback_by_theme)
                ON f.judged_theme = j.id
            WHERE j.profile = %(profile)s AND j.taxonomy_version = %(taxonomy_version)s
                AND f.execution_id <> %(execution_id)s AND f.status = 'labelled'
        ) a WHERE a.place <= %(each)s
        ORDER BY a.place, a.id DESC LIMIT %(limit)s
    ) f {_JUDGED}
"""
_ROWS = f"""
    SELECT {_COLUMNS} FROM (SELECT {_OWN} FROM customer_feedback f WHERE f.id IN %(ids)s) f {_JUDGED}
"""
_POOL_SIZE = f"SELECT COUNT(*) AS `rows` FROM customer_feedback f {_POOL_WHERE}"
# A file is its key, whatever its version.
_ORIGINS = """
    SELECT e.execution_id, e.kind, COALESCE(CONCAT(e.source_bucket, '/', e.source_key), '') AS source,
        e.accepted, COUNT(*) AS `rows`
    FROM customer_feedback f JOIN execution e ON e.execution_id = f.execution_id
    WHERE f.id IN %(ids)s GROUP BY e.execution_id
"""


_ANCHORS_EACH = 20


class PoolRow(Contract):
    """The columns of a row that grouping needs, and the theme in which it was judged last.

    Attributes:
        id: below 0 of a topic of the row, whose text is the sentence in which it stands.
        label: the category that it has; None of an unknown row.
        theme_rows: how many rows the theme had then.
        taxonomy_version: under which it was judged.
        turned_down: the category that it became, if people retired that since.
        corrected: whether people gave it its label; of sampled rows.
    """

    id: int
    text_key: bytes
    execution_id: ExecutionId = ""
    label: str | None = None
    product: str | None = None
    theme: int | None = None
    theme_rows: int | None = None
    taxonomy_version: int | None = None
    turned_down: int | None = None
    corrected: bool = False


class Origin(Contract):
    """Where some rows come from: one execution, and how many of them are its own.

    Attributes:
        source: bucket and key of the file; empty for direct feedback.
        accepted: the execution's rows in all.
    """

    execution_id: ExecutionId
    kind: Literal["file", "direct"]
    source: str
    accepted: int
    rows: int


def unknown_pool(
    tx: Transaction, profile: Profile, execution_id: ExecutionId, limit: int
) -> tuple[list[PoolRow], int]:
    """The profile's unknown rows, at most `limit`, and how many there are in all.

    If there are more, this execution's come first, then a sample of the earlier ones.
    """
    which = {"profile": profile, "execution_id": execution_id}
    return many(tx, PoolRow, _POOL, which | {"limit": limit}), count(tx, _POOL_SIZE, which)


def labelled_pool(tx: Transaction, execution_id: ExecutionId, limit: int) -> tuple[list[PoolRow], int]:
    """The execution's rows that have a label of no person's, at most `limit`, and how many there are in all.

    If there are more: a sample, the same when it resumes.
    """
    which = {"execution_id": execution_id}
    return many(tx, PoolRow, _LABELLED, which | {"limit": limit}), count(tx, _LABELLED_SIZE, which)


def own_rows(
    tx: Transaction,
    profile: Profile,
    execution_id: ExecutionId,
    labels: Collection[str] | None,
    after: int,
    limit: int,
) -> list[PoolRow]:
    """The execution's next rows after this id that are in its pool, however large that is.

    Args:
        labels: those that have one of these; None: the unknown ones.
    """
    if labels is not None and not labels:
        return []
    which = {"profile": profile, "execution_id": execution_id, "after": after, "limit": limit}
    if labels is None:
        return many(tx, PoolRow, _OWN_UNKNOWN, which)
    return many(tx, PoolRow, _OWN_LABELLED, which | {"labels": list(labels)})


def anchors(
    tx: Transaction, profile: Profile, execution_id: ExecutionId, taxonomy_version: int, limit: int
) -> list[PoolRow]:
    """Labelled rows of earlier executions that were judged under this taxonomy, a few of each theme."""
    which = {"profile": profile, "execution_id": execution_id, "taxonomy_version": taxonomy_version}
    return many(tx, PoolRow, _ANCHORS, which | {"each": _ANCHORS_EACH, "limit": limit})


def topic_pool(tx: Transaction, profile: Profile, execution_id: ExecutionId, limit: int) -> list[PoolRow]:
    """The profile's topics that no category covers, at most `limit`, each as a row of its own."""
    return topic_rows(tx, topics.unknown(tx, profile, execution_id, limit))


def pool_rows(tx: Transaction, ids: Sequence[int]) -> list[PoolRow]:
    """These rows and topics, in no order."""
    rows = [
        row for chunk in chunks(topics.not_topics(ids)) for row in many(tx, PoolRow, _ROWS, {"ids": chunk})
    ]
    return rows + topic_rows(tx, topics.rows_of(ids))


def origins(tx: Transaction, ids: Collection[int]) -> list[Origin]:
    """The executions of these rows and topics."""
    found: dict[ExecutionId, Origin] = {}
    for chunk in chunks(sorted({*map(abs, ids)})):
        for origin in many(tx, Origin, _ORIGINS, {"ids": chunk}):
            before = found[origin.execution_id].rows if origin.execution_id in found else 0
            found[origin.execution_id] = origin.model_copy(update={"rows": origin.rows + before})
    return list(found.values())


def topic_rows(tx: Transaction, row_ids: Sequence[int]) -> list[PoolRow]:
    """The topics of these rows, each as a row of its own."""
    fields = set(PoolRow.model_fields) - {"id", "text_key"}
    return [
        PoolRow(id=-each.id, text_key=each.text_key, **each.model_dump(include=fields))
        for each in topics.read(tx, row_ids)
    ]
