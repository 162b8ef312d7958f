"""`make bench-scale`: what very many rows take, and whether the default database holds them."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks import scale_completion, scale_ingest, scale_results, scale_rows, scale_sizing
from benchmarks.pacing import million_rows
from benchmarks.scale_completion import Completion
from benchmarks.scale_results import Query, Written
from benchmarks.scale_server import ServerMemory, server_memory
from evaluation import database
from evaluation.table import TableRow, row, save, show
from local.setup import LOCAL
from local.state import Login

T = TypeVar("T")
MEGABYTE = 1_000_000
TEN_MILLION = 10_000_000
STATEMENT_SECONDS = 60
"""That one statement may take of a function's connection."""
NOTES = (
    "Ingest: S3, SQS and Step Functions answer at once; what is measured is ours, and MySQL. Beside it",
    "csv.reader reads the same file and does nothing with it.",
    f"Completion: all write into one execution, {scale_completion.BATCH} rows in a transaction.",
    "Queries: of what slices have counted; baseline: of all rows at once, as for what one invocation writes.",
    "A million rows: the shipped pacing on a fake clock, before a quota that it is not told.",
    "Results: S3 answers at once. Ten million rows follow by arithmetic from what was measured.",
    "The server is this machine's, with its own defaults (a buffer pool of 128 MiB), on its disk and CPU.",
)


@dataclass(frozen=True)
class Options:
    """The command line."""

    rows: int
    json: Path


def main() -> int:
    """Measures, prints, saves; 1 if a bar is missed."""
    options = _options()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with database.serving() as (server, login):
        memory = server_memory(login, server.pid)
        scale_rows.add_categories(login)
        rows = _told(_ingest_rows(login, options.rows))
        rows += _told(_completion_rows(scale_completion.measure(login)))
        written = scale_rows.fill(login, 2 * options.rows)
        rows += _told(_written_rows(_apart(scale_results.write, login, options.rows)))
        report, plans = _figure_rows(login, 2 * options.rows)
    rows += [*report, *_sizing_rows(memory, written), *million_rows()]
    notes = [*NOTES, scale_sizing.sizing().explained()]
    print(plans, show(rows), *notes, sep="\n")
    save(rows, [*notes, plans], options.json)
    print(f"\n{options.json}")
    return int(any(each.passed is False for each in rows))


def _ingest_rows(login: Login, rows: int) -> list[TableRow]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        scale_rows.write_csv(path, rows)
        size = path.stat().st_size
        found = _apart(scale_ingest.measure, login, path)
    assert found.rows == found.sent == rows
    return [
        row(
            f"ingest of {rows:,} rows ({size / MEGABYTE:.0f} MB), rows per second",
            rows / found.seconds,
            ours=f"{rows / found.seconds:,.0f}",
            baseline=f"{rows / found.plain_seconds:,.0f}",
        ),
        row("… times csv.reader's time", found.seconds / found.plain_seconds),
        row(
            f"… MB of memory at most, in {found.slices} slices",
            found.peak / MEGABYTE,
            ("<= 512", lambda value: value <= 512),
            ours=f"{found.peak / MEGABYTE:.0f}",
            baseline=f"{found.before / MEGABYTE:.0f} before",
        ),
    ]


def _completion_rows(found: Completion) -> list[TableRow]:
    workers = scale_completion.WORKERS
    return [
        row(f"completion transaction, {workers} workers, ms, p50", found.p50, ours=f"{found.p50:.0f}"),
        row(
            "… p99 (a lock is waited for 10 s)",
            found.p99,
            ("<= 10000", lambda value: value <= 10_000),
            ours=f"{found.p99:.0f}",
        ),
        row("… rows per second", found.rows_per_second, ours=f"{found.rows_per_second:,.0f}"),
        row(
            "… ExecutionClassified announced",
            found.announced,
            ("1", lambda value: value == 1),
            ours=str(found.announced),
        ),
    ]


def _told(rows: list[TableRow]) -> list[TableRow]:
    """The rows, printed as soon as they are known: the next ones take minutes."""
    for each in rows:
        print(f"{each.figure}: {each.ours}", flush=True)
    return rows


