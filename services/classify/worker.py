"""What a warm function keeps between batches: its pace, its token ratio and its failure counters."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from services.classify.groups import Group
from services.classify.health import Health
from services.classify.labelling import Labelled, label
from services.classify.model_calls import Asker, Meter
from services.classify.pacing import Gauge, Pace
from services.classify.packing import pack
from services.classify.rate import START_PER_MINUTE, Clock, Rate
from services.classify.settings import ClassifySettings
from shared.contracts.execution import Usage
from shared.contracts.records import Record, RecordId
from shared.model.bedrock import Model
from shared.model.label_lines import Label
from shared.model.model_table import ServiceTier

Job = tuple[Group, Sequence[Record]]
"""A pack of a group's records."""
Labels = Mapping[RecordId, Label]

SYSTEM_CLOCK = Clock(now=time.monotonic, sleep=time.sleep)
HOLD_SECONDS = 30.0
"""After so long a batch begins no further call; what is left of it goes back, so that others have a turn."""


def rate_of(settings: ClassifySettings) -> Rate:
    """With which a worker begins."""
    if settings.tokens_per_minute:
        return Rate(settings.tokens_per_minute * settings.worker_share, known=True)
    return Rate(START_PER_MINUTE / settings.feedback_concurrency, known=False)


class Worker:
    """Asks the model about groups of records, several packs at a time."""

    def __init__(self, model: Model, settings: ClassifySettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self.model = model
        tier = settings.service_tier
        self._of_files = model.in_tier(tier, clock.now) if tier is not ServiceTier.DEFAULT else None
        self._fallback_told = False
        self.clock = clock
        self.health = Health()
        self._gauge = Gauge()
        self._settings = settings
        self._pace = Pace(rate_of(settings), settings.requests_per_minute * settings.worker_share, clock)
        self._pool = ThreadPoolExecutor(settings.parallel_calls, thread_name_prefix="pack")

    @property
    def tokens_per_minute(self) -> int:
        """The rate at which it asks now: its share, or what it has found."""
        return round(60 * self._pace.rate.per_second)

    def label(self, groups: Sequence[Group], deadline: float) -> Meter:
        """Asks the model about the groups' records and sets their outcomes, or leaves them busy or parked.

        Args:
            groups: their known answers are already set.
            deadline: on the worker's clock; no call is made that would have to wait longer for its quota.
        """
        jobs = [(each, part) for each in groups for part in self._packs(each, each.unique_records())]
        results, meter = self._ask(jobs, deadline)
        for each in groups:
            each.settle([result for (owner, _), result in zip(jobs, results, strict=True) if owner is each])
        return meter

    def ask_again(self, group: Group, records: Sequence[Record], deadline: float) -> tuple[Labels, Meter]:
        """Asks once more about records that have an answer; returns the labels, as far as there are some."""
        jobs = [(group, part) for part in self._packs(group, records)]
        results, meter = self._ask(jobs, deadline)
        group.usage += sum((each.usage for each in results), Usage())
        return {key: label for each in results for key, label in each.labels.items()}, meter

    def _ask(self, jobs: Sequence[Job], deadline: float) -> tuple[list[Labelled], Meter]:
        deadline = min(deadline, self.clock.now() + HOLD_SECONDS)
        askers = {
            model: Asker(model, self._pace, self._gauge, self.health, self.clock.now, deadline)
            for model in {self.model_for(each) for each, _ in jobs}
        }
        results = list(self._pool.map(lambda job: self._label(askers[self.model_for(job[0])], *job), jobs))
        return results, sum((asker.meter for asker in askers.values()), Meter())

    def model_for(self, group: Group) -> Model:
        """The model in the tier of this kind of work: people wait for direct feedback."""
        return self._of_files if self._of_files and group.home else self.model

    def fallback_to_tell(self) -> bool:
        """Whether the tier of files is not offered; true once."""
        if self._fallback_told or not self._of_files or not self._of_files.falls_back:
            return False
        self._fallback_told = True
        return True

    def _packs(self, group: Group, records: Sequence[Record]) -> list[list[Record]]:
        if group.prompts.prompt is None:
            return []
        shows = group.prompts.document.input
        return pack(records, self._settings.pack_size, self._settings.pack_tokens, shows)

    @staticmethod
    def _label(asker: Asker, group: Group, records: Sequence[Record]) -> Labelled:
        prompt = group.prompts.prompt_for(records, group.vectors)
        names = [category.name for category in group.prompts.taxonomy.categories]
        result = label(records, partial(asker.ask, prompt, names))
        result.examples = prompt.examples
        return result
