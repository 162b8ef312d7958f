"""The functions' real handlers, called as Lambda calls them, on a real database; and all that they print."""

import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from services.api import handler as api
from services.api.dependencies import Dependencies as ApiDependencies
from services.api.routes import make_app
from services.api.settings import ApiSettings
from services.classify import dead_letters_handler
from services.classify import handler as classify
from services.classify.settings import SenderSettings
from services.curate import handler as curate
from services.curate.dependencies import Dependencies as CurateDependencies
from services.ingest import handler as ingest
from services.ingest.dependencies import Dependencies as IngestDependencies
from services.ingest.routing import ObjectCreated
from services.notify.mail.mailer import Mail
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store, execution_store
from tests.builders import a_context, an_api_request, ingest_settings, object_created
from tests.hostile import CANARY
from tests.hostile.builders import File
from tests.integration.dying_pipeline import URLS, Pipeline
from tests.integration.dying_world import Message, Tracker
from tests.mails import mail_of

Raw = dict[str, Any]


CONTEXT = a_context("function")


@dataclass
class Printed:
    """What the functions printed."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    def check(self, others: str, file_name: str) -> None:
        """Nothing of the input is there, and each line is one JSON object of our own making.

        Args:
            others: what came by print, by metrics, or from libraries.
            file_name: whose letters and digits an execution's id may have.
        """
        for line in self.stream.getvalue().splitlines():
            entry = json.loads(line)
            assert {"level", "message", "timestamp", "service"} <= entry.keys()
            assert entry["message"] != "forged"
        text = (self.stream.getvalue() + others).lower()
        for execution_id in _ids(file_name):
            text = text.replace(execution_id, "")
        assert CANARY not in text
        assert "forged" not in text
        assert all(line.isascii() and line.isprintable() for line in text.splitlines())


class Stage:
    """A deployed pipeline, as far as files, requests and messages reach it."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        self.pipeline = Pipeline(database)
        self.pipeline.start()
        self.queues, self.store = self.pipeline.queues, self.pipeline.store
        self._database = self.pipeline.database
        self._database.transact(_add_category)
        self._wire_ingest(patch)
        self._wire_api(patch)
        self._wire_curate(patch)
        deps = replace(self.pipeline.classify, telemetry=classify.consumer.telemetry)
        patch.setattr(classify.consumer, "dependencies", lambda: deps)
        letters = dead_letters_handler.Dependencies(
            SenderSettings(), self._database, dead_letters_handler.consumer.telemetry
        )
        patch.setattr(dead_letters_handler.consumer, "dependencies", lambda: letters)

    def _wire_ingest(self, patch: pytest.MonkeyPatch) -> None:
        s3: Any = self.store
        sqs: Any = self.queues
        sfn: Any = Tracker(self.pipeline.fuse)
        telemetry = ingest.consumer.telemetry
        deps = IngestDependencies(ingest_settings(**URLS), self._database, s3, sqs, sfn, telemetry)
        patch.setattr(ingest.consumer, "dependencies", lambda: deps)
        patch.setattr(ingest.consumer, "sqs", lambda: self.queues)

    def _wire_api(self, patch: pytest.MonkeyPatch) -> None:
        settings = ApiSettings(feedback_queue_url="https://sqs/api", data_bucket="data")
        sqs: Any = self.queues
        nothing: Any = None
        app = make_app(ApiDependencies(settings, self._database, sqs, nothing, api.telemetry))
        patch.setattr(api, "app", lambda: app)

    def _wire_curate(self, patch: pytest.MonkeyPatch) -> None:
        s3: Any = self.store
        deps = CurateDependencies(self._database, s3, curate.consumer.telemetry)
        patch.setattr(curate.consumer, "dependencies", lambda: deps)
        patch.setattr(curate.consumer, "sqs", lambda: self.queues)

    @contextmanager
    def listening(self, capture: pytest.CaptureFixture[str], file_name: str = "") -> Iterator[None]:
        """Checks what is printed within; see `Printed.check`."""
        printed = Printed()
        others = io.StringIO()
        root = logging.StreamHandler(others)
        for name in ("", "shared"):
            logging.getLogger(name).addHandler(root)
        loggers: tuple[Logger, ...] = (
            api.telemetry.logger,
            classify.consumer.telemetry.logger,
            dead_letters_handler.consumer.telemetry.logger,
            curate.consumer.telemetry.logger,
            ingest.consumer.telemetry.logger,
        )
        with pytest.MonkeyPatch.context() as patch:
            for each in loggers:
                patch.setattr(each.registered_handler, "stream", printed.stream)
            yield
        for name in ("", "shared"):
            logging.getLogger(name).removeHandler(root)
        printed.check(others.getvalue() + "".join(capture.readouterr()), file_name)

    def ingest(self, *events: Raw) -> list[str]:
        """A batch of the ingest queue, and what ingest sends itself; returns what goes back to the queue."""
        failed = self._invoke(ingest.handler, "ingest", [json.dumps(each) for each in events])
        for message in self.queues.waiting.pop("ingest", []):
            failed += self._invoke(ingest.handler, "ingest", [message.body])
        return failed

    def curate(self, *events: Raw) -> list[str]:
        """A batch of the curate queue; returns what goes back to it."""
        return self._invoke(curate.handler, "curate", [json.dumps(each) for each in events])

    def classify(self, *bodies: str) -> list[str]:
        """A batch of the feedback queue; returns what goes back to it."""
        return self._invoke(classify.handler, "feedback", bodies)

    def bury(self, *bodies: str) -> list[str]:
        """A batch of the dead-letter queue; returns what goes back to it."""
        return self._invoke(dead_letters_handler.handler, "feedback-dlq", bodies)

    def classify_all(self) -> None:
        """All that waits in the feedback queue."""
        waiting = [message.body for message in self.queues.waiting.pop("feedback", [])]
        for start in range(0, len(waiting), 500):
            assert self.classify(*waiting[start : start + 500]) == []

    def request(self, method: str, path: str, body: str | None = None, **changes: Any) -> tuple[int, Raw]:
        """A request as API Gateway hands it over; returns status and answer."""
        answer = api.handler(an_api_request(method, path, body, **changes), CONTEXT)
        return answer["statusCode"], json.loads(answer["body"] or "{}")

    def execution(self, event: Raw) -> Execution | None:
        """What became of an upload."""
        execution_id = ObjectCreated.model_validate(event).execution_id
        return self._database.transact(lambda tx: execution_store.find(tx, execution_id))

    def execution_counts(self, execution: Execution) -> dict[str, int]:
        """Its rows by status."""
        query = "SELECT status, COUNT(*) AS n FROM customer_feedback WHERE execution_id = %s GROUP BY 1"
        return {row["status"]: row["n"] for row in self.select(query, execution.execution_id)}

    def select(self, query: str, *arguments: object) -> list[Raw]:
        def work(tx: Transaction) -> list[Raw]:
            tx.execute(query, arguments)
            return list(tx.fetchall())

        return self._database.transact(work)

    def notices(self) -> list[Mail]:
        """What people were told since this was asked last."""
        return [mail_of(message.body) for message in self.queues.waiting.pop("notify", [])]

    def _invoke(self, handler: Any, queue: str, bodies: Sequence[str]) -> list[str]:
        messages = [Message(str(place), body, receives=1).raw(queue) for place, body in enumerate(bodies)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OWN_QUEUE_URL", f"https://sqs/{queue}")
            answer = handler({"Records": messages}, CONTEXT)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def read_as_it_should(stage: Stage, event: Raw, file: File) -> Execution:
    """The file's execution: failed if it is to be refused, else with its rows accepted or rejected."""
    execution = stage.execution(event)
    assert execution is not None
    assert file.refused in (execution.failure_reason or "")
    if file.refused:
        assert (execution.status, execution.accepted) == (ExecutionStatus.FAILED, 0)
        return execution
    counts = (execution.failure_reason, execution.accepted, execution.rejected)
    assert counts == (None, file.accepted, file.rejected)
    assert execution.status is ExecutionStatus.CLASSIFIED
    assert execution.labelled + execution.unknown == file.accepted
    return execution


def _ids(file_name: str) -> list[str]:
    if not file_name:
        return []
    slug = ObjectCreated.model_validate(object_created(file_name)).execution_id.rpartition("-")[0]
    return [f"{slug}-"]


def _add_category(tx: Transaction) -> None:
    for profile in ("feedback", "returns"):
        category = NewCategory(name="Delivery")
        category_store.add(tx, profile, category, CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT)
