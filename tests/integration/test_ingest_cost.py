"""What a file will cost is said before its first row is sent, and whether a budget will not do."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from moto import mock_aws

from services.ingest import cost_forecast
from services.ingest.checkpoint import Checkpoint
from services.ingest.layout import Layout
from shared.changes import lifecycle
from shared.contracts.execution import Usage
from shared.contracts.profiles import Aspects, Input, ProfileDocument
from shared.contracts.records import Record
from shared.model.cost_estimate import (
    MOST_EMBEDDED,
    estimate_tokens,
    feedback_tokens,
    labelling_cost,
    prompt_tokens,
)
from shared.model.label_task import Task
from shared.model.model_table import family_of
from shared.platform.database import Database, Transaction
from shared.platform.queue_batches import NotSent
from shared.stores import category_store, execution_store, feedback_store, profile_store
from shared.stores.feedback_store import Outcome, RowStatus
from tests.builders import a_feedback, a_source, ingest_settings
from tests.integration.ingest_world import World

EARLIER = "earlier-0123456789abcdef"
TITLE, TEXT = "About the parcel", "It came two weeks after the promised day, and nobody told me why."
FILE = "title,feedback\n" + f'{TITLE},"{TEXT}"\n' * 100
TASK = Task.of(ProfileDocument())
MODEL = "anthropic.claude-3-opus-20240229-v1:0"
EMBEDDING = "amazon.titan-embed-text-v2:0"
KEY = "incoming/reviews.csv"


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


class Deaf:
    """SQS that takes nothing."""

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "Failed": [
                {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in Entries
            ]
        }


def spend(world: World, dollars: str) -> None:
    """Another execution of this month that cost so much."""
    world.database.transact(lambda tx: lifecycle.start_file(tx, EARLIER, "feedback", a_source(key="x.csv")))
    usage = Usage(estimated_cost=Decimal(dollars))
    world.database.transact(lambda tx: execution_store.add_usage(tx, EARLIER, usage))


def correct_one(tx: Transaction, text: str) -> None:
    record = Record(record_id="r1", profile="feedback", feedback=a_feedback(feedback=text))
    feedback_store.write_outcomes(tx, EARLIER, [Outcome(record=record, status=RowStatus.UNKNOWN)])
    tx.execute("UPDATE customer_feedback SET label_correction = 'Delivery'")
    category_store.next_corrections_version(tx, "feedback")


def test_a_files_cost_is_expected_as_its_batches_will_be_planned(database: Database) -> None:
    world = World(database, model_id=MODEL, pack_size=10)
    taxonomy = database.transact(lambda tx: category_store.taxonomy(tx, "feedback"))

    execution = world.load(KEY, FILE)

    texts, system = 100 * feedback_tokens(TITLE, TEXT), prompt_tokens(taxonomy, [], TASK.words())
    cost = labelling_cost(family_of(MODEL), 100, texts, system, 10, TASK.answer_tokens)
    assert cost > Decimal("0.05")
    assert execution.expected_cost == pytest.approx(cost, abs=Decimal("0.000001"))
    assert world.notices() == []


@pytest.mark.parametrize("model, factor", [("qwen.qwen3-32b-v1:0", "0.5"), (MODEL, "1")])
def test_a_files_cost_is_expected_in_its_tier(database: Database, model: str, factor: str) -> None:
    world = World(database, model_id=model, service_tier="flex", pack_size=10)
    taxonomy = database.transact(lambda tx: category_store.taxonomy(tx, "feedback"))
    system = prompt_tokens(taxonomy, [], TASK.words())

    cost = world.load(KEY, FILE).expected_cost

    texts = 100 * feedback_tokens(TITLE, TEXT)
    plain = labelling_cost(family_of(model), 100, texts, system, 10, TASK.answer_tokens)
    assert cost == pytest.approx(plain * Decimal(factor), abs=Decimal("0.000001"))


def test_the_vectors_of_all_rows_are_in_the_estimate(database: Database) -> None:
    world = World(database, model_id=MODEL, pack_size=10, embedding_model_id=EMBEDDING)
    taxonomy = database.transact(lambda tx: category_store.taxonomy(tx, "feedback"))

    cost = world.load(KEY, FILE).expected_cost

    texts, system = 100 * feedback_tokens(TITLE, TEXT), prompt_tokens(taxonomy, [], TASK.words())
    labels = labelling_cost(family_of(MODEL), 100, texts, system, 10, TASK.answer_tokens)
    vectors = family_of(EMBEDDING).cost(Usage(input_tokens=texts))
    assert vectors > 0
    assert cost == pytest.approx(labels + vectors, abs=Decimal("0.000002"))


def test_a_file_longer_than_its_first_look_costs_accordingly(database: Database) -> None:
    world = World(database, model_id=MODEL)
    small = world.load("small.csv", FILE).expected_cost

    large = world.put("large.csv", FILE + f'{TITLE},"{TEXT}"\n' * 19_900)
    world.take(large, rows_a_slice=1)

    assert small is not None
    assert world.execution(large).expected_cost == pytest.approx(200 * small, rel=Decimal("0.05"))


def test_examples_that_people_made_are_paid_for_with_every_call(database: Database) -> None:
    world = World(database, model_id=MODEL)
    spend(world, "0")
    plain = world.load("plain.csv", FILE).expected_cost
    database.transact(lambda tx: correct_one(tx, "It never came. " * 15))

    dearer = world.load("dearer.csv", FILE + "\n").expected_cost

    assert plain is not None
    assert dearer is not None
    # 5 calls with some 225 letters more, at 15 dollars for a million tokens.
    assert dearer - plain == pytest.approx(Decimal(5 * 57 * 15) / 10**6, rel=Decimal("0.1"))


def test_what_the_profile_shows_of_a_row_is_paid_for(database: Database) -> None:
    world = World(database, model_id=MODEL)
    plan = "gold, for a year, with everything in it"
    file = FILE.replace("title,", "plan,title,").replace(TITLE, f'"{plan}",{TITLE}')
    plain = world.load("plain.csv", file).expected_cost
    shows = ProfileDocument(input=Input(show=("plan", "stars")))
    database.transact(lambda tx: profile_store.store(tx, shows))

    dearer = world.load("dearer.csv", file + "\n").expected_cost

    assert plain is not None
    assert dearer is not None
    assert dearer - plain >= family_of(MODEL).cost(Usage(input_tokens=100 * estimate_tokens(plan)))


def test_rows_that_classify_embeds_are_in_the_estimate_however_many_they_are(database: Database) -> None:
    """Discovery embeds a sample of so many; classify all, where not all corrected rows can be shown."""
    checkpoint = Checkpoint(
        phase="rows",
        layout=Layout(kind="csv", encoding="utf-8", start=0),
        offset=0,
        estimated_rows=4 * MOST_EMBEDDED,
        estimated_tokens=10**6,
    )
    settings = ingest_settings(embedding_model_id=EMBEDDING)

    usual, in_classify = (
        cost_forecast.vectors_cost(checkpoint, settings, in_classify=each) for each in (False, True)
    )

    assert (usual, in_classify) == (Decimal("0.02"), Decimal("0.04"))


@pytest.mark.parametrize(
    "cascade, aspects, times",
    [("on", Aspects(), 2), ("off", Aspects(), 1), ("on", Aspects(evidence=True), 1)],
)
def test_rows_that_classify_embeds_for_their_neighbours_are_in_the_estimate(
    database: Database, monkeypatch: pytest.MonkeyPatch, cascade: str, aspects: Aspects, times: int
) -> None:
    monkeypatch.setattr(cost_forecast, "MOST_EMBEDDED", 99)
    world = World(database, model_id=MODEL, embedding_model_id=EMBEDDING, cascade=cascade)
    database.transact(lambda tx: profile_store.store(tx, ProfileDocument(aspects=aspects)))
    document = database.transact(lambda tx: profile_store.current(tx, "feedback")).document
    taxonomy = database.transact(lambda tx: category_store.taxonomy(tx, "feedback"))

    cost = world.load(KEY, FILE).expected_cost

    task, texts = Task.of(document), 100 * feedback_tokens(TITLE, TEXT)
    system = prompt_tokens(taxonomy, [], task.words())
    labels = labelling_cost(family_of(MODEL), 100, texts, system, 20, task.answer_tokens)
    vectors = family_of(EMBEDDING).cost(Usage(input_tokens=times * texts))
    assert cost == pytest.approx(labels + vectors, abs=Decimal("0.000002"))


def test_people_hear_at_the_start_that_an_executions_budget_will_not_do(database: Database) -> None:
    world = World(database, model_id=MODEL, execution_budget_usd="0.05", monthly_budget_usd="0.001")

    execution = world.load(KEY, FILE)

    [notice] = world.notices()
    assert notice.subject == f"Budget will not do: {execution.execution_id}"
    for said in (
        f"{KEY} has about 100 rows",
        f"would cost about {execution.expected_cost:.4f} US dollars",
        "ExecutionBudgetUSD is 0.05 US dollars.",
        "The rows beyond it are parked",
        "when ExecutionBudgetUSD is raised",
    ):
        assert said in notice.text


@pytest.mark.parametrize("spent, notices", [("0.95", 1), ("0.5", 0)])
def test_people_hear_at_the_start_that_what_is_left_of_the_month_will_not_do(
    database: Database, spent: str, notices: int
) -> None:
    world = World(database, model_id=MODEL, monthly_budget_usd="1")
    spend(world, spent)

    world.load(KEY, FILE)

    told = world.notices()
    assert len(told) == notices
    for notice in told:
        assert "MonthlyBudgetUSD is 1 US dollars, of which 0.0500 are left this month." in notice.text


def test_a_cost_is_told_before_the_first_row_is_sent_and_not_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.queue_batches._FIRST_WAIT_SECONDS", 0)
    world = World(database, model_id=MODEL, execution_budget_usd="0.01")
    event = world.put(KEY, FILE)

    with pytest.raises(NotSent):
        world.ingest(Deaf()).upload(event, 1e9)
    assert world.execution(event).expected_cost is not None
    world.take(event, rows_a_slice=5)
    world.go_on()

    assert world.events().count("BudgetTooSmall") == 1
