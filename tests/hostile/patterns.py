"""What is too large for a repository, made of a pattern while it is read; and S3 that holds it."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

MB = 1024 * 1024
HEADER = b"feedback,store\n"
GOOD = b"good,x\n"


@dataclass(frozen=True)
class Pattern:
    """An object that begins and ends with something, and repeats something else in between."""

    head: bytes
    unit: bytes
    times: int
    tail: bytes = b""

    @property
    def size(self) -> int:
        return len(self.head) + len(self.unit) * self.times + len(self.tail)

    def read(self, first: int, length: int) -> bytes:
        """So many of its bytes, from the one at `first` on."""
        last = min(first + length, self.size)
        if last <= len(self.head):
            return self.head[first:last]
        body = len(self.unit) * self.times
        start, end = max(first - len(self.head), 0), min(last - len(self.head), body)
        skipped = start // len(self.unit) * len(self.unit)
        middle = self.unit * (-(-max(end - skipped, 0) // len(self.unit)))
        tail = self.tail[max(first - len(self.head) - body, 0) : max(last - len(self.head) - body, 0)]
        return self.head[first : len(self.head)] + middle[start - skipped : end - skipped] + tail


class Bucket:
    """S3 with one object."""

    def __init__(self, content: Pattern) -> None:
        self._content = content

    def get_object(self, *, Range: str = "", **_: Any) -> dict[str, Any]:
        if not Range:
            return {"ETag": '"0a"', "Body": Body(self._content)}
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        piece = self._content.read(first, last + 1 - first)
        if not piece:
            raise ClientError({"Error": {"Code": "InvalidRange"}}, "GetObject")
        body = StreamingBody(io.BytesIO(piece), len(piece))
        return {"ETag": '"0a"', "ContentRange": f"bytes {first}-{last}/{self._content.size}", "Body": body}


class Body:
    """What S3 answers a request for the whole object with."""

    def __init__(self, content: Pattern) -> None:
        self._content = content

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        for first in range(0, self._content.size, size):
            yield self._content.read(first, size)


def packed(head: bytes, unit: bytes, times: int) -> Pattern:
    """A gzip file of this, which packs its repetitions very well."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        file.write(head)
        block = unit * max(1, MB // len(unit))
        for _ in range(times * len(unit) // len(block)):
            file.write(block)
    return Pattern(out.getvalue(), b"", 0)


def bomb(zeros: int) -> Pattern:
    """A gzip file that is itself a pattern: one deflate block of zeros, flushed, again and again."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    unit = deflate.compress(bytes(MB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + _stored(HEADER + GOOD)
    return Pattern(head, unit, zeros // MB)


def _stored(data: bytes) -> bytes:
    size = len(data)
    return b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data


def workbook(
    rows: bytes, times: int, texts: bytes = b"<si/>", text_times: int = 1, begin: bytes = b""
) -> Pattern:
    """A workbook whose sheet, or list of texts, repeats something."""
    relations = b"".join(
        b'<Relationship Id="%s" Type="/%s" Target="%s.xml"/>' % (kind, kind, kind)
        for kind in (b"worksheet", b"sharedStrings")
    )
    main = b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    parts = {
        "[Content_Types].xml": (b"<Types/>", b"", 0, b""),
        "xl/workbook.xml": (
            b"<workbook" + main + relation + b'><sheets><sheet name="A" sheetId="1" r:id="worksheet"/>',
            b"",
            0,
            b"</sheets></workbook>",
        ),
        "xl/_rels/workbook.xml.rels": (b"<Relationships>" + relations + b"</Relationships>", b"", 0, b""),
        "xl/sharedStrings.xml": (b"<sst" + main + b"><si><t>good</t></si>", texts, text_times, b"</sst>"),
        "xl/worksheet.xml": (b"<worksheet" + main + b">" + _TABLE + begin, rows, times, b"</worksheet>"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (head, unit, count, tail) in parts.items():
            with archive.open(name, "w") as part:
                part.write(head)
                block = unit * max(1, MB // max(1, len(unit)))
                for _ in range(count * len(unit) // max(1, len(block))):
                    part.write(block)
                part.write(tail)
    return Pattern(out.getvalue(), b"", 0)


def zipped(head: bytes, unit: bytes, times: int) -> Pattern:
    """A zip file of one table."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w", force_zip64=True) as part,
    ):
        part.write(head)
        block = unit * max(1, MB // len(unit))
        for _ in range(times * len(unit) // len(block)):
            part.write(block)
    return Pattern(out.getvalue(), b"", 0)


_TABLE = (
    b"<row><c t='str'><v>feedback</v></c><c t='str'><v>store</v></c></row><row><c t='s'><v>0</v></c></row>"
)
