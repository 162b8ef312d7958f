"""What is read page by page, or each minute, is read by an index: the server says so itself."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from local.state import Login
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database, Transaction
from shared.stores import embedding_store
from shared.stores.curation_store import Selection
from shared.stores.execution_store import watch
from shared.stores.feedback_store import category_samples, curate, discover, find, known, park, tallies
from tests.conftest import open_login

ROWS = 6_000
HERE = "file-100"
_EXECUTIONS = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, parked, started_at,
        last_progress_at)
    VALUES (%s, 'file', 'feedback', 'completed', 'key', %s, NOW(3), NOW(3))
"""
# Half of the rows are one execution's, all of its parked ones wait for the same; names repeat.
_ROWS = """
    INSERT INTO customer_feedback (record_id, execution_id, profile, feedback, label_llm, status,
        parked_cause, text_key, `row_number`, ref_id)
    WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
    SELECT CONCAT(%(block)s, '-', n), IF(n %% 2, 'file-100', CONCAT('file-', n %% 90)), 'feedback', 'late',
        IF(n %% 4 = 1, NULL, CONCAT('category ', n %% 37)), IF(n %% 4 = 1, 'parked', 'labelled'),
        IF(n %% 4 = 1, 'replay', NULL), UNHEX(SHA2(n, 256)), %(block)s * 1000 + n,
        CONCAT('order ', %(block)s %% 3, '-', n)
    FROM numbers
"""


@pytest.fixture
def full(database: Database) -> Database:
    def fill(tx: Transaction) -> None:
        for number in range(200):
            tx.execute(_EXECUTIONS, (f"file-{number}", 1500 if number == 100 else 0))
        for block in range(ROWS // 1000):
            tx.execute(_ROWS, {"block": block})

    def analyze(tx: Transaction) -> None:
        tx.execute("ANALYZE TABLE customer_feedback, execution")
        tx.fetchall()

    database.transact(fill)
    database.transact(analyze)
    return database


def plan(database: Database, query: str, arguments: Mapping[str, Any]) -> tuple[str | None, str]:
    """The index that the server uses, and what it says of the rest."""

    def explain(tx: Transaction) -> tuple[str | None, str]:
        tx.execute("EXPLAIN " + query.format(columns="*"), arguments)
        row = tx.fetchall()[0]
        return row["key"], str(row["Extra"])

    return database.transact(explain)


def indexes(database: Database, query: str, arguments: Mapping[str, Any]) -> dict[str, str | None]:
    """The index by which each table of the query is read."""

    def explain(tx: Transaction) -> dict[str, str | None]:
        tx.execute("EXPLAIN " + query, arguments)
        return {row["table"]: row["key"] for row in tx.fetchall()}

    return database.transact(explain)


def test_earlier_rows_of_the_same_ids_are_found_by_the_ids(full: Database) -> None:
    arguments: dict[str, Any] = {"execution_id": HERE, "profile": "feedback", "started_at": "2030-01-01"}

    earlier = f"SELECT * FROM {tallies.counted('known_ids')} AS t"
    assert indexes(full, earlier, arguments)["g"] == "feedback_by_ref"
    ids = {"ref_ids": [f"order 1-{number}" for number in range(20)]}
    assert indexes(full, known._ANSWERED, arguments | ids)["g"] == "feedback_by_ref"


def test_rows_that_were_sent_again_are_counted_by_their_cause(full: Database) -> None:
    replay = {"execution_id": HERE, "cause": "replay"}
    owed = indexes(full, watch._OWED[ExecutionStatus.CLASSIFYING], {})

    assert plan(full, park._COUNT, replay)[0] == "feedback_by_cause"
    assert (owed["p"], owed["f"]) == ("execution_by_parked", "feedback_by_cause")


@pytest.mark.usefixtures("full")
def test_a_view_of_the_latest_rows_looks_for_newer_ones_by_their_ids(migrated_login: Login) -> None:
    # EXPLAIN of a view is the owner's to ask.
    owner = open_login(migrated_login)
    found = indexes(owner, "SELECT * FROM feedback_latest WHERE profile = 'feedback'", {})
    owner.close()

    assert found["n"] == "feedback_by_ref"


_FILE = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, source_key, started_at,
        last_progress_at)
    VALUES (%(file)s, 'file', 'feedback', 'completed', 'key', 'incoming/a.csv', %(started_at)s, NOW(3))
"""
_FILE_ROWS = """
    INSERT INTO customer_feedback (record_id, execution_id, profile, feedback, label_llm, status, text_key,
        `row_number`, ref_id)
    WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
    SELECT CONCAT(%(file)s, ':', n), %(file)s, 'feedback', 'late', 'unknown', 'unknown',
        UNHEX(SHA2(IF(n %% 4, n, 0), 256)), n, IF(n %% 2, CONCAT('order ', n), NULL)
    FROM numbers
