"""What services have people told: facts, one model for each kind. The words are in services/notify/mail."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from typing_extensions import override

from shared.contracts.base import Contract
from shared.contracts.messages import ToNotify
from shared.contracts.records import ExecutionId, Profile

SHOWN = 50
"""Names of one kind in a mail."""


class Notice(ToNotify):
    """Facts that people are told once by mail; the words are notify's (`services/notify/mail`)."""

    version: Literal[1] = 1

    @property
    def key(self) -> str:
        """By what a notice is known that was told before."""
        return f"notice {self.id or hashlib.sha256(self.model_dump_json().encode()).hexdigest()}"


class Names(Contract):
    """The first of some names, as many as a mail shows, and how many there are."""

    first: tuple[str, ...]
    count: int

    @classmethod
    def of(cls, names: Sequence[str]) -> "Names":
        """All of them, or as many as are shown."""
        return cls(first=tuple(names[:SHOWN]), count=len(names))


class BudgetReached(Notice):
    """Records of an execution are kept back, because the next ones would exceed a budget.

    Attributes:
        parameter: the template's, which sets the limit.
        remaining_cost: US dollars that the remaining records would cost, by estimate.
        still_read: whether more records may come, since the file is still being read.
    """

    kind: Literal["budget_reached"] = "budget_reached"
    execution_id: ExecutionId
    parameter: str
    limit: Decimal
    done: int
    cost: Decimal
    remaining: int
    remaining_cost: Decimal
    still_read: bool


class BudgetTooSmall(Notice):
    """A file is expected to cost more than a budget allows.

    Attributes:
        rows: about how many it has.
        cost: US dollars that labelling them would cost, by estimate.
        left: US dollars that are left of the limit, if it is the month's.
    """

    kind: Literal["budget_too_small"] = "budget_too_small"
    execution_id: ExecutionId
    source_key: str | None
    rows: int
    cost: Decimal
    parameter: str
    limit: Decimal
    left: Decimal | None


class ExecutionStalled(Notice):
    """An execution has made no progress for too long.

    Attributes:
        since: UTC, without a zone.
        sent_again: whether missing rows are sent again from its file; else its last event is repeated.
    """

    kind: Literal["execution_stalled"] = "execution_stalled"
    execution_id: ExecutionId
    source_key: str | None
    status: str
    since: datetime
    done: int
    accepted: int
    parked: int
    sent_again: bool


class ExecutionWaits(Notice):
    """An execution has waited long for the model or for a budget, which people were told of when it began."""

    kind: Literal["execution_waits"] = "execution_waits"
    execution_id: ExecutionId
    source_key: str | None
    since: datetime
    accepted: int
    parked: int


class RevisedReport(Contract):
    """One of the reports that a change revised."""

    execution_id: ExecutionId
    source_key: str | None


class ReportsRevised(Notice):
    """One change revised many reports of a profile; `reports` are the first of `count`."""

    kind: Literal["reports_revised"] = "reports_revised"
    profile: Profile
    reason: str
    reports: tuple[RevisedReport, ...]
    count: int


class LabelledRows(Contract):
    """How many rows people gave a label; None: they took a correction back."""

    label: str | None
    rows: int


class UnmatchedLine(Contract):
    """A line of a corrections file that changes nothing, and why."""

    line: int
    name: str
    reason: str


class CorrectionsApplied(Notice):
    """A corrections file was applied; `unmatched_lines` are the first of `unmatched`."""

    kind: Literal["corrections_applied"] = "corrections_applied"
    source: str
    labels: tuple[LabelledRows, ...]
    executions: int
    unchanged: int
    unmatched: int
    unmatched_lines: tuple[UnmatchedLine, ...]


class CarriedOut(Contract):
    """A decision about a category, and what it changed.

    Attributes:
        decision: in words.
        curation_id: by which it is undone; None: nothing was to be changed.
        rows: that it changes.
        left: those of them that the sweeper changes later.
    """

    decision: str
    curation_id: int | None
    rows: int
    left: int


class DecisionsCarriedOut(Notice):
    """Decisions about categories were carried out."""

    kind: Literal["decisions_carried_out"] = "decisions_carried_out"
    source: str
    profile: Profile
    decisions: tuple[CarriedOut, ...]


class CategoryListApplied(Notice):
    """A category list was taken over.

    Attributes:
        changes: how many categories it changed, and `kept` those that it left as they were.
        waiting: proposals that are not in the list.
        asked_again: rows of retired categories.
        curation_ids: by which approvals and retirements are undone.
    """

    kind: Literal["category_list_applied"] = "category_list_applied"
    source: str
    profile: Profile
    changes: int
    added: Names
    activated: Names
    approved: Names
    described: Names
    retired: Names
    waiting: Names
    kept: int
    asked_again: int
    curation_ids: tuple[int, ...]


class ProfileApplied(Notice):
    """A profile was taken over.

    Attributes:
        profile_version: of its document; None: it was that already.
        fields: of the document, that have changed.
        categories: what its list changed.
        active: how many categories the profile has now.
        rows: that were labelled under an earlier version, and keep their labels.
    """

    kind: Literal["profile_applied"] = "profile_applied"
    source: str
    profile: Profile
    profile_version: int | None
    fields: tuple[str, ...]
    attributes_added: Names
    attributes_changed: Names
    attributes_removed: Names
    categories: CategoryListApplied
    active: int
    rows: int


class UploadNotTaken(Notice):
    """An upload changed nothing; `reasons` says why, line by line."""

    kind: Literal["upload_not_taken"] = "upload_not_taken"
    source: str
    reasons: tuple[str, ...]


class WrittenNotice(Notice):
    """A notice with its words, as earlier versions sent it; it may still wait in the outbox or the queue."""

    kind: Literal["notice"] = "notice"
    subject: str
    message: str

    @property
    @override
    def key(self) -> str:
        if self.id is not None:
            return super().key
        return hashlib.sha256(f"{self.subject}\n{self.message}".encode()).hexdigest()


AnyNotice = (
    BudgetReached
    | BudgetTooSmall
    | ExecutionStalled
    | ExecutionWaits
    | ReportsRevised
    | CorrectionsApplied
    | DecisionsCarriedOut
    | CategoryListApplied
    | ProfileApplied
    | UploadNotTaken
    | WrittenNotice
)
