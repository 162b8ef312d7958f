"""Executions with unknown rows, and their discovery."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from services.categorize import applying
from services.categorize import discovery as discovering
from services.categorize.applying import DiscoveryResult
from services.categorize.dependencies import Dependencies
from services.categorize.settings import CategorizeSettings
from shared.changes import lifecycle
from shared.contracts.events import Counts
from shared.contracts.execution import Execution, Source
from shared.contracts.records import DirectFeedback, Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory
from shared.model.bedrock import Model
from shared.model.embedding import Embedder
from shared.platform.consumer import Attempt
from shared.platform.database import Database, Transaction
from shared.platform.received import Received
from shared.platform.telemetry import Telemetry
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import FeedbackRow, Outcome, RowStatus
from tests.integration.reading import count_by_status, feedback_rows

ID = "reviews-0123456789abcdef"
EARLIER = "reviews-00000000000000aa"
PACKAGING = [
    "So much plastic wrapping for one small cable.",
    "Why is a tiny charger sent in a box of this size, full of plastic?",
    "The amount of packaging waste is shameful.",
    "Three layers of plastic and foam around it, all for the bin.",
    "Please use less plastic in your packages.",
    "Excessive packaging, my recycling bin is full from one order.",
    "Box inside a box inside a box. What a waste of cardboard.",
    "Could you pack things in paper instead of plastic foam?",
    "Not happy about all the bubble wrap and plastic bags, bad for the planet.",
    "Wasteful packaging: the box was ten times larger than the item.",
]
TRACKING = [
    "The app wants to know my location all the time, why?",
    "Why do headphones need access to my contacts and position?",
    "The app demands location permission or it does not start.",
    "It collects my data and sends it who knows where.",
    "Privacy nightmare: the app tracks where I am.",
    "I do not want an app that follows my location in the background.",
    "An account with my phone number just to use a speaker? That is spying on customers.",
    "The privacy policy allows them to share my personal data.",
    "App asks for permissions it does not need, such as contacts and location.",
    "I uninstalled the app because it tracks me and my data.",
]
PACKAGING_AGAIN = [
    "So many layers of plastic around a tiny thing.",
    "The box was huge and full of foam.",
    "Too much cardboard and plastic waste with every order.",
    "Why wrap everything in plastic? Paper would do.",
    "Packaging is excessive, bad for the environment.",
    "A whole bin of bubble wrap for one cable.",
    "Less packaging waste please.",
    "Ridiculous amount of plastic packaging.",
    "Everything came wrapped three times in plastic.",
    "The packaging was ten times larger than the product.",
]
ODD = ["Greetings from Ohio.", "My dog is called Rex.", "Blue."]


def classified(
    database: Database,
    execution_id: str,
    unknown: list[str],
    labelled: list[str] | None = None,
    key: str | None = None,
) -> None:
    """An execution whose rows are all labelled or unknown, ready for discovery."""
    rows = [(text, "unknown") for text in unknown] + [(text, "Delivery") for text in labelled or []]
    outcomes = [_outcome(execution_id, n, text, label) for n, (text, label) in enumerate(rows, 1)]
    written(database, execution_id, outcomes, key)


def written(
    database: Database, execution_id: str, outcomes: Sequence[Outcome], key: str | None = None
) -> None:
    """An execution with these rows, whose labelling is over."""

    def work(tx: Transaction) -> None:
        lifecycle.start_file(tx, execution_id, "feedback", Source(bucket="data", key=key or execution_id))
        counts = Counts(rows_read=len(outcomes), accepted=len(outcomes))
        execution_store.save_slice(tx, execution_id, 0, {}, counts)
        execution_store.lock(tx, execution_id)
        lifecycle.count_written(tx, execution_id, feedback_store.write_outcomes(tx, execution_id, outcomes))
        lifecycle.close_receiving(tx, execution_id)

    database.transact(work)


def a_record(execution_id: str, number: int, text: str) -> Record:
    return Record(
        record_id=f"{execution_id}:{number}",
        profile="feedback",
        execution_id=execution_id,
        row_number=number,
        feedback=Feedback(feedback=text),
    )


def _outcome(execution_id: str, number: int, text: str, label: str) -> Outcome:
    status = RowStatus.UNKNOWN if label == "unknown" else RowStatus.LABELLED
    record = a_record(execution_id, number, text)
    return Outcome(record=record, status=status, label=label, sentiment="neutral")


def classified_day(database: Database, sent: Sequence[DirectFeedback], day: date = date(2026, 11, 28)) -> str:
    """A day of direct feedback, closed, whose rows are all unknown; returns its execution."""

    def write(tx: Transaction) -> str:
        execution_id = lifecycle.open_direct(tx, "feedback", day).execution_id
        outcomes = [
            Outcome(
                record=Record(record_id=each.record_id, profile="feedback", feedback=each.to_feedback()),
                status=RowStatus.UNKNOWN,
                label="unknown",
            )
            for each in sent
        ]
        counts = feedback_store.write_outcomes(tx, execution_id, outcomes)
        counts = counts.model_copy(update={"rows_read": len(sent), "accepted": len(sent)})
        lifecycle.count_written(tx, execution_id, counts)
        lifecycle.close_receiving(tx, execution_id)
        return execution_id

    return database.transact(write)


def add_category(database: Database, name: str, status: CategoryStatus = CategoryStatus.ACTIVE) -> None:
    category = NewCategory(name=name, description=f"about {name}")
    origin = CategoryOrigin.DEFAULT
    database.transact(lambda tx: category_store.add(tx, "feedback", category, status, origin))


def categorize_dependencies(database: Database, bedrock: Any, **changes: Any) -> Dependencies:
    values: dict[str, Any] = {
        "model_id": "amazon.nova-lite-v1:0",
        "embedding_model_id": "amazon.titan-embed-text-v2:0",
        "minimum_rows": 4,
    }
    settings = CategorizeSettings(**(values | changes))
    model, embedder = Model(bedrock, settings.model_id), Embedder(bedrock, settings.embedding_model_id)
    return Dependencies(settings, database, model, embedder, Telemetry("test"))


def run(
    database: Database,
    bedrock: Any,
    execution_id: str = ID,
    remaining: Callable[[], float] = lambda: 900.0,
    **changes: Any,
) -> DiscoveryResult | None:
    deps = categorize_dependencies(database, bedrock, **changes)
    return discovering.discover(deps, Attempt(remaining, Received("m", "")), execution_id)


def about(word: str, count: int) -> list[str]:
    return [f"{word} number {n}" for n in range(count)]


def find(database: Database, execution_id: str = ID) -> Execution:
    execution = database.transact(lambda tx: execution_store.find(tx, execution_id))
    assert execution is not None
    return execution


def rows(database: Database, execution_id: str = ID) -> list[FeedbackRow]:
    return database.transact(lambda tx: feedback_rows(tx, execution_id))


def labels(database: Database, execution_id: str = ID) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows(database, execution_id):
        found[str(row.label_final)] = found.get(str(row.label_final), 0) + 1
    return found


def categories(database: Database) -> dict[str, Category]:
    found = database.transact(lambda tx: category_store.categories(tx, "feedback"))
    return {category.name: category for category in found}


def events(database: Database, event_type: str) -> list[dict[str, Any]]:
    def work(tx: Transaction) -> list[dict[str, Any]]:
        tx.execute("SELECT payload FROM outbox WHERE event_type = %s ORDER BY id", (event_type,))
        return [json.loads(row["payload"]) for row in tx.fetchall()]

    return database.transact(work)


def counters_equal_rows(database: Database, execution_id: str = ID) -> bool:
    counts = find(database, execution_id).counts
    counted = database.transact(lambda tx: count_by_status(tx, execution_id))
    return (counts.labelled, counts.unknown) == (
        counted.get(RowStatus.LABELLED, 0),
        counted.get(RowStatus.UNKNOWN, 0),
    )


class Killed(BaseException):
    """The function's process ends here: no handler of ours sees it, and its connection is gone."""


@contextmanager
def killed_before_applying() -> Iterator[None]:
    """What runs within dies when all is found out and nothing of it is written."""

    def die(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "apply", die)
        with pytest.raises(Killed):
            yield


def kill_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: int = 1) -> None:
    """The process ends when this function is called for the `calls`th time."""
    original: Callable[..., Any] = getattr(owner, name)
    left = [calls]

    def dying(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, dying)
