"""Tells what a program sent: automatic replies (RFC 3834), notices of failed delivery (RFC 3464)."""

import re
from email.message import Message

from services.ingest.mails.mail_headers import address, header
from services.ingest.mails.mail_words import folded, phrases

_AUTO_HEADER = re.compile(
    r"x-(?:mail-)?auto-?(?:reply|respond|responder|generated)(?:-from)?|x-fc-machinegenerated", re.IGNORECASE
)
_PRECEDENCE = ("auto_reply", "auto-reply")
_RESPONDER = ("X-Loop", "Delivered-To", "X-POST-MessageClass")
"""Headers in which some programs call themselves an autoresponder."""
_DAEMONS = ("mailer-daemon", "mail-daemon", "mdaemon", "microsoftexchange")
"""What the address of a program begins with that only tells of deliveries."""


def sent_by_program(mail: Message) -> str:
    """What an automatic mail is, in words that say why it is not labelled; empty for a person's."""
    if _is_bounce(mail):
        return "a notice that a mail could not be delivered"
    submitted = header(mail, "Auto-Submitted", 100).partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"an automatic mail (Auto-Submitted: {submitted[:40]})"
    automatic = (name for name in mail.keys() if _AUTO_HEADER.fullmatch(name))  # noqa: SIM118
    named = next((name for name in automatic if header(mail, name, 100).lower() not in ("", "no")), "")
    named = named or next(
        (name for name in _RESPONDER if "autoresponder" in header(mail, name, 100).lower()), ""
    )
    if named:
        return f"an automatic reply ({named})"
    if any(header(mail, name, 100).lower() in _PRECEDENCE for name in ("Precedence", "X-Precedence")):
        return "an automatic reply (Precedence)"
    if mail.get_content_type() == "multipart/report":
        return "a report of a mail program"
    return "an automatic reply (subject)" if _begins(mail, "automatic") else ""


def _is_bounce(mail: Message) -> bool:
    kind = mail.get_content_type()
    if kind == "multipart/report":
        return str(mail.get_param("report-type", "delivery-status")).lower() == "delivery-status"
    if kind == "message/delivery-status" or header(mail, "X-Failed-Recipients", 100):
        return True
    sender = address(mail, "From").lower()
    nobody = header(mail, "Return-Path", 100) == "<>" or sender.startswith("postmaster@")
    return sender.startswith(_DAEMONS) or (nobody and _begins(mail, "undelivered"))


def _begins(mail: Message, kind: str) -> bool:
    """Whether the subject is such a phrase, or begins with one and a colon, or with one in brackets."""
    subject = folded(header(mail, "Subject"))
    before, mark, _ = re.sub("[:：]", ":", subject).partition(":")
    said = before.strip().removesuffix(" re").removesuffix(" aw") if mark else subject
    return said in phrases(kind) or subject.startswith(tuple(f"[{each}]" for each in phrases(kind)))
