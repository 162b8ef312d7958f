"""What the simulation of the pacing is given: how many workers, and what a call is about."""

from dataclasses import dataclass

from services.classify.pacing import PATIENCE_SECONDS
from services.classify.rate import Rate
from services.classify.settings import ClassifySettings
from services.classify.worker import HOLD_SECONDS, rate_of
from shared.model.cost_estimate import SCHEMA_TOKENS, feedback_tokens, max_tokens

DEFAULTS = ClassifySettings(feedback_queue_url="-", model_id="-", embedding_model_id="-")
BATCH = 1_200
"""The mapping's BatchSize in template.yaml."""
_SYSTEM_TOKENS = 220
"""Instructions and a small taxonomy, as samples/categories.json has it."""
_OUTPUT_TOKENS = 9
"""Of a record, as `make bench` counts them."""


@dataclass(frozen=True)
class Work:
    """One call: how many records it is about, and its tokens."""

    records: int
    input_tokens: int
    output_tokens: int
    max_tokens: int


@dataclass(frozen=True)
class Fleet:
    """The workers.

    Attributes:
        share: tokens a minute of each, of a known quota; None: they find it.
        batch: records that one is given at a time.
        calls: that one has under way at a time, at most.
        hold: seconds after which a batch begins no further call.
        patience: seconds that a call waits for the quota at its turn before its batch goes back.
        pause: seconds between the last answer of a batch and the next batch.
    """

    workers: int = DEFAULTS.feedback_concurrency
    share: float | None = None
    batch: int = BATCH
    calls: int = DEFAULTS.parallel_calls
    hold: float = HOLD_SECONDS
    patience: float = PATIENCE_SECONDS
    pause: float = 1.0

    def rate(self) -> Rate:
        """With which a worker begins."""
        if self.share:
            return Rate(self.share, known=True)
        return rate_of(DEFAULTS.model_copy(update={"feedback_concurrency": self.workers}))


def work_of(characters: int, pack_size: int = DEFAULTS.pack_size) -> Work:
    """A full pack of texts of that length."""
    tokens = feedback_tokens("", "x" * characters)
    records = max(1, min(pack_size, DEFAULTS.pack_tokens // tokens))
    input_tokens = _SYSTEM_TOKENS + SCHEMA_TOKENS + records * tokens
    return Work(records, input_tokens, records * _OUTPUT_TOKENS, max_tokens(records))
