"""Sends labelled rows through classify's own code, and measures what comes back."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from evaluation.dataset import Dataset, LabelledRow
from evaluation.model import EvaluationError
from services.classify.labelling import Labelled, Reply, label
from services.classify.packing import pack
from shared.contracts.execution import Usage
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, Taxonomy
from shared.model.bedrock import Model, ModelBusy, ModelFailed, ModelRefused
from shared.model.examples import Corrected, choose
from shared.model.label_answers import check
from shared.model.label_prompt import Prompt, build

PACK_TOKENS = 6000
_THREADS = 4
_ATTEMPTS = 8
_NO_LIMIT = 10**9


@dataclass(frozen=True)
class Run:
    """What the model made of the rows.

    Attributes:
        predicted: by row; None for unknown, and for a row that failed.
        failed: rows without a usable answer.
        packs: calls that a model without a slip would have needed.
    """

    predicted: tuple[str | None, ...]
    failed: int
    packs: int
    usage: Usage
    seconds: float
    prompt_version: str

    @property
    def repairs(self) -> int:
        """Calls beyond one for each pack."""
        return self.usage.calls - self.packs


def examples_from(dataset: Dataset, per_category: int, seed: int = 0) -> list[Corrected]:
    """So many training rows of each category, chosen as corrected rows are.

    Raises:
        EvaluationError: examples are asked for and the file has no training rows.
    """
    if per_category == 0:
        return []
    if not dataset.training:
        raise EvaluationError("examples come from rows whose column split says train, and there are none")
    rows = list(dataset.training)
    random.Random(seed).shuffle(rows)  # noqa: S311 - a sample, not a secret
    candidates = [Corrected(n, row.label, row.text) for n, row in enumerate(rows) if row.label is not None]
    return choose(candidates, per_category=per_category, budget_tokens=_NO_LIMIT)


def run(
    model: Model,
    rows: Sequence[LabelledRow],
    categories: Sequence[Category],
    examples: Sequence[Corrected],
    size: int,
) -> Run:
    """Labels the rows in packs of at most `size`."""
    taxonomy = Taxonomy(
        profile="evaluation", taxonomy_version=1, corrections_version=1, categories=tuple(categories)
    )
    prompt = build(taxonomy, examples, model.family.answer_form)
    names = [category.name for category in categories]
    packs = pack([_record(number, row) for number, row in enumerate(rows)], size, PACK_TOKENS)
    started = time.monotonic()
    with ThreadPoolExecutor(_THREADS) as pool:
        results = list(pool.map(lambda each: _label(model, prompt, each, names), packs))
    labels = {key: answer.category for result in results for key, answer in result.labels.items()}
    predicted = tuple(_name(labels.get(_record_id(number), 0), categories) for number in range(len(rows)))
    return Run(
        predicted=predicted,
        failed=sum(len(result.failures) for result in results),
        packs=len(packs),
        usage=sum((result.usage for result in results), Usage()),
        seconds=time.monotonic() - started,
        prompt_version=prompt.version,
    )


def ask(model: Model, prompt: Prompt, names: Sequence[str], records: Mapping[int, Record]) -> Reply:
    """Asks a model, and takes each answer and each error for what it is."""
    try:
        answer = model.converse(prompt.request(records))
    except (ModelBusy, ModelRefused) as error:
        return Reply({}, Usage(), error=error)
    except ModelFailed as error:
        return Reply({}, Usage(calls=1), str(error))
    labels = check(answer.value, list(records), names, cut_off=answer.stop_reason == "max_tokens")
    return Reply(labels, answer.usage, f"the model gave no usable answer ({answer.stop_reason})")


def _label(model: Model, prompt: Prompt, records: Sequence[Record], names: Sequence[str]) -> Labelled:
    """Labels a pack; a busy model is asked again for what is left, for an evaluation has time."""
    done = Labelled()
    left = list(records)
    for attempt in range(_ATTEMPTS):
        result = label(left, partial(ask, model, prompt, names))
        done.labels.update(result.labels)
        done.failures.update(result.failures)
        done.usage += result.usage
        if result.error is None:
            return done
        if not isinstance(result.error, ModelBusy):
            raise EvaluationError(f"{result.error}") from result.error
        left = result.left
        time.sleep(min(2**attempt, 30))
    raise EvaluationError(f"the model stayed busy; {len(left)} rows of a pack are left")


def _name(number: int, categories: Sequence[Category]) -> str | None:
    return categories[number - 1].name if number else None


def _record_id(number: int) -> str:
    return f"row:{number}"


def _record(number: int, row: LabelledRow) -> Record:
    return Record(record_id=_record_id(number), profile="evaluation", feedback=Feedback(feedback=row.text))
