"""ZIP archives: what lies in one, and its parts as streams of bounded size."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from services.ingest.refusal import FileBroken, FileRefused
from services.ingest.unpack import check_size

MAGIC = b"PK"
_PIECE = 256 * 1024
_MOST_ENTRIES = 10_000
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)
_BY_SYSTEMS = ("__macosx/", "thumbs.db", "desktop.ini")
_ENCRYPTED = 0x1
_UNREADABLE = "the zip file is packed in a way that cannot be read here: pack it with deflate, as most do"
"""What `zipfile` says by NotImplementedError: a version or a compression that it does not know."""


class Archive:
    """One ZIP archive.

    Raises:
        FileRefused: it is damaged.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except NotImplementedError as error:
            raise FileRefused(_UNREADABLE) from error
        except _DAMAGED as error:
            raise FileRefused("the zip file is damaged or cut off: pack and upload it again") from error
        if len(self._zip.filelist) > _MOST_ENTRIES:
            raise FileRefused(f"the zip file holds more than {_MOST_ENTRIES} files: pack one table into it")
        self._parts = {
            _name(info): info for info in self._zip.filelist if info.filename and not info.is_dir()
        }

    @property
    def names(self) -> list[str]:
        """What lies in it, without what operating systems add."""
        return [info.filename for name, info in self._parts.items() if not _is_by_system(name)]

    def has(self, name: str) -> bool:
        return name.lower() in self._parts

    def blocks(self, name: str, max_bytes: int, too_large: str) -> Iterator[bytes]:
        """The bytes of a part.

        Args:
            too_large: what to say if there are more than `max_bytes`.

        Raises:
            FileRefused: it cannot be unpacked, whatever else is tried.
            FileBroken: it is damaged; what was yielded before is good.
        """
        info = self._parts.get(name.lower())
        if info is None:
            raise FileBroken(f"it has no part {name[:60]!r}: save it again")
        if info.flag_bits & _ENCRYPTED:
            raise FileRefused("the zip file is encrypted: pack it without a password")
        if info.file_size > max_bytes:
            raise FileRefused(f"the file {too_large}")
        unpacked = 0
        try:
            with self._zip.open(info) as part:
                while piece := part.read(_PIECE):
                    unpacked += len(piece)
                    check_size(info.compress_size, unpacked, max_bytes)
                    yield piece
        except NotImplementedError as error:
            raise FileRefused(_UNREADABLE) from error
        except _DAMAGED as error:
            raise FileBroken("the zip data is damaged: pack and upload the file again") from error


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename.replace("\\", "/").lstrip("/").lower()


def _is_by_system(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.startswith(".") or name.startswith(_BY_SYSTEMS) or base in _BY_SYSTEMS
