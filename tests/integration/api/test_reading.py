"""GET: executions, rows and the links to reports; nothing of them in the log."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.api import handler as api
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.attributes import Money
from shared.contracts.events import Counts
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Record
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus
from shared.platform.database import Database, Transaction
from shared.stores import (
    category_store,
    execution_store,
    feedback_store,
    profile_store,
    report_link_store,
)
from shared.stores.feedback_store import Outcome, RowAspect, RowStatus
from tests.builders import EXECUTION_ID, a_feedback, a_source
from tests.integration.api.api_client import Away, Client

TOKEN = "Zm9vYmFyYmF6cXV4cXV1eGNvcmdl"


def a_link(database: Database, lives: timedelta) -> None:
    expires_at = datetime.now(UTC).replace(tzinfo=None) + lives
    token_hash = hashlib.sha256(TOKEN.encode()).digest()
    database.transact(lambda tx: report_link_store.create(tx, token_hash, EXECUTION_ID, expires_at))


def test_the_state_of_an_execution_shows_counts_and_no_secret(client: Client, database: Database) -> None:
    database.transact(lambda tx: lifecycle.start_file(tx, EXECUTION_ID, "feedback", a_source()))
    counts = Counts(rows_read=3, accepted=2, rejected=1)
    checkpoint = {"layout": {"ignored_columns": ["colour"], "read_from": {"stars": "Rating"}}}
    database.transact(lambda tx: execution_store.save_slice(tx, EXECUTION_ID, 0, checkpoint, counts))

    cost = Decimal("0.125")
    database.transact(lambda tx: execution_store.set_expected_cost(tx, EXECUTION_ID, cost))

    status, answer = client.get(f"/executions/{EXECUTION_ID}")

    assert Decimal(answer["expected_cost"]) == cost
    assert (status, answer["status"], answer["source"]) == (200, "receiving", "incoming/reviews.csv")
    assert answer["counts"] == counts.model_dump()
    assert answer["ignored_columns"] == ["colour"]
    assert answer["read_from"] == {"stars": "Rating"}
    assert answer["times"]["started"].endswith("Z")
    assert answer["times"]["completed"] is None
    assert not {"execution_key", "task_token"} & answer.keys()


def a_row(database: Database) -> int:
    def write(tx: Transaction) -> int:
        document = ProfileDocument.model_validate({"categories": [{"name": "Delivery", "route": "carrier"}]})
        profile_store.store(tx, document)
        category_store.add(
            tx, "feedback", document.categories[0], CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT
        )
        category_store.set_parents_and_routes(tx, document)
        (category,) = category_store.categories(tx, "feedback")
        lifecycle.start_file(tx, EXECUTION_ID, "feedback", a_source())
        record = Record(
            record_id=f"{EXECUTION_ID}:1",
            profile="feedback",
            row_number=1,
            feedback=a_feedback(),
            segments={"country": "NO"},
        )
        aspects = (
            RowAspect(category="Price", category_id=None, sentiment="neutral", evidence="dear"),
            RowAspect(category="Delivery", category_id=category.id, sentiment="negative"),
        )
        outcome = Outcome(
            record=record,
            status=RowStatus.LABELLED,
            label="Price",
            sentiment="neutral",
            profile_version=1,
            aspects=aspects,
            attributes={"paid": Money(amount=19.5, currency="EUR"), "late": True},
        )
        feedback_store.write_outcomes(tx, EXECUTION_ID, [outcome])
        tx.execute("UPDATE customer_feedback SET label_correction = 'Delivery'")
        tx.execute("SELECT id FROM customer_feedback")
        return int(tx.fetchall()[0]["id"])

    return database.transact(write)


def test_a_row_shows_its_topics_attributes_and_columns(client: Client, database: Database) -> None:
    row_id = a_row(database)

    status, answer = client.get(f"/feedback/{row_id}")

    assert (status, answer["label"], answer["team"]) == (200, "Delivery", "carrier")
    assert answer["topics"] == [{"category": "Delivery", "sentiment": "neutral", "evidence": "dear"}]
    assert answer["attributes"] == {"paid": {"amount": 19.5, "currency": "EUR"}, "late": True}
    assert answer["attribute_sources"] == {"paid": "model", "late": "model"}
    assert answer["segments"] == {"country": "NO"}


@pytest.mark.parametrize("row_id", ["0", "7", "-1", "1e3", "x", "9" * 30, "٣", "1%27%20OR%201=1"])
def test_a_row_that_nobody_knows_is_not_found(client: Client, row_id: str) -> None:
    status, answer = client.get(f"/feedback/{row_id}")
    assert status == 404
    assert answer["message"]


@pytest.mark.parametrize("execution_id", ["reviews-none", "a" * 90, "..%2F"])
def test_an_execution_that_nobody_knows_is_not_found(client: Client, execution_id: str) -> None:
    status, _ = client.get(f"/executions/{execution_id}")
    assert status == 404


def test_a_link_leads_to_a_signed_url_of_the_report(client: Client, database: Database) -> None:
    report = keys.report(EXECUTION_ID)
    a_link(database, timedelta(days=1))

    answer = client.request("GET", f"/reports/{TOKEN}")

    assert answer["statusCode"] == 302
    location = answer["multiValueHeaders"]["Location"][0]
    assert report in location
    assert "X-Amz-Expires=300" in location
    assert answer["multiValueHeaders"]["Cache-Control"] == ["no-store"]


def test_a_link_dies_and_an_unknown_one_never_lived(client: Client, database: Database) -> None:
    a_link(database, timedelta(seconds=-1))
    assert client.get(f"/reports/{TOKEN}")[0] == 410
    assert client.get(f"/reports/{TOKEN[:-1]}x")[0] == 404
    assert client.get("/reports/short")[0] == 404


def test_no_request_leaves_its_text_or_its_token_in_the_log(
    client: Client,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(api.telemetry.logger.registered_handler, "stream", stream)
    a_link(database, timedelta(days=1))
    client.request("GET", f"/reports/{TOKEN}")
    client.post({"feedback": "Marmalade", "stars": 9})
    client.post({"feedback": "Marmalade"})
    client.give(database=Away())
    client.request("GET", f"/reports/{TOKEN}")
    logged = stream.getvalue() + "".join(capsys.readouterr())
    assert "a request was not answered" in logged
    assert "FeedbackAccepted" in logged
    assert TOKEN not in logged
    assert "Marmalade" not in logged


def test_a_database_that_is_away_is_said_so(client: Client) -> None:
    client.give(database=Away())
    assert client.get(f"/executions/{EXECUTION_ID}")[0] == 503
