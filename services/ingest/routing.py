"""Decides by an uploaded object's key which profile it is for, or why it is not read."""

import re
import unicodedata
from collections.abc import Callable, Collection

from services.ingest.packed_table import TABLES
from services.ingest.refusal import FileRefused
from shared.contracts import keys
from shared.contracts.execution import Source
from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile
from shared.contracts.uploads import UploadEvent

_FORMS = (*TABLES, ".zip")
SUFFIXES = tuple(form + packed for form in _FORMS for packed in ("", ".gz"))
"""What a file is, its content says; its name only says that it is meant as feedback."""
_OTHERS = (keys.REPORTS, keys.RESULTS, keys.REJECTED, keys.CORRECTIONS, keys.CATEGORIES, keys.PROFILES)
_SLUG_LENGTH = 40
_KEY_SHOWN = 200


class ObjectCreated(UploadEvent):
    """An upload of feedback, or what looks like one."""

    @property
    def source(self) -> Source:
        item = self.detail.object
        return Source(
            bucket=self.detail.bucket.name,
            key=item.key,
            version=item.version_id,
            etag=item.etag,
            bytes=item.size,
        )

    @property
    def execution_id(self) -> ExecutionId:
        """Equal for each delivery of an upload's event, different for a new upload of the key."""
        return f"{_slug(self.key)}-{self.digest.hex()[:16]}"


def is_ignored(event: ObjectCreated) -> bool:
    """Whether the object is no feedback file and nobody expects it to be one."""
    return keys.is_nobodys(event.key, event.detail.object.size) or event.key.startswith(_OTHERS)


def profile_of(
    key: str, profiles: Collection[Profile], readers: Callable[[Profile], Collection[str]]
) -> Profile:
    """The profile that an object of this key is for.

    Args:
        profiles: those that have categories.
        readers: the suffixes that a profile has readers for, besides those of tables.

    Raises:
        FileRefused: the key is not one that feedback files have; says where to put it.
    """
    profile = _folder_profile(key)
    own = readers(profile) if profile in profiles else ()
    if not key.lower().endswith(SUFFIXES) and not _is_named(key, own):
        forms = ", ".join((*_FORMS, *sorted(filter(None, own))))
        raise FileRefused(
            f"{_shown(key)} ends in none of {forms} (or these with .gz): "
            "save it as CSV (UTF-8), as .xlsx or as JSON"
        )
    if profile not in profiles:
        known = ", ".join(profiles) or "none (upload categories/feedback.json first)"
        raise FileRefused(
            f"{_shown(profile)!r} is not a profile with categories: put the file in incoming/<profile>/; "
            f"known profiles: {known}"
        )
    return profile


def _is_named(key: str, suffixes: Collection[str]) -> bool:
    """Whether it ends as files of the profile do; an empty suffix stands for a name without one."""
    name = key.rpartition("/")[2].lower().removesuffix(".gz")
    return name.endswith(tuple(filter(None, suffixes))) or ("" in suffixes and "." not in name)


def _folder_profile(key: str) -> str:
    inside = key.removeprefix(keys.INCOMING)
    if inside == key and "/" in key:
        raise FileRefused(
            f"nobody reads {_shown(key)}: put feedback in {keys.INCOMING}, corrections in {keys.CORRECTIONS} "
            f"and category lists in {keys.CATEGORIES}"
        )
    folder, slash, _ = inside.partition("/")
    return folder if slash else DEFAULT_PROFILE


def _shown(key: str) -> str:
    return key if len(key) <= _KEY_SHOWN else f"{key[:_KEY_SHOWN]}…"


def _slug(key: str) -> str:
    name = key.rstrip("/").rpartition("/")[2]
    suffix = next((s for s in sorted(SUFFIXES, key=len, reverse=True) if name.lower().endswith(s)), "")
    plain = unicodedata.normalize("NFKD", name[: len(name) - len(suffix)]).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    return slug or "file"
