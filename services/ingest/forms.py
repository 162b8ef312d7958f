"""Files that are no text tables, no mails and no pages, told by their first bytes."""

import re

from services.ingest.refusal import FileRefused
from shared.contracts.profiles import Reader
from shared.contracts.tabular import NotText, sniff_encoding

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
_NO_MAIL = "is no mail: save it as .eml, or many as .mbox (a mail program can do so with .msg and .pst)"
_AS_HTML = "save it as HTML"
_BEGINNINGS = {
    Reader.EMAIL: (re.compile(rb"\s*(?:From |>?[!-9;-~]+[ \t]*:)"), _NO_MAIL),
    Reader.PAGE: (re.compile(rb"\s*<"), f"is no web page: {_AS_HTML}"),
}
_ARCHIVED = re.compile(rb"(?:[!-9;-~]+:.*\n(?:[ \t].*\n)*)*Content-Type:\s*multipart/related", re.IGNORECASE)
"""How a browser begins what it saves with all pictures in one file (.mhtml)."""
_FIRST = 4096
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|table|head)", re.IGNORECASE)


def refuse_other_forms(head: bytes) -> None:
    """Raises FileRefused if a file that begins with `head` is something that we know and cannot read."""
    for magic, what in _OTHER_FORMS:
        if head.startswith(magic):
            raise FileRefused(f"the file {what}")
    if _MARKUP.match(head):
        raise FileRefused(f"the file looks like a web page or XML: {SAVE_AS_CSV}")


def refuse_no_document(head: bytes, reads: Reader) -> None:
    """Raises FileRefused if a file that begins with `head` is no mail, or no page: bytes are no words."""
    begins, what = _BEGINNINGS[reads]
    known = head.startswith(tuple(magic for magic, _ in _OTHER_FORMS))
    if known or not (begins.match(head) or _is_text(head)):
        raise FileRefused(f"the file {what}")
    if reads is Reader.PAGE and _ARCHIVED.match(head[:_FIRST]):
        raise FileRefused(f"the file holds a web page and its pictures (.mhtml): {_AS_HTML}")


def _is_text(head: bytes) -> bool:
    try:
        sniff_encoding(head)
    except NotText:
        return False
    return True
