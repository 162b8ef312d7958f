"""Files that are no text tables, told by their first bytes."""

import re

from services.ingest.refusal import FileRefused

SAVE_AS_CSV = "save it as CSV (UTF-8) and upload that"
_OTHER_FORMS = (
    (
        b"\xd0\xcf\x11\xe0",
        "looks like an old Excel file, or one with a password: save it as .xlsx without a password",
    ),
    (b"%PDF", f"looks like a PDF: {SAVE_AS_CSV}"),
    (b"\x1f\x8b", "is packed with gzip twice: pack it once"),
    (b"BZh", "is packed with bzip2: use gzip or none"),
    (b"\xfd7zXZ", "is packed with xz: use gzip or none"),
    (b"7z\xbc\xaf", "is packed with 7-Zip: use gzip or none"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd: use gzip or none"),
    (b"PAR1", f"looks like a Parquet file: {SAVE_AS_CSV}"),
    (b"SQLite format 3", f"looks like a database: {SAVE_AS_CSV}"),
    (b"{\\rtf", f"looks like a Rich Text file: {SAVE_AS_CSV}"),
    (b"\x89PNG", "is a picture, not a table: upload the CSV that it shows"),
    (b"\xff\xd8\xff", "is a picture, not a table: upload the CSV that it shows"),
    (b"GIF8", "is a picture, not a table: upload the CSV that it shows"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table|head)", re.IGNORECASE)


def refuse_other_forms(head: bytes) -> None:
    """Raises FileRefused if a file that begins with `head` is something that we know and cannot read."""
    for magic, what in _OTHER_FORMS:
        if head.startswith(magic):
            raise FileRefused(f"the file {what}")
    if _MARKUP.match(head):
        raise FileRefused(f"the file looks like a web page or XML: {SAVE_AS_CSV}")
