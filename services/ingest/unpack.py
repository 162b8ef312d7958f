"""Gzip, unpacked as it streams by: memory does not grow with the file, whatever it unpacks to."""

import zlib
from collections.abc import Iterable, Iterator

from services.ingest.lines import pieces
from services.ingest.refusal import FileBroken

MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 256 * 1024
_INPUT = 4 * 1024
_RATIO = 250
"""Real tables pack 5 to 50 times smaller; what unpacks to more than this was made to do harm."""
_RATIO_FROM = 64 * 1024 * 1024


def unpack(blocks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """The unpacked bytes, in pieces of at most 256 KiB; several gzip files in a row are one.

    Raises:
        FileBroken: the data is damaged, cut off, or unpacks to more than it should; what was
            yielded before is good.
    """
    packed = unpacked = 0
    inflate = zlib.decompressobj(_GZIP)
    for block in pieces(blocks, _INPUT):  # zlib copies what it has not used yet at every call
        packed += len(block)
        data = block
        while True:
            if inflate.eof:
                data = _next_member(data)
                if not data:
                    break
                inflate = zlib.decompressobj(_GZIP)
            for piece in _inflate(inflate, data):
                unpacked += len(piece)
                check_size(packed, unpacked, max_bytes)
                yield piece
            data = inflate.unused_data
            if not inflate.eof:
                break
    if not inflate.eof:
        raise FileBroken("the gzip data ends too early: upload the file again")


def _inflate(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """All that `data` unpacks to, up to the place where it is damaged."""
    while True:
        before = inflate.copy()
        try:
            piece = inflate.decompress(data, _PIECE)
        except zlib.error:
            yield from _until_damage(before, data)
            raise FileBroken("the gzip data is damaged: pack and upload the file again") from None
        if piece:
            yield piece
        data = inflate.unconsumed_tail
        if inflate.eof or (not data and len(piece) < _PIECE):
            return


def _until_damage(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """What zlib kept to itself because the damage followed in the same call, byte by byte."""
    while True:
        try:
            piece = inflate.decompress(data, 1)
        except zlib.error:
            return
        yield piece
        data = inflate.unconsumed_tail


def _next_member(data: bytes) -> bytes:
    """What follows a gzip member: another one, or the zero bytes that some tools pad with."""
    data = data.lstrip(b"\0")
    if data and not MAGIC.startswith(data[:2]):
        raise FileBroken("something that is not gzip follows the gzip data: pack and upload the file again")
    return data


def check_size(packed: int, unpacked: int, max_bytes: int) -> None:
    """Raises FileBroken if so much should not be unpacked of so little."""
    if unpacked > max_bytes:
        raise FileBroken(f"it unpacks to more than {max_bytes} bytes: upload it unpacked, or in parts")
    if unpacked > _RATIO_FROM and unpacked > _RATIO * packed:
        raise FileBroken(f"it unpacks to more than {_RATIO} times its size: upload it unpacked")
