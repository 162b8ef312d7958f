"""Topics that no category covers, of rows that have a label: in `feedback_aspect` their category is unknown.

A row has one at most (`label_lines` merges what has no category). Discovery looks at it as the sentence in
which it stands, which is kept as its evidence. Among the ids of rows a topic is that of its row below 0, so
that what is done with a group of rows is done with a group of both.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId, text_key
from shared.contracts.sentences import part_with
from shared.platform.database import Transaction
from shared.stores.feedback_store.known import SUPERSEDED
from shared.stores.feedback_store.rows import OF_NO_OPEN_FILE
from shared.stores.reading import chunks, column, many

_READ = 2000
"""Characters of a text in which its sentences are looked for."""
_TOPIC = "a.position > 1 AND a.category = 'unknown'"
# This execution's first, then a sample, the same when it resumes.
_UNKNOWN = f"""
    SELECT a.feedback_id FROM feedback_aspect a FORCE INDEX (aspect_by_category)
    STRAIGHT_JOIN customer_feedback f ON f.id = a.feedback_id
    WHERE a.category_id IS NULL AND {_TOPIC} AND f.profile = %(profile)s AND f.status = 'labelled'
        AND {OF_NO_OPEN_FILE} AND NOT {SUPERSEDED}
    ORDER BY f.execution_id = %(execution_id)s DESC, CRC32(CONCAT(%(execution_id)s, f.text_key)), f.id
    LIMIT %(limit)s
"""
# The topic may stand in the title.
_OF_ROWS = f"""
    SELECT f.id, LEFT(CONCAT_WS('\\n', f.title, f.feedback), {_READ}) AS text, a.evidence, f.record_id,
        f.execution_id, f.product_name AS product, t.id AS theme, t.`rows` AS theme_rows, t.taxonomy_version,
        c.id AS turned_down
    FROM customer_feedback f JOIN feedback_aspect a ON a.feedback_id = f.id AND {_TOPIC}
    LEFT JOIN judged_theme t ON t.id = a.judged_theme
    LEFT JOIN customer_feedback_category c ON c.id = t.category_id AND c.status = 'retired'
    WHERE f.id IN %(ids)s
"""
_BESIDE = """
    SELECT f.id AS row_id, c.id AS category_id
    FROM customer_feedback f JOIN customer_feedback_category c
        ON c.profile = f.profile AND c.name = f.label_final
    WHERE f.id IN %(ids)s
    UNION SELECT a.feedback_id, a.category_id FROM feedback_aspect a
    WHERE a.feedback_id IN %(ids)s AND a.position > 1 AND a.category_id IS NOT NULL
"""
_SET_EVIDENCE = f"""
    UPDATE feedback_aspect a SET a.evidence = %(evidence)s
    WHERE a.feedback_id = %(id)s AND {_TOPIC} AND a.evidence IS NULL
"""
_SET_JUDGED = (
    f"UPDATE feedback_aspect a SET a.judged_theme = %(theme)s WHERE a.feedback_id IN %(ids)s AND {_TOPIC}"
)
_WITHOUT_CATEGORY = f"""
    SELECT f.id, f.execution_id FROM feedback_aspect a JOIN customer_feedback f ON f.id = a.feedback_id
    WHERE a.feedback_id IN %(ids)s AND {_TOPIC} AND a.category_id IS NULL FOR UPDATE
"""
_GIVE = f"""
    UPDATE feedback_aspect a SET a.category_id = %(category_id)s
    WHERE a.feedback_id IN %(ids)s AND {_TOPIC} AND a.category_id IS NULL
"""
_OF_CATEGORY = f"""
    SELECT a.feedback_id FROM feedback_aspect a WHERE a.category_id = %(category_id)s AND {_TOPIC}
    ORDER BY a.feedback_id DESC LIMIT %(limit)s
"""
_EXECUTIONS = f"""
    SELECT DISTINCT f.execution_id FROM feedback_aspect a JOIN customer_feedback f ON f.id = a.feedback_id
    WHERE a.category_id = %(category_id)s AND {_TOPIC}
