"""No customer's text in the logs: what no function may do, and what happens when one goes wrong."""

import ast
import importlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from services.api import handler as api
from services.sweep import handler as sweep
from services.sweep.sweeping import SweepIncomplete
from shared.platform.telemetry import describe
from tests.hostile import CANARY
from tests.hostile.stage import CONTEXT

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")])
# What goes wrong there is said of migrations and CloudFormation, before any customer's text is in.
TELLS_ALL = ROOT / "services" / "schema" / "handler.py"


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """All calls in what runs on AWS."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def arguments(call: ast.Call) -> dict[str, Any]:
    return {each.arg: getattr(each.value, "value", None) for each in call.keywords if each.arg}


def name(call: ast.Call) -> str:
    """Of what is called: `logger.info` of `self._logger.info(…)`."""
    words = ast.unparse(call.func).lower().replace("self._", "").replace("_log.", "logger.").split(".")
    return ".".join(words[-2:])


def test_nothing_logs_an_error_whole_or_an_event() -> None:
    forbidden = ("logger.exception", "print", "traceback.print_exc", "traceback.format_exc")
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in calls()
        if (name(call) in forbidden and path != TELLS_ALL)
        or {"exc_info", "stack_info", "log_event"} & arguments(call).keys()
    ]
    assert found == []


def test_no_trace_holds_an_answer_or_an_error_and_no_batch_ends_in_one() -> None:
    tracers = [arguments(call) for _, call in calls() if name(call).endswith("capture_lambda_handler")]
    processors = {
        path.parent.name: arguments(call) for path, call in calls() if name(call) == "batchprocessor"
    }
    # Sweep catches what its processor raises.
    quiet = {
        name: each["raise_on_entire_batch_failure"] for name, each in processors.items() if name != "sweep"
    }
    assert len(tracers) >= 8
    assert all(each == {"capture_response": False, "capture_error": False} for each in tracers)
    assert quiet.keys() == {"breaker", "categorize", "classify", "curate", "ingest", "notify"}
    assert not any(quiet.values())


@pytest.mark.parametrize("module", ["api", "classify", "categorize", "curate", "ingest", "notify", "sweep"])
def test_a_line_of_the_log_is_one_line_whatever_is_in_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger: Logger = importlib.import_module(f"services.{module}.handler").logger
    printed = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", printed)

    logger.info("known", extra={"key": 'a\r\n{"level": "ERROR"}\u2028\u0085\x1b[2J'})

    (line,) = printed.getvalue().splitlines()
    assert json.loads(line)["message"] == "known"
    assert line.isascii()


class Broken:
    """Goes wrong, quoting a customer."""

    def __getattr__(self, _: str) -> Any:
        raise ValueError(f"cannot take {CANARY}")


def test_a_request_that_goes_wrong_quotes_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(api, "database", Broken)
    printed = io.StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", printed)
    request = {
        "httpMethod": "GET",
        "path": "/executions/some",
        "requestContext": {"stage": "v1"},
        "headers": {},
    }

    with pytest.raises(api.RequestFailed) as raised:
        api.handler(request, CONTEXT)

    assert raised.value.__suppress_context__
    assert CANARY not in str(raised.value) + printed.getvalue() + "".join(capsys.readouterr())
    assert json.loads(printed.getvalue().splitlines()[0])["error"] == "ValueError"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"kind": "replay", "reason": ["{CANARY}"]}}',
        f'{{"kind": "relabel", "profile": "{CANARY.upper()}\\nforged"}}',
        f'{{"kind": "{CANARY}"}}',
        f'{{"detail-type": "ModelAvailable", "detail": "{CANARY}"}}',
        f'["{CANARY}"]',
        CANARY,
    ],
)
def test_an_order_that_nobody_understands_quotes_nobody(
    body: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = io.StringIO()
    monkeypatch.setattr(sweep.logger.registered_handler, "stream", printed)
    record = {"messageId": "1", "body": body, "eventSource": "aws:sqs"}

    with pytest.raises(SweepIncomplete) as raised:
        sweep.handler({"Records": [record]}, CONTEXT)

    assert raised.value.__suppress_context__
    assert CANARY not in (str(raised.value) + printed.getvalue() + "".join(capsys.readouterr())).lower()
    assert "message failed" in printed.getvalue()


def test_an_error_that_nobody_raised_can_be_described() -> None:
    assert describe(ValueError(CANARY)) == {"error": "ValueError", "reason": None, "where": None}
