"""Reads what the database has for a batch before the model is called: one transaction, no lock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.classify.incoming import Delivery, Rejection
from services.classify.prompt_library import Library, Prompts
from shared.contracts.execution import NO_USAGE, Duplicates, Execution, Usage
from shared.contracts.records import ExecutionId, Profile, Record, RecordId
from shared.contracts.taxonomy import UNKNOWN
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.platform.database import Transaction
from shared.stores import category_store, execution_store, feedback_store
from shared.stores.feedback_store import COMPARED, Answer, RowStatus, ShownText, Whereabouts

_UNKNOWN_PROFILE = "profile: is not a known one"


@dataclass(frozen=True)
class View:
    """What the database had for these deliveries when it was read."""

    executions: Mapping[ExecutionId, Execution]
    rows: Mapping[RecordId, Whereabouts]
    prompts: Mapping[Profile, Prompts]
    answered: Mapping[tuple[Profile, ShownText], Answer]
    """By profile and what is shown of a record: what was answered about it under the current versions."""
    corrected: Mapping[tuple[Profile, bytes], Answer]
    """By profile and text key: the correction of the text, with its sentiment if there is one."""
    days: Mapping[Profile, Execution]
    """The open executions of direct feedback."""
    profiles: Collection[Profile]
    """Those of the deliveries that are known."""
    repeated: frozenset[RecordId] = frozenset()
    """Records known by id and text from an earlier file, of files that skip such."""
    month_cost: Decimal = Decimal(0)

    def sort(self, deliveries: Iterable[Delivery]) -> tuple[list[Delivery], list[Rejection]]:
        """Those that are still to be handled, and those that are refused."""
        named = [self._by_former_id(each) for each in deliveries]
        reasons = [self._refusal(each) for each in named]
        refused = [
            Rejection(each.message, why, of_profile=why == _UNKNOWN_PROFILE)
            for each, why in zip(named, reasons, strict=True)
            if why
        ]
        taken = [each for each, why in zip(named, reasons, strict=True) if not why]
        return [each for each in taken if not self.is_done(each)], refused

    def _by_former_id(self, delivery: Delivery) -> Delivery:
        """The delivery under the id that its row has, if the row is older than the ids of today."""
        row = self.rows.get(delivery.former_id) if delivery.former_id else None
        if row is None or not row.is_of(delivery.record):
            return delivery
        return replace(delivery, record=delivery.record.model_copy(update={"record_id": row.record_id}))

    def _refusal(self, delivery: Delivery) -> str | None:
        """Why it is refused: it lacks the key that only we know, its row is of another text, or its profile
        is none.
        """
        record = delivery.record
        if record.execution_id is not None:
            execution = self.executions.get(record.execution_id)
            if execution is None or execution.execution_key != delivery.execution_key:
                return "no such execution"
        row = self.rows.get(record.record_id)
        if row is not None and row.status is RowStatus.PARKED and not row.is_of(record):
            return "its row is of another text or profile"
        if row is None and record.execution_id is None and record.profile not in self.profiles:
            return _UNKNOWN_PROFILE
        return None

    def is_done(self, delivery: Delivery) -> bool:
        """Whether the record has its row, and that row does not wait for this.

        A row waits for what the sweeper sends, which is what it was made of: a producer's message has its id
        and its text, but may say other stars, and the model is shown those.
        """
        row = self.rows.get(delivery.record.record_id)
        waits = row is not None and row.status is RowStatus.PARKED and delivery.execution_key is not None
        return row is not None and not waits

    def owed(self, deliveries: Iterable[Delivery]) -> dict[ExecutionId, Usage]:
        """What messages still carry whose records have their rows, by the rows' executions."""
        owed: dict[ExecutionId, Usage] = {}
        for each in map(self._by_former_id, deliveries):
            if each.message.owed.calls and self.is_done(each):
                here = self.rows[each.record.record_id].execution_id
                owed[here] = owed.get(here, NO_USAGE) + each.message.owed
        return owed

    def cost(self, profile: Profile, home: ExecutionId | None) -> Decimal:
        """Estimated US dollars of the execution so far; without an id, of the profile's open day."""
        execution = self.executions.get(home) if home else self.days.get(profile)
        return execution.estimated_cost if execution else Decimal(0)

    def keeps_vectors(self, home: ExecutionId | None) -> bool:
        """Whether discovery will look for them: of very many rows it takes a sample."""
        execution = self.executions.get(home) if home else None
        return execution is None or execution.accepted <= MOST_EMBEDDED

    def home(self, delivery: Delivery) -> ExecutionId | None:
        """The id of its execution; None: the open execution of the day."""
        row = self.rows.get(delivery.record.record_id)
        return row.execution_id if row else delivery.record.execution_id


