"""The API as API Gateway calls it, with a real database and moto's SQS and S3."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from services.api import handler as api
from services.api.dependencies import Dependencies, open_dependencies
from services.api.routes import make_app
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.attributes import Money
from shared.contracts.errors import DatabaseUnavailable
from shared.contracts.events import Counts
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import DirectFeedback, Record
from shared.contracts.taken import FeedbackTaken
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import (
    category_store,
    execution_store,
    feedback_store,
    profile_store,
    report_link_store,
)
from shared.stores.feedback_store import Outcome, RowAspect, RowStatus
from shared.stores.reading import count
from tests.builders import EXECUTION_ID, a_context, a_feedback, a_source, an_api_request

TOKEN = "Zm9vYmFyYmF6cXV4cXV1eGNvcmdl"


@dataclass
class Client:
    """Calls the handler as API Gateway does."""

    def __init__(self, deps: Dependencies, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue_url = deps.settings.feedback_queue_url
        self._deps = deps
        self._monkeypatch = monkeypatch
        self.give()

    def give(self, **changes: Any) -> None:
        """The handler is given something else, as a function that has just started."""
        app = make_app(replace(self._deps, **changes))
        self._monkeypatch.setattr(api, "app", lambda: app)

    def request(self, method: str, path: str, body: str | None = None, **changes: Any) -> dict[str, Any]:
        json_headers = {"headers": {"Content-Type": "application/json"}}
        request = an_api_request(method, path, body, **json_headers | changes)
        return cast(dict[str, Any], api.handler(request, a_context("api")))

    def post(self, value: Any) -> tuple[int, dict[str, Any]]:
        answer = self.request("POST", "/feedback", json.dumps(value))
        return answer["statusCode"], json.loads(answer["body"])

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = self.request("GET", path)
        return answer["statusCode"], json.loads(answer["body"])

    def sent(self) -> list[DirectFeedback]:
        return [DirectFeedback.model_validate_json(message["Body"]) for message in self._received()]

    def groups(self) -> Counter[str]:
        return Counter(message["Attributes"]["MessageGroupId"] for message in self._received())

    def _received(self) -> Iterator[Any]:
        sqs = boto3.client("sqs")
        options: Any = {"QueueUrl": self.queue_url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        while messages := sqs.receive_message(**options).get("Messages"):
            yield from messages


class Away:
    """A database that nobody reaches."""

    def transact(self, work: object) -> None:
        raise DatabaseUnavailable("cannot connect")


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="data")
        environment = {
            "FEEDBACK_QUEUE_URL": boto3.client("sqs").create_queue(QueueName="feedback")["QueueUrl"],
            "DATA_BUCKET": "data",
            "DATABASE_HOST": "nowhere",
            "DATABASE_SECRET_ARN": "arn",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Client(replace(open_dependencies(api.telemetry), database=database), monkeypatch)


def a_link(database: Database, lives: timedelta) -> None:
    expires_at = datetime.now(UTC).replace(tzinfo=None) + lives
    token_hash = hashlib.sha256(TOKEN.encode()).digest()
    database.transact(lambda tx: report_link_store.create(tx, token_hash, EXECUTION_ID, expires_at))


def test_one_record_is_taken_and_gets_an_id(client: Client) -> None:
    status, answer = client.post({"feedback": "Great lamp", "stars": 5, "product_name": "Lamp"})
    assert (status, answer["accepted"]) == (202, 1)
    [sent] = client.sent()
    assert ([sent.id], sent.feedback, sent.stars) == (answer["ids"], "Great lamp", Decimal(5))


def test_a_hundred_records_keep_their_own_ids_in_order(client: Client) -> None:
    ids = [f"shop-{number}" for number in range(100)]
    status, answer = client.post({"feedback": [{"id": item, "feedback": "ok"} for item in ids]})
    assert (status, answer["ids"]) == (202, ids)
    assert sorted(record.id for record in client.sent()) == sorted(ids)


def test_the_feedback_of_each_source_is_a_group_so_that_none_waits_for_another(client: Client) -> None:
    client.post([{"feedback": "a", "source": source} for source in ("shop", "shop", "forum")])

    assert client.groups() == {"api:/shop": 2, "api:/forum": 1}


def test_wrong_fields_are_named_by_their_path_and_nothing_is_taken(client: Client) -> None:
    status, answer = client.post([{"feedback": "fine"}, {"feedback": " ", "stars": 7, "colour": "red"}])
    assert status == 422
    assert {fault["path"] for fault in answer["errors"]} == {"[1].feedback", "[1].stars", "[1].colour"}
    assert client.sent() == []


def test_another_text_under_an_id_is_told_as_a_new_version_and_the_same_text_as_known(client: Client) -> None:
    def told(*records: dict[str, str]) -> list[tuple[str, int]]:
        status, answer = client.post(list(records))
        assert status == 202
        FeedbackTaken.model_validate(answer)
        return [(each["status"], each["version"]) for each in answer["records"]]

    late, dear = {"id": "1", "feedback": "Late."}, {"id": "1", "feedback": "Too dear."}
    assert told(late, {"id": "2", "feedback": "Late."}) == [("new", 1), ("new", 1)]
    assert told(dear) == [("new version", 2)]
    assert told(late) == [("known", 1)]
    assert told(dear | {"source": "crm"}, dear) == [("new", 1), ("known", 2)]
    # Whatever is told, all of it goes on: what is known is left out where the rows are.
    assert len(client.sent()) == 6


def test_profiles_that_nobody_made_are_refused_with_those_that_there_are(
    client: Client, database: Database
) -> None:
    category = NewCategory(name="Late", description="Came late.")
    database.transact(
        lambda tx: category_store.add(tx, "returns", category, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL)
    )
    names = ["nobody", "../returns", "Returns", "returns ", "r\u00e9turns", "returns\n", "x" * 5000]

    status, answer = client.post([{"feedback": "a", "profile": name} for name in names])

    assert status == 422
    assert [fault["path"] for fault in answer["errors"]] == [f"[{n}].profile" for n in range(len(names))]
    assert {fault["message"] for fault in answer["errors"]} == {
        "is not a known one; known profiles: feedback, returns"
    }
    assert client.sent() == []
    assert client.post([{"feedback": "a", "profile": "returns"}, {"feedback": "b"}])[0] == 202


def test_ten_requests_of_a_hundred_made_up_profiles_leave_nothing(client: Client, database: Database) -> None:
    for number in range(10):
        body = [{"feedback": "a", "profile": f"made-up-{number}-{n}"} for n in range(100)]
        assert client.post(body)[0] == 422

    tables = ("execution", "direct_version", "outbox", "customer_feedback")
    counts = [
        database.transact(partial(count, query=f"SELECT COUNT(*) FROM {table}", arguments={}))
        for table in tables
    ]
    assert counts == [0, 0, 0, 0]
    assert client.sent() == []


def test_while_the_database_is_away_feedback_is_taken_unchecked(client: Client) -> None:
    client.give(database=Away())

    status, answer = client.post([{"id": "1", "feedback": "Late.", "profile": "nobody"}])

    assert (status, answer["records"]) == (202, [{"id": "1", "status": "unchecked", "version": None}])
    assert [record.id for record in client.sent()] == ["1"]


def test_records_that_sqs_refuses_are_named_so_that_they_can_be_sent_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
            failed = [entry for entry in Entries if "shop-7" in entry["MessageBody"]]
            return {
                "Failed": [
                    {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in failed
                ]
            }

    client.give(sqs=Full())
    monkeypatch.setattr("shared.platform.queue_batches._FIRST_WAIT_SECONDS", 0)
    status, answer = client.post([{"id": f"shop-{number}", "feedback": "ok"} for number in range(12)])
    assert (status, answer["not_accepted"]) == (503, ["shop-7", "shop-10", "shop-11"])


@pytest.mark.parametrize(
    "body,status",
    [
        (None, 400),
        ("", 400),
        ("{", 400),
        ("[" * 100_000, 400),
        ('{"feedback": NaN}', 400),
        ("x" * 8_000_000, 413),
        ("[]", 422),
        ('"text"', 422),
        ('{"feedback": "\\ud800"}', 422),
    ],
)
def test_a_body_that_is_no_feedback_is_answered_clearly(
    client: Client, body: str | None, status: int
) -> None:
    answer = client.request("POST", "/feedback", body)
    assert answer["statusCode"] == status
    assert json.loads(answer["body"])["message"]


def test_a_binary_body_is_answered_clearly(client: Client) -> None:
    assert client.request("POST", "/feedback", "////", isBase64Encoded=True)["statusCode"] == 400
    assert client.request("POST", "/feedback", "!!!", isBase64Encoded=True)["statusCode"] == 400


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
