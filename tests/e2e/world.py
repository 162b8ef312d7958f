"""What a user of a deployed stack does: upload, send, wait, read."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typing_extensions import override

from local import accounting
from local.accounting import ExecutionCounts
from local.emulator import REGION
from local.stack import Stack

HEADER = "product_name,store,id,stars,title,feedback,date\n"


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class World:
    """A stack, seen by those who use it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.s3 = stack.client("s3")
        self.sqs = stack.client("sqs")

    def output(self, key: str) -> str:
        return self.stack.deployment.outputs[key]

    # --- doing

    def upload(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=self.stack.bucket, Key=key, Body=body)

    def send(self, bodies: Iterable[dict[str, Any] | str]) -> None:
        """Straight to the feedback queue, ten a call."""
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        for start in range(0, len(texts), 10):
            chunk = texts[start : start + 10]
            entries = [{"Id": str(i), "MessageBody": text} for i, text in enumerate(chunk)]
            answer = self.sqs.send_message_batch(QueueUrl=self.output("FeedbackQueueUrl"), Entries=entries)
            assert not answer.get("Failed"), answer["Failed"]

    def sweep(self, kind: str, **order: Any) -> None:
        """What a schedule sends, or a person who wants something of the sweeper."""
        body = json.dumps({"kind": kind} | order)
        self.sqs.send_message(QueueUrl=self.output("SweepQueueUrl"), MessageBody=body)

    def api(self, method: str, path: str, body: Any = None, *, signed: bool = True) -> Answer:
        """A call of the REST API, signed as IAM wants it if `signed`; redirects are not followed."""
        url = f"{self.stack.emulator.url}/restapis/{self.output('ApiId')}/v1/_user_request_{path}"
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json"})
        if signed:
            keys = Credentials(self.stack.emulator.access_key, self.stack.emulator.secret_key)
            SigV4Auth(keys, "execute-api", REGION).add_auth(request)
        asked = urllib.request.Request(url, data, dict(request.headers), method=method)
        return fetch(asked, self.stack.emulator.certificate)

    def listen(self) -> None:
        """Keeps a copy of every S3 event from now on, so that it can be delivered again."""
        events = self.stack.client("events")
        url = self.sqs.create_queue(QueueName="s3-events")["QueueUrl"]
        queue = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        events.put_rule(Name="copy", EventPattern=json.dumps({"source": ["aws.s3"]}))
        events.put_targets(Rule="copy", Targets=[{"Id": "copy", "Arn": queue["QueueArn"]}])

    def deliver_again(self, key: str, times: int) -> None:
        """Puts the event of this upload into the ingest queue again."""
        url = self.sqs.get_queue_url(QueueName="s3-events")["QueueUrl"]

        def look() -> str | None:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            bodies = [str(message["Body"]) for message in answer.get("Messages", [])]
            return next((b for b in bodies if json.loads(b)["detail"]["object"]["key"] == key), None)

        body = self.wait(look, f"the event of {key}")
        for _ in range(times):
            self.sqs.send_message(QueueUrl=self.output("IngestQueueUrl"), MessageBody=body)

    @contextmanager
    def nobody_classifies(self) -> Iterator[None]:
        """While this lasts, messages stay in the feedback queue."""
        lambdas = self.stack.client("lambda")
        queue = self.output("FeedbackQueueUrl").rpartition("/")[2]
        [mapping] = [
            each["UUID"]
            for each in lambdas.list_event_source_mappings()["EventSourceMappings"]
            if each["EventSourceArn"].rpartition(":")[2] == queue
        ]
        lambdas.update_event_source_mapping(UUID=mapping, Enabled=False)
        try:
            yield
        finally:
            lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)

    def model(self, method: str, path: str, body: Any = None) -> Any:
        """The model server's own paths: faults, quota, latency, models, stats."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.stack.emulator.model_url}{path}", data, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    # --- seeing

    def query(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        with self.stack.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    def execute(self, sql: str, *arguments: object) -> None:
        with self.stack.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, arguments)

    def figures(self, execution_id: str) -> ExecutionCounts:
        with self.stack.connect() as connection:
            return accounting.read_figures(connection, execution_id)

    def executions(self, key: str) -> list[str]:
        with self.stack.connect() as connection:
            return sorted(accounting.executions_of(connection, self.stack.bucket, key))

    def ended(self, key: str, executions: int = 1, seconds: float = 120) -> list[ExecutionCounts]:
        """The executions of a key, once there are that many and each is over."""

        def look() -> list[ExecutionCounts] | None:
            found = [self.figures(execution_id) for execution_id in self.executions(key)]
            return found if len(found) == executions and all(f.over for f in found) else None

        found: list[ExecutionCounts] = self.wait(look, f"{executions} executions of {key} to end", seconds)
        return found

    def wait(self, look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        """What `look` finds; fails if it finds nothing in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.3)
        raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")

    def bytes_of(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.stack.bucket, Key=key)["Body"].read())

    def text_of(self, key: str) -> str:
        return self.bytes_of(key).decode("utf-8-sig")

    def depth(self, output: str) -> int:
        """How many messages a queue holds, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        held = self.sqs.get_queue_attributes(QueueUrl=self.output(output), AttributeNames=names)["Attributes"]
        return sum(int(value) for value in held.values())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    @override
    def redirect_request(self, *arguments: object) -> None:
        return None


def fetch(request: urllib.request.Request, certificate: str | None) -> Answer:
    trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate))
    opener = urllib.request.build_opener(_NoRedirect, trusted)
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


def wait_for(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found
