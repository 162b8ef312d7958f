"""Loaded by the emulator's Python when a function starts: puts the faults of a plan into it.

The functions' own code knows nothing of this. The emulator is started with this folder on PYTHONPATH and
FAULT_PLAN naming a folder; every process of a function then looks, at each call of AWS and each commit,
whether `plan.json` there has a rule for it. A rule that fires leaves a file, so that several processes
count it together and a test can see that it did.

Nothing but the standard library is imported here: a layer's packages come on the path later.
"""

import importlib.machinery
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_FOLDER = Path(os.environ.get("FAULT_PLAN", "/nonexistent"))
_FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")


def _rules() -> list[dict[str, Any]]:
    try:
        rules = json.loads((_FOLDER / "plan.json").read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [rule for rule in rules if rule["function"] in _FUNCTION]


def _strike(point: str, detail: str = "") -> dict[str, Any] | None:
    """The rule that strikes here, if one does; each rule strikes `times` times after `skip` arrivals."""
    for rule in _rules():
        if rule["point"] == point and re.search(rule["where"], detail, re.DOTALL):
            place = _claim(rule["id"], rule["skip"] + rule["times"])
            if place is not None and place >= rule["skip"]:
                _leave(f"fired-{rule['id']}-{place}", f"{_FUNCTION} {os.getpid()} {time.time()}")
                return rule
    return None


def _claim(name: str, most: int) -> int | None:
    """The next free place of a rule; None when all are taken. Atomic among processes."""
    for place in range(most):
        if not (_FOLDER / f"seen-{name}-{place}").exists() and _leave(f"seen-{name}-{place}", ""):
            return place
    return None


def _leave(name: str, text: str) -> bool:
    try:
        with (_FOLDER / name).open("x") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _dies_if(rule: dict[str, Any] | None) -> bool:
    """Whether a rule struck; the process does not live to say so if it was to be killed."""
    if rule and rule["action"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if rule and rule["action"] == "wait":
        time.sleep(rule["seconds"])
        return False
    if rule and rule["action"] == "hold":
        while any(each["id"] == rule["id"] for each in _rules()):
            time.sleep(0.1)
        return False
    return rule is not None


# --- calls of AWS


def _delayed(arguments: dict[str, Any], seconds: int) -> dict[str, Any]:
    """The arguments of a call that sends to SQS, for messages that arrive so much later."""
    if not seconds:
        return arguments
    if "Entries" not in arguments:
        return arguments | {"DelaySeconds": seconds}
    return arguments | {"Entries": [entry | {"DelaySeconds": seconds} for entry in arguments["Entries"]]}


def _patch_botocore(module: Any) -> None:
    call = module.BaseClient._make_api_call

    def error(rule: dict[str, Any], operation: str) -> Exception:
        said = {"Error": {"Code": rule["code"], "Message": "a fault put in by a test"}}
        answer = {**said, "ResponseMetadata": {"HTTPStatusCode": 503}}
        fault: Exception = module.ClientError(answer, operation)
        return fault

    def faulty(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        detail = json.dumps(arguments, default=str)
        rule = _strike(f"{operation}:before", detail)
        if _dies_if(rule) and rule:
            if rule["action"] != "twice":
                raise error(rule, operation)
            call(self, operation, _delayed(arguments, int(rule["seconds"])))
        answer = call(self, operation, arguments)
        rule = _strike(f"{operation}:after", detail)
        if _dies_if(rule) and rule:
            raise error(rule, operation)  # it was done, and its answer lost
        return answer

    module.BaseClient._make_api_call = faulty


# --- MySQL


def _patch_pymysql(module: Any) -> None:
    connection = module.Connection
    query, commit, begin = connection.query, connection.commit, connection.begin

    def begin_faulty(self: Any) -> Any:
        self._said = []
        return begin(self)

    def query_faulty(self: Any, sql: str | bytes | bytearray, *arguments: Any, **named: Any) -> Any:
        # executemany hands over a bytearray.
        text = (sql if isinstance(sql, str) else bytes(sql[:300]).decode("utf-8", "replace"))[:300]
        self.__dict__.setdefault("_said", []).append(text)
        if _dies_if(_strike("statement:before", text)):
            self._force_close()
        return query(self, sql, *arguments, **named)

    def commit_faulty(self: Any) -> None:
        # Only what writes: a commit after mere reading changes nothing, whoever dies there.
        said = "\n".join(text for text in self.__dict__.get("_said", []) if _WRITES.match(text))
        self._said = []
        if said and _dies_if(_strike("commit:before", said)):
            self._force_close()
        commit(self)
        if said and _dies_if(_strike("commit:after", said)):
            self._force_close()
            raise module.err.OperationalError(2013, "Lost connection to MySQL server during query")

    connection.begin, connection.query, connection.commit = begin_faulty, query_faulty, commit_faulty


_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)
_PATCHES: dict[str, Callable[[Any], None]] = {
    "botocore.client": _patch_botocore,
    "pymysql.connections": _patch_pymysql,
}


class _Finder:
    """Finds the modules to patch as Python would, and has them patched when they are loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _PATCHES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_patch(module: ModuleType) -> None:
            load(module)
            _PATCHES[name](module)

        spec.loader.exec_module = load_and_patch  # type: ignore[method-assign]
        return spec


if _FUNCTION and _FOLDER.is_dir():
    _leave(f"started-{_FUNCTION}-{os.getpid()}", "")
    sys.meta_path.insert(0, _Finder())
