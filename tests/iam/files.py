"""Scenarios of what reads files: ingest and curate."""

from __future__ import annotations

import json
import secrets
from typing import Any

from shared.contracts import keys
from tests.iam import seeds
from tests.iam.bench import Answer, Bench
from tests.iam.scenarios import copy_while_away, gains, needs, seen_again_soon

# The bench's stack takes more than two rows for many.
FEW = 2


def csv_of(rows: int, *, bad: int = 0) -> str:
    lines = [f'Lamp,"{seeds.TEXT} {secrets.token_hex(4)}"' for _ in range(rows)]
    return "\n".join(["product_name,feedback", *lines, *["Lamp,"] * bad]) + "\n"


def uploaded(bench: Bench, text: str, *, version: bool = True) -> dict[str, Any]:
    event = bench.upload(f"incoming/iam-{secrets.token_hex(4)}.csv", text)
    if not version:
        del event["detail"]["object"]["version-id"]
    return event


def ingest(bench: Bench, event: dict[str, Any]) -> Answer:
    return bench.deliver("IngestFunction", "IngestQueue", event)


def execution_of(bench: Bench, event: dict[str, Any]) -> dict[str, Any]:
    key = event["detail"]["object"]["key"]
    [found] = bench.world.query("SELECT * FROM execution WHERE source_key = %s", key)
    return found


@needs(
    "IngestRole Send sqs:SendMessage FeedbackQueue",
    "IngestRole ReadFiles s3:GetObjectVersion ${DataBucket}/*",
    "IngestRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def rows_become_messages(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(FEW))
    return gains(bench, "FeedbackQueue", lambda: ingest(bench, event))


@needs("IngestRole ReadFiles s3:GetObject ${DataBucket}/*")
def rows_of_an_unversioned_file_become_messages(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(FEW), version=False)
    return gains(bench, "FeedbackQueue", lambda: ingest(bench, event))


@needs("IngestRole Send sqs:SendMessage IngestQueue")
def a_file_waits_while_the_database_is_away(bench: Bench) -> bool:
    return copy_while_away(bench, "IngestFunction", "IngestQueue", bench.created("incoming/iam.csv"))


@needs("IngestRole Send sqs:SendMessage NotifyQueue")
def people_hear_that_a_budget_will_not_do(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(FEW))
    with bench.environment("IngestFunction", EXECUTION_BUDGET_USD="0.000000001"):
        ingest(bench, event)
    return bench.announced(execution_of(bench, event)["execution_id"], "BudgetTooSmall")


@needs("IngestRole TryAgainSoon sqs:ChangeMessageVisibility IngestQueue")
def an_unknown_message_is_seen_again_soon(bench: Bench) -> bool:
    return seen_again_soon(bench, "IngestFunction", "IngestQueue")


@needs("IngestRole WriteRejectedRows s3:PutObject ${DataBucket}/rejected/*")
def rejected_rows_are_written_for_people(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(1, bad=1))
    ingest(bench, event)
    return bench.exists(keys.rejected(execution_of(bench, event)["execution_id"]))


@needs("IngestRole Publish events:PutEvents Bus")
def the_bus_hears_that_a_file_was_read(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(1))
    ingest(bench, event)
    return bench.announced(execution_of(bench, event)["execution_id"], "ExecutionIngested")


@needs("IngestRole StartTheTracker states:StartExecution Tracker")
def a_tracker_watches_the_file(bench: Bench) -> bool:
    event = uploaded(bench, csv_of(1))
    ingest(bench, event)
    execution_id = execution_of(bench, event)["execution_id"]
    started = bench.stack.client("stepfunctions").list_executions(
        stateMachineArn=bench.world.output("TrackerArn"), maxResults=1000
    )
    return any(each["name"] == execution_id for each in started["executions"])


# --- curate


def curate(bench: Bench, key: str, text: str, *, version: bool) -> bool:
    """Whether people are told what became of an upload."""
    event = bench.upload(key, text)
    if not version:
        del event["detail"]["object"]["version-id"]
    return gains(bench, "NotifyQueue", lambda: bench.deliver("CurateFunction", "CurateQueue", event))


def corrections(bench: Bench, *, version: bool) -> bool:
    key = f"corrections/iam-{secrets.token_hex(4)}.csv"
    return curate(bench, key, "id,label_correction\n999999999,Price and value\n", version=version)


def categories(bench: Bench, *, version: bool) -> bool:
    listed = json.dumps({"1": f"Iam {secrets.token_hex(4)}"})
    return curate(bench, f"categories/iam/{secrets.token_hex(4)}.json", listed, version=version)


@needs(
    "CurateRole ReadUploads s3:GetObjectVersion ${DataBucket}/corrections/*",
    "CurateRole Send sqs:SendMessage NotifyQueue",
    "CurateRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def people_hear_of_their_corrections(bench: Bench) -> bool:
    return corrections(bench, version=True)


@needs("CurateRole ReadUploads s3:GetObject ${DataBucket}/corrections/*")
def people_hear_of_unversioned_corrections(bench: Bench) -> bool:
    return corrections(bench, version=False)


@needs("CurateRole ReadUploads s3:GetObjectVersion ${DataBucket}/categories/*")
def people_hear_of_their_categories(bench: Bench) -> bool:
    return categories(bench, version=True)


@needs("CurateRole ReadUploads s3:GetObject ${DataBucket}/categories/*")
def people_hear_of_unversioned_categories(bench: Bench) -> bool:
    return categories(bench, version=False)


def profile(bench: Bench, *, version: bool) -> bool:
    document = f"categories: [{{name: Iam {secrets.token_hex(4)}}}]"
    return curate(bench, f"profiles/iam-{secrets.token_hex(4)}.yaml", document, version=version)


@needs("CurateRole ReadUploads s3:GetObjectVersion ${DataBucket}/profiles/*")
def people_hear_of_their_profile(bench: Bench) -> bool:
    return profile(bench, version=True)


@needs("CurateRole ReadUploads s3:GetObject ${DataBucket}/profiles/*")
def people_hear_of_an_unversioned_profile(bench: Bench) -> bool:
    return profile(bench, version=False)


@needs("CurateRole Send sqs:SendMessage CurateQueue")
def an_upload_waits_while_the_database_is_away(bench: Bench) -> bool:
    return copy_while_away(bench, "CurateFunction", "CurateQueue", bench.created("corrections/iam.csv"))


@needs("CurateRole TryAgainSoon sqs:ChangeMessageVisibility CurateQueue")
def an_unknown_upload_is_seen_again_soon(bench: Bench) -> bool:
    return seen_again_soon(bench, "CurateFunction", "CurateQueue")


@needs("CurateRole Publish events:PutEvents Bus")
def the_bus_hears_of_a_correction(bench: Bench) -> bool:
    execution_id = seeds.execution(bench, "completed", accepted=1, rows_read=1, labelled=1)
    seeds.feedback(bench, execution_id)
    lines = f"record_id,label_correction\n{execution_id}:1,Delivery\n"
    event = bench.upload(f"corrections/iam-{secrets.token_hex(4)}.csv", lines)
    bench.deliver("CurateFunction", "CurateQueue", event)
    return bench.announced(execution_id, "ExecutionRevised")
