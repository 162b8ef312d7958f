"""What the database knows before the model is paid: one transaction, no lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.classify.incoming import Delivery
from services.classify.prompt import Example, Prompt, build
from shared import category_store, execution_store, feedback_store
from shared.database import Transaction
from shared.execution_store import Execution
from shared.feedback_store import RowStatus
from shared.model_table import AnswerForm
from shared.records import ExecutionId, Profile, RecordId
from shared.taxonomy import Taxonomy

_CORRECTIONS_READ = 200
_EXAMPLES_PER_CATEGORY = 2
_EXAMPLES = 20
_EXAMPLE_LENGTH = 160


@dataclass(frozen=True)
class Topic:
    """What one profile's records are labelled with; no prompt where there is no category."""

    taxonomy: Taxonomy
    prompt: Prompt | None

    def versions(self, model_id: str) -> dict[str, str | int]:
        """What a label depends on, besides the text."""
        return {
            "model_id": model_id,
            "prompt_version": self.prompt.version if self.prompt else "",
            "taxonomy_version": self.taxonomy.taxonomy_version,
            "corrections_version": self.taxonomy.corrections_version,
        }


@dataclass(frozen=True)
class View:
    """The database at one moment, as far as these deliveries need it."""

    executions: Mapping[ExecutionId, Execution]
    rows: Mapping[RecordId, tuple[ExecutionId, RowStatus]]
    topics: Mapping[Profile, Topic]
    answered: Mapping[tuple[Profile, bytes], tuple[str, str]]
    """Labels and sentiments already given to these texts under today's versions."""
    days: Mapping[Profile, Execution]
    """The open executions of direct feedback."""
    month_cost: Decimal = Decimal(0)

    def is_forged(self, delivery: Delivery) -> bool:
        """Whether it names an execution without the key that only ingest knows."""
        named = delivery.record.execution_id
        if named is None:
            return False
        execution = self.executions.get(named)
        return execution is None or execution.execution_key != delivery.execution_key

    def is_done(self, delivery: Delivery) -> bool:
        """Whether the record has its row, and that row does not wait for us."""
        row = self.rows.get(delivery.record.record_id)
        return row is not None and row[1] is not RowStatus.PARKED

    def cost(self, profile: Profile, home: ExecutionId | None) -> Decimal:
        """What the execution cost so far; without a home, the profile's open day."""
        execution = self.executions.get(home) if home else self.days.get(profile)
        return execution.estimated_cost if execution else Decimal(0)

    def home(self, delivery: Delivery) -> ExecutionId | None:
        """The execution that it belongs to; None: the day's open one."""
        row = self.rows.get(delivery.record.record_id)
        return row[0] if row else delivery.record.execution_id


def look(
    tx: Transaction, deliveries: Sequence[Delivery], model_id: str, form: AnswerForm, *, month: bool
) -> View:
    """Reads what is known of these deliveries; `month`: also what the month cost."""
    rows = feedback_store.whereabouts(tx, {each.record.record_id for each in deliveries})
    named = {each.record.execution_id for each in deliveries} | {row[0] for row in rows.values()}
    executions = {
        execution.execution_id: execution
        for execution_id in named
        if execution_id and (execution := execution_store.find(tx, execution_id))
    }
    topics = {profile: _topic(tx, profile, form) for profile in {each.record.profile for each in deliveries}}
    return View(
        executions=executions,
        rows=rows,
        topics=topics,
        answered=_answered(tx, deliveries, topics, model_id),
        days={day.profile: day for day in execution_store.list_open_direct(tx)},
        month_cost=execution_store.month_cost(tx) if month else Decimal(0),
    )


def _answered(
    tx: Transaction, deliveries: Sequence[Delivery], topics: Mapping[Profile, Topic], model_id: str
) -> dict[tuple[Profile, bytes], tuple[str, str]]:
    found = {}
    for profile, topic in topics.items():
        keys = {each.record.text_key for each in deliveries if each.record.profile == profile}
        answers = feedback_store.answered(tx, keys, profile, topic.versions(model_id)) if topic.prompt else {}
        found.update({(profile, key): answer for key, answer in answers.items()})
    return found


def _topic(tx: Transaction, profile: Profile, form: AnswerForm) -> Topic:
    taxonomy = category_store.taxonomy(tx, profile)
    if not taxonomy.categories:
        return Topic(taxonomy, None)
    examples = _examples(tx, taxonomy) if taxonomy.corrections_version else []
    return Topic(taxonomy, build(taxonomy, examples, form))


def _examples(tx: Transaction, taxonomy: Taxonomy) -> list[Example]:
    """What people corrected last, a few of each category, shortened: the seed of the next prompt."""
    active = {category.name for category in taxonomy.categories}
    chosen: dict[str, list[Example]] = {}
    for title, text, label in feedback_store.corrected(tx, taxonomy.profile, _CORRECTIONS_READ):
        of_category = chosen.setdefault(label, [])
        if label in active and len(of_category) < _EXAMPLES_PER_CATEGORY:
            shortened = f"{title}. {text}"[:_EXAMPLE_LENGTH] if title else text[:_EXAMPLE_LENGTH]
            of_category.append(Example(label, shortened))
    return [example for examples in chosen.values() for example in examples][:_EXAMPLES]
