"""Events that come twice, again, too early, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.stack import Stack
from tests.e2e.world import World


class Deliveries(World):
    """The world, and its bus and queues in the hands of someone who delivers as badly as is allowed."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self._s3_events: dict[str, str] = {}

    @contextmanager
    def events_twice(self) -> Iterator[None]:
        """Every event of every rule reaches its queue twice, S3's three times."""
        events, added = self.stack.client("events"), []
        for bus in ("default", self.stack.deployment.resources["Bus"]):
            for rule in events.list_rules(EventBusName=bus)["Rules"]:
                named = {"Rule": rule["Name"], "EventBusName": bus}
                for target in events.list_targets_by_rule(**named)["Targets"]:
                    copies = 2 if bus == "default" else 1
                    more = [target | {"Id": f"{target['Id']}-again{n}"} for n in range(copies)]
                    events.put_targets(**named, Targets=more)
                    added.append((named, [each["Id"] for each in more]))
        try:
            yield
        finally:
            for named, ids in added:
                events.remove_targets(**named, Ids=ids)

    def s3_event(self, key: str) -> str:
        """The event of an upload as S3 sent it, once `listen` was called before."""
        url = self.sqs.get_queue_url(QueueName="s3-events")["QueueUrl"]

        def look() -> str | None:
            for message in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                self._s3_events[json.loads(message["Body"])["detail"]["object"]["key"]] = message["Body"]
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return self._s3_events.get(key)

        return str(self.wait(look, f"the event of {key}"))

    def unhear(self, *queues: str) -> Callable[[], None]:
        """Takes from the bus its targets that are these queues; what is returned gives them back."""
        events, bus = self.stack.client("events"), self.stack.deployment.resources["Bus"]
        names = {self.output(f"{queue}QueueUrl").rpartition("/")[2] for queue in queues}
        taken = []
        for rule in events.list_rules(EventBusName=bus)["Rules"]:
            named = {"Rule": rule["Name"], "EventBusName": bus}
            targets = events.list_targets_by_rule(**named)["Targets"]
            lost = [target for target in targets if target["Arn"].rpartition(":")[2] in names]
            if lost:
                events.remove_targets(**named, Ids=[target["Id"] for target in lost])
                taken.append((named, lost))
        assert taken, f"no rule leads to {names}"

        def give_back() -> None:
            for named, targets in taken:
                events.put_targets(**named, Targets=targets)

        return give_back

    def tell(self, queue: str, event_type: str, execution_id: str) -> None:
        """Puts an event of the bus about an execution into a queue, as its rule would."""
        counts = dict.fromkeys(("rows_read", "accepted", "rejected", "labelled", "unknown"), 0)
        detail = {
            "execution_id": execution_id,
            "profile": "feedback",
            "status": "classified",
            "counts": counts,
        }
        body = {"source": "insights", "detail-type": event_type, "detail": detail}
        self.sqs.send_message(QueueUrl=self.output(f"{queue}QueueUrl"), MessageBody=json.dumps(body))
