"""What an upload's key says: corrections, a category list and its profile, or nothing that we know."""

import hashlib
import re
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from shared.errors import InsightsError, PermanentError
from shared.records import DEFAULT_PROFILE, Profile

_PROFILE: TypeAdapter[str] = TypeAdapter(Profile)


class UnreadableMessage(InsightsError):
    """Not S3's "Object Created". It goes to the dead-letter queue, where its body is kept."""


class UploadRefused(PermanentError):
    """The upload cannot be taken, and changes nothing; the text says to people why and what to do."""


class _Part(BaseModel):
    """A part of an event that AWS may add to."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Bucket(_Part):
    name: str


class _Object(_Part):
    key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    size: int = 0
    etag: str | None = None
    version_id: Annotated[str | None, Field(alias="version-id")] = None
    sequencer: str | None = None


class _Detail(_Part):
    bucket: _Bucket
    object: _Object


class Upload(_Part):
    """EventBridge's envelope of S3's "Object Created", as far as curate reads it."""

    detail_type: Annotated[Literal["Object Created"], Field(alias="detail-type")]
    detail: _Detail

    @property
    def key(self) -> str:
        return self.detail.object.key

    @property
    def is_folder(self) -> bool:
        """Whether it is the empty object that consoles make for a folder."""
        return self.key.endswith("/") and self.detail.object.size == 0

    @property
    def upload_hash(self) -> bytes:
        """Equal for one upload however often its event comes, different for the next one of the key."""
        item = self.detail.object
        which = item.version_id or item.sequencer or item.etag or ""
        return hashlib.sha256(f"{self.detail.bucket.name}\n{item.key}\n{which}".encode()).digest()


class Corrections(NamedTuple):
    """A file of corrected labels."""


class CategoryList(NamedTuple):
    """The categories that a profile is to have from now on."""

    profile: Profile


def parse(body: str) -> Upload:
    """The upload that a queue's body tells of.

    Raises:
        UnreadableMessage: it is no such event.
    """
    try:
        return Upload.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableMessage("not an event of an upload") from error


def kind_of(key: str) -> Corrections | CategoryList:
    """What is uploaded under this key.

    Raises:
        UploadRefused: nothing that curate knows.
    """
    if key.startswith("corrections/"):
        if not key.lower().endswith(".csv"):
            raise UploadRefused(
                "Corrections are read from CSV files: save it as one, with a name that ends in .csv."
            )
        return Corrections()
    if match := re.fullmatch(r"categories/(?:([^/]+)/)?[^/]+\.json", key, re.IGNORECASE):
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
