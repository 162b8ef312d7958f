"""Sends labelled rows through classify's own code with its own prompt, and measures what comes back."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from statistics import median

import numpy as np

from evaluation.dataset import Dataset, LabelledRow
from evaluation.model import EvaluationError
from services.classify.labelling import Labelled, Reply, label
from services.classify.packing import pack
from services.classify.prompt_library import Prompts, prompts_of
from services.classify.settings import ClassifySettings
from services.classify.vectors import Vectors, texts_of
from services.ingest.ratings import stars_of
from services.ingest.refusal import ValueUnread
from shared.contracts.execution import Usage
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, Taxonomy
from shared.model.bedrock import Model
from shared.model.bedrock_client import ModelBusy, ModelFailed, ModelRefused
from shared.model.embedding import Embedder
from shared.model.examples import Corrected
from shared.model.label_answers import check
from shared.model.label_lines import Known
from shared.model.label_prompt import Prompt, instructions

PACK_SIZE: int = ClassifySettings.model_fields["pack_size"].default
PACK_TOKENS: int = ClassifySettings.model_fields["pack_tokens"].default
DRAWS = 3
PLAIN = ProfileDocument()
THREADS = 4
_ATTEMPTS = 8


@dataclass(frozen=True)
class Way:
    """A way of labelling: what is compared.

    Attributes:
        name: in the report.
        pack: records in a call, at most.
        examples: corrected rows of each category, from which production's prompt takes what it has room for.
        instructions: other ones than the profile's.
        document: the profile: its instructions, topics and attributes, and what an entry shows.
    """

    name: str
    model_id: str
    pack: int = PACK_SIZE
    examples: int = 0
    instructions: str = ""
    document: ProfileDocument = PLAIN


@dataclass(frozen=True)
class Run:
    """What the model made of the rows, once.

    Attributes:
        predicted: by row; None for unknown, and for a row that failed.
        failed: rows without a usable answer.
        packs: calls that a model without a slip would have needed.
        call_seconds: median time of a call.
    """

    predicted: tuple[str | None, ...]
    failed: int
    packs: int
    usage: Usage
    seconds: float
    prompt_version: str
    call_seconds: float = 0.0

    @property
    def repairs(self) -> int:
        """Calls beyond one for each pack."""
        return self.usage.calls - self.packs


@dataclass
class Calls:
    """Asks a model, and takes each answer and each error for what it is."""

    model: Model
    names: Sequence[str]
    seconds: list[float] = field(default_factory=list)

    def ask(self, prompt: Prompt, records: Mapping[int, Record]) -> Reply:
        """The labels of a pack, as far as the answer can be read."""
        started = time.monotonic()
        try:
            answer = self.model.converse(prompt.request(records))
        except (ModelBusy, ModelRefused) as error:
            return Reply({}, Usage(), error=error)
        except ModelFailed as error:
            return Reply({}, Usage(calls=1), str(error))
        self.seconds.append(time.monotonic() - started)
        labels = check(
            answer.value,
            list(records),
            self.names,
            prompt.task,
            cut_off=answer.stop_reason == "max_tokens",
            known={number: Known(record.feedback.feedback) for number, record in records.items()},
        )
        return Reply(labels, answer.usage, f"the model gave no usable answer ({answer.stop_reason})")


def corrected_rows(dataset: Dataset, per_category: int, seed: int) -> list[Corrected]:
    """So many training rows of each category, drawn at random, as if people had corrected them.

    Of the same draw, more of them are those of fewer and some besides.

    Raises:
        EvaluationError: some are asked for and the file has no training rows.
    """
    if per_category == 0:
        return []
    if not dataset.training:
        raise EvaluationError("examples come from rows whose column split says train, and there are none")
    rows = list(dataset.training)
    random.Random(seed).shuffle(rows)  # noqa: S311 - a sample, not a secret
    taken: dict[str, list[Corrected]] = {}
    for number, row in enumerate(rows):
        if row.label is not None and len(own := taken.setdefault(row.label, [])) < per_category:
            own.append(Corrected(number, row.label, row.text))
    return [each for own in taken.values() for each in own]


def run(
    model: Model,
    rows: Sequence[LabelledRow],
    categories: Sequence[Category],
    examples: Sequence[Corrected],
    way: Way,
    seed: int = 0,
    embedder: Embedder | None = None,
) -> Run:
    """Labels the rows, in an order that follows from the seed, in packs of at most `way.pack`.

    Args:
        embedder: tells which examples are nearest to a pack; None: the words they share do, as where
            categorize asks again.
    """
    taxonomy = Taxonomy(
        profile="evaluation", taxonomy_version=1, corrections_version=1, categories=tuple(categories)
    )
    prompts = prompts_of(taxonomy, examples, model.family.answer_form, way.document)
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311
    shows = way.document.input
    records = [_record(number, rows[number], shows.show) for number in order]
    packs = pack(records, way.pack, PACK_TOKENS, shows)
    vectors = _vectors(prompts, records, embedder) if embedder else {}
    calls = Calls(model, [category.name for category in categories])

    def ask(records: Sequence[Record]) -> Labelled:
        prompt = _instructed(prompts.prompt_for(records, vectors), model, way.instructions)
        return label_pack(partial(calls.ask, prompt), records)

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(ask, packs))
    labels = {key: answer.category for result in results for key, answer in result.labels.items()}
    predicted = tuple(_name(labels.get(_record_id(number), 0), categories) for number in range(len(rows)))
    assert prompts.prompt is not None, "there is a category"
    return Run(
        predicted=predicted,
        failed=sum(len(result.failures) for result in results),
        packs=len(packs),
        usage=sum((result.usage for result in results), Usage()),
        seconds=time.monotonic() - started,
        prompt_version=way.name if way.instructions else prompts.prompt.version,
        call_seconds=median(calls.seconds or [0.0]),
    )


def _vectors(prompts: Prompts, records: Sequence[Record], embedder: Embedder) -> Vectors:
    """The records' vectors, where production has them embedded; the prompts get those of the examples."""
    if prompts.nearest is None:
        return {}
    prompts.nearest.place(_embed(prompts.nearest.missing(), embedder))
    return _embed(texts_of(records), embedder)


