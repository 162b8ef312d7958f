"""Nothing that comes from outside can forge a line of the log, or reach it as a terminal's command."""

import io
import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.contracts.errors import PermanentError
from shared.platform.telemetry import Telemetry

FORGED = 'a.csv\n{"level":"INFO","message":"all is well"}\r\n\x1b[2J\x1b[31mred\x07\x00\u2028\u0085\x9b31m'


class Log:
    """A logger, and what it wrote."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self.telemetry = Telemetry("log injection")
        self.logger = self.telemetry.logger
        handler = self.logger.registered_handler
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(self.written)

    def lines(self) -> list[dict[str, object]]:
        """Every line, parted as the least careful reader would part them, is JSON by itself."""
        text = self.written.getvalue()
        assert text.endswith("\n")
        assert text.replace("\n", "").isprintable()
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_text_with_line_breaks_and_commands_is_one_line(log: Log) -> None:
    log.logger.append_keys(key=FORGED)

    log.logger.warning("seen %s", FORGED, extra={"other": FORGED})

    [line] = log.lines()
    assert (line["level"], line["key"], line["other"]) == ("WARNING", FORGED, FORGED)


@pytest.mark.parametrize("module", ["shared.platform.deferral", "shared.platform.database", "shared.any"])
def test_what_a_module_logs_by_the_standard_library_is_a_line_of_the_functions(log: Log, module: str) -> None:
    """Lambda's own handler, at the root, writes the message alone."""
    log.logger.append_keys(message_id="7")

    logging.getLogger(module).warning("copies not sent", extra={"cause": "NotAllowed"})

    [line] = log.lines()
    assert (line["service"], line["message_id"], line["cause"]) == ("log injection", "7", "NotAllowed")
    assert not logging.getLogger("shared").propagate


def test_a_failures_text_is_one_line(log: Log) -> None:
    try:
        raise PermanentError(FORGED)
    except PermanentError as error:
        log.telemetry.note_failure(error)

    [line] = log.lines()
    assert (line["level"], line["reason"]) == ("ERROR", FORGED)


def test_an_exceptions_traceback_is_one_line(log: Log) -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        log.logger.exception("it went wrong")

    assert len(log.lines()) == 1


def test_an_error_that_may_quote_a_customer_is_told_by_its_name_alone(
    log: Log,
) -> None:
    for error in (
        ValueError("my parcel"),
        ClientError({"Error": {"Code": "NoSuchKey", "Message": "my"}}, "Get"),
    ):
        try:
            raise error
        except (ValueError, ClientError) as raised:
            log.telemetry.note_failure(raised)

    first, second = log.lines()
    assert (first["error"], first.get("reason")) == ("ValueError", None)
    assert second["reason"] == "Get: NoSuchKey"
    assert "my parcel" not in str(first)


@pytest.mark.parametrize("response", [{}, {"Error": {}}, {"Error": {"Message": "my parcel"}}])
def test_an_error_of_aws_without_a_code_is_logged_like_others(response: Any) -> None:
    log = Log()

    log.telemetry.note_failure(ClientError(response, "Get"))

    assert [line["reason"] for line in log.lines()] == ["Get: None"]


def test_metrics_are_the_stacks_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "FeedbackInsights/one-of-two")
    telemetry = Telemetry("classify")

    telemetry.count("FeedbackLabelled", 3)
    telemetry.metrics.flush_metrics()

    [emitted] = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert emitted["Namespace"] == "FeedbackInsights/one-of-two"
    assert emitted["Metrics"][0]["Name"] == "FeedbackLabelled"
