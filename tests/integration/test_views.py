"""What people read by SQL: the documented views, their columns, and the queries of docs/data.md."""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from local.mysql import connect
from local.setup import ROOT
from local.state import Login
from services.schema.logins import VIEWS
from services.schema.shipped_profiles import seed, shipped_profiles
from shared.contracts.profiles import ProfileDocument
from shared.platform.database import Database, Transaction
from shared.stores import category_store
from tests.conftest import open_login

PAGE = (ROOT / "docs" / "data.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?);\n```", PAGE, re.DOTALL)
_EXECUTION = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, source_key, accepted, labelled,
        `unknown`, started_at, completed_at, last_progress_at)
    VALUES ('file-1', 'file', 'feedback', 'completed', 'key', 'incoming/a.csv', 4, 3, 1,
        '2026-03-01', '2026-03-02', NOW(3))
"""
_ROW = """
    INSERT INTO customer_feedback (record_id, execution_id, profile, feedback, label_llm, status, sentiment,
        stars, text_key, `row_number`, ref_id, create_date, store, product_name)
    VALUES (CONCAT('file-1:', %(row)s), 'file-1', 'feedback', 'late', %(label)s,
        IF(%(label)s = 'unknown', 'unknown', 'labelled'), %(sentiment)s, 1, UNHEX(SHA2(%(row)s, 256)),
        %(row)s, %(ref_id)s, %(date)s, 'Berlin', 'headset')
"""
_MANY = """
    INSERT INTO customer_feedback (record_id, execution_id, profile, feedback, label_llm, status, text_key,
        `row_number`, create_date)
    WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
    SELECT CONCAT('many-', n, '-', i), 'file-1', 'feedback', 'late', 'Delivery', 'labelled',
        UNHEX(SHA2(n, 256)), 100 + 1000 * i + n, '2024-01-15' + INTERVAL n %% 20 MONTH
    FROM numbers, (SELECT 0 AS i UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) AS times
"""
Row = tuple[str, str | None, str | None, str | None]
"""Category, sentiment, the customer's id, date."""


@pytest.fixture
def fill(database: Database) -> Any:
    def fill(rows: Sequence[Row]) -> None:
        def write(tx: Transaction) -> None:
            tx.execute(_EXECUTION)
            for number, (label, sentiment, ref_id, date) in enumerate(rows, 1):
                arguments = {"row": number, "label": label, "sentiment": sentiment, "ref_id": ref_id}
                tx.execute(_ROW, arguments | {"date": date})

        database.transact(write)

    return fill


@pytest.fixture
def reader(readers_login: Login) -> Iterator[Any]:
    with connect(readers_login) as connection, connection.cursor() as cursor:
        yield cursor


def asked(reader: Any, query: str) -> list[dict[str, Any]]:
    reader.execute(query)
    return list(reader.fetchall())


def test_shares_are_of_the_latest_rows_of_a_month(fill: Any, reader: Any) -> None:
    fill(
        [
            ("Delivery", "negative", "a", "2026-03-05 10:00"),
            ("Price", "negative", "b", "2026-03-31 23:59:59"),
            ("Price", "positive", "b", "2026-03-31 23:59:59"),  # b's newer row counts
            ("Delivery", "mixed", None, "2026-03-01"),
            ("unknown", None, None, "2026-03-02"),
            ("Delivery", "neutral", None, "2026-04-01"),
            ("Delivery", "neutral", None, None),
        ]
    )
    rows = asked(reader, "SELECT * FROM category_share_by_month ORDER BY month, category")

    assert [(str(row["month"]), row["category"], row["feedbacks"], row["share_percent"]) for row in rows] == [
        ("None", "Delivery", 1, 100),
        ("2026-03-01", "Delivery", 2, 50),
        ("2026-03-01", "Price", 1, 25),
        ("2026-03-01", "unknown", 1, 25),
        ("2026-04-01", "Delivery", 1, 100),
    ]
    assert [rows[1][name] for name in ("negative", "positive", "neutral", "mixed")] == [1, 0, 0, 1]
    assert [rows[2][name] for name in ("negative", "positive", "neutral", "mixed")] == [0, 1, 0, 0]


@pytest.mark.parametrize("condition", ["month = '2024-03-01'", "month = '2030-01-01'"])
def test_a_share_of_a_month_reads_the_rows_of_this_month(
    fill: Any, migrated_login: Login, condition: str
) -> None:
    fill([])

    def explain(tx: Transaction) -> dict[str, tuple[str, int]]:
        tx.execute(_MANY, {})
        tx.execute("ANALYZE TABLE customer_feedback, execution")
        tx.fetchall()
        view = f"SELECT * FROM category_share_by_month WHERE profile = 'feedback' AND {condition}"
        tx.execute("EXPLAIN " + view)
        return {row["table"]: (row["key"], int(row["rows"])) for row in tx.fetchall()}

    # Only the owner may ask how a view is read.
    key, rows = open_login(migrated_login).transact(explain)["f"]
    assert key == "feedback_by_month"
    assert rows < 1000


