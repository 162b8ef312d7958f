"""The tracker is resumed when an execution is over, and told partial figures when its time is up."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from services.notify import completion
from shared.changes import lifecycle
from shared.contracts.execution import Source
from shared.platform.database import Database
from shared.stores import execution_store
from tests.integration.notify_case import (
    ID,
    Office,
    a_client_error,
    an_office,
    an_outcome,
    categorized,
    find,
)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with mock_aws():
        yield an_office(database)


def test_the_tracker_that_waits_is_resumed_when_the_report_is_out(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    completion.tracker_waits(office.deps, ID, "token")
    assert office.states.calls == []

    completion.report_ready(office.deps, ID)

    [call] = office.states.calls
    assert (call.name, call.arguments["taskToken"]) == ("send_task_success", "token")
    assert find(office.deps.database).task_token is None


def test_a_tracker_that_comes_after_the_end_is_resumed_at_once(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    completion.report_ready(office.deps, ID)

    completion.tracker_waits(office.deps, ID, "late token")

    assert [call.arguments["taskToken"] for call in office.states.calls] == ["late token"]


def test_the_tracker_of_a_failed_execution_is_told_why(office: Office) -> None:
    database = office.deps.database
    source = Source(bucket="data", key="incoming/broken.csv")
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", source))
    completion.tracker_waits(office.deps, ID, "token")
    database.transact(lambda tx: lifecycle.fail(tx, ID, "It is empty."))

    completion.failed(office.deps, ID, None)

    [call] = office.states.calls
    assert (call.name, call.arguments["cause"]) == ("send_task_failure", "It is empty.")


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_tracker_that_waits_no_more_is_done(office: Office, code: str) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    completion.tracker_waits(office.deps, ID, "token")
    office.states.error = a_client_error(code)

    completion.report_ready(office.deps, ID)

    assert find(office.deps.database).task_token is None


def test_a_token_that_the_tracker_sends_while_the_one_before_is_answered_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time was up, and it waits again."""
    database = office.deps.database
    categorized(database, [an_outcome(1)])
    completion.tracker_waits(office.deps, ID, "token")

    def resume_late(*_: object) -> None:
        database.transact(lambda tx: execution_store.set_task_token(tx, ID, "TOKEN"))

    monkeypatch.setattr("services.notify.tracker.resume", resume_late)
    completion.report_ready(office.deps, ID)

    assert find(database).task_token == "TOKEN"


def test_a_tracker_that_cannot_be_reached_is_tried_again(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    completion.tracker_waits(office.deps, ID, "token")
    office.states.error = a_client_error("ThrottlingException")
    with pytest.raises(ClientError):
        completion.report_ready(office.deps, ID)

    office.states.error = None
    completion.report_ready(office.deps, ID)

    assert len(office.states.calls) == 1
    assert len(office.mails) == 1


def test_a_time_out_of_the_tracker_tells_the_partial_figures(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1), an_outcome(2, "unknown")])

    completion.tracker_timed_out(office.deps, ID)

    assert office.mails[0]["Subject"] == "Feedback report still under way: reviews.csv"
    assert "labelled:" in office.mails[0]["Message"]


def test_a_time_out_after_the_end_says_nothing(office: Office) -> None:
    categorized(office.deps.database, [an_outcome(1)])
    completion.report_ready(office.deps, ID)

    completion.tracker_timed_out(office.deps, ID)

    assert len(office.mails) == 1
