"""Asks the model once more about labelled rows of new themes, with the new categories among the others.

A verdict on a group moves no row that has a label: its own text decides. Each answer is stored with what
it cost, so that no row is paid for twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.categorize.dependencies import RESERVE_SECONDS, Dependencies
from shared.contracts.execution import Execution, Usage
from shared.contracts.records import MAX_FEEDBACK_LENGTH, Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory, Taxonomy
from shared.model.bedrock import About, ModelBusy, ModelFailed, everybodys
from shared.model.budgets import exceeded
from shared.model.canary import is_answered
from shared.model.cost_estimate import estimate_tokens, feedback_tokens, labelling_cost
from shared.model.examples import LONGEST, Corrected, Examples
from shared.model.label_answers import check
from shared.model.label_prompt import Prompt, build, numbered, shown
from shared.platform.consumer import Attempt
from shared.platform.database import Transaction
from shared.stores import discovery_store, execution_store, feedback_store
from shared.stores.feedback_store.find import RowText

T = TypeVar("T")

PACK = 40
"""Rows in one call."""
CALLS = 4
"""Calls in parallel, whose answers are stored together."""


class AskAgain:
    """Asks about the rows of one execution.

    Args:
        categories: the existing ones; the active ones are shown.
        new: the active new ones, each with rows that say what it is.
    """

    def __init__(
        self,
        deps: Dependencies,
        attempt: Attempt,
        execution: Execution,
        categories: Iterable[Category],
        new: Sequence[tuple[NewCategory, Sequence[int]]],
    ) -> None:
        self._model, self._database, self._limits = deps.model, deps.database, deps.settings.limits
        self._attempt, self._execution = attempt, execution
        active = [each for each in categories if each.status is CategoryStatus.ACTIVE]
        self._known = len(active)
        self._taxonomy = _taxonomy(execution, [*active, *(_category(execution, each) for each, _ in new)])
        self._names = [each.name for each in self._taxonomy.categories]
        self._typical = {row_id: each.name for each, row_ids in new for row_id in row_ids}

    def ask(self, row_ids: Sequence[int]) -> dict[int, str]:
        """The new category of each of these rows that got one; asks about those without an answer.

        Where a budget would be exceeded, none is asked.

        Raises:
            OutOfTime: to be continued.
            ModelBusy: to be continued later.
            ModelRefused: a person must look.
        """
        answers = self._database.transact(
            lambda tx: discovery_store.answers(tx, self._execution.execution_id)
        )
        left = [row_id for row_id in row_ids if row_id not in answers]
        if left and self._affordable(left):
            examples = Examples(self._database.transact(self._examples))
            for some in _parts(left, PACK * CALLS):
                answers |= self._ask(some, examples)
                self._attempt.check_time(RESERVE_SECONDS)
        chosen = {row_id: answers.get(row_id) for row_id in row_ids}
        return {row_id: name for row_id, name in chosen.items() if name is not None}

    def _examples(self, tx: Transaction) -> list[Corrected]:
        """Those that people corrected; beside them typical rows of the new categories, else they had none."""
        corrected = feedback_store.corrected_rows(tx, self._execution.profile)
        if not corrected:
            return []
        typical = feedback_store.texts(tx, list(self._typical), LONGEST)
        rows = [Corrected(each.id, self._typical[each.id], each.text) for each in typical]
        return rows + [each for each in corrected if each.category in self._names]

    def _affordable(self, row_ids: Sequence[int]) -> bool:
        limits = self._limits

        def read(tx: Transaction) -> bool:
            execution = execution_store.find(tx, self._execution.execution_id) or self._execution
            tokens = 0
            for some in _parts(row_ids, PACK * CALLS):
                texts = feedback_store.texts(tx, some, MAX_FEEDBACK_LENGTH)
                tokens += sum(feedback_tokens(each.title or "", each.feedback) for each in texts)
            system = estimate_tokens(build(self._taxonomy, [], self._model.family.answer_form).system)
            planned = labelling_cost(self._model.family, len(row_ids), tokens, system, PACK)
            month = execution_store.month_cost(tx)
            return exceeded(limits, execution.estimated_cost, month, planned) is None

        return not (limits.execution or limits.month) or self._database.transact(read)

    def _ask(self, row_ids: Sequence[int], examples: Examples) -> dict[int, str | None]:
        """Asks in packs, each different text once, and stores the answers."""
        texts = self._database.transact(lambda tx: feedback_store.texts(tx, row_ids, MAX_FEEDBACK_LENGTH))
        different = list({each.text_key: each for each in texts}.values())
        with ThreadPoolExecutor(CALLS) as pool:
            calls = [pool.submit(self._label, pack, examples) for pack in _parts(different, PACK)]
        found: dict[bytes, str | None] = {}
        used = Usage()
        for call in calls:
            if call.exception() is None:
                labels, cost = call.result()
                found, used = found | labels, used + cost
        answers = {each.id: found[each.text_key] for each in texts if each.text_key in found}

        def keep(tx: Transaction) -> None:
            discovery_store.add_answers(tx, self._execution.execution_id, answers)
            execution_store.add_usage(tx, self._execution.execution_id, used)

        if answers:
            self._database.transact(keep)
            self._attempt.kept()
        for call in calls:
            call.result()
        return answers

    def _label(self, rows: Sequence[RowText], examples: Examples) -> tuple[dict[bytes, str | None], Usage]:
        """The new category of each text; None: it keeps what it has, also without a usable answer."""
        keys = {each.record_id: each.text_key for each in rows}
        asked = numbered([_record(each, self._execution) for each in rows])
        prompt = self._prompt(rows, examples)
        try:
            answer = self._model.converse(prompt.request(asked))
        except (ModelBusy, ModelFailed) as error:
            if isinstance(error, ModelBusy) and error.about is not About.UNCLEAR:
                raise
            if not is_answered(self._model):
                raise everybodys(error) from error
            return dict.fromkeys(keys.values()), Usage(calls=1)
        labels = check(answer.value, list(asked), self._names, cut_off=answer.stop_reason == "max_tokens")
        found: dict[bytes, str | None] = dict.fromkeys(keys.values())
        for number, label in labels.items():
            if label.category > self._known:
                found[keys[asked[number].record_id]] = self._names[label.category - 1]
        return found, answer.usage

    def _prompt(self, rows: Sequence[RowText], examples: Examples) -> Prompt:
        chosen = examples.choose(near=[shown(each.text) for each in rows])
        return build(self._taxonomy, chosen, self._model.family.answer_form, of_a_pack=True)


def _parts(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def _taxonomy(execution: Execution, categories: Sequence[Category]) -> Taxonomy:
    return Taxonomy(
        profile=execution.profile, taxonomy_version=0, corrections_version=0, categories=tuple(categories)
    )


def _category(execution: Execution, new: NewCategory) -> Category:
    return Category(
        id=0,
        profile=execution.profile,
        name=new.name,
        description=new.description,
        status=CategoryStatus.ACTIVE,
        origin=CategoryOrigin.DISCOVERED,
    )


def _record(row: RowText, execution: Execution) -> Record:
    said = Feedback(title=row.title or "", feedback=row.feedback)
    return Record(record_id=row.record_id, profile=execution.profile, feedback=said)
