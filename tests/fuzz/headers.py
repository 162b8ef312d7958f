"""The reader of headers: whatever a file begins with and its uploader says, one column holds the feedback.

What stands before the first byte 1E is what the uploader said of the columns; then the file's beginning.
"""

import json

from services.ingest.columns import COLUMNS, REQUIRED
from services.ingest.layout import Layout, inspect
from services.ingest.refusal import FileRefused

LONGEST_REASON = 10_000
_BETWEEN = b"\x1e"


def check(data: bytes) -> None:
    """Looks at the beginning, as a whole file and as a part of one."""
    said, between, head = data.partition(_BETWEEN)
    if not between:
        said, head = b"", data
    wishes = said.decode("utf-8", "replace")
    for complete in (True, False):
        try:
            layout = inspect(head, complete=complete, wishes=wishes)
        except FileRefused as refused:
            _check_reason(str(refused))
        else:
            _check_layout(layout, head)


def _check_reason(reason: str) -> None:
    assert 10 < len(reason) < LONGEST_REASON, "it says what to do"


def _check_layout(layout: Layout, head: bytes) -> None:
    saved = json.dumps(layout.model_dump(mode="json"), ensure_ascii=False)
    saved.encode()  # no database takes halves of surrogate pairs
    assert Layout.model_validate(json.loads(saved)) == layout
    # Half a character at the end of UTF-16 counts as a whole one.
    assert 0 <= layout.start <= len(head) + int(layout.encoding != "utf-8")
    fields = [field for field in layout.columns if field]
    assert len(fields) == len(set(fields)), "no field is read from two columns"
    assert set(fields) <= set(COLUMNS)
    assert layout.kind == "jsonl" or REQUIRED in fields
    assert not layout.unsure.keys() & set(fields), "what is read is not called unsure"