def _embed(texts: Mapping[bytes, str], embedder: Embedder) -> Vectors:
    keys, found = list(texts), dict[bytes, bytes]()
    for at, vectors, _ in embedder.embed(list(texts.values())):
        found.update(zip(keys[at : at + len(vectors)], vectors, strict=True))
    return {key: np.frombuffer(vector, "<f4") for key, vector in found.items()}


def _instructed(prompt: Prompt, model: Model, other: str) -> Prompt:
    """The prompt with these instructions instead of production's; an empty text changes nothing."""
    if not other:
        return prompt
    own = instructions(model.family.answer_form, prompt.task)
    prefixes = tuple(end + len(other) - len(own) for end in prompt.prefixes or ()) or None
    return replace(prompt, system=other + prompt.system.removeprefix(own), prefixes=prefixes)


def label_pack(ask: partial[Reply], records: Sequence[Record]) -> Labelled:
    """Labels a pack; a busy model is asked again for what is left, for an evaluation has time."""
    done = Labelled()
    left = list(records)
    for attempt in range(_ATTEMPTS):
        result = label(left, ask)
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


def _record(number: int, row: LabelledRow, shows: Sequence[str] = ()) -> Record:
    """The row as ingest would have read it; of its columns only those that the profile shows."""
    given = {name: row.columns[name] for name in shows if row.columns.get(name)}
    fields = {name: given.pop(name) for name in list(given) if name in Feedback.model_fields}
    said = Feedback.model_validate({**fields, "stars": _stars(fields.get("stars", "")), "feedback": row.text})
    return Record(record_id=_record_id(number), profile="evaluation", feedback=said, segments=given)


def _stars(said: str) -> Decimal | None:
    try:
        return stars_of(said)
    except ValueUnread:
        return None