def documented(database: Database, **attributes: Any) -> None:
    """The shipped profiles, and a row of two of them."""

    def write(tx: Transaction) -> None:
        seed(tx, shipped_profiles())
        tx.execute(_EXECUTION)
        for number, (profile, label) in enumerate(
            [("email", "Return and refund"), ("email", "unknown"), ("product", "Home and furniture")], 1
        ):
            tx.execute(_ROW, {"row": number, "label": label, "sentiment": None, "ref_id": None, "date": None})
            tx.execute(
                "UPDATE customer_feedback SET profile = %s, attributes = %s WHERE `row_number` = %s",
                (profile, json.dumps(attributes[profile]), number),
            )

    database.transact(write)


def test_an_e_mail_is_shown_with_its_team_and_what_the_model_answered(
    database: Database, reader: Any
) -> None:
    documented(database, email={"priority": "high", "language": "de"}, product={})
    rows = asked(reader, "SELECT category, team, priority, language FROM email_routed ORDER BY id")

    assert [tuple(row.values()) for row in rows] == [
        ("Return and refund", "returns", "high", "de"),
        ("unknown", None, "high", "de"),
    ]


def test_a_category_without_a_team_of_its_own_goes_to_its_parents(database: Database, reader: Any) -> None:
    categories = (
        {"name": "Delivery", "description": "d", "route": "logistics"},
        {"name": "Lost", "description": "d", "parent": "Delivery"},
        {"name": "Price", "description": "d"},
    )
    document = ProfileDocument.model_validate({"name": "own", "categories": categories})
    database.transact(lambda tx: seed(tx, [document]))

    rows = asked(reader, "SELECT category, team FROM category_team WHERE profile = 'own' ORDER BY category")
    assert [tuple(row.values()) for row in rows] == [("Delivery", "logistics"), ("Lost", "logistics")]


def test_a_page_is_shown_with_its_facts(database: Database, reader: Any) -> None:
    facts = {
        "title": "Chair",
        "brand": "Null",
        "price": {"amount": 1299.5, "currency": "EUR"},
        "list_price": {"amount": 1500, "currency": None},
        "availability": "InStock",
    }
    documented(database, email={}, product=facts)
    [row] = asked(
        reader, "SELECT title, brand, price, price_to, list_price, currency, availability FROM product_page"
    )

    assert list(row.values()) == ["Chair", "Null", Decimal("1299.5"), None, Decimal(1500), "EUR", "InStock"]


def test_the_page_names_each_column_of_each_view_and_no_other(reader: Any) -> None:
    sections = dict(re.findall(r"### (\w+)\n(.*?)(?=\n##|\Z)", PAGE, re.DOTALL))
    assert sorted(sections) == sorted(VIEWS)
    for view, text in sections.items():
        named = [
            name
            for line in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", line)
        ]
        columns = [row["Field"] for row in asked(reader, f"SHOW COLUMNS FROM {view}")]
        assert sorted(named) == sorted(columns), view


def test_a_topic_counts_with_the_parent_of_its_category(fill: Any, reader: Any, database: Database) -> None:
    fill([("Late parcel", "negative", None, None), ("Price", "positive", None, None)])
    document = ProfileDocument.model_validate(
        {
            "categories": [
                {"name": "Delivery"},
                {"name": "Late parcel", "parent": "Delivery"},
                {"name": "Price"},
            ]
        }
    )

    def add(tx: Transaction) -> None:
        seed(tx, [document])
        late = next(each.id for each in category_store.categories(tx, "feedback") if each.parent)
        tx.execute(
            "INSERT INTO feedback_aspect (feedback_id, position, category, category_id, sentiment)"
            " SELECT id, 2, 'Late parcel', %s, 'mixed' FROM customer_feedback WHERE label_llm = 'Price'",
            (late,),
        )

    database.transact(add)

    rows = asked(
        reader, "SELECT category, parent, sentiment FROM feedback_mentions ORDER BY feedback_id, position"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("Late parcel", "Delivery", "negative"),
        ("Price", "Price", "positive"),
        ("Late parcel", "Delivery", "mixed"),
    ]


def test_the_page_has_more_than_ten_queries() -> None:
    assert len(QUERIES) >= 10


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_the_page_runs_by_the_readers_login(fill: Any, reader: Any, query: str) -> None:
    fill([("Delivery", "negative", "a", "2026-03-05"), ("unknown", "positive", None, None)])
    asked(reader, query)
