"""Finds rows by record, by execution and by id."""

from collections.abc import Collection, Sequence

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, Record, RecordId
from shared.platform.database import Transaction
from shared.stores import execution_store, reading
from shared.stores.feedback_store import topics
from shared.stores.feedback_store.rows import SIZE, FeedbackRow, Place, RowStatus
from shared.stores.reading import chunks, column, count, many, one

_KNOWN = """
    SELECT record_id, execution_id, status, profile, text_key FROM customer_feedback
    WHERE record_id IN %(record_ids)s
"""
_PAGE = """
    SELECT {columns} FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND `row_number` > %(number)s ORDER BY `row_number` LIMIT %(limit)s
"""
_PAGE_WITHOUT_NUMBER = """
    SELECT {columns} FROM customer_feedback FORCE INDEX (feedback_by_row)
    WHERE execution_id = %(execution_id)s AND `row_number` IS NULL AND id > %(id)s ORDER BY id LIMIT %(limit)s
"""
_TEXTS = """
    SELECT id, record_id, text_key, LEFT(title, %(length)s) AS title, LEFT(feedback, %(length)s) AS feedback
    FROM customer_feedback WHERE id IN %(ids)s
"""
_BY_ID = "SELECT * FROM customer_feedback WHERE id = %(id)s"
_BY_IDS = "SELECT * FROM customer_feedback WHERE id IN %(ids)s ORDER BY id"
_COUNT_LABELLED = """
    SELECT COUNT(*) AS `rows` FROM customer_feedback
    WHERE profile = %(profile)s AND status IN ('labelled', 'unknown')
"""
_LABELLED_UNDER = """
    SELECT profile_version FROM customer_feedback FORCE INDEX (feedback_by_page)
    WHERE execution_id = %(execution_id)s AND profile_version IS NOT NULL ORDER BY id LIMIT 1
"""
_IDS = "SELECT id FROM customer_feedback WHERE record_id IN %(record_ids)s"
_EXECUTIONS = "SELECT DISTINCT execution_id FROM customer_feedback WHERE id IN %(ids)s"


class RowText(Contract):
    """Title and text of a row, cut."""

    id: int
    record_id: RecordId
    text_key: bytes
    title: str | None
    feedback: str

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.feedback}" if self.title else self.feedback


class Whereabouts(Contract):
    """Where a record's row is, and of which text."""

    record_id: RecordId
    execution_id: ExecutionId
    status: RowStatus
    profile: Profile
    text_key: bytes

    def awaits(self, record: Record) -> bool:
        """Whether the row is parked and was made of this record: an id alone proves nothing."""
        return self.status is RowStatus.PARKED and self.is_of(record)

    def is_of(self, record: Record) -> bool:
        """Whether the row has this record's profile and text."""
        return (self.profile, self.text_key) == (record.profile, record.text_key)


def whereabouts(tx: Transaction, record_ids: Collection[RecordId]) -> dict[RecordId, Whereabouts]:
    """Which of these records have a row, and where."""
    if not record_ids:
        return {}
    rows = many(tx, Whereabouts, _KNOWN, {"record_ids": list(record_ids)})
    return {row.record_id: row for row in rows}


def ids_of(tx: Transaction, record_ids: Collection[RecordId]) -> list[int]:
    """The ids of the rows of these records."""
    return column(tx, _IDS, {"record_ids": list(record_ids)}) if record_ids else []


def page(
    tx: Transaction, execution_id: ExecutionId, after: Place | None = None, size: int = 1000
) -> list[FeedbackRow]:
    """The execution's next rows after `after`: in the file's order, direct ones as they were written.

    Fewer than `size` if their texts are long: a page is bounded by bytes, too.
    """
    which = {"execution_id": execution_id, "limit": size}
    if after is not None and after.row_number is None:
        return reading.page(tx, FeedbackRow, _PAGE_WITHOUT_NUMBER, which | {"id": after.id}, SIZE)
    number = after.row_number if after else 0
    rows = reading.page(tx, FeedbackRow, _PAGE, which | {"number": number}, SIZE)
    return rows or reading.page(tx, FeedbackRow, _PAGE_WITHOUT_NUMBER, which | {"id": 0}, SIZE)


def by_id(tx: Transaction, row_id: int) -> FeedbackRow | None:
    """The row of this id."""
    return one(tx, FeedbackRow, _BY_ID, {"id": row_id})


def rows(tx: Transaction, ids: Sequence[int]) -> list[FeedbackRow]:
    """The rows of these ids, whole."""
    return [row for chunk in chunks(ids) for row in many(tx, FeedbackRow, _BY_IDS, {"ids": chunk})]


def count_labelled(tx: Transaction, profile: Profile) -> int:
    """How many rows of the profile have a label, a category's or `unknown`."""
    return count(tx, _COUNT_LABELLED, {"profile": profile})


def labelled_under(tx: Transaction, execution_id: ExecutionId) -> int:
    """The version of its profile under which the execution's first labelled row was labelled; 0: none was."""
    return int(reading.value(tx, _LABELLED_UNDER, {"execution_id": execution_id}) or 0)


def texts(tx: Transaction, ids: Sequence[int], length: int) -> list[RowText]:
    """Title and feedback of these rows, each cut to `length` characters, in the order of `ids`.

    Of an id below 0 the sentence in which the row's topic stands.
    """
    found: dict[int, RowText] = {}
    for chunk in chunks(row_id for row_id in ids if row_id > 0):
        rows = many(tx, RowText, _TEXTS, {"ids": chunk, "length": length})
        found.update((row.id, row) for row in rows)
    for each in topics.read(tx, topics.rows_of(ids)):
        found[-each.id] = RowText(
            id=-each.id,
            record_id=each.record_id,
            text_key=each.text_key,
            title=None,
            feedback=each.sentence[:length],
        )
    return [found[row_id] for row_id in ids if row_id in found]


def lock_executions_of(tx: Transaction, ids: Collection[int], *others: ExecutionId) -> list[ExecutionId]:
    """Locks the executions of these rows and topics, and `others`, in the order of their ids: no deadlock."""
    executions = set(others)
    for chunk in chunks(map(abs, ids)):
        executions.update(column(tx, _EXECUTIONS, {"ids": chunk}))
    for execution_id in sorted(executions):
        execution_store.lock(tx, execution_id)
    return sorted(executions)
