"""Table `profile`: the versions of each profile's document; `taxonomy.profile_version` is the current one."""

from typing import Annotated

from pydantic import BeforeValidator

from shared.contracts.attributes import Attribute
from shared.contracts.base import Contract
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Profile
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import one, value


def _stored(value: object) -> object:
    """The document without what a later version added, whose schema function may have stored it."""
    if isinstance(value, str | bytes):
        return ProfileDocument.model_validate_json(value, extra="ignore")
    return value


class StoredProfile(Contract):
    """A version of a profile's document. Version 0 is what holds for a profile that has none."""

    version: int = 0
    document: Annotated[ProfileDocument, BeforeValidator(_stored)]
    shipped: bool = True


_CURRENT = """
    SELECT p.version, p.document, p.shipped FROM taxonomy t
    JOIN profile p ON p.profile = t.profile AND p.version = t.profile_version
    WHERE t.profile = %(profile)s
"""
_FIND = """
    SELECT version, document, shipped FROM profile WHERE profile = %(profile)s AND version = %(version)s
"""
_NEWEST = "SELECT MAX(version) AS version FROM profile WHERE profile = %(profile)s"
_SET_CURRENT = "UPDATE taxonomy SET profile_version = %(version)s WHERE profile = %(profile)s"


def current(tx: Transaction, profile: Profile) -> StoredProfile:
    """The profile's document of today."""
    return one(tx, StoredProfile, _CURRENT, {"profile": profile}) or _none(profile)


def find(tx: Transaction, profile: Profile, version: int) -> StoredProfile:
    """The profile's document of this version."""
    return one(tx, StoredProfile, _FIND, {"profile": profile, "version": version}) or _none(profile)


def shown_of(document: ProfileDocument) -> tuple[Attribute, ...]:
    """The attributes that reports by this document show, in the order in which they are to be shown."""
    by_name = {each.name: each for each in document.attributes}
    return tuple(by_name[name] for name in document.report)


def store(tx: Transaction, document: ProfileDocument, *, shipped: bool = False) -> int | None:
    """Makes the document the profile's current one; returns its version, or None if it was that already."""
    which = {"profile": document.name}
    insert(tx, "taxonomy", [which], once=True)
    before = current(tx, document.name)
    if before.version and before.document == document:
        return None
    row = which | {
        "version": 1 + (value(tx, _NEWEST, which) or 0),
        "document": document.model_dump_json(exclude_defaults=True),
        "shipped": shipped,
    }
    insert(tx, "profile", [row])
    tx.execute(_SET_CURRENT, row)
    return int(str(row["version"]))


def _none(profile: Profile) -> StoredProfile:
    return StoredProfile(document=ProfileDocument(name=profile))