def look(
    tx: Transaction, deliveries: Sequence[Delivery], model_id: str, library: Library, *, month: bool
) -> View:
    """Reads the view of these deliveries.

    Args:
        month: whether to read the cost of the month, too.
    """
    rows = feedback_store.whereabouts(tx, {key for each in deliveries for key in each.ids})
    named = {each.record.execution_id for each in deliveries} | {row.execution_id for row in rows.values()}
    executions = {
        execution.execution_id: execution
        for execution_id in named
        if execution_id and (execution := execution_store.find(tx, execution_id))
    }
    profiles = category_store.known_among(tx, {each.record.profile for each in deliveries})
    # Those of files and of rows may have lost their categories; others that are not known are refused.
    wanted = {
        each.record.profile
        for each in deliveries
        if each.record.profile in profiles or each.execution_key or rows.keys() & each.ids
    }
    prompts = {profile: library.prompts(tx, profile) for profile in wanted}
    return View(
        executions=executions,
        rows=rows,
        prompts=prompts,
        answered=_answered(tx, deliveries, prompts, model_id),
        corrected=_corrected(tx, deliveries, prompts),
        days=execution_store.find_open_direct(tx, prompts),
        profiles=profiles,
        repeated=_repeated(tx, deliveries, executions, rows),
        month_cost=execution_store.month_cost(tx) if month else Decimal(0),
    )


def shown_text(record: Record, own: Prompts) -> ShownText | None:
    """By which earlier answers hold for the record, too; None if it is shown more than can be compared."""
    names = own.document.input.show
    if record.found or not COMPARED.issuperset(names):
        return None
    values = [getattr(record.feedback, name) for name in names]
    named = [(name, None if value == "" else value) for name, value in zip(names, values, strict=True)]
    return ShownText(record.text_key, tuple(named))


def _repeated(
    tx: Transaction,
    deliveries: Sequence[Delivery],
    executions: Mapping[ExecutionId, Execution],
    rows: Collection[RecordId],
) -> frozenset[RecordId]:
    """Only records without a row: one that has a row is asked again for a reason."""
    found: set[RecordId] = set()
    for execution in executions.values():
        if execution.duplicates is Duplicates.SKIP:
            records = [
                each.record
                for each in deliveries
                if each.record.execution_id == execution.execution_id and each.record.record_id not in rows
            ]
            ids = {record.feedback.ref_id for record in records} - {""}
            texts = feedback_store.known.answered_texts(tx, execution, ids)
            found |= {r.record_id for r in records if texts.get(r.feedback.ref_id) == r.text_key}
    return frozenset(found)


def _answered(
    tx: Transaction, deliveries: Sequence[Delivery], prompts: Mapping[Profile, Prompts], model_id: str
) -> dict[tuple[Profile, ShownText], Answer]:
    found = {}
    for profile, own in prompts.items():
        texts = {shown_text(each.record, own) for each in deliveries if each.record.profile == profile}
        asked = [text for text in texts if text] if own.prompt else []
        answers = feedback_store.answered(tx, asked, profile, own.versions(model_id))
        found.update({(profile, text): answer for text, answer in answers.items()})
    return found


def _corrected(
    tx: Transaction, deliveries: Sequence[Delivery], prompts: Mapping[Profile, Prompts]
) -> dict[tuple[Profile, bytes], Answer]:
    """Corrections of these texts whose category is still active."""
    found = {}
    for profile, own in prompts.items():
        if own.prompt and own.taxonomy.corrections_version:
            text_keys = {each.record.text_key for each in deliveries if each.record.profile == profile}
            labels = feedback_store.corrected_labels(tx, profile, text_keys)
            allowed = {UNKNOWN, *(category.name for category in own.taxonomy.categories)}
            found.update({(profile, key): said for key, said in labels.items() if said.label in allowed})
    return found
