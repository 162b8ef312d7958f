"""Records of one execution and profile: which are asked, which have an answer already, which are parked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from services.classify.cascade_plan import Plan
from services.classify.incoming import Delivery
from services.classify.labelling import Labelled, Unanswered
from services.classify.packing import record_tokens
from services.classify.prompt_library import Prompts
from services.classify.snapshot import View, shown_text
from services.classify.vectors import FoundVectors, Vectors
from shared.contracts.errors import OutOfTime
from shared.contracts.execution import Usage
from shared.contracts.records import ExecutionId, Profile, Record, RecordId
from shared.contracts.taxonomy import UNKNOWN
from shared.model.bedrock_client import ModelBusy, ModelRefused
from shared.model.budgets import Exceeded
from shared.model.cost_estimate import estimate_tokens, labelling_cost
from shared.model.label_lines import Aspect, Label
from shared.model.label_prompt import texts
from shared.model.model_table import ModelFamily
from shared.platform.deferral import Policy
from shared.stores.feedback_store import (
    NEIGHBOURS,
    Answer,
    Outcome,
    ParkedCause,
    RowAspect,
    RowStatus,
)

_UNKNOWN = Answer(label=UNKNOWN, sentiment=None)

LONE_DEFERRALS = 8
"""Copies after which a record fails that gets no answer alone while others get theirs: about six minutes."""


@dataclass
class Group:
    """Records with one execution and one taxonomy, from their deliveries to their outcomes."""

    profile: Profile
    home: ExecutionId | None
    """None: the day's open execution of direct feedback."""
    prompts: Prompts
    model_id: str
    deliveries: dict[RecordId, Delivery] = field(default_factory=dict)
    outcomes: dict[RecordId, Outcome] = field(default_factory=dict)
    busy: dict[RecordId, ModelBusy | OutOfTime] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    reached: Exceeded | None = None
    refusal: ModelRefused | None = None
    price: Decimal = Decimal(0)
    """Estimated US dollars for one record."""
    examples: set[int] = field(default_factory=set)
    """Ids of the rows that the model was shown as examples, for any of the packs."""
    vectors: Vectors = field(default_factory=dict)
    """Of the texts that are asked about, where their prompts want them and as far as they could be had."""
    plan: Plan | None = None
    """What the cascade is to learn; None where it is off."""

    def owed(self) -> Usage:
        """Usage that no execution has counted yet: of this attempt, and what its outcomes' messages carry."""
        return sum((self.deliveries[key].message.owed for key in self.outcomes), self.usage)

    def open_records(self) -> list[Record]:
        """The records without an outcome."""
        return [each.record for record_id, each in self.deliveries.items() if record_id not in self.outcomes]

    def unique_records(self) -> list[Record]:
        """One record without an outcome for each text: equal texts are asked once."""
        return list({self._key(record): record for record in reversed(self.open_records())}.values())

    def _key(self, record: Record) -> object:
        """Records with equal keys get one answer."""
        return shown_text(record, self.prompts) or texts(record, self.prompts.document.input)

    def settle_known(self, view: View) -> None:
        """Sets outcomes that need no call: corrections, earlier answers, `unknown` without categories."""
        for record in self.open_records():
            shown = shown_text(record, self.prompts)
            if record.record_id in view.repeated:
                self.outcomes[record.record_id] = Outcome(record=record, status=RowStatus.SKIPPED)
            elif self.prompts.prompt is None:
                self._add(record, _UNKNOWN)
            elif correction := view.corrected.get((self.profile, record.text_key)):
                # No model gave this label, so it has no model and no prompt version.
                self._add(record, self.as_corrected(correction), model_id=None, prompt_version=None)
            elif shown and (answer := view.answered.get((self.profile, shown))):
                self._add(record, answer)

    def planned_cost(self, family: ModelFamily, pack_size: int) -> Decimal:
        """Estimated US dollars of asking about the records without an outcome."""
        records = self.unique_records()
        if not records or self.prompts.prompt is None:
            return Decimal(0)
        shows = self.prompts.document.input
        tokens = sum(record_tokens(record, shows) for record in records)
        system = estimate_tokens(self.prompts.prompt.system)
        answer = self.prompts.prompt.task.answer_tokens
        cost = labelling_cost(family, len(records), tokens, system, pack_size, answer)
        self.price = cost / len(records)
        return cost

    def embed(self, found: FoundVectors) -> None:
        """Takes the vectors of its texts, and what they cost."""
        self.vectors, self.usage = found.vectors, self.usage + found.usage

    def answer_by_neighbours(self, answers: Mapping[RecordId, Answer]) -> None:
        """Sets what the neighbours of these records say; records with equal texts get the same."""
        twins = self._twins(self.open_records())
        for record_id, answer in answers.items():
            for record in twins[self._key(self.deliveries[record_id].record)]:
                self._add(record, answer, model_id=NEIGHBOURS, prompt_version=None)

    def relabel(self, labels: Mapping[RecordId, Label]) -> None:
        """Sets what the model said of these records, and of those with its answer to equal texts, when asked
        again.
        """
        said = [each for each in self.outcomes.values() if each.label and each.model_id == self.model_id]
        twins = self._twins([each.record for each in said])
        for record_id, label in labels.items():
            self._label(twins[self._key(self.deliveries[record_id].record)], label)

    def park(self, cause: ParkedCause) -> None:
        """Parks the records without an outcome, with this cause."""
        for record in self.open_records():
            self._park(record, cause)

    def settle(self, results: Iterable[Labelled]) -> None:
        """Sets outcomes from the packs' results; records with equal texts get the same."""
        twins = self._twins(self.open_records())
        keys = {record.record_id: key for key, records in twins.items() for record in records}
        for result in results:
            self.usage += result.usage
            self.examples.update(result.examples)
            for record_id, answer in result.labels.items():
                self._label(twins[keys[record_id]], answer)
            for record_id, reason in result.failures.items():
                self._fail(twins[keys[record_id]], reason)
            self._wait_or_fail(result.alone, twins, keys)
            self._leave([twin for record in result.left for twin in twins[self._key(record)]], result.error)

    def _twins(self, records: Iterable[Record]) -> dict[object, list[Record]]:
        """The records by what they have in common with others that get the same answer."""
        twins: dict[object, list[Record]] = {}
        for record in records:
            twins.setdefault(self._key(record), []).append(record)
        return twins

    def _wait_or_fail(
        self,
        alone: Mapping[RecordId, ModelBusy],
        twins: Mapping[object, Sequence[Record]],
        keys: Mapping[RecordId, object],
    ) -> None:
        """Records that got no answer alone while others did: deferred, then failed after `LONE_DEFERRALS`."""
        for record_id, error in alone.items():
            for record in twins[keys[record_id]]:
                if self.deliveries[record.record_id].message.deferrals >= LONE_DEFERRALS:
                    self._fail([record], f"the model fails on this text each time ({error.code})")
                else:
                    self.busy[record.record_id] = error

    def park_worn(self, policy: Policy) -> None:
        """Parks records that the model was too busy for and that were deferred too often."""
        for record_id in [key for key in self.busy if policy.is_worn(self.deliveries[key].message)]:
            del self.busy[record_id]
            self._park(self.deliveries[record_id].record, ParkedCause.MODEL)

    def _label(self, records: Sequence[Record], answer: Label) -> None:
        topics = tuple(map(self._topic_of, (answer, *answer.further)))
        attributes = dict(answer.attributes)
        given = Answer(
            label=topics[0].category, sentiment=answer.sentiment, aspects=topics, attributes=attributes
        )
        for record in records:
            self._add(record, given)

    def as_corrected(self, given: Answer) -> Answer:
        """What a person said of a text, with the model's further topics as far as they are others."""
        ids = {each.name: each.id for each in self.prompts.taxonomy.categories}
        if given.sentiment is None:
            return given.model_copy(update={"aspects": ()})
        main = RowAspect(category=given.label, category_id=ids.get(given.label), sentiment=given.sentiment)
        further = tuple(each for each in given.aspects[1:] if each.category_id != main.category_id)
        return given.model_copy(update={"aspects": (main, *further)})

    def as_neighbour(self, given: Answer) -> Answer | None:
        """What a person said of a text, as neighbours tell it; None if it is no answer of the taxonomy."""
        allowed = {UNKNOWN, *(each.name for each in self.prompts.taxonomy.categories)}
        return self.as_corrected(given) if given.sentiment and given.label in allowed else None

    def _topic_of(self, aspect: Aspect) -> RowAspect:
        label = self.prompts.taxonomy.label_of(aspect.category)
        assert label is not None, "checked against this taxonomy"
        return RowAspect(
            category=label,
            category_id=self.prompts.taxonomy.id_of(aspect.category),
            sentiment=aspect.sentiment,
            evidence=aspect.evidence or None,
        )

    def _park(self, record: Record, cause: ParkedCause) -> None:
        self.outcomes[record.record_id] = Outcome(record=record, status=RowStatus.PARKED, parked_cause=cause)

    def _add(self, record: Record, answer: Answer, **versions: str | None) -> None:
        status = RowStatus.UNKNOWN if answer.label == UNKNOWN else RowStatus.LABELLED
        self._set(record, status, **(dict(answer) | versions))

    def _fail(self, records: Sequence[Record], reason: str) -> None:
        for record in records:
            self._set(record, RowStatus.FAILED, failure_reason=reason)

    def _set(self, record: Record, status: RowStatus, **fields: object) -> None:
        values = {"record": record, "status": status} | self.prompts.versions(self.model_id) | fields
        self.outcomes[record.record_id] = Outcome.model_validate(values)

    def _leave(self, records: Sequence[Record], error: Unanswered | None) -> None:
        if isinstance(error, ModelRefused):
            self.refusal = error
            for record in records:
                self._park(record, ParkedCause.MODEL)
        elif error is not None:
            self.busy.update({record.record_id: error for record in records})


def group(deliveries: Iterable[Delivery], view: View, model_id: str) -> list[Group]:
    """Groups the deliveries by execution and profile; of each record one, which carries what all do."""
    groups: dict[tuple[Profile, ExecutionId | None], Group] = {}
    for delivery in deliveries:
        profile, home = delivery.record.profile, view.home(delivery)
        if (profile, home) not in groups:
            groups[profile, home] = Group(profile, home, view.prompts[profile], model_id)
        held, key = groups[profile, home].deliveries, delivery.record.record_id
        if first := held.get(key):
            owed = first.message.owed + delivery.message.owed
            delivery = replace(first, message=replace(first.message, owed=owed))  # noqa: PLW2901
        held[key] = delivery
    return list(groups.values())
