"""Carries out an upload's decisions about categories, in one transaction."""

from services.curate import decisions
from services.curate.decisions import Decision, Decisions
from services.curate.uploads import UploadRefused
from shared.changes import curation, row_batches
from shared.changes.curation import CurationError
from shared.changes.row_batches import NOTHING, Curated, CurationBusy
from shared.contracts.notices import CarriedOut, DecisionsCarriedOut
from shared.contracts.records import Profile
from shared.contracts.taxonomy import Category, NewCategory
from shared.platform.database import Transaction
from shared.stores import category_store, curation_store


def decide(tx: Transaction, source: str, profile: Profile, given: Decisions) -> DecisionsCarriedOut:
    """Carries out the decisions in their order; returns the notice. One that was carried out changes nothing.

    Args:
        source: the S3 key of the file.

    Raises:
        UploadRefused: one of them cannot be carried out; roll back.
        CurationBusy: rows of an earlier decision are still being changed.
    """
    row_batches.refuse_while_pending(tx, profile)
    done = []
    for number, decision in enumerate(given.all, 1):
        try:
            done.append(_carry_out(tx, profile, decision))
        except CurationError as error:
            raise UploadRefused(f"Decision {number}: {error}. So none of them was carried out.") from error
        except CurationBusy as error:
            raise UploadRefused(
                f"Decision {number}: so many rows follow a decision before it that it must wait: upload it by"
                " itself when they have. None of them was carried out."
            ) from error
    return DecisionsCarriedOut(source=source, profile=profile, decisions=tuple(done))


def _carry_out(tx: Transaction, profile: Profile, decision: Decision) -> CarriedOut:
    match decision:
        case decisions.Approve(approve=name):
            return _told(f"approve {name}", curation.approve(tx, _find(tx, profile, name).id, told=True))
        case decisions.Reject(reject=name):
            return _told(f"reject {name}", curation.reject(tx, _find(tx, profile, name).id))
        case decisions.Rename(rename=name, to=to):
            return _told(f"rename {name} to {to}", _rename(tx, profile, decision))
        case decisions.Merge(merge=name, into=into):
            ids = [_find(tx, profile, each).id for each in (name, into)]
            return _told(f"merge {name} into {into}", curation.merge(tx, *ids))
        case decisions.Retire(retire=name, ask_again=ask_again):
            category_id = _find(tx, profile, name).id
            return _told(f"retire {name}", curation.retire(tx, category_id, ask_again=ask_again, told=True))
        case decisions.Undo(undo=number):
            return _undo(tx, profile, number)


def _told(words: str, curated: Curated) -> CarriedOut:
    rows, left = curated.rows + curated.left, curated.left
    return CarriedOut(decision=words, curation_id=curated.curation_id, rows=rows, left=left)


def _rename(tx: Transaction, profile: Profile, decision: decisions.Rename) -> Curated:
    category = category_store.named(tx, profile, decision.rename)
    if category is None:
        # Renamed before, if a category has the new name.
        category = _find(tx, profile, decision.to, or_else=decision.rename)
    description = category.description if decision.description is None else decision.description
    return curation.rename(tx, category.id, NewCategory(name=decision.to, description=description))


def _undo(tx: Transaction, profile: Profile, number: int) -> CarriedOut:
    decision = curation_store.find(tx, number)
    if decision is None or decision.profile != profile:
        raise CurationError(f"there is no decision {number} about categories of {profile!r}")
    words = f"undo {number}, to {decision.action} {decision.before_state.name}"
    taken_back = decision.undone_time is not None
    return _told(words, NOTHING if taken_back else curation.undo(tx, number))


def _find(tx: Transaction, profile: Profile, name: str, or_else: str = "") -> Category:
    category = category_store.named(tx, profile, name)
    if category is None:
        raise CurationError(f"profile {profile!r} has no category {(or_else or name)!r}")
    return category
