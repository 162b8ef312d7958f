"""POST /feedback: what is taken, told as known, or refused."""

import json
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from shared.contracts.taken import FeedbackTaken
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database
from shared.stores import (
    category_store,
)
from shared.stores.reading import count
from tests.integration.api.api_client import Away, Client


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
