import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from typing_extensions import override

from services.schema import handler as schema_handler
from services.schema.answer import PHYSICAL_ID, Answer, send
from services.schema.deadline import Deadline
from shared.contracts.errors import DatabaseUnavailable
from tests.builders import a_context


class CloudFormation:
    """The address that an answer is put to."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                outer.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.content_types.append(self.headers["Content-Type"])
                self.send_response(200)
                self.end_headers()

            @override
            def log_message(self, *arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def request(self, kind: str = "Create") -> dict[str, Any]:
        return {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{self.server.server_port}/answer?signature=s",
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/insights/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Schema",
        }


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    made = CloudFormation()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_handler, "_database", lambda: None)


def test_the_answer_names_the_request_and_an_id_that_never_changes(cloudformation: CloudFormation) -> None:
    send(cloudformation.request(), Answer.success({"Applied": "1"}))

    assert cloudformation.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": PHYSICAL_ID,
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/insights/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Schema",
            "Data": {"Applied": "1"},
        }
    ]
    assert cloudformation.content_types == [""]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_deployment_hears_which_migrations_were_applied(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(schema_handler, "_bring_up_to_date", lambda database: [1, 3])

    schema_handler.handler(cloudformation.request(kind), a_context("schema", seconds=900))

    assert [(a["Status"], a["Data"]) for a in cloudformation.answers] == [("SUCCESS", {"Applied": "1,3"})]


@pytest.mark.usefixtures("database")
def test_run_by_hand_it_answers_nobody_and_a_failure_is_the_invocations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(database: object) -> list[int]:
        raise DatabaseUnavailable("cannot connect (2003)")

    monkeypatch.setattr(schema_handler, "_bring_up_to_date", fail)

    with pytest.raises(DatabaseUnavailable):
        schema_handler.handler({}, a_context("schema", seconds=900))


@pytest.mark.usefixtures("database")
def test_a_failure_is_answered_with_its_reason(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(database: object) -> list[int]:
        raise DatabaseUnavailable("cannot connect (2003)")

    monkeypatch.setattr(schema_handler, "_bring_up_to_date", fail)

    schema_handler.handler(cloudformation.request(), a_context("schema", seconds=900))

    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert cloudformation.answers[0]["Reason"] == "DatabaseUnavailable: cannot connect (2003)"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("given", ["2.5", "1e2", "-1", " 20", ""])
def test_a_number_that_is_not_whole_is_refused_before_the_functions_are_told_of_it(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr(schema_handler, "_bring_up_to_date", lambda database: [1])
    properties = {"WholeNumbers": {"PackSize": given, "MinimumRows": "8"}}

    for kind in ("Update", "Delete"):
        event = cloudformation.request(kind) | {"ResourceProperties": properties}
        schema_handler.handler(event, a_context("schema", seconds=900))

    assert [answer["Status"] for answer in cloudformation.answers] == ["FAILED", "SUCCESS"]
    assert f"PackSize={given} is no whole number" in cloudformation.answers[0]["Reason"]


@pytest.mark.usefixtures("database")
def test_whole_numbers_are_taken(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_handler, "_bring_up_to_date", lambda database: [1])
    properties = {"WholeNumbers": {"PackSize": "20", "TokensPerMinute": "0"}}

    schema_handler.handler(
        cloudformation.request() | {"ResourceProperties": properties}, a_context("schema", seconds=900)
    )

    assert [answer["Status"] for answer in cloudformation.answers] == ["SUCCESS"]


def test_a_missing_setting_is_answered_too(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_HOST", raising=False)
    schema_handler._database.cache_clear()

    schema_handler.handler(cloudformation.request(), a_context("schema", seconds=900))

    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert "DATABASE_HOST" in cloudformation.answers[0]["Reason"]


def test_deleting_the_stack_touches_no_database(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(schema_handler, "_database")

    schema_handler.handler(cloudformation.request("Delete"), a_context("schema", seconds=900))

    assert cloudformation.answers[0]["Status"] == "SUCCESS"


@pytest.mark.usefixtures("database")
def test_migrations_that_take_too_long_are_answered_before_lambda_ends_them(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN migrations that go on until somebody has been told that they failed
    told = threading.Event()

    def migrate(database: object) -> list[int]:
        assert told.wait(5)
        return [1]

    def send_and_tell(event: dict[str, Any], answer: Answer) -> None:
        send(event, answer)
        told.set()

    monkeypatch.setattr(schema_handler, "_bring_up_to_date", migrate)
    monkeypatch.setattr(schema_handler, "send", send_and_tell)

    # WHEN no time is left but the reserve
    schema_handler.handler(cloudformation.request(), a_context("schema", seconds=10.05))

    # THEN one answer was given, and no second one when they ended after all
    assert [a["Status"] for a in cloudformation.answers] == ["FAILED"]


def test_a_deadline_that_is_met_says_nothing() -> None:
    late = threading.Event()

    with Deadline(0.02, late.set) as deadline:
        assert deadline.met()

    assert not late.wait(0.1)


def test_a_deadline_left_by_an_error_says_nothing() -> None:
    late = threading.Event()

    with pytest.raises(RuntimeError), Deadline(0.02, late.set):
        raise RuntimeError

    assert not late.wait(0.1)
