"""What an upload's key says: corrections, a category list and its profile, or nothing that we know."""

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


class UploadRefused(PermanentError):
    """The upload cannot be taken, and changes nothing; the text says to people why and what to do."""

    @classmethod
    def for_faults(cls, faults: Sequence[str], *advice: str) -> Self:
        """For all that is wrong in it, of which the first are named."""
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        return cls("\n".join(["Nothing was changed. Put right:", *faults[:_SHOWN], *more, *advice]))


class Upload(UploadEvent):
    """An upload of people's changes."""

    @property
    def upload_hash(self) -> bytes:
        """By which it is known when its event comes again."""
        return self.digest

    @property
    def log_keys(self) -> dict[str, str]:
        """By what it is known in the log."""
        return {"upload": self.upload_hash.hex()[:16]}


parse = Upload.model_validate_json


class Corrections(NamedTuple):
    """A file of corrected labels."""


class CategoryList(NamedTuple):
    """The categories that a profile is to have from now on."""

    profile: Profile


def kind_of(key: str) -> Corrections | CategoryList:
    """What is uploaded under this key.

    Raises:
        UploadRefused: nothing that curate knows.
    """
    if key.startswith(keys.CORRECTIONS):
        if not key.lower().endswith(".csv"):
            raise UploadRefused(
                "Corrections are read from CSV files: save it as one, with a name that ends in .csv."
            )
        return Corrections()
    if match := _CATEGORY_LIST.fullmatch(key):
        return CategoryList(_profile(match[1]))
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