def _written_rows(found: Written) -> list[TableRow]:
    last = found.slices[-1]
    longest = max(each.seconds for each in found.slices)
    bytes_per_row = found.size / last.rows
    parts = scale_results.parts_of(TEN_MILLION * bytes_per_row)
    seconds = TEN_MILLION / found.rows_per_second
    slices = -(-seconds // scale_results.SLICE_SECONDS)
    return [
        row(
            f"results.csv of {last.rows:,} rows, rows per second",
            found.rows_per_second,
            ours=f"{found.rows_per_second:,.0f}",
        ),
        row(
            f"… longest of {len(found.slices)} slices, seconds",
            longest,
            ("<= 300", lambda value: value <= 300),
            ours=f"{longest:.0f}",
        ),
        row(
            f"… MB of memory at most, {last.parts} parts",
            found.peak / MEGABYTE,
            ("<= 884", lambda value: value <= 884),
            ours=f"{found.peak / MEGABYTE:.0f}",
        ),
        row(
            f"… of ten million such rows: minutes, in {slices:.0f} slices",
            seconds / 60,
            ours=f"{seconds / 60:.0f}",
        ),
        row(
            f"… of ten million such rows: parts ({TEN_MILLION * bytes_per_row / 1e9:.1f} GB)",
            parts,
            ("<= 10000", lambda value: value <= 10_000),
            ours=str(parts),
        ),
    ]


def _figure_rows(login: Login, rows: int) -> tuple[list[TableRow], str]:
    counting = scale_results.count_rest(login)
    tallied = scale_results.figures(login, tallied=True)
    at_once = scale_results.figures(login, tallied=False)
    slowest, limit = tallied[0].seconds, STATEMENT_SECONDS
    return [
        row(
            "report's figures: counting a million rows for them, seconds",
            counting,
            ours=f"{counting:.0f}" if counting else "no slice",
        ),
        row(
            f"… of {rows:,} rows: slowest statement, seconds",
            slowest,
            (f"<= {limit}", lambda value: value <= limit),
            baseline=f"{at_once[0].seconds:.2f}",
        ),
        row(
            f"… all {len(tallied)} statements, seconds",
            sum(each.seconds for each in tallied),
            baseline=f"{sum(each.seconds for each in at_once):.2f}",
        ),
    ], _plans(at_once, tallied)


def _sizing_rows(server: ServerMemory, written_per_row: float) -> list[TableRow]:
    size = scale_sizing.sizing()
    left = size.left(server) / MEGABYTE
    writing = written_per_row * 1_000_000 / 3600 / MEGABYTE
    disk = scale_sizing.DISK[size.instance] / MEGABYTE
    each = f"{server.per_connection / MEGABYTE:.2f}"
    return [
        row(
            f"{size.instance}: connections at most, of max_connections",
            size.connections,
            (f"<= {size.max_connections}", lambda value: value <= size.max_connections),
            ours=str(size.connections),
        ),
        row(
            f"… MB left of {size.memory / MEGABYTE:.0f}: pool {size.buffer_pool / MEGABYTE:.0f}, server"
            f" {server.at_first / MEGABYTE:.0f}, connections {each} each",
            left,
            ("> 0", lambda value: value > 0),
            ours=f"{left:.0f}",
        ),
        row(
            f"… MB a second written for a million rows an hour ({written_per_row / 1000:.1f} kB a row)",
            writing,
            (f"<= {disk:.1f}", lambda value: value <= disk),
            ours=f"{writing:.1f}",
        ),
    ]


def _plans(at_once: Sequence[Query], tallied: Sequence[Query]) -> str:
    lines = ["The slowest statements of the figures, and what EXPLAIN says:"]
    for name, queries in (("all rows at once", at_once), ("what slices have counted", tallied)):
        lines.append(f"  {name}")
        for each in queries[: scale_results.EXPLAINED]:
            lines.append(f"    {each.seconds:7.2f} s  {' '.join(each.text.split())[:100]}")
            lines.append(f"               {each.plan}")
    return "\n".join(lines) + "\n"


def _apart(work: Callable[..., T], *arguments: object) -> T:
    """Does it in a new process, whose memory is that of this work alone."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        default=1_000_000,
        help="of the file, in ten thousands; the report has two times",
    )
    parser.add_argument("--json", type=Path, default=LOCAL / "bench" / "scale.json")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    began = time.monotonic()
    missed = main()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(missed)
