"""Scenarios of what people meet: notify, the API; and of the deployment itself."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from typing_extensions import override

from shared.contracts import keys
from tests.e2e.world import fetch
from tests.iam import seeds
from tests.iam.bench import Bench
from tests.iam.scenarios import copy_while_away, needs, seen_again_soon


def a_notice() -> dict[str, str]:
    """One that nobody has sent before."""
    text = f"This is test {secrets.token_hex(4)}."
    return {"kind": "notice", "subject": "Hello", "message": text}


def notify(bench: Bench, body: Any) -> bool:
    """Whether it was done at once: neither given back nor put off."""
    answer = bench.deliver("NotifyFunction", "NotifyQueue", body)
    return answer.is_good and "message handled" in answer.log


def categorized(bench: Bench) -> str:
    execution_id = seeds.execution(bench, "categorized", accepted=1, rows_read=1, labelled=1)
    seeds.feedback(bench, execution_id)
    return execution_id


def reported(bench: Bench, execution_id: str) -> bool:
    return notify(bench, seeds.event("ExecutionCategorized", execution_id, "categorized"))


@needs("NotifyRole WriteReports s3:PutObject ${DataBucket}/reports/*")
def a_report_is_written(bench: Bench) -> bool:
    execution_id = categorized(bench)
    reported(bench, execution_id)
    return bench.exists(keys.report(execution_id))


@needs("NotifyRole WriteReports s3:PutObject ${DataBucket}/results/*")
def results_are_written_as_parquet(bench: Bench) -> bool:
    execution_id = categorized(bench)
    reported(bench, execution_id)
    return bench.exists(keys.results_parquet("feedback", execution_id))


@needs("NotifyRole WriteReports s3:AbortMultipartUpload ${DataBucket}/reports/*")
@needs("NotifyRole WriteReports s3:AbortMultipartUpload ${DataBucket}/results/*")
def results_that_cannot_be_written_to_their_end_leave_nothing_behind(bench: Bench) -> bool:
    execution_id = categorized(bench)
    fill(bench, execution_id, rows=4_000)
    # Nobody writes such a cause, so that reading the last page fails.
    seeds.feedback(bench, execution_id, 9_999, parked_cause="unheard-of")
    assert not reported(bench, execution_id), "it was to fail"
    left = bench.world.s3.list_multipart_uploads(Bucket=bench.stack.bucket).get("Uploads", [])
    for upload in left:
        bench.world.s3.abort_multipart_upload(
            Bucket=bench.stack.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
        )
    return not left


def fill(bench: Bench, execution_id: str, rows: int) -> None:
    """Gives an execution long rows, before any of a higher number: a thousand fill a part of an upload."""
    with bench.stack.connect() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customer_feedback"
            " (record_id, execution_id, `row_number`, profile, feedback, status, label_llm, text_key)"
            " VALUES (%s, %s, %s, 'feedback', REPEAT('x', 12000), 'labelled', 'Delivery', REPEAT('0', 32))",
            [(f"{execution_id}:{number}", execution_id, number) for number in range(2, rows)],
        )


@needs("NotifyRole Publish events:PutEvents Bus")
def the_bus_hears_that_a_report_is_there(bench: Bench) -> bool:
    execution_id = categorized(bench)
    reported(bench, execution_id)
    return bench.announced(execution_id, "ExecutionCompleted")


@needs("NotifyRole Tell sns:Publish Topic")
def readers_are_told(bench: Bench) -> bool:
    source = f"corrections/{secrets.token_hex(4)}.csv"
    return notify(bench, {"kind": "upload_not_taken", "source": source, "reasons": ["It is empty."]})


@needs(
    "NotifyRole Tell sns:Publish OperationsTopic",
    "NotifyRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def operators_are_told(bench: Bench) -> bool:
    return notify(bench, a_notice())


@needs("NotifyRole SendFreshCopies sqs:SendMessage NotifyQueue")
def a_notice_waits_while_the_database_is_away(bench: Bench) -> bool:
    return copy_while_away(bench, "NotifyFunction", "NotifyQueue", a_notice())


@needs("NotifyRole TryAgainSoon sqs:ChangeMessageVisibility NotifyQueue")
def an_unknown_notice_is_seen_again_soon(bench: Bench) -> bool:
    return seen_again_soon(bench, "NotifyFunction", "NotifyQueue")


def tracked(bench: Bench, status: str) -> str:
    """How the tracker of an execution ended that is over; RUNNING if it was not resumed."""
    execution_id = seeds.execution(bench, status, notified_revision=0)
    states, sqs, queue = bench.stack.client("stepfunctions"), bench.world.sqs, bench.url("NotifyQueue")
    sqs.purge_queue(QueueUrl=queue)
    arn = states.start_execution(
        stateMachineArn=bench.world.output("TrackerArn"),
        name=execution_id,
        input=json.dumps({"execution_id": execution_id}),
    )["executionArn"]
    [message] = bench.world.wait(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the tracker")
    if not notify(bench, json.loads(message["Body"])):
        states.stop_execution(executionArn=arn)
        return "RUNNING"
    return str(
        bench.world.wait(
            lambda: (found := states.describe_execution(executionArn=arn)["status"]) != "RUNNING" and found,
            "the tracker to end",
        )
    )


@needs("NotifyRole ResumeTheTracker states:SendTaskSuccess Tracker")
def the_tracker_ends_well(bench: Bench) -> bool:
    return tracked(bench, "completed") == "SUCCEEDED"


@needs("NotifyRole ResumeTheTracker states:SendTaskFailure Tracker")
def the_tracker_of_a_failed_execution_fails(bench: Bench) -> bool:
    return tracked(bench, "failed") == "FAILED"


# --- the API


@needs("ApiRole Send sqs:SendMessage FeedbackQueue")
def feedback_is_taken(bench: Bench) -> bool:
    return bench.world.api("POST", "/feedback", [{"feedback": seeds.TEXT}]).status == 202


@needs("ApiRole DatabasePolicy secretsmanager:GetSecretValue the functions' login")
def an_execution_is_found(bench: Bench) -> bool:
    execution_id = seeds.execution(bench, "completed")
    return bench.world.api("GET", f"/executions/{execution_id}").status == 200


@needs("ApiRole SignLinksToReports s3:GetObject ${DataBucket}/reports/*")
def a_mails_link_opens_the_report(bench: Bench) -> bool:
    execution_id, token = seeds.execution(bench, "completed"), secrets.token_urlsafe(32)
    bench.upload(keys.report(execution_id), "the report")
    bench.world.execute(
        "INSERT INTO report_link (token_hash, execution_id, expires_at)"
        " VALUES (%s, %s, NOW(3) + INTERVAL 1 DAY)",
        hashlib.sha256(token.encode()).digest(),
        execution_id,
    )
    answer = bench.world.api("GET", f"/reports/{token}", signed=False)
    page = fetch(urllib.request.Request(answer.headers["Location"]), bench.stack.emulator.certificate)
    return (page.status, page.body) == (200, b"the report")


# --- the deployment


@needs(
    "SchemaRole ReadTheLogins secretsmanager:GetSecretValue Database",
    "SchemaRole ReadTheLogins secretsmanager:GetSecretValue FunctionsSecret",
    "SchemaRole ReadTheLogins secretsmanager:GetSecretValue ReadersSecret",
)
def the_schema_is_brought_up_to_date(bench: Bench) -> bool:
    bench.renew("SchemaFunction")  # which goes on by a connection that it has
    told: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Status"])
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, format: str, *arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        request = {"StackId": "iam", "RequestId": "1", "LogicalResourceId": "Schema", "RequestType": "Update"}
        url = f"http://127.0.0.1:{server.server_port}/"
        bench.invoke("SchemaFunction", request | {"ResponseURL": url})
    return told == ["SUCCESS"]
