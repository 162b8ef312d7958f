"""Asks the model once more about labelled rows of new themes, with the new categories among the others.

A verdict on a group moves no row that has a label: its own text decides. Each answer is stored with what
it cost, so that no row is paid for twice.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from services.categorize.discovery_attempt import DiscoveryAttempt
from shared.contracts.execution import Usage
from shared.contracts.records import Profile, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory, Taxonomy
from shared.model.bedrock_client import About, ModelBusy, ModelFailed, everybodys
from shared.model.budgets import exceeded
from shared.model.canary import is_answered
from shared.model.cost_estimate import entry_tokens, estimate_tokens, labelling_cost
from shared.model.examples import LONGEST, Corrected, Examples
from shared.model.label_answers import check
from shared.model.label_lines import Known
from shared.model.label_prompt import Prompt, build, numbered, shown, texts
from shared.platform.database import Transaction
from shared.stores import discovery_answer_store, execution_store, feedback_store, profile_store
from shared.stores.feedback_store import FeedbackRow
from shared.stores.reading import chunks

Asked = tuple[str, ...]
"""What the model sees of a row: rows of which it sees the same are one question."""
Answered = tuple[dict[Asked, str | None], Usage]

PACK = 40
"""Rows in one call."""
CALLS = 4
"""Calls in parallel, whose answers are stored together."""


class AskAgain:
    """Asks about the rows of one execution, in the words of its profile.

    Args:
        categories: the existing ones; the active ones are shown.
        new: the active new ones, each with rows that say what it is.
    """

    def __init__(
        self,
        attempt: DiscoveryAttempt,
        categories: Iterable[Category],
        new: Sequence[tuple[NewCategory, Sequence[int]]],
    ) -> None:
        self._attempt, self._execution = attempt, attempt.execution
        self._model, self._database = attempt.deps.model, attempt.deps.database
        active = [each for each in categories if each.status is CategoryStatus.ACTIVE]
        self._known = len(active)
        profile = attempt.profile
        self._document = self._database.transact(profile_store.current, profile).document
        self._taxonomy = Taxonomy(
            profile=profile,
            taxonomy_version=0,
            corrections_version=0,
            categories=(*active, *(_category(profile, each) for each, _ in new)),
        )
        self._names = [each.name for each in self._taxonomy.categories]
        self._typical = {row_id: each.name for each, row_ids in new for row_id in row_ids}

    def ask(self, row_ids: Sequence[int]) -> tuple[dict[int, str], bool]:
        """The new category of each of these rows that got one; asks about those without an answer.

        Where a budget would be exceeded, none is asked; whether all were is told besides.

        Raises:
            OutOfTime: to be continued.
            ModelBusy: to be continued later.
            ModelRefused: a person must look.
        """
        answers = self._database.transact(discovery_answer_store.answers, self._execution.execution_id)
        left = [row_id for row_id in row_ids if row_id not in answers]
        all_asked = not left or self._affordable(left)
        if left and all_asked:
            examples = Examples(self._database.transact(self._examples))
            for some in chunks(left, PACK * CALLS):
                answers |= self._ask(some, examples)
                self._attempt.check_time()
        chosen = {row_id: answers.get(row_id) for row_id in row_ids}
        return {row_id: name for row_id, name in chosen.items() if name is not None}, all_asked

    def _examples(self, tx: Transaction) -> list[Corrected]:
        """Those that people corrected, and, where the prompt has examples, typical rows of the new ones."""
        corrected = feedback_store.corrected_rows(tx, self._execution.profile)
        if not (corrected or self._document.own_examples()):
            return []
        typical = feedback_store.texts(tx, list(self._typical), LONGEST)
        rows = [Corrected(each.id, self._typical[each.id], each.text) for each in typical]
        return rows + [each for each in corrected if each.category in self._names]

    def _affordable(self, row_ids: Sequence[int]) -> bool:
        limits, family = self._attempt.deps.settings.limits, self._model.family

        def read(tx: Transaction) -> bool:
            execution = execution_store.find(tx, self._execution.execution_id) or self._execution
            tokens = 0
            for some in chunks(row_ids, PACK * CALLS):
                rows = feedback_store.find.rows(tx, some)
                tokens += sum(entry_tokens(self._shown(_record(each))) for each in rows)
            prompt = build(self._taxonomy, [], family.answer_form, self._document)
            system, answer = estimate_tokens(prompt.system), prompt.task.answer_tokens
            planned = labelling_cost(family, len(row_ids), tokens, system, PACK, answer)
            month = execution_store.month_cost(tx)
            return exceeded(limits, execution.estimated_cost, month, planned) is None

        return not (limits.execution or limits.month) or self._database.transact(read)

    def _ask(self, row_ids: Sequence[int], examples: Examples) -> dict[int, str | None]:
        """Asks in packs, what the model sees alike once, and stores the answers."""
        rows = self._database.transact(feedback_store.find.rows, row_ids)
        shown_of = {each.id: self._shown(_record(each)) for each in rows}
        different = list({shown_of[each.id]: each for each in rows}.values())
        with ThreadPoolExecutor(CALLS) as pool:
            calls = [pool.submit(self._label, pack, examples) for pack in chunks(different, PACK)]
        found: dict[Asked, str | None] = {}
        used = Usage()
        for call in calls:
            if call.exception() is None:
                labels, cost = call.result()
                found, used = found | labels, used + cost
        answers = {key: found[said] for key, said in shown_of.items() if said in found}
        if answers:
            self._attempt.keep(used, discovery_answer_store.add_answers, answers)
        for call in calls:
            call.result()
        return answers

    def _label(self, rows: Sequence[FeedbackRow], examples: Examples) -> Answered:
        """The new category of each; None: it keeps what it has, also without a usable answer."""
        asked = numbered([_record(each) for each in rows])
        keys = {number: self._shown(record) for number, record in asked.items()}
        prompt = self._prompt(list(asked.values()), examples)
        try:
            answer = self._model.converse(prompt.request(asked))
        except (ModelBusy, ModelFailed) as error:
            if isinstance(error, ModelBusy) and error.about is not About.UNCLEAR:
                raise
            if not is_answered(self._model):
                raise everybodys(error) from error
            return self._in_halves(rows, examples, Usage(calls=1))
        labels = check(
            answer.value,
            list(asked),
            self._names,
            prompt.task,
            cut_off=answer.cut_off,
            known={number: Known(record.text, record.found.keys()) for number, record in asked.items()},
        )
        if answer.cut_off and not labels:
            return self._in_halves(rows, examples, answer.usage)
        found: dict[Asked, str | None] = dict.fromkeys(keys.values())
        for number, label in labels.items():
            if label.category > self._known:
                found[keys[number]] = self._names[label.category - 1]
        return found, answer.usage

    def _in_halves(self, rows: Sequence[FeedbackRow], examples: Examples, used: Usage) -> Answered:
        """Asks about each half of rows that got no answer together, because of one of them."""
        if len(rows) == 1:
            return {self._shown(_record(rows[0])): None}, used
        self._attempt.check_time()
        middle = len(rows) // 2
        first, cost = self._label(rows[:middle], examples)
        second, more = self._label(rows[middle:], examples)
        return first | second, used + cost + more

    def _prompt(self, records: Sequence[Record], examples: Examples) -> Prompt:
        chosen = examples.choose(near=[shown(each.text) for each in records])
        return build(self._taxonomy, chosen, self._model.family.answer_form, self._document, of_a_pack=True)

    def _shown(self, record: Record) -> Asked:
        return texts(record, self._document.input)


def _category(profile: Profile, new: NewCategory) -> Category:
    return Category(
        id=0,
        profile=profile,
        name=new.name,
        description=new.description,
        status=CategoryStatus.ACTIVE,
        origin=CategoryOrigin.DISCOVERED,
    )


def _record(row: FeedbackRow) -> Record:
    return Record(
        record_id=row.record_id,
        profile=row.profile,
        feedback=row.to_feedback(),
        segments=row.segments,
        found=dict(row.found),
    )
