import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.sweep import carrying_out
from services.sweep import handler as sweep_handler
from services.sweep.dependencies import Dependencies
from services.sweep.sweeping import Swept
from shared.contracts.errors import DatabaseUnavailable
from shared.stores.feedback_store.replay import Failed
from tests.builders import a_context


class Sweeping:
    """Notes what it is asked to do."""

    def __init__(self, swept: Swept | None = None) -> None:
        self.asked: list[Any] = []
        self.time_was_up: bool | None = None
        self._swept = swept or Swept(figures={"published": 2, "stalled": 1, "released": 3})

    def sweep(self, time_is_up: Callable[[], bool], now: datetime) -> Swept:
        self.asked.append("sweep")
        self.time_was_up = time_is_up()
        assert now.tzinfo is None
        return self._swept

    def close_days(self, before: date) -> list[str]:
        self.asked.append(before)
        return ["direct-feedback-2026-11-21"]

    def model_is_back(self, model_id: str, time_is_up: Callable[[], bool], now: datetime) -> int:
        self.asked.append(model_id)
        return 7

    def relabel(self, profile: str, execution_id: str | None, time_is_up: Callable[[], bool]) -> int:
        self.asked.append((profile, execution_id, time_is_up()))
        return 5

    def replay(self, failed: Failed, time_is_up: Callable[[], bool]) -> int:
        self.asked.append((failed.reason, time_is_up()))
        return 2

    def redraw(self, execution_id: str) -> None:
        self.asked.append(("redraw", execution_id))


def event(*bodies: dict[str, Any] | str) -> dict[str, Any]:
    records = [
        {
            "messageId": str(number),
            "body": body if isinstance(body, str) else json.dumps(body),
            "eventSource": "aws:sqs",
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


@pytest.fixture
def sweeping(monkeypatch: pytest.MonkeyPatch) -> Sweeping:
    made = Sweeping()
    wire(monkeypatch, made)
    return made


def wire(monkeypatch: pytest.MonkeyPatch, sweeping: Sweeping) -> None:
    nothing: Any = None
    deps = Dependencies(nothing, nothing, nothing, sweep_handler.consumer.telemetry, nothing)
    monkeypatch.setattr(sweep_handler.consumer, "dependencies", lambda: deps)
    monkeypatch.setattr(carrying_out, "Sweeping", lambda given: sweeping if given is deps else None)


def handle(*bodies: dict[str, Any] | str, seconds: int = 120) -> list[str]:
    """The ids of the messages that go back to the queue."""
    answer = sweep_handler.handler(event(*bodies), a_context("sweep", seconds))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def metrics(output: str) -> dict[str, Any]:
    [line] = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    found: dict[str, Any] = line
    return found


def test_a_sweep_tells_what_it_found(sweeping: Sweeping, capsys: pytest.CaptureFixture[str]) -> None:
    assert handle({"kind": "sweep"}) == []

    written = metrics(capsys.readouterr().out)
    assert (written["OutboxLeftOver"], written["StalledExecutions"], written["FeedbackReleased"]) == (
        [2],
        [1],
        [3],
    )
    assert written["service"] == "sweep"


def test_a_sweep_that_found_nothing_writes_no_metric_and_no_line(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/cost.md counts Lambda's own lines of it, 43,800 times a month."""
    logged = io.StringIO()
    monkeypatch.setattr(sweep_handler.consumer.telemetry.logger.registered_handler, "stream", logged)
    nothing = Swept({"published": 0, "stalled": 0, "released": 0})
    monkeypatch.setattr(sweeping, "sweep", lambda *_: nothing)

    handle({"kind": "sweep"})

    assert capsys.readouterr().out + logged.getvalue() == ""


@pytest.mark.parametrize("seconds, is_up", [(31, False), (29, True)])
def test_time_is_up_half_a_minute_before_lambda_ends_it(
    sweeping: Sweeping, seconds: int, is_up: bool
) -> None:
    handle({"kind": "sweep"}, seconds=seconds)

    assert sweeping.time_was_up is is_up


def test_a_day_is_closed_before_today_or_before_the_day_that_is_named(sweeping: Sweeping) -> None:
    handle({"kind": "close_day"}, {"kind": "close_day", "before": "2026-11-23"})

    assert sweeping.asked == [datetime.now(UTC).date(), date(2026, 11, 23)]


def test_the_models_return_is_passed_on(sweeping: Sweeping) -> None:
    detail = {"version": 1, "model_id": "amazon.nova-lite-v1:0", "cause": "ThrottlingException"}

    handle({"source": "insights", "detail-type": "ModelAvailable", "detail": detail})

    assert sweeping.asked == ["amazon.nova-lite-v1:0"]


def test_files_whose_event_was_lost_are_looked_for_and_counted(
    sweeping: Sweeping, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[bool, datetime]] = []

    def take(_: Dependencies, time_is_up: Callable[[], bool], now: datetime) -> int:
        asked.append((time_is_up(), now))
        return 4

    monkeypatch.setattr(carrying_out, "take_untaken", take)

    assert handle({"kind": "take_untaken"}) == []

    [(is_up, now)] = asked
    assert (is_up, now.tzinfo) == (False, None)
    assert metrics(capsys.readouterr().out)["FilesTakenLate"] == [4]


def test_what_people_want_asked_again_is_passed_on(sweeping: Sweeping) -> None:
    handle({"kind": "relabel", "execution_id": "some-file"}, {"kind": "replay", "reason": "cut off"})

    assert sweeping.asked == [("feedback", "some-file", False), ("cut off", False)]


def test_a_report_that_people_want_drawn_anew_is_passed_on(sweeping: Sweeping) -> None:
    handle({"kind": "redraw", "execution_id": "some-file"})

    assert sweeping.asked == [("redraw", "some-file")]


def test_a_message_that_is_no_order_goes_back_and_its_neighbour_is_carried_out(sweeping: Sweeping) -> None:
    assert handle("not JSON", {"kind": "sweep"}) == ["0"]
    assert sweeping.asked == ["sweep"]


def test_a_sweep_of_which_a_step_failed_goes_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Sweeping(Swept(figures={"published": 1}, failed={"released": DatabaseUnavailable("gone")}))
    wire(monkeypatch, failed)

    assert handle("not JSON", {"kind": "sweep"}, {"kind": "close_day"}) == ["0", "1"]
