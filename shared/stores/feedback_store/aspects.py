"""Table `feedback_aspect`: the topics of each row, each with its sentiment."""

from collections.abc import Collection, Mapping, Sequence

from shared.contracts.base import Contract
from shared.contracts.records import RecordId
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import RowAspect
from shared.stores.inserting import insert
from shared.stores.reading import chunks, many

_EVIDENCE_LENGTH = 1000
_IDS = "SELECT id, record_id FROM customer_feedback WHERE record_id IN %(record_ids)s"
_FORGET = "DELETE FROM feedback_aspect WHERE feedback_id IN %(ids)s"
_OF = """
    SELECT feedback_id, category, category_id, sentiment, evidence FROM feedback_aspect
    WHERE feedback_id IN %(ids)s ORDER BY feedback_id, position
"""


TODAY = """
    LEFT JOIN customer_feedback_category c ON c.id = a.category_id
    LEFT JOIN customer_feedback_category m ON m.id = c.merged_into
    LEFT JOIN customer_feedback_category t
        ON t.id = COALESCE(m.merged_into, m.id, c.id) AND t.status = 'active'
"""
"""Joins to the aspect `a` the category `t` that it has today, if that is active."""
COUNTS = "(t.id IS NOT NULL OR a.category_id IS NULL OR a.category = 'unknown')"
"""A condition: not of a category that was retired. What discovery gave one is unknown again then."""
_FURTHER = f"""
    SELECT a.feedback_id, COALESCE(t.name, 'unknown') AS category, a.category_id, a.sentiment, a.evidence
    FROM feedback_aspect a {TODAY}
    WHERE a.feedback_id IN %(ids)s AND a.position > 1 AND {COUNTS}
    ORDER BY a.feedback_id, a.position
"""


class _Aspect(RowAspect):
    feedback_id: int


class _Row(Contract):
    id: int
    record_id: RecordId


def write(tx: Transaction, aspects: Mapping[RecordId, Sequence[RowAspect]], *, again: bool) -> None:
    """Writes the topics of rows that were just written.

    Args:
        aspects: by record; none for one that has no label by the model.
        again: whether some of the rows may have topics of an earlier answer, which these replace.
    """
    wanted = list(aspects) if again else [record_id for record_id, each in aspects.items() if each]
    if not wanted:
        return
    rows = many(tx, _Row, _IDS, {"record_ids": wanted})
    if again:
        tx.execute(_FORGET, {"ids": [row.id for row in rows]})
    added = [
        {
            **each.model_dump(),
            "feedback_id": row.id,
            "position": position,
            "evidence": each.evidence[:_EVIDENCE_LENGTH] if each.evidence else None,
        }
        for row in rows
        for position, each in enumerate(aspects[row.record_id], 1)
    ]
    insert(tx, "feedback_aspect", added)


def of_rows(tx: Transaction, ids: Collection[int]) -> dict[int, tuple[RowAspect, ...]]:
    """The topics of these rows, the main one first; none for a row that has none."""
    return _read(tx, _OF, ids)


def further(tx: Transaction, ids: Collection[int]) -> dict[int, tuple[RowAspect, ...]]:
    """The topics of these rows besides the main one, under the names that their categories have today."""
    return _read(tx, _FURTHER, ids)


def _read(tx: Transaction, query: str, ids: Collection[int]) -> dict[int, tuple[RowAspect, ...]]:
    found: dict[int, list[RowAspect]] = {}
    for chunk in chunks(ids):
        for each in many(tx, _Aspect, query, {"ids": chunk}):
            aspect = RowAspect.model_validate(each.model_dump(exclude={"feedback_id"}))
            found.setdefault(each.feedback_id, []).append(aspect)
    return {row_id: tuple(each) for row_id, each in found.items()}
