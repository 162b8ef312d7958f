"""Mails and pages: whatever one holds, it becomes a plain row or is rejected, and neither takes long.

The first byte says which of the two the rest is.
"""

from services.ingest.columns import REQUIRED
from services.ingest.documents import read_document
from services.ingest.pages.html_tree import text_of
from services.ingest.reader import Row
from shared.contracts.profiles import Reader

_LONGEST = 20_000


def check(data: bytes) -> None:
    """Reads the rest as a mail, or as a page."""
    mail = data[:1] < b"\x80"
    content = data[1:].decode("latin-1") if mail else text_of(data[1:])
    row = Row(1, "", {"ref_id": "a", REQUIRED: content.replace("\0", "")})
    read = read_document(row, Reader.EMAIL if mail else Reader.PAGE, framed=True)
    assert read.problem or read.values[REQUIRED].strip()
    for name, value in read.values.items():
        assert len(value) <= _LONGEST
        assert name == REQUIRED or value.isprintable()
    assert all(value.isprintable() for value in read.segments.values())
    for name, found in read.found.items():
        assert found.source in ("json-ld", "microdata", "rdfa", "opengraph", "text")
        assert not isinstance(found.value, str) or (found.value and found.value.isprintable()), name
