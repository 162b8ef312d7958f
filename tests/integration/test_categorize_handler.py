"""The function as Lambda calls it: acknowledged, gone on with, or given up, and never left hanging."""

import io
import json
from typing import Any

import pytest

from services.categorize import discovery, theme_search
from services.categorize import handler as function
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from shared.platform.telemetry import EVERY_SERVICE
from shared.stores import discovery_store
from tests.integration.categorize_function import Function, envelope
from tests.integration.categorize_world import ID, about, classified, find
from tests.unit.categorize.fakes import failure
from tests.unit.template.watched import raised


@pytest.fixture
def lambda_function(database: Database, monkeypatch: pytest.MonkeyPatch) -> Function:
    classified(database, ID, about("battery", 6))
    return Function(database, monkeypatch)


def test_a_classified_execution_is_categorized_and_announced(
    lambda_function: Function, database: Database
) -> None:
    assert lambda_function.receive(envelope()) == []
    assert find(database).status is ExecutionStatus.CATEGORIZED
    assert lambda_function.bus.events == ["CategoryDiscovered", "ExecutionCategorized"]


def test_a_busy_model_sends_a_later_copy_and_acknowledges_this_message(
    lambda_function: Function, database: Database
) -> None:
    lambda_function.bedrock.embedding_errors = [failure("ThrottlingException") for _ in range(6)]
    assert lambda_function.receive(envelope(), deferrals=2) == []
    [copy] = lambda_function.queue.sent
    assert copy["MessageBody"] == envelope()
    assert copy["DelaySeconds"] > 0
    assert copy["MessageAttributes"]["deferrals"]["StringValue"] == "3"
    assert find(database).status is ExecutionStatus.CLASSIFIED


def test_a_model_that_stays_busy_ends_as_a_failed_discovery(
    lambda_function: Function, database: Database
) -> None:
    lambda_function.bedrock.embedding_errors = [failure("ThrottlingException") for _ in range(6)]
    assert lambda_function.receive(envelope(), deferrals=10) == []
    assert lambda_function.queue.sent == []
    assert (find(database).status, find(database).discovery) == ("categorized", "failed")
    assert lambda_function.bus.events == ["ExecutionCategorized"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
@pytest.mark.parametrize("of", ["errors", "embedding_errors"], ids=["the judge", "the embedding model"])
def test_a_model_that_refuses_ends_as_a_failed_discovery_of_which_operators_hear(
    lambda_function: Function, database: Database, capsys: pytest.CaptureFixture[str], of: str, code: str
) -> None:
    """Else each file would go on without its discovery, and only readers would see it in its report."""
    setattr(lambda_function.bedrock, of, [failure(code)])
    assert lambda_function.receive(envelope()) == []
    assert (find(database).status, find(database).discovery) == ("categorized", "failed")
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    given_up = [line for line in written if line["service"] == EVERY_SERVICE]
    assert [raised(EVERY_SERVICE, line) for line in given_up] == [{"ExecutionsGivenUpAlarm"}]


def test_an_execution_that_crashes_the_function_each_time_is_given_up(
    lambda_function: Function, database: Database
) -> None:
    assert lambda_function.receive(envelope(), receives=4) == []
    assert find(database).discovery == "failed"
    assert lambda_function.bedrock.judged == []


def test_a_crash_after_all_was_done_is_no_failed_discovery(
    lambda_function: Function, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    lambda_function.receive(envelope())
    capsys.readouterr()
    assert lambda_function.receive(envelope(), receives=4) == []
    assert find(database).discovery == "done"
    assert "ExecutionsGivenUp" not in capsys.readouterr().out
    assert lambda_function.bus.events == ["CategoryDiscovered", "ExecutionCategorized"]


def test_after_each_crash_discovery_takes_half_as_many_rows(
    lambda_function: Function, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme_search, "MOST_EMBEDDED", 16)
    lambda_function.receive(envelope(), receives=3)
    searched = database.transact(lambda tx: discovery_store.searched(tx, ID))
    assert (searched.pool, searched.left_out) == (4, 2)


def test_a_message_that_is_no_such_event_goes_back_to_the_queue(lambda_function: Function) -> None:
    assert lambda_function.receive("{}") == ["1"]


def test_a_message_that_goes_back_is_logged_by_its_errors_place_and_not_its_text(
    lambda_function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Marmalade"

    def crash(*_: Any) -> None:
        raise TypeError(said)

    logged = io.StringIO()
    monkeypatch.setattr(function.consumer.telemetry.logger.registered_handler, "stream", logged)
    monkeypatch.setattr(discovery, "discover", crash)
    assert lambda_function.receive(envelope()) == ["1"]
    (line,) = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert line["error"] == "TypeError"
    assert "in crash" in line["where"]
    assert said not in json.dumps(line)
