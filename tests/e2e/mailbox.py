"""What people got by mail."""

from __future__ import annotations

import json

from tests.e2e.world import World


class Mailbox:
    """Someone who subscribed to the topics of readers and of operators: every mail that came so far.

    Args:
        world: the stack.
        name: whose mailbox; two of one name would take each other's mails away.
    """

    def __init__(self, world: World, name: str = "mailbox") -> None:
        self._world = world
        self._mails: list[dict[str, str]] = []
        self._url = world.sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = world.sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        topics = [world.output("TopicArn"), world.output("OperationsTopicArn")]
        from_topic = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue["QueueArn"],
            "Condition": {"ArnEquals": {"aws:SourceArn": topics}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [from_topic]})
        world.sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        for topic in topics:
            world.stack.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue["QueueArn"])

    def about(self, *words: str, seconds: float = 60) -> dict[str, str]:
        """The first mail whose subject and text hold all these words."""

        def look() -> dict[str, str] | None:
            self._collect()
            return next(
                (m for m in self._mails if all(w in m["Subject"] + m["Message"] for w in words)), None
            )

        found: dict[str, str] = self._world.wait(look, f"a mail about {words}", seconds)
        return found

    def all(self) -> list[dict[str, str]]:
        self._collect()
        return list(self._mails)

    def _collect(self) -> None:
        while True:
            answer = self._world.sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._mails.append(json.loads(message["Body"]))
                self._world.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return
