"""Prints what the functions logged last: `python -m local.logs [FUNCTION] [--errors]`."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.emulator import client
from local.setup import LOCAL
from local.state import Home

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_NOISE = ("START RequestId", "END RequestId", "REPORT RequestId", '{"_aws"')
_ERRORS = ('"level":"ERROR"', '"level":"CRITICAL"', "Traceback", "[ERROR]", "Task timed out")
_LIMIT = 1000


def read_logs(home: Home, function: str = "", *, errors: bool = False) -> Iterator[tuple[int, str, str]]:
    """Each logged line as (milliseconds, function, text), without the emulator's and the metrics' own.

    Args:
        home: the folder of the stack.
        function: part of a function's name in the template; empty for all of them.
        errors: only what went wrong.
    """
    state = home.load()
    if state.emulator is None or state.deployment is None:
        return
    logs: CloudWatchLogsClient = client(state.emulator, "logs")
    for name, physical in state.deployment.resources.items():
        if name.endswith("LogGroup") and function.lower() in name.lower():
            for time, text in _events(logs, physical):
                if not text.startswith(_NOISE) and (not errors or any(mark in text for mark in _ERRORS)):
                    yield time, name, text.rstrip()


def _events(logs: "CloudWatchLogsClient", group: str) -> Iterator[tuple[int, str]]:
    try:
        found = logs.filter_log_events(logGroupName=group, limit=_LIMIT)["events"]
    except ClientError:
        return  # the function has logged nothing yet
    for event in found:
        yield event.get("timestamp", 0), event.get("message", "")


def main(arguments: list[str] | None = None) -> int:
    """Prints the lines, oldest first."""
    parser = argparse.ArgumentParser(prog="local.logs", description=__doc__)
    parser.add_argument("function", nargs="?", default="", help="part of a function's name")
    parser.add_argument("--errors", action="store_true", help="only what went wrong")
    parser.add_argument("--home", type=Path, default=LOCAL, help="the folder that holds the stack")
    asked = parser.parse_args(arguments)
    home = Home(asked.home.resolve())
    for time, name, text in sorted(read_logs(home, asked.function, errors=asked.errors)):
        print(f"{datetime.fromtimestamp(time / 1000, UTC):%H:%M:%S} {name.removesuffix('LogGroup')}: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
