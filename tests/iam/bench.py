"""A deployed stack with IAM enforced, whose functions are called by hand: nothing happens by itself."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.permissions import POLICY, translate
from local.stack import Stack
from tests.e2e.world import World
from tests.iam.grants import SHARED, Grant, without

NOBODY = "http://127.0.0.1:9"
"""An endpoint at which nobody answers."""
_HELD = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
NOBODY_KEY = "0" * 32
"""The key of executions that scenarios make."""


class Answer:
    """What a function answered, and what it logged last."""

    def __init__(self, payload: Any, log: str, error: str) -> None:
        self.payload = payload
        self.log = log
        self.error = error

    @property
    def complaint(self) -> str:
        """What it said of its failure, in a few words."""
        denied = re.search(r"not authorized to perform: ([\w:]+)", f"{self.log} {self.payload}")
        if denied:
            return f"denied {denied[1]}"
        for field in ("error", "code", "message"):
            if named := re.findall(rf'"{field}": ?"([^"]{{1,60}})"', self.log):
                return str(named[-1])
        return "message given back" if not self.is_good else "said nothing"

    @property
    def is_good(self) -> bool:
        """Whether it neither crashed nor gave a message back."""
        return not self.error and not (self.payload or {}).get("batchItemFailures")


class Bench:
    """What scenarios use."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.world = World(stack)
        self.answers: list[Answer] = []
        self._lambda = stack.client("lambda")
        self._iam = stack.client("iam")
        self.mappings = [
            each["UUID"] for each in self._lambda.list_event_source_mappings()["EventSourceMappings"]
        ]
        for mapping in self.mappings:
            self._lambda.update_event_source_mapping(UUID=mapping, Enabled=False)

    # --- doing

    def physical(self, name: str) -> str:
        """The id that a resource of the template got."""
        return self.stack.deployment.resources[name]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Answer:
        """Calls a function as Lambda's pollers do."""
        answer = self._lambda.invoke(
            FunctionName=self.physical(function), Payload=json.dumps(event).encode(), LogType="Tail"
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        payload = json.loads(answer["Payload"].read() or b"null")
        self.answers.append(Answer(payload, log, answer.get("FunctionError", "")))
        return self.answers[-1]

    def deliver(self, function: str, queue: str, body: Any, **more: Any) -> Answer:
        """Hands a function one message of a queue."""
        return self.invoke(function, {"Records": [self.message(queue, body, **more)]})

    def message(self, queue: str, body: Any, *, receipt: str = "none", receives: int = 1) -> dict[str, Any]:
        """A message as a function gets it."""
        return {
            "messageId": secrets.token_hex(16),
            "receiptHandle": receipt,
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "0"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{self.url(queue).rpartition('/')[2]}",
            "awsRegion": "us-east-1",
        }

    def url(self, queue: str) -> str:
        """A queue's address."""
        return self.world.output(f"{queue}Url")

    def receive(self, queue: str, body: Any) -> tuple[str, str]:
        """Sends a message and takes it: its body and its receipt."""
        sqs = self.world.sqs
        sqs.purge_queue(QueueUrl=self.url(queue))
        sqs.send_message(QueueUrl=self.url(queue), MessageBody=json.dumps(body))
        [message] = self.world.wait(
            lambda: sqs.receive_message(QueueUrl=self.url(queue)).get("Messages"), f"a message in {queue}"
        )
        return message["Body"], message["ReceiptHandle"]

    def upload(self, key: str, body: str) -> dict[str, Any]:
        """Puts a file into the bucket: what S3 tells of it, its version included."""
        answer = self.world.s3.put_object(Bucket=self.stack.bucket, Key=key, Body=body.encode())
        return self.created(key, etag=answer["ETag"].strip('"'), size=len(body), version=answer["VersionId"])

    def created(self, key: str, *, etag: str = "", size: int = 1, version: str = "") -> dict[str, Any]:
        """S3's event of an object, of a version if one is named."""
        stored = {"key": key, "size": size, "etag": etag, "sequencer": secrets.token_hex(8)}
        stored |= {"version-id": version} if version else {}
        return {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": self.stack.bucket}, "object": stored},
        }

    @contextmanager
    def environment(self, function: str, **changes: str) -> Iterator[None]:
        """The function as it is with other settings; its next worker is a new one, and again afterwards."""
        name = self.physical(function)
        before = self._lambda.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        self._lambda.update_function_configuration(
            FunctionName=name, Environment={"Variables": before | changes}
        )
        try:
            yield
        finally:
            self._lambda.update_function_configuration(FunctionName=name, Environment={"Variables": before})

    def renew(self, function: str) -> None:
        """Lets the function's next worker be a new one, which remembers nothing."""
        with self.environment(function, RENEWED=secrets.token_hex(4)):
            return

    def switch(self, mapping: str, *, on: bool) -> None:
        """Enables or disables an event source mapping of the template."""
        self._lambda.update_event_source_mapping(UUID=self.physical(mapping), Enabled=on)

    def is_on(self, mapping: str) -> bool:
        """Whether it is, or is becoming, enabled."""
        state = self._lambda.get_event_source_mapping(UUID=self.physical(mapping))["State"]
        return str(state) in ("Enabled", "Enabling")

    # --- seeing

    def held(self, queue: str) -> int:
        """How many messages a queue holds, those delayed or in flight included."""
        answer = self.world.sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=list(_HELD))
        return sum(int(answer["Attributes"].get(name, 0)) for name in _HELD)

    def announced(self, execution_id: str, event_type: str) -> bool:
        """Whether the bus took this event of the execution: what it did not take stays unmarked."""
        return bool(
            self.world.query(
                "SELECT 1 AS one FROM outbox WHERE execution_id = %s AND event_type = %s"
                " AND published_at IS NOT NULL",
                execution_id,
                event_type,
            )
        )

    def exists(self, key: str) -> bool:
        """Whether the bucket has such an object."""
        found = self.world.s3.list_objects_v2(Bucket=self.stack.bucket, Prefix=key)
        return bool(found.get("KeyCount", 0))

    # --- rights

    @contextmanager
    def lacking(self, grant: Grant) -> Iterator[None]:
        """The function without this right; the emulator's own terms follow it."""
        if grant.sid == SHARED:
            yield from self._without_shared(grant)
            return
        role = self.physical(grant.role)
        [name] = [each for each in self._policies(role) if each != POLICY]
        document = self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        self._put(role, name, without(document["Statement"], grant))
        try:
            yield
        finally:
            self._put(role, name, document["Statement"])

    def _without_shared(self, grant: Grant) -> Iterator[None]:
        role, arn = self.physical(grant.role), self.physical(SHARED)
        self._iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        self.renew(grant.function)
        try:
            yield
        finally:
            self._iam.attach_role_policy(RoleName=role, PolicyArn=arn)
            self.renew(grant.function)

    def _policies(self, role: str) -> list[str]:
        names: list[str] = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        return names

    def _put(self, role: str, name: str, statements: list[dict[str, Any]]) -> None:
        for policy, its in ((name, statements), (POLICY, translate(statements))):
            if its:
                document = json.dumps({"Version": "2012-10-17", "Statement": its})
                self._iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)
            elif policy in self._policies(role):
                self._iam.delete_role_policy(RoleName=role, PolicyName=policy)
