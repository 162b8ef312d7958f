"""What hangs is given up within the invocation: no client of AWS waits by boto3's own time-outs."""

import ast

import pytest

from local.setup import ROOT

FILES = sorted(path for room in ("services", "shared") for path in (ROOT / room).rglob("*.py"))
CLIENTS = [
    pytest.param(call, id=f"{path.relative_to(ROOT)}:{call.lineno}")
    for path in FILES
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call) and ast.unparse(call.func) in ("boto3.client", "SecretsProvider")
]


@pytest.mark.parametrize("call", CLIENTS)
def test_a_client_has_time_outs_of_ours(call: ast.Call) -> None:
    assert {"config", "boto_config"} & {each.arg for each in call.keywords}


def test_there_are_clients() -> None:
    assert len(CLIENTS) > 10
