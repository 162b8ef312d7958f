"""S3's event "Object Created", as far as it is read here."""

import hashlib
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from shared.contracts.base import Tolerant
from shared.contracts.events import Envelope


class _Part(Tolerant):
    """A part of an event that AWS may add to."""

    model_config = ConfigDict(populate_by_name=True)


class _Bucket(_Part):
    """Where an object is."""

    name: str


class UploadedObject(_Part):
    """What was uploaded."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    size: Annotated[int, Field(ge=0)] = 0
    etag: str | None = None
    version_id: Annotated[str | None, Field(alias="version-id")] = None
    sequencer: str | None = None


class _Detail(_Part):
    bucket: _Bucket
    object: UploadedObject


class UploadEvent(Envelope[Literal["Object Created"], _Detail]):
    """An object was created."""

    @property
    def key(self) -> str:
        return self.detail.object.key

    @property
    def is_folder(self) -> bool:
        """Whether it is the empty object that consoles make for a folder."""
        return self.key.endswith("/") and self.detail.object.size == 0

    @property
    def digest(self) -> bytes:
        """Equal for one upload however often its event comes, different for the next one of the key."""
        item = self.detail.object
        which = item.version_id or item.sequencer or item.etag or ""
        return hashlib.sha256(f"{self.detail.bucket.name}\n{item.key}\n{which}".encode()).digest()
