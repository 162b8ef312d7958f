"""Applies an uploaded category list, or decisions about categories, in one transaction."""

from collections.abc import Sequence

from services.curate.categories import MAX_BYTES, CategoryChanges, plan, read_document
from services.curate.deciding import decide
from services.curate.decisions import Decisions
from services.curate.dependencies import Dependencies
from services.curate.upload_io import finish, read_bytes
from services.curate.uploads import Upload, UploadRefused
from shared.changes import curation, row_batches
from shared.changes.row_batches import Curated
from shared.contracts.notices import CategoryListApplied, Names, Notice
from shared.contracts.records import Profile
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import category_store

LOCK_SECONDS = 5


def take_over(deps: Dependencies, upload: Upload, profile: Profile) -> None:
    """Applies the file to the profile's categories, and announces a notice of what changed.

    Raises:
        UploadRefused: the file is not valid; nothing was changed.
        LockBusy: another list of this profile is being applied.
        CurationBusy: rows of an earlier decision are still being changed.
    """
    given = read_document(read_bytes(deps, upload, MAX_BYTES))

    def work(tx: Transaction) -> Notice:
        if isinstance(given, Decisions):
            return decide(tx, upload.key, profile, given)
        return apply(tx, upload.key, profile, given)

    with named_lock(deps.database, f"categories {profile}", LOCK_SECONDS):
        finish(deps, upload, work)


def apply(
    tx: Transaction,
    source: str,
    profile: Profile,
    categories: Sequence[NewCategory],
    *,
    retire_others: bool = True,
) -> CategoryListApplied:
    """Writes the list; returns the notice.

    Args:
        source: the S3 key of the file.
        retire_others: whether active categories that are not in it are retired.

    Raises:
        UploadRefused: two names are equal to the database.
        CurationBusy: rows of an earlier decision are still being changed.
    """
    row_batches.refuse_while_pending(tx, profile)
    made = plan(categories, category_store.categories(tx, profile))
    if not retire_others:
        made = made._replace(retired=[], kept=made.kept + len(made.retired))
    # Approvals and retirements first: executions are locked before the taxonomy's row, here as everywhere.
    approved = [_approve(tx, category) for category in made.approved]
    retired = [curation.retire(tx, category.id, told=True) for category in made.retired]
    for category in made.added:
        if not category_store.add(tx, profile, category, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL):
            raise UploadRefused(f"{category.name!r} is too like another category's name: change one of them.")
    for changed in (*made.activated, *made.described):
        category_store.change(tx, changed)
    if made.changes:
        category_store.next_taxonomy_version(tx, profile)
    asked_again = sum(each.rows + each.left for each in retired)
    return _notice(source, profile, made, asked_again, [*approved, *retired])


def _approve(tx: Transaction, category: Category) -> Curated:
    """Activates a proposed category with the list's description, and labels the rows of its theme."""
    category_store.change(tx, category.model_copy(update={"status": CategoryStatus.PROPOSED}))
    return curation.approve(tx, category.id, told=True)


def _notice(
    source: str, profile: Profile, made: CategoryChanges, asked_again: int, decided: Sequence[Curated]
) -> CategoryListApplied:
    return CategoryListApplied(
        source=source,
        profile=profile,
        changes=made.changes,
        added=_names(made.added),
        activated=_names(made.activated),
        approved=_names(made.approved),
        described=_names(made.described),
        retired=_names(made.retired),
        waiting=_names(made.waiting),
        kept=made.kept,
        asked_again=asked_again,
        curation_ids=tuple(each.curation_id for each in decided if each.curation_id is not None),
    )


def _names(categories: Sequence[Category | NewCategory]) -> Names:
    return Names.of([category.name for category in categories])
