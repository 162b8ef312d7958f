"""What happens to rows of `customer_feedback` after the model labelled them: SQL and counters.

Counters move with the rows, in the same transaction. Whoever changes rows of several executions locks
all of them first, in the order of their ids (`lock_executions_of`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.contracts.base import Contract
from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.model.examples import LONGEST, Corrected
from shared.platform.database import Transaction
from shared.stores import execution_store
from shared.stores.feedback_store import RowStatus

PARKED_AT_ONCE = 20_000
"""Rows that one transaction parks, at most."""
_CHUNK = 1000

# Where a category was retired, `unknown` stands in label_post_processing over the model's own label.
# A row that waits in a proposed category is not looked at again until someone decides. Those of a file that
# is still being labelled come with their own file's discovery: a small file does not wait for a large one's.
_POOL_WHERE = """
    WHERE f.profile = %(profile)s AND f.status = 'unknown' AND f.label_correction IS NULL
        AND (f.label_post_processing IS NULL OR f.label_post_processing = 'unknown')
        AND NOT EXISTS (
            SELECT 1 FROM category_row w JOIN customer_feedback_category c ON c.id = w.category_id
            WHERE w.feedback_id = f.id AND c.status = 'proposed')
        AND NOT EXISTS (
            SELECT 1 FROM execution e WHERE e.execution_id = f.execution_id
            AND e.kind = 'file' AND e.status IN ('receiving', 'classifying'))
"""
# Of more rows than one discovery takes a sample: the same when it resumes, another for the next execution.
_POOL = f"""
    SELECT f.id, f.text_key FROM customer_feedback f {_POOL_WHERE}
    ORDER BY f.execution_id = %(execution_id)s DESC, CRC32(CONCAT(%(execution_id)s, f.text_key)), f.id
    LIMIT %(limit)s
"""
_POOL_SIZE = f"SELECT COUNT(*) AS `rows` FROM customer_feedback f {_POOL_WHERE}"
_CATEGORY_SIZES = """
    SELECT label_final, COUNT(*) AS `rows` FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND status = 'labelled' GROUP BY label_final
"""
_CATEGORY_SAMPLE = """
    SELECT id, text_key FROM customer_feedback
    WHERE profile = %(profile)s AND label_final = %(name)s AND status = 'labelled'
    ORDER BY id DESC LIMIT %(limit)s
"""
_TEXTS = """
    SELECT id, record_id, text_key, LEFT(title, %(length)s) AS title, LEFT(feedback, %(length)s) AS feedback
    FROM customer_feedback WHERE id IN %(ids)s
"""
_EXECUTIONS = "SELECT DISTINCT execution_id FROM customer_feedback WHERE id IN %(ids)s"
_STILL_UNKNOWN = """
    SELECT id, execution_id FROM customer_feedback
    WHERE id IN %(ids)s AND status = 'unknown' AND label_correction IS NULL
        AND (label_post_processing IS NULL OR label_post_processing = 'unknown')
    FOR UPDATE
"""
_RELABEL = """
    UPDATE customer_feedback SET label_post_processing = %(label)s, status = 'labelled' WHERE id IN %(ids)s
"""


_CORRECTED = """
    SELECT id, label_correction, LEFT(CONCAT_WS('\n', title, feedback), %(length)s) AS text
    FROM customer_feedback
    WHERE profile = %(profile)s AND label_correction IS NOT NULL
    ORDER BY last_updated_time DESC, id DESC LIMIT %(limit)s
"""
_CORRECTED_TEXTS = """
    SELECT text_key, label_correction, sentiment FROM customer_feedback
    WHERE text_key IN %(text_keys)s AND profile = %(profile)s AND label_correction IS NOT NULL
    ORDER BY last_updated_time, id
"""


# For the sweeper, who sends such rows as soon as budgets allow, as where a category was retired.
# A row without a text was lost with its message (shared.stores.lost_rows): there is nothing to ask.
_ASK_AGAIN = """
    UPDATE customer_feedback f SET f.status = 'parked', f.parked_cause = 'budget', f.failure_reason = NULL,
        f.label_post_processing = NULL
    WHERE f.execution_id = %(execution_id)s AND f.status = %(status)s AND f.feedback <> '' AND {which}
    LIMIT %(limit)s
"""
_HOMES = """
    SELECT DISTINCT f.execution_id
    FROM execution e JOIN customer_feedback f ON f.execution_id = e.execution_id
    WHERE e.{status} > 0 AND f.status = %(status)s AND {which}
"""


class PoolRow(Contract):
    """An unknown row, as far as grouping needs it."""

    id: int
    text_key: bytes


class RowText(Contract):
    """A row's words, cut."""

    id: int
    record_id: RecordId
    text_key: bytes
    title: str | None
    feedback: str

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.feedback}" if self.title else self.feedback


