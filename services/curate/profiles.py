"""Takes over an uploaded profile: its document as a new version, its categories as far as they are others."""

from services.curate import listing
from services.curate.dependencies import Dependencies
from services.curate.upload_io import finish, read_bytes
from services.curate.uploads import Upload, UploadRefused
from shared.contracts.notices import Names, ProfileApplied
from shared.contracts.profile_yaml import MAX_BYTES, InvalidProfile, read_profile
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Profile
from shared.platform.database import Transaction
from shared.platform.named_lock import named_lock
from shared.stores import category_store, feedback_store, profile_store

_FIELDS = ("input", "instructions", "aspects", "thresholds", "report")
"""What is told of by its name alone when it has changed."""


def take_over(deps: Dependencies, upload: Upload, name: Profile) -> None:
    """Applies the document, and announces a notice of what changed.

    Raises:
        UploadRefused: the file is no profile; nothing was changed.
        LockBusy: another change of this profile is being applied.
        CurationBusy: rows of an earlier decision are still being changed.
    """
    try:
        document = read_profile(read_bytes(deps, upload, MAX_BYTES), upload.key, name)
    except InvalidProfile as error:
        raise UploadRefused.for_faults([f"- {fault}" for fault in error.faults]) from error
    with named_lock(deps.database, f"categories {name}", listing.LOCK_SECONDS):
        finish(deps, upload, lambda tx: apply(tx, upload.key, document))


def apply(tx: Transaction, source: str, document: ProfileDocument) -> ProfileApplied:
    """Stores the document; returns the notice. Raises what `listing.apply` raises.

    No category is retired unless the document says so.
    """
    name = document.name
    before = profile_store.current(tx, name)
    # Categories first: executions are locked before the taxonomy's row, here as everywhere.
    changed = listing.apply(tx, source, name, document.categories, retire_others=document.retire_others)
    category_store.set_parents_and_routes(tx, document)
    version = profile_store.store(tx, document)
    attributes = {each.name: each for each in document.attributes}
    were = {each.name: each for each in before.document.attributes}
    return ProfileApplied(
        source=source,
        profile=name,
        profile_version=version,
        fields=tuple(each for each in _FIELDS if getattr(document, each) != getattr(before.document, each)),
        attributes_added=Names.of([each for each in attributes if each not in were]),
        attributes_changed=Names.of([n for n, each in attributes.items() if n in were and each != were[n]]),
        attributes_removed=Names.of([each for each in were if each not in attributes]),
        categories=changed,
        active=len(category_store.taxonomy(tx, name).categories),
        rows=feedback_store.find.count_labelled(tx, name) if version else 0,
    )
