"""Uploads to curate, and their kind by their S3 key: corrections, a profile, or its category list."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from pydantic import TypeAdapter, ValidationError

from shared.contracts import keys
from shared.contracts.errors import PermanentError
from shared.contracts.records import DEFAULT_PROFILE, Profile
from shared.contracts.uploads import UploadEvent

_PROFILE: TypeAdapter[str] = TypeAdapter(Profile)
_SHOWN = 10
_CATEGORY_LIST = re.compile(rf"{keys.CATEGORIES}(?:([^/]+)/)?[^/]+\.json", re.IGNORECASE)
_PROFILE_DOCUMENT = re.compile(rf"{keys.PROFILES}([^/]+)\.ya?ml", re.IGNORECASE)


class UploadRefused(PermanentError):
    """The upload is not valid and changes nothing; the message says to people why and what to do."""

    @classmethod
    def for_faults(cls, faults: Sequence[str], *advice: str) -> Self:
        """An error for these faults, of which the first `_SHOWN` are listed, followed by the advice."""
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        return cls("\n".join(["Nothing was changed. Put right:", *faults[:_SHOWN], *more, *advice]))


class Upload(UploadEvent):
    """S3's event of an upload to curate."""

    @property
    def log_keys(self) -> dict[str, str]:
        """The log keys of its work."""
        return {"upload": self.digest.hex()[:16]}


parse = Upload.model_validate_json


class Corrections(NamedTuple):
    """A file of corrected labels."""


class CategoryList(NamedTuple):
    """A list of all categories that the profile is to have."""

    profile: Profile


class ProfileDocumentFile(NamedTuple):
    """The document of a profile."""

    profile: Profile


def kind_of(key: str) -> Corrections | CategoryList | ProfileDocumentFile:
    """The kind of an upload, by its S3 key.

    Raises:
        UploadRefused: a key under which curate takes nothing.
    """
    if key.startswith(keys.CORRECTIONS):
        if not key.lower().endswith(".csv"):
            raise UploadRefused(
                "Corrections are read from CSV files: save it as one, with a name that ends in .csv."
            )
        return Corrections()
    if match := _CATEGORY_LIST.fullmatch(key):
        return CategoryList(_profile(match[1]))
    if match := _PROFILE_DOCUMENT.fullmatch(key):
        return ProfileDocumentFile(_profile(match[1]))
    if key.startswith(keys.PROFILES):
        raise UploadRefused("Profiles are read from profiles/<name>.yaml: call the file as the profile.")
    raise UploadRefused(
        "Category lists are read from categories/<name>.json, or categories/<profile>/<name>.json for another"
        " profile than the usual one."
    )


def _profile(folder: str | None) -> Profile:
    if folder is None:
        return DEFAULT_PROFILE
    try:
        return _PROFILE.validate_python(folder)
    except ValidationError as error:
        raise UploadRefused(
            f"{folder!r} cannot name a profile: use small letters, digits, hyphens and underscores."
        ) from error
