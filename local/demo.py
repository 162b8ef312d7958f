"""`make demo`: runs a CSV through the whole stack, shows its progress, and checks that no row is missing."""

import argparse
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local import accounting, stack
from local.accounting import CategoryCount, ExecutionCounts
from local.mysql import Connection
from local.progress import Display
from local.row_counts import RowCount, count_rows
from local.setup import LOCAL, ROOT
from local.stack import Stack
from local.state import Home
from shared.contracts import keys
from shared.contracts.names import clean_name
from shared.contracts.records import DEFAULT_PROFILE

SAMPLES = {
    DEFAULT_PROFILE: ROOT / "samples" / "feedback.csv",
    "email": ROOT / "samples" / "email" / "inbox.mbox",
    "product": ROOT / "samples" / "product" / "pages.jsonl",
}
"""By profile, what is run if no file is named."""
REPORTS = ROOT / ".local" / "reports"
UNCERTAIN = (
    "From outside it is open how many rows the file has, so their number is the one that ingest found."
)
QUOTED = 120
"""Characters of a new category's typical text."""
# With no row more and no step further for this long, something is wrong.
PATIENCE_SECONDS = 240.0


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True)
class UploadedFile:
    """A file on its way: its object, its rows as counted here, and when it was put there."""

    path: Path
    bucket: str
    key: str
    rows: RowCount
    earlier: set[str]
    started: float


def run(file: Path, categories: Path | None, profile: str, console: Console, home: Home) -> int:
    """Runs one file through. Returns the exit code."""
    for path in filter(None, (file, categories)):
        if not path.is_file():
            raise DemoError(f"There is no file {path}.")
    with console.status("bringing the stack up …"):
        running = stack.up(home)
    console.print(f"deployed to the AWS emulator at {running.emulator.url}")
    console.print(Text(stack.how_to_use(home)), soft_wrap=True)
    with running.connect() as connection:
        if categories:
            put_categories(running, connection, categories, profile)
            console.print(Text(f"categories taken from {categories}"))
        upload = put_file(running, connection, file, profile)
        with Display(console, file.name, upload.rows.rows) as display:
            figures = follow(running, connection, upload, display)
        seconds = time.monotonic() - upload.started
        found = accounting.read_categories(connection, figures.execution_id)
    paths = fetch_results(running, figures.execution_id, upload.bucket)
    show(console, figures, found, upload.rows, seconds)
    console.print(Text(running.model_note))
    if not upload.rows.certain:
        console.print(Text(UNCERTAIN))
    for path in paths:
        console.print(Text(str(path)), soft_wrap=True)
    if reason := accounting.unaccounted(upload.rows, figures):
        raise DemoError(reason)
    return 0


def put_file(running: Stack, connection: Connection, path: Path, profile: str) -> UploadedFile:
    """Uploads a feedback file, as anyone would with boto3."""
    bucket, key = running.bucket, keys.incoming(path.name, profile)
    rows = count_rows(path)
    earlier = accounting.executions_of(connection, bucket, key)
    running.client("s3").upload_file(str(path), bucket, key)
    return UploadedFile(path, bucket, key, rows, earlier, time.monotonic())


def put_categories(running: Stack, connection: Connection, path: Path, profile: str) -> None:
    """Uploads a category list and waits until the database has it."""
    wanted = category_names(path)
    running.client("s3").upload_file(str(path), running.bucket, keys.categories(profile))
    deadline = time.monotonic() + 60
    while active_categories(connection, profile) != wanted:
        if time.monotonic() > deadline:
            raise DemoError(
                f"The categories of {path} were not taken within 60 s: see `make logs ARGS=--errors`."
            )
        time.sleep(0.25)


def category_names(path: Path) -> set[str]:
    """The names in a category list, of either form: `[{"name": …}]` or `{"1": "name"}`."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DemoError(f"{path} is not JSON: {error}") from error
    entries = list(listed.values()) if isinstance(listed, dict) else listed
    return {str(entry["name"] if isinstance(entry, dict) else entry).strip() for entry in entries}


def active_categories(connection: Connection, profile: str) -> set[str]:
    """The names of the profile's active categories."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM customer_feedback_category WHERE profile = %s AND status = 'active'", (profile,)
        )
        return {str(row["name"]) for row in cursor.fetchall()}