"""


@pytest.mark.parametrize(
    "query, found",
    [
        (known._BY_ID.format(table=tallies.counted("known_ids")), 1),
        (known._BY_TEXT.format(table=tallies.counted("known_texts")), 1),
        (known._IDS.format(table=tallies.counted("ids")), 1),
        ("SELECT * FROM feedback_latest", 500 + 3 * 500),
        (discover._POOL_SIZE, 1),
    ],
    ids=["by id", "by text", "ids again", "latest", "pool"],
)
def test_files_that_came_three_times_are_compared_row_by_row_and_not_all_with_all(
    database: Database, query: str, found: int
) -> None:
    """A plan that looks right on few rows read each row for each row on many, so what is read is counted."""
    arguments = {"execution_id": "file-3", "profile": "feedback", "started_at": datetime(2026, 3, 3)}  # noqa: DTZ001

    def fill(tx: Transaction) -> None:
        for number in (1, 2, 3):
            tx.execute(_FILE, {"file": f"file-{number}", "started_at": f"2026-03-0{number}"})
            tx.execute(_FILE_ROWS, {"file": f"file-{number}"})

    def read(tx: Transaction) -> int:
        tx.execute("SHOW SESSION STATUS LIKE 'Handler_read%%'", {})
        return sum(int(row["Value"]) for row in tx.fetchall())

    def ask(tx: Transaction) -> tuple[int, int]:
        before = read(tx)
        rows = tx.execute(query, arguments)
        tx.fetchall()
        return rows, read(tx) - before

    database.transact(fill)
    rows, reads = database.transact(ask)

    assert rows == found
    assert reads < 40 * 3000


def test_discovery_looks_for_newer_rows_by_their_ids(full: Database) -> None:
    found = indexes(full, discover._POOL_SIZE, {"profile": "feedback"})

    assert found["n"] == "feedback_by_ref"


def test_an_executions_rows_are_paged_through_without_sorting_those_that_follow(full: Database) -> None:
    key, extra = plan(full, find._PAGE, {"execution_id": HERE, "number": 100, "limit": 500})
    assert key == "feedback_by_row"
    assert "filesort" not in extra


def test_rows_without_a_number_are_paged_through_without_sorting_too(full: Database) -> None:
    arguments = {"execution_id": HERE, "id": 100, "limit": 500}
    key, extra = plan(full, find._PAGE_WITHOUT_NUMBER, arguments)
    assert key == "feedback_by_row"
    assert "filesort" not in extra


def test_rows_parked_for_one_cause_are_found_among_many_that_wait_for_another(full: Database) -> None:
    arguments = {"execution_id": HERE, "cause": "budget", "after": 0, "limit": 200}
    until = {"parked_until": datetime(2030, 1, 1)}  # noqa: DTZ001  # as the database has it
    key, extra = plan(full, park._PARKED, arguments | until)
    assert key == "feedback_by_cause"
    assert "filesort" not in extra


def test_executions_with_parked_rows_are_found_among_all(full: Database) -> None:
    key, _ = plan(full, watch._WITH_PARKED, {"limit": 1000} | watch._FIRST)
    assert key == "execution_by_parked"


def test_a_row_that_was_sent_again_is_found_by_the_executions_with_parked_rows(full: Database) -> None:
    read = indexes(full, park._ASKED_AGAIN, {"profile": "feedback"})
    assert (read["e"], read["f"]) == ("execution_by_parked", "feedback_by_cause")


def test_vectors_are_noted_as_used_in_the_order_of_their_keys_also_where_few_are_old(
    database: Database,
) -> None:
    insert = """
        INSERT INTO feedback_embedding (text_key, model_id, vector, used_time)
        WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
        SELECT UNHEX(SHA2(n, 256)), 'm', 'v', NOW(3) - INTERVAL IF(n %% 100, 1, 9) DAY FROM numbers
    """
    database.transact(lambda tx: tx.execute(insert, {}))
    keys = [sha256(str(n).encode()).digest() for n in range(1, 501)]
    arguments = {"model_id": "m", "text_keys": keys}
    assert plan(database, embedding_store._USE, arguments)[0] == "PRIMARY"


def test_the_rows_of_a_category_are_found_in_their_order(full: Database) -> None:
    query = curate._NEXT.format(selection=curate._SELECTIONS[Selection.LABELLED])
    arguments = {"profile": "feedback", "name": "category 3", "through": 100, "limit": 1000}
    key, extra = plan(full, query, arguments)
    assert key == "feedback_by_label"
    assert "filesort" not in extra


def test_a_categorys_newest_rows_are_found_by_its_name(full: Database) -> None:
    arguments = {"profile": "feedback", "name": "category 3", "limit": 100}
    read = indexes(full, category_samples._CATEGORY_SAMPLE, arguments)
    assert read["customer_feedback"] == "feedback_by_label"