"""


class Topic(Contract):
    """A topic without a category, and the row in which it stands.

    Attributes:
        id: of the row.
        text: of the row, its title first.
        evidence: words of it that speak of the topic; None if that is not known yet.
        theme, theme_rows, taxonomy_version, turned_down: as of a `discover.PoolRow`.
    """

    id: int
    text: str
    evidence: str | None
    record_id: RecordId
    execution_id: ExecutionId
    product: str | None
    theme: int | None
    theme_rows: int | None
    taxonomy_version: int | None
    turned_down: int | None

    @property
    def sentence(self) -> str:
        """The sentence, or the clause, in which the topic stands."""
        return part_with(self.text, self.evidence) if self.evidence else self.text

    @property
    def text_key(self) -> bytes:
        """The key of the sentence."""
        return text_key("", self.sentence)


class _Beside(Contract):
    row_id: int
    category_id: int


def rows_of(ids: Iterable[int]) -> list[int]:
    """The rows of those of these ids that are topics'."""
    return [-each for each in ids if each < 0]


def not_topics(ids: Iterable[int]) -> list[int]:
    """Those of the ids that are rows' own."""
    return [each for each in ids if each > 0]


def unknown(tx: Transaction, profile: Profile, execution_id: ExecutionId, limit: int) -> list[int]:
    """The profile's topics without a category, by their rows, at most `limit`.

    If there are more, this execution's come first, then a sample of the earlier ones.
    """
    return column(tx, _UNKNOWN, {"profile": profile, "execution_id": execution_id, "limit": limit})


def read(tx: Transaction, row_ids: Iterable[int]) -> list[Topic]:
    """The topics of these rows, in no order."""
    return [each for chunk in chunks(row_ids) for each in many(tx, Topic, _OF_ROWS, {"ids": chunk})]


def beside(tx: Transaction, row_ids: Iterable[int]) -> dict[int, set[int]]:
    """By row, the ids of the categories of its other topics."""
    found: dict[int, set[int]] = {}
    for chunk in chunks(row_ids):
        for each in many(tx, _Beside, _BESIDE, {"ids": chunk}):
            found.setdefault(each.row_id, set()).add(each.category_id)
    return found


def set_evidence(tx: Transaction, evidence: Mapping[int, str]) -> None:
    """Keeps by row where its topic stands; what the model said of it stays."""
    if evidence:
        tx.executemany(_SET_EVIDENCE, [{"id": key, "evidence": each} for key, each in evidence.items()])


def set_judged(tx: Transaction, row_ids: Iterable[int], theme: int) -> None:
    """Notes the theme in which these rows' topics were judged."""
    for chunk in chunks(sorted(row_ids)):
        tx.execute(_SET_JUDGED, {"ids": chunk, "theme": theme})


def give(tx: Transaction, row_ids: Iterable[int], category_id: int) -> Counter[ExecutionId]:
    """Gives those topics of these rows the category that still have none; returns how many, by execution.

    They are told by its id, whatever becomes of it: they count as its mentions while it is active.
    """
    return change_found(tx, row_ids, _WITHOUT_CATEGORY, _GIVE, {"category_id": category_id})


def change_found(
    tx: Transaction, ids: Iterable[int], found: str, change: str, values: Mapping[str, object]
) -> Counter[ExecutionId]:
    """Changes those of these rows that a query finds, and locks; returns how many, by execution."""
    changed = Counter[ExecutionId]()
    for chunk in chunks(ids):
        tx.execute(found, {"ids": chunk})
        rows = tx.fetchall()
        if rows:
            tx.execute(change, {"ids": [row["id"] for row in rows], **values})
        changed.update(row["execution_id"] for row in rows)
    return changed


def of_category(tx: Transaction, category_id: int, limit: int) -> list[int]:
    """The newest rows whose topics got this category by discovery, at most `limit`."""
    return column(tx, _OF_CATEGORY, {"category_id": category_id, "limit": limit})


def executions_of(tx: Transaction, category_id: int) -> Collection[ExecutionId]:
    """The executions with topics that got this category by discovery."""
    return column(tx, _EXECUTIONS, {"category_id": category_id})