def unknown_pool(
    tx: Transaction, profile: Profile, execution_id: ExecutionId, limit: int
) -> tuple[list[PoolRow], int]:
    """The profile's unknown rows, at most `limit`, and how many there are in all.

    Of too many this execution's come first, then a sample of the earlier ones.
    """
    tx.execute(_POOL, {"profile": profile, "execution_id": execution_id, "limit": limit})
    rows = [PoolRow.model_validate(row) for row in tx.fetchall()]
    tx.execute(_POOL_SIZE, {"profile": profile})
    counted = tx.fetchone()
    return rows, counted["rows"] if counted else len(rows)


def category_sizes(tx: Transaction, execution_id: ExecutionId) -> dict[str, int]:
    """Labelled rows of the execution by final label."""
    tx.execute(_CATEGORY_SIZES, {"execution_id": execution_id})
    return {row["label_final"]: row["rows"] for row in tx.fetchall()}


def category_sample(tx: Transaction, profile: Profile, name: str, limit: int) -> list[PoolRow]:
    """The category's newest rows with different texts, at most `limit`."""
    tx.execute(_CATEGORY_SAMPLE, {"profile": profile, "name": name, "limit": 2 * limit})
    rows = {bytes(row["text_key"]): PoolRow.model_validate(row) for row in tx.fetchall()}
    return list(rows.values())[:limit]


def corrected_rows(tx: Transaction, profile: Profile, limit: int = 2000) -> list[Corrected]:
    """What people corrected last, the newest first: the candidates for `shared.model.examples.choose`."""
    tx.execute(_CORRECTED, {"profile": profile, "limit": limit, "length": LONGEST})
    return [Corrected(row["id"], row["label_correction"], row["text"]) for row in tx.fetchall()]


def corrected_labels(
    tx: Transaction, profile: Profile, text_keys: Collection[bytes]
) -> dict[bytes, tuple[str, str | None]]:
    """The label that people last gave to a row of exactly this text: it needs no call any more.

    With it that row's sentiment, which the model gave; None if it was never asked.
    """
    if not text_keys:
        return {}
    tx.execute(_CORRECTED_TEXTS, {"profile": profile, "text_keys": list(text_keys)})
    return {bytes(row["text_key"]): (row["label_correction"], row["sentiment"]) for row in tx.fetchall()}


def texts(tx: Transaction, ids: Sequence[int], length: int) -> list[RowText]:
    """Title and feedback of these rows, each cut to `length` characters, in the order of `ids`."""
    found: dict[int, RowText] = {}
    for chunk in _chunks(ids):
        tx.execute(_TEXTS, {"ids": chunk, "length": length})
        found.update((row["id"], RowText.model_validate(row)) for row in tx.fetchall())
    return [found[row_id] for row_id in ids if row_id in found]


def lock_executions_of(tx: Transaction, ids: Collection[int], *others: ExecutionId) -> list[ExecutionId]:
    """Locks every execution that has one of these rows, and `others`, always in the same order."""
    executions = set(others)
    for chunk in _chunks(list(ids)):
        tx.execute(_EXECUTIONS, {"ids": chunk})
        executions.update(row["execution_id"] for row in tx.fetchall())
    for execution_id in sorted(executions):
        execution_store.lock(tx, execution_id)
    return sorted(executions)


def homes(tx: Transaction, status: RowStatus, which: str, values: Mapping[str, object]) -> set[ExecutionId]:
    """The executions that have rows of this status which meet a condition on `f`."""
    tx.execute(_HOMES.format(status=f"`{status}`", which=which), {**values, "status": status})
    return {row["execution_id"] for row in tx.fetchall()}


def ask_again(
    tx: Transaction, execution_id: ExecutionId, status: RowStatus, which: str, values: Mapping[str, object]
) -> int:
    """Parks the execution's rows of this status which meet a condition on `f`, and moves their count.

    The execution is locked by the caller. Of very many rows only the first; asking again parks the next.
    """
    asked = {**values, "status": status, "execution_id": execution_id, "limit": PARKED_AT_ONCE}
    parked = tx.execute(_ASK_AGAIN.format(which=which), asked)
    if parked:
        execution_store.add_counts(tx, execution_id, Counts(**{status.value: -parked, "parked": parked}))
    return parked


def label_unknown(tx: Transaction, ids: Sequence[int], label: str) -> dict[ExecutionId, int]:
    """Labels those of these rows that are still unknown, and moves their count; by execution, how many.

    The executions are locked by the caller.
    """
    moved: dict[ExecutionId, int] = {}
    for chunk in _chunks(ids):
        tx.execute(_STILL_UNKNOWN, {"ids": chunk})
        rows = tx.fetchall()
        if rows:
            tx.execute(_RELABEL, {"ids": [row["id"] for row in rows], "label": label})
        for row in rows:
            moved[row["execution_id"]] = moved.get(row["execution_id"], 0) + 1
    for execution_id, rows_moved in moved.items():
        change = Counts(labelled=rows_moved, unknown=-rows_moved)
        execution_store.add_counts(tx, execution_id, change)
    return moved


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])
