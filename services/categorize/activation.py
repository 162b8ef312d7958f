"""Which new categories are used at once: those that files carry, not what one sender may have invented."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.categorize.decisions import Decision, feedbacks
from services.categorize.settings import CategorizeSettings
from shared.changes import curation
from shared.changes.row_batches import CurationBusy
from shared.contracts.records import ExecutionId
from shared.contracts.taxonomy import MOST_ACTIVE, Category, CategoryOrigin, CategoryStatus
from shared.platform.database import Database, Transaction
from shared.stores import curation_store, discovery_store, feedback_store
from shared.stores.feedback_store.discover import Origin, PoolRow

FILE_SHARE = 0.01
"""Of a file's accepted rows, from which a theme of that file alone is a category: a file may be collected
from many writers, and a few of them shall not name one."""


def may_activate(
    origins: Sequence[Origin], rows: Iterable[PoolRow], at_least: int, *, from_direct: bool
) -> bool:
    """Whether rows that can be trusted are enough for a category, and not all of a few writers.

    Whoever may send direct feedback may invent it, and its source too; files need rights to the bucket. So
    direct feedback counts only if it is said to, and all of it as one source.

    Args:
        origins: where the theme's rows come from, an entry for each execution.
        rows: those rows, and topics.
        at_least: rows from which there is a new category.
    """
    trusted = [each for each in origins if each.kind == "file" or from_direct]
    executions = {each.execution_id for each in trusted}
    carriers = {row.id: row for row in rows if row.execution_id in executions}
    direct = {each.execution_id for each in trusted if each.kind == "direct"}
    if feedbacks(carriers, carriers, direct) < at_least:
        return False
    several = len({each.source for each in trusted}) > 1
    return several or any(each.rows >= FILE_SHARE * each.accepted for each in trusted)


class Activation:
    """Decides it for the themes of one discovery.

    Args:
        at_least: rows from which there is a new category.
    """

    def __init__(
        self,
        database: Database,
        settings: CategorizeSettings,
        categories: Mapping[int, Category],
        at_least: int,
        execution_id: ExecutionId,
    ) -> None:
        self._database, self._settings, self._execution_id = database, settings, execution_id
        self._categories, self._at_least = categories, at_least

    def with_status(self, decided: Sequence[Decision]) -> list[Decision]:
        """The decisions with their status: active if allowed, while the prompt has room for the category."""
        ready = [each for each in decided if each.new and self._may_activate(each.carrier_ids)]
        if not self._has_room_for(len(ready)):
            return list(decided)
        return [replace(each, status=CategoryStatus.ACTIVE) if each in ready else each for each in decided]

    def approve_proven(self, decided: Sequence[Decision]) -> int:
        """Approves what was proposed for direct feedback and is carried by files now; returns how many.

        Else whoever sends a theme first could keep it from being used. What people decided on is theirs.
        """
        proven = [category for each in decided if (category := self._proven(each)) is not None]
        if not self._has_room_for(len(proven)):
            return 0
        return sum(self._database.transact(_approve, each, self._execution_id) for each in proven)

    def _proven(self, decision: Decision) -> Category | None:
        category = self._categories.get(decision.category_id or 0)
        if category is None or category.origin is not CategoryOrigin.DISCOVERED:
            return None
        if category.status is not CategoryStatus.PROPOSED:
            return None
        waiting = self._database.transact(feedback_store.discovered.attached, category.id)
        return category if self._may_activate({*decision.row_ids, *waiting}) else None

    def _may_activate(self, row_ids: Collection[int]) -> bool:
        if self._settings.category_approval == "manual":
            return False
        origins = self._database.transact(feedback_store.discover.origins, row_ids)
        rows = self._database.transact(feedback_store.discover.pool_rows, list(row_ids))
        return may_activate(origins, rows, self._at_least, from_direct=self._settings.activate_from_direct)

    def _has_room_for(self, more: int) -> bool:
        active = sum(each.status is CategoryStatus.ACTIVE for each in self._categories.values())
        return active + more <= MOST_ACTIVE


def _approve(tx: Transaction, category: Category, execution_id: ExecutionId) -> bool:
    if curation_store.is_decided(tx, category.id):
        return False
    try:
        approved = curation.approve(tx, category.id).curation_id is not None
    except (curation.CurationError, CurationBusy):
        # People are at it: nothing was changed here, and the rows wait as before.
        return False
    if approved:
        # Should the attempt end before the discovery does, the next one knows that this was its own change.
        discovery_store.count_approval(tx, execution_id)
    return approved
