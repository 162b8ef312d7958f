"""An execution: how far it is, what it counted, what it cost."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from shared.contracts.base import Contract, FromJson, Tolerant
from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId, Profile

REPLACED = "the file was replaced by another upload of the same name before it was read to its end"
"""Why such a file failed: the one failure after which people have nothing to do."""


class ExecutionStatus(StrEnum):
    """How far an execution is. `receiving`: its file is being read, or its day is still open."""

    RECEIVING = "receiving"
    CLASSIFYING = "classifying"
    CLASSIFIED = "classified"
    CATEGORIZED = "categorized"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self in (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)


class Duplicates(StrEnum):
    """What a file does with rows that are known from an earlier one, by the customer's own id.

    keep: nothing, they are labelled and counted. skip: those with the same text are not asked about.
    replace: they take the place of the earlier ones wherever rows of several files are looked at.
    """

    KEEP = "keep"
    SKIP = "skip"
    REPLACE = "replace"


class Source(Contract):
    """The S3 object that an execution reads."""

    bucket: str
    key: str
    version: str | None = None
    etag: str | None = None
    bytes: int | None = None


class Usage(Contract):
    """What model calls cost: tokens as Bedrock reports them, dollars by the price table."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    estimated_cost: Decimal = Decimal(0)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in Usage.model_fields})


NO_USAGE = Usage()


class Execution(Counts, Usage, Tolerant):
    """A row of table `execution`; the counters and the usage are columns of it."""

    execution_id: ExecutionId
    kind: Literal["file", "direct"]
    profile: Profile
    status: ExecutionStatus
    execution_key: str
    source_bucket: str | None = None
    source_key: str | None = None
    source_version: str | None = None
    source_etag: str | None = None
    source_bytes: int | None = None
    duplicates: Duplicates = Duplicates.KEEP
    ingest_slice: int = 0
    checkpoint: FromJson[dict[str, Any] | None] = None
    expected_cost: Decimal | None = None
    """US dollars, told from the file's beginning before its first row was sent."""
    discovery: str | None = None
    discovered: int = 0
    failure_reason: str | None = None
    task_token: str | None = None
    revision: int = 0
    notified_revision: int | None = None
    loud_revision: int = 0
    """The last revision that has a mail of its own; what came later is told together with others."""
    started_at: datetime
    ingested_at: datetime | None = None
    classified_at: datetime | None = None
    categorized_at: datetime | None = None
    completed_at: datetime | None = None
    stalled_at: datetime | None = None
    last_progress_at: datetime

    @property
    def counts(self) -> Counts:
        return Counts(**{name: getattr(self, name) for name in Counts.model_fields})

    @property
    def usage(self) -> Usage:
        return Usage(**{name: getattr(self, name) for name in Usage.model_fields})

    @property
    def has_mail_due(self) -> bool:
        """Whether people are to have a mail about this report, not only about others with it."""
        return self.notified_revision is None or self.notified_revision < self.loud_revision

    @property
    def is_empty_day(self) -> bool:
        """Whether it is a day of direct feedback on which nothing new came: no report, no mail."""
        return self.kind == "direct" and self.rows_read == 0

    @property
    def lacks_report(self) -> bool:
        """Whether it failed with its rows labelled: its report could not be drawn."""
        return self.status is ExecutionStatus.FAILED and self.categorized_at is not None

    @property
    def source(self) -> Source | None:
        """The object that it reads; None for direct feedback."""
        if self.source_bucket is None or self.source_key is None:
            return None
        return Source(
            bucket=self.source_bucket,
            key=self.source_key,
            version=self.source_version,
            etag=self.source_etag,
            bytes=self.source_bytes,
        )

    @property
    def unwritten(self) -> int:
        """Accepted records that have no row yet, or a parked one."""
        return self.accepted - self.labelled - self.unknown - self.failed - self.skipped

    @property
    def all_written(self) -> bool:
        """Whether every accepted record has its row, and none is parked.

        More rows than accepted records are a fault that the report tells of; it must come for that.
        """
        return self.unwritten <= 0
