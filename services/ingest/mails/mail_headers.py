"""The headers of a mail as text: decoded, on one line, of bounded length."""

import re
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from services.ingest.pages.html_tree import text_of

_LONG = 4_000
_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?")
_ADDRESS = re.compile(r"[^<>\s,;:\"()]{1,64}@[^<>\s,;:\"()]{1,255}")
_ID = re.compile(r"<[^<>\s]{1,500}>")


def header(mail: Message, name: str, most: int = 500) -> str:
    """The first header of this name, as people read it; empty if there is none."""
    return one_line(decoded(_raw(mail, name)))[:most]


def address(mail: Message, name: str) -> str:
    """The address in a header, without the name beside it."""
    value = _raw(mail, name, 500)
    try:
        found = parseaddr(value)[1]
    except RecursionError:
        return ""
    if "@" not in found and (match := _ADDRESS.search(value)):
        found = match[0]  # a name with a comma that nobody quoted
    return one_line(found)[:200]


def ids(mail: Message, name: str) -> list[str]:
    """The message ids in a header, without their brackets."""
    return [one_line(found[1:-1]) for found in _ID.findall(_raw(mail, name, 20_000))]


def date(mail: Message) -> str:
    """When it was written, else received, as ISO 8601; empty if neither can be read."""
    said = _raw(mail, "Date").strip()
    for read, value in (
        (parsedate_to_datetime, said),
        (datetime.fromisoformat, said),
        (parsedate_to_datetime, _raw(mail, "Received").rpartition(";")[2]),
    ):
        try:
            return read(value).isoformat()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return ""


def decoded(value: str) -> str:
    """Text without encoded words and without bytes that stand for themselves."""
    value = _as_text(value.encode("utf-8", "surrogateescape")) if not value.isascii() else value
    if not _ENCODED.search(value):
        return value
    try:
        parts = decode_header(value)
    except (MessageError, ValueError, LookupError):
        return value
    texts = (part if isinstance(part, str) else _as_text(part, charset or "") for part, charset in parts)
    return "".join(texts) or value


def one_line(text: str) -> str:
    """Text on one line, without signs that cannot be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _as_text(value: bytes, charset: str = "") -> str:
    return text_of(value, charset)


def _raw(mail: Message, name: str, most: int = _LONG) -> str:
    # Not `mail[name]`, which puts signs of its own in the place of bytes that are no ASCII.
    values = (value for key, value in mail.raw_items() if key.lower() == name.lower())
    return str(next(values, ""))[:most].replace("\r", " ").replace("\n", " ")
