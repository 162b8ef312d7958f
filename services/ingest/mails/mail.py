"""A raw mail → what its writer says, with its thread and the names of its attachments."""

import codecs
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32
from itertools import islice

from services.ingest.mails.automatic import sent_by_program
from services.ingest.mails.body import attachments, text_in
from services.ingest.mails.mail_headers import address, date, header, ids
from services.ingest.mails.own_words import is_forward, own_words

_MOST_BYTES = 8 * 1024 * 1024
_MOST_HEADERS = 256 * 1024
_MOST_CONTAINERS = 40
_MOST_PARTS = 1_000
_MOST_DASHES = 3_000
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart/|message/rfc822)", re.IGNORECASE | re.MULTILINE)
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_DASHES = re.compile(rb"^--\S", re.MULTILINE)
"""What a boundary begins with."""
_BOUNDARY = re.compile(r"^--([^\s\"]{1,200})\s*\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_LIMITS = ((_CONTAINER, _MOST_CONTAINERS), (_PART, _MOST_PARTS), (_DASHES, _MOST_DASHES))
_ID_LENGTH = 200


@dataclass(frozen=True)
class Mail:
    """What was read of a mail.

    Attributes:
        id: its Message-ID.
        thread: the Message-ID of the mail that its thread began with.
        by_program: what it is, if no person sent it; else empty.
    """

    id: str
    thread: str
    subject: str
    sender: str
    to: str
    date: str
    text: str
    attachments: tuple[str, ...]
    by_program: str


def read_mail(raw: bytes) -> Mail:
    """Reads a mail; what cannot be read of it is empty."""
    mail = _parsed(raw)
    known = next(iter(ids(mail, "Message-ID")), "")
    thread = next(iter([*ids(mail, "References"), *ids(mail, "In-Reply-To"), known]), "")
    by_program = sent_by_program(mail)
    subject = header(mail, "Subject")
    return Mail(
        id=known[:_ID_LENGTH],
        thread=thread[:_ID_LENGTH],
        subject=subject,
        sender=address(mail, "From"),
        to=address(mail, "To"),
        date=date(mail),
        text=text_in(mail) if by_program else own_words(text_in(mail), forwarded=is_forward(subject)),
        attachments=tuple(attachments(mail)),
        by_program=by_program,
    )


def _parsed(raw: bytes) -> Message:
    try:
        return _parted(BytesParser(policy=compat32).parsebytes(_bounded(raw)))
    except (MessageError, RecursionError, ValueError, LookupError):
        # The parser of the standard library takes nearly anything; the headers alone are always read.
        return BytesParser(policy=compat32).parsebytes(_bounded(raw), headersonly=True)


def _parted(mail: Message) -> Message:
    """The mail with its parts, also if their boundary is another than it says."""
    content = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(content, str):
        if boundary := _BOUNDARY.search(content):
            head = f'Content-Type: multipart/mixed; boundary="{boundary[1]}"\n\n'
            mail.set_payload(Parser(policy=compat32).parsestr(head + content).get_payload())
        elif mail.get_content_subtype() != "report":
            mail.set_type("text/plain")
    return mail


def _bounded(raw: bytes) -> bytes:
    """The mail up to where it has more parts, or parts in parts, than any mail has; its headers in bounds."""
    raw = raw[:_MOST_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()
    for pattern, most in _LIMITS:
        for found in islice(pattern.finditer(raw), most, most + 1):
            raw = raw[: found.start()]
    end = re.search(rb"\r?\n\r?\n", raw)
    if end and end.start() > _MOST_HEADERS:
        raw = raw[:_MOST_HEADERS].rpartition(b"\n")[0] + raw[end.start() :]
    return raw
