"""A file of very many rows, and very many rows of a file in the database, made fast."""

import csv
from datetime import date, timedelta
from pathlib import Path

from benchmarks import scale_server
from benchmarks.inputs import SAMPLES
from local.state import Login
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Source
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store, execution_store
from tests.conftest import open_login

LARGE = "large-0123456789abcdef"
EARLIER_ROWS = 100_000
EARLIER = "earlier-0123456789abcdef"
CHARACTERS = 300
CATEGORIES = 40
_BLOCK = 10_000
_COLUMNS = ("id", "date", "stars", "title", "feedback", "product_name", "store", "country")
# 4 sentiments, two years, 500 products; each id once, one text in ten said before.
_FILL = f"""
    INSERT INTO customer_feedback (record_id, execution_id, `row_number`, profile, product_name, store,
        ref_id, stars, title, feedback, create_date, label_llm, status, sentiment, text_key, model_id,
        prompt_version, taxonomy_version, corrections_version)
    WITH RECURSIVE numbers AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 99)
    SELECT CONCAT(%(execution_id)s, ':', r), %(execution_id)s, r, 'feedback', CONCAT('Product ', r %% 500),
        ELT(r %% 3 + 1, 'Play', 'App Store', 'Web'), CONCAT('R', r), 1 + r %% 5, CONCAT('Title ', r),
        RPAD(CONCAT('Row ', r, '. '), {CHARACTERS}, 'The parcel came late and nobody answered my mail. '),
        '2025-01-01' + INTERVAL (r * 7919) %% 730 DAY,
        IF(r %% 50, CONCAT('Category ', r %% {CATEGORIES}), 'unknown'),
        IF(r %% 50, 'labelled', 'unknown'), ELT(r %% 4 + 1, 'positive', 'negative', 'neutral', 'mixed'),
        UNHEX(SHA2(IF(r %% 10, r, r %% 1000), 256)), 'model-x', '1', 1, 0
    FROM (SELECT %(start)s + a.n * 100 + b.n + 1 AS r FROM numbers a JOIN numbers b) AS numbered
"""


def add_categories(login: Login) -> None:
    """Those that the rows have."""

    def add(tx: Transaction) -> None:
        for number in range(CATEGORIES):
            category = NewCategory(name=f"Category {number}", description="What it is about.")
            category_store.add(tx, "feedback", category, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)

    database = open_login(login)
    database.transact(add)
    database.close()


def write_csv(path: Path, rows: int) -> None:
    """A CSV of reviews with texts of `CHARACTERS` each."""
    with (SAMPLES / "feedback.csv").open(encoding="utf-8-sig", newline="") as file:
        said = [row["feedback"] for row in csv.DictReader(file) if (row.get("feedback") or "").strip()]
    texts = [(f"{text} " * CHARACTERS)[:CHARACTERS].strip() for text in said]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for row in range(1, rows + 1):
            day = date(2025, 1, 1) + timedelta(days=row * 7919 % 730)
            words = f"{row} {texts[row % len(texts)]}"
            writer.writerow(
                (f"R{row}", day, 1 + row % 5, f"Title {row}", words, f"Product {row % 500}", "Web", "DE")
            )


def fill(login: Login, rows: int) -> float:
    """An execution of so many rows (whole ten thousands) after a smaller one with the same ids.

    Returns how many bytes the server wrote for a row.
    """
    database, before = open_login(login), scale_server.written(login)
    _execution(database, EARLIER, min(EARLIER_ROWS, rows), "2025-01-01")
    _execution(database, LARGE, rows, "2026-01-01")
    bytes_written = scale_server.written(login) - before
    database.transact(_analyze)
    database.close()
    return bytes_written / (rows + min(EARLIER_ROWS, rows))


def _execution(database: Database, execution_id: str, rows: int, started: str) -> None:
    """An execution that was just categorized."""
    source = Source(bucket="data", key=f"incoming/{execution_id}.csv")
    database.transact(lambda tx: lifecycle.start_file(tx, execution_id, "feedback", source))
    for start in range(0, rows, _BLOCK):
        database.transact(lambda tx, start=start: _block(tx, execution_id, start))  # type: ignore[misc]
    unknown = rows // 50

    def end(tx: Transaction) -> None:
        execution_store.save_slice(tx, execution_id, 0, {}, Counts(rows_read=rows, accepted=rows))
        execution_store.add_counts(tx, execution_id, Counts(labelled=rows - unknown, unknown=unknown))
        lifecycle.close_receiving(tx, execution_id)
        lifecycle.categorized(tx, execution_id, failed=False)
        tx.execute("UPDATE execution SET started_at = %s WHERE execution_id = %s", [started, execution_id])

    database.transact(end)


def _block(tx: Transaction, execution_id: str, start: int) -> None:
    tx.execute(_FILL, {"execution_id": execution_id, "start": start})


def _analyze(tx: Transaction) -> None:
    tx.execute("ANALYZE TABLE customer_feedback, execution")
    tx.fetchall()