def follow(running: Stack, connection: Connection, upload: UploadedFile, display: Display) -> ExecutionCounts:
    """Watches an upload until it is over. Raises DemoError if nothing moves for long."""
    moved, before = time.monotonic(), None
    execution_id: str | None = None
    while True:
        if execution_id is None:  # as long as ingest has not begun one that was not there earlier
            begun = accounting.executions_of(connection, upload.bucket, upload.key) - upload.earlier
            execution_id = next(iter(begun), None)
        figures = accounting.read_figures(connection, execution_id) if execution_id else None
        if figures != before:
            moved, before = time.monotonic(), figures
        display.show(figures, waiting_messages(running))
        if figures and figures.over:
            return figures
        if time.monotonic() - moved > PATIENCE_SECONDS:
            step = figures.status if figures else "arrival"
            raise DemoError(
                f"Nothing has moved for {PATIENCE_SECONDS:.0f} s at {step}: see {LOCAL / 'logs'}."
            )
        time.sleep(0.3)


def waiting_messages(running: Stack) -> int:
    """How many messages stand in the stack's feedback queue."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    url = running.deployment.resources["FeedbackQueue"]
    held = running.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
    return sum(int(held[name]) for name in names)


def fetch_results(running: Stack, execution_id: str, bucket: str) -> list[Path]:
    """Downloads what the execution left under `reports/` and `rejected/`. Returns where it is now."""
    s3 = running.client("s3")
    folder = REPORTS / execution_id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fetched = []
    for prefix in (keys.REPORTS, keys.REJECTED):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for key in (entry["Key"] for entry in page.get("Contents", []) if execution_id in entry["Key"]):
                name = Path(key).name if prefix == keys.REPORTS else "rejected.csv"
                s3.download_file(bucket, key, str(folder / name))
                fetched.append(folder / name)
    return fetched


def show(
    console: Console,
    figures: ExecutionCounts,
    found: list[CategoryCount],
    rows: RowCount,
    seconds: float,
) -> None:
    """The closing table."""
    table = Table(title=f"Execution {figures.execution_id}: {figures.status}", title_justify="left")
    table.add_column("", overflow="fold")
    table.add_column("rows", justify="right")
    table.add_column("mentions", justify="right")
    for each in found:
        name = escape(each.name) + (" [bold](new)[/]" if each.is_new else "")
        if quote := shorten(clean_name(each.quote), QUOTED, placeholder=" …"):
            name += f"\n[dim]“{escape(quote)}”[/]"
        table.add_row(name, f"{each.rows:,}", f"{each.mentions:,}")
    table.add_section()
    counted = {"unknown": figures.unknown, "failed": figures.failed, "rejected": figures.rejected}
    if figures.skipped:
        counted["skipped"] = figures.skipped
    for name, count in counted.items():
        table.add_row(name, f"{count:,}")
    table.add_row("rows in the file", f"{rows.rows if rows.certain else figures.rows_read:,}")
    table.add_section()
    new = f"{figures.discovered:,}" if figures.discovery != "failed" else "discovery failed"
    table.add_row("new categories", new)
    table.add_row("model calls", f"{figures.calls:,}")
    table.add_row("tokens in / out", f"{figures.input_tokens:,} / {figures.output_tokens:,}")
    table.add_row("seconds", f"{seconds:.1f}")
    console.print(table)


def main(arguments: list[str] | None = None) -> int:
    """`python -m local.demo`: 0, or 1 with the reason."""
    parser = argparse.ArgumentParser(prog="local.demo", description=__doc__)
    parser.add_argument("--file", type=Path, help="a file of the profile's (default: its sample)")
    parser.add_argument("--categories", type=Path, help="a category list, JSON, put in place first")
    parser.add_argument("--profile", default=DEFAULT_PROFILE, help="the profile that the file belongs to")
    parser.add_argument("--home", type=Path, default=LOCAL, help="the folder that holds the stack")
    asked = parser.parse_args(arguments)
    console = Console()
    try:
        file = asked.file or SAMPLES.get(asked.profile)
        if file is None:
            raise DemoError(f"There is no sample for the profile {asked.profile}: name a file by FILE=.")
        return run(file.expanduser(), asked.categories, asked.profile, console, Home(asked.home.resolve()))
    except (DemoError, *stack.FAILURES) as error:
        console.print(Text(str(error), style="red"), highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
