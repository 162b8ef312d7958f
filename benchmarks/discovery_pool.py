"""`make bench-discovery`: a large pool of unknown rows, held against the categorize function's size.

The pool is discovered in a process of its own, on a real database, with vectors as long as Titan's and
attempts as long as the function's time-out; what is printed are its peak memory and its longest attempt,
in CPU time, which what else runs on this machine does not change.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.database import running
from evaluation.table import row, save, show
from local.setup import LOCAL
from local.state import Login
from services.categorize.dependencies import Dependencies
from services.categorize.discovery import discover
from services.categorize.settings import CategorizeSettings
from shared.changes import lifecycle
from shared.contracts.errors import OutOfTime
from shared.contracts.events import Counts
from shared.contracts.execution import Source
from shared.contracts.records import Feedback, Record
from shared.model.bedrock import Model
from shared.model.embedding import Embedder
from shared.model.prompt_blocks import parse_block
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from shared.stores import discovery_store, execution_store, feedback_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.conftest import open_login
from tests.template import properties

ID = "pool-0123456789abcdef"
THEMES = 50
DIMENSIONS = 1024
"""As many as Titan's vectors have."""
_TOGETHER = 0.3
"""How much of a text's vector is its theme's; the rest is its own."""
_PAGE = 1000
_TOLD = 5000
"""Characters of the end of what a discovery that failed wrote."""


class Bedrock:
    """Texts of a theme lie together, loosely; a group is called after the theme of its first text."""

    def __init__(self) -> None:
        self._themes = np.random.default_rng(0).normal(size=(THEMES, DIMENSIONS))

    def invoke_model(self, **request: Any) -> Mapping[str, Any]:
        text = json.loads(request["body"])["inputText"]
        own = np.random.default_rng(int.from_bytes(text.encode()[-8:], "little")).normal(size=DIMENSIONS)
        vector = _TOGETHER * self._themes[_theme(text)] + own
        answer = {"embedding": vector.tolist(), "inputTextTokenCount": 10}
        return {"body": io.BytesIO(json.dumps(answer).encode())}

    def converse(self, **request: Any) -> Mapping[str, Any]:
        user = request["messages"][0]["content"][0]["text"]
        texts = parse_block(user, "feedback")
        name = f"Theme {_theme(texts[0][1][0])} goes wrong" if texts else ""
        value = {"verdict": "NEW", "category": 0, "name": name, "description": name, "examples": [1, 2, 3]}
        tool = request["toolConfig"]["tools"][0]["toolSpec"]["name"]
        answer = value if tool == "judge_theme" else {"merges": []}
        return {
            "output": {"message": {"content": [{"toolUse": {"name": tool, "input": answer}}]}},
            "stopReason": "tool_use",
            "usage": {"inputTokens": 3000, "outputTokens": 60},
        }


def main() -> int:
    """Measures, prints, saves; 1 if the function is too small for the pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", type=Path, default=LOCAL / "bench" / "discovery.json")
    parser.add_argument("--login", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    # As in a function of one CPU.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1"}
    function = properties("AWS::Serverless::Function")["CategorizeFunction"]
    if options.login:
        print(json.dumps(_discover(Login.model_validate_json(options.login), function["Timeout"])))
        return 0
    with running() as login:
        _fill(open_login(login), options.rows)
        command = [sys.executable, "-m", "benchmarks.discovery_pool", "--login", login.model_dump_json()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        # What a function logs goes to its standard output.
        sys.exit(f"{done.stdout[-_TOLD:]}{done.stderr[-_TOLD:]}")
    # What the function logs stands before it.
    found = json.loads(done.stdout.splitlines()[-1])
    megabytes, timeout = function["MemorySize"], function["Timeout"]
    rows = [
        row("unknown rows", found["pool"], ours=f"{found['pool']:,}"),
        row("left out", found["left_out"], ours=f"{found['left_out']:,}"),
        row(f"found of {THEMES} themes", found["discovered"], ours=str(found["discovered"])),
        row("rows labelled", found["labelled"], ours=f"{found['labelled']:,}"),
        row("peak memory, MB", found["megabytes"], (f"<= {megabytes}", lambda value: value <= megabytes)),
        row("longest attempt, CPU s", found["longest"], (f"<= {timeout}", lambda value: value <= timeout)),
        row("attempts", found["attempts"], ours=str(found["attempts"])),
    ]
    notes = (
        f"Vectors of {DIMENSIONS} values from a model that answers at once; one BLAS thread. CPU time, as a",
        "function of one CPU has it to itself; a real model's answers take longer, in more attempts.",
        "Bars: the categorize function's MemorySize and Timeout in template.yaml.",
    )
    print("\n".join([show(rows), "", *notes]))
    save(rows, notes, options.json)
    return int(any(each.passed is False for each in rows))


def _theme(text: str) -> int:
    return int(text.split()[1])


def _fill(database: Database, rows: int) -> None:
    """One execution, all of its rows unknown."""
    source = Source(bucket="data", key=ID)
    counts = Counts(rows_read=rows, accepted=rows)
    database.transact(lambda tx: lifecycle.start_file(tx, ID, "feedback", source))
    database.transact(lambda tx: execution_store.save_slice(tx, ID, 0, {}, counts))
    for page in _pages(rows):
        database.transact(partial(_write, page=page))
    database.transact(lambda tx: lifecycle.close_receiving(tx, ID))
    database.close()


def _write(tx: Transaction, page: Sequence[Outcome]) -> None:
    lifecycle.count_written(tx, ID, feedback_store.write_outcomes(tx, ID, page))


def _pages(rows: int) -> Iterator[list[Outcome]]:
    for start in range(0, rows, _PAGE):
        yield [_outcome(number) for number in range(start, min(start + _PAGE, rows))]


def _outcome(number: int) -> Outcome:
    record = Record(
        record_id=f"{ID}:{number + 1}",
        profile="feedback",
        execution_id=ID,
        row_number=number + 1,
        feedback=Feedback(feedback=f"Theme {number % THEMES} went wrong for customer {number:08}"),
    )
    return Outcome(record=record, status=RowStatus.UNKNOWN, label="unknown", sentiment="negative")


def _remaining(end: float) -> float:
    return end - time.process_time()


def _discover(login: Login, timeout: float) -> dict[str, float]:
    """Attempts, one after the other as the queue would deliver them, until the discovery is done."""
    database, bedrock = open_login(login), Bedrock()
    settings = CategorizeSettings(model_id="amazon.nova-lite-v1:0", embedding_model_id="titan")
    model, embedder = Model(bedrock, settings.model_id), Embedder(bedrock, settings.embedding_model_id)
    deps = Dependencies(settings, database, model, embedder, Telemetry("categorize"))
    attempts, longest, result = 0, 0.0, None
    while result is None:
        attempts, began = attempts + 1, time.process_time()
        attempt = Attempt(partial(_remaining, began + timeout), Received("m", ""))
        with suppress(OutOfTime):
            result = discover(deps, attempt, ID)
        longest = max(longest, time.process_time() - began)
    searched = database.transact(lambda tx: discovery_store.searched(tx, ID))
    return {
        "pool": searched.pool,
        "left_out": searched.left_out,
        "discovered": len(result.discovered),
        "labelled": sum(result.relabelled.values()),
        "attempts": attempts,
        "longest": longest,
        # Kilobytes on Linux, bytes on macOS.
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1024 * 1024 if sys.platform == "darwin" else 1024),
    }


if __name__ == "__main__":
    sys.exit(main())
