"""Applies a corrections file in one transaction. Applying the same file twice changes nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.curate.corrections import read_corrections
from services.curate.dependencies import Dependencies
from services.curate.matching import Matches, match
from services.curate.upload_io import finish, read_lines
from services.curate.uploads import Upload
from shared.changes import lifecycle, revisions, routes
from shared.contracts.errors import TransientError
from shared.contracts.events import BusEvent, CorrectionEvent, Counts, EventType
from shared.contracts.notices import CorrectionsApplied, LabelledRows
from shared.contracts.records import ExecutionId, Profile
from shared.contracts.taxonomy import UNKNOWN
from shared.platform.database import Transaction
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store import RowStatus
from shared.stores.feedback_store.correct import CorrectableRow
from shared.stores.reading import chunks


class CategoriesChanged(TransientError):
    """A category that the file names was retired or renamed after the file was matched: match it again."""


@dataclass(frozen=True)
class Moves:
    """The rows that a file changes, and how the counters change with them.

    Attributes:
        groups: row ids by their new `label_correction` and status.
        counts: what is added to each execution's counters, by the counter's name; may be negative.
        profiles: the ids of the changed rows by profile.
    """

    groups: Mapping[tuple[str | None, RowStatus], Sequence[int]]
    counts: Mapping[ExecutionId, Counter[str]]
    profiles: Mapping[Profile, Sequence[int]]

    @property
    def labels(self) -> dict[str | None, int]:
        """Number of rows by their new correction, largest first; None removes a correction."""
        totals: Counter[str | None] = Counter()
        for (label, _), ids in self.groups.items():
            totals[label] += len(ids)
        return dict(totals.most_common())


def correct(deps: Dependencies, upload: Upload) -> None:
    """Reads and applies the file, and announces a notice of what changed and what could not be matched.

    Raises:
        UploadRefused: the file is no corrections file, or has too many corrections.
        CategoriesChanged: see `apply`.
    """
    found = match(deps.database, read_corrections(read_lines(deps, upload)))
    finish(deps, upload, lambda tx: apply(tx, upload.key, found))


def apply(tx: Transaction, source: str, found: Matches) -> CorrectionsApplied:
    """Writes the corrections; returns the notice.

    Args:
        source: the S3 key of the file.
        found: what the file asks for.

    Raises:
        CategoriesChanged: a label of the file is no active category any more; roll back and match again.
    """
    ids = sorted(found.wanted)
    feedback_store.lock_executions_of(tx, ids)
    rows = [row for chunk in chunks(ids) for row in feedback_store.correct.lock(tx, chunk)]
    moves = move(rows, found.wanted)
    _check_labels(tx, rows, found.wanted)
    for (label, status), group in moves.groups.items():
        for chunk in chunks(group):
            feedback_store.correct.write(tx, chunk, label, status)
    _count(tx, source, moves)
    _announce(tx, source, found, moves)
    return CorrectionsApplied(
        source=source,
        labels=tuple(LabelledRows(label=label, rows=rows) for label, rows in moves.labels.items()),
        executions=len(moves.counts),
        unchanged=found.unchanged,
        unmatched=found.unmatched,
        unmatched_lines=tuple(found.shown),
    )


def move(rows: Iterable[CorrectableRow], wanted: Mapping[int, str | None]) -> Moves:
    """Groups the rows by what changes about them; a row that already has its correction is left out.

    Args:
        wanted: by row id, the new correction; None removes it.
    """
    groups: defaultdict[tuple[str | None, RowStatus], list[int]] = defaultdict(list)
    counts: defaultdict[ExecutionId, Counter[str]] = defaultdict(Counter)
    profiles: defaultdict[Profile, list[int]] = defaultdict(list)
    for row in rows:
        label = wanted[row.id]
        if label == row.label_correction:
            continue
        status = row.status_with(label)
        groups[label, status].append(row.id)
        counts[row.execution_id].update({row.status.value: -1})
        counts[row.execution_id].update({status.value: 1})
        profiles[row.profile].append(row.id)
    return Moves(groups, counts, profiles)


def _check_labels(tx: Transaction, rows: Sequence[CorrectableRow], wanted: Mapping[int, str | None]) -> None:
    for profile in sorted({row.profile for row in rows}):
        active = {category.name for category in category_store.taxonomy(tx, profile).categories}
        labels = {wanted[row.id] for row in rows if row.profile == profile}
        if labels - active - {UNKNOWN, None}:
            raise CategoriesChanged("a category was retired or renamed meanwhile")


def _count(tx: Transaction, source: str, moves: Moves) -> None:
    """Updates the counters of the executions, and has the reports of ended ones rendered again."""
    for execution_id in sorted(moves.counts):
        change = Counts(**moves.counts[execution_id])
        # A parked row that a person labels may be the last one that its execution waits for.
        lifecycle.count_written(tx, execution_id, change)
    reason = f"labels were corrected by {source}"[:1000]
    revisions.revise_all(tx, moves.counts.keys(), reason, told=True)


def _announce(tx: Transaction, source: str, found: Matches, moves: Moves) -> None:
    for profile, ids in sorted(moves.profiles.items()):
        routes.tell(tx, profile, ids)
        category_store.next_corrections_version(tx, profile)
        event = CorrectionEvent(
            profile=profile,
            source=source,
            corrected=len(ids),
            unmatched=found.unmatched,
            corrections_version=category_store.taxonomy(tx, profile).corrections_version,
        )
        tx.announce(BusEvent(type=EventType.FEEDBACK_CORRECTED, detail=event))
