"""No customer's text in the logs: what no function may do, and what happens when one goes wrong."""

import ast
import importlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.api import handler as api
from services.api.dependencies import Dependencies
from services.api.routes import make_app
from services.sweep import handler as sweep
from shared.platform.consumer import Frame
from shared.platform.telemetry import Telemetry, describe
from tests.hostile import CANARY
from tests.hostile.stage import CONTEXT

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")])
CONSUMERS = [
    "breaker.handler",
    "categorize.handler",
    "classify.dead_letters_handler",
    "classify.handler",
    "curate.handler",
    "ingest.handler",
    "notify.handler",
    "sweep.handler",
]
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
    processors = [arguments(call) for _, call in calls() if name(call) == "batchprocessor"]

    assert tracers == [{"capture_response": False, "capture_error": False}]
    assert [each["raise_on_entire_batch_failure"] for each in processors] == [False]


@pytest.mark.parametrize("module", CONSUMERS)
def test_every_function_that_reads_a_queue_runs_in_the_one_frame(module: str) -> None:
    function = importlib.import_module(f"services.{module}")

    assert isinstance(function.consumer, Frame)
    assert function.handler is function.consumer.handler


def telemetry_of(module: str) -> Telemetry:
    function = importlib.import_module(f"services.{module}")
    telemetry = function.telemetry if module == "api.handler" else function.consumer.telemetry
    assert isinstance(telemetry, Telemetry)
    return telemetry


@pytest.mark.parametrize("module", ["api.handler", *CONSUMERS])
def test_a_line_of_the_log_is_one_line_whatever_is_in_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = telemetry_of(module).logger
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
    nothing: Any = None
    broken: Any = Broken()
    app = make_app(Dependencies(nothing, broken, nothing, nothing, api.telemetry))
    monkeypatch.setattr(api, "app", lambda: app)
    printed = io.StringIO()
    monkeypatch.setattr(api.telemetry.logger.registered_handler, "stream", printed)
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
    monkeypatch.setattr(sweep.consumer.telemetry.logger.registered_handler, "stream", printed)
    record = {"messageId": "1", "body": body, "eventSource": "aws:sqs"}

    answer = sweep.handler({"Records": [record]}, CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert CANARY not in (printed.getvalue() + "".join(capsys.readouterr())).lower()
    assert "message failed" in printed.getvalue()


def test_an_error_that_nobody_raised_can_be_described() -> None:
    assert describe(ValueError(CANARY)) == {"error": "ValueError", "reason": None, "where": None}
