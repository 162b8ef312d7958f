"""What goes out through SNS: a subject that SNS accepts and a plain text."""

import unicodedata
from typing import Any, Protocol

from shared.contracts.base import Contract

MAX_SUBJECT = 99
"""SNS: less than 100 characters of ASCII, no line break, no control character."""
_MAX_TEXT = 200_000
"""Bytes; SNS takes 262,144 with everything around the text."""
_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "×": "x",
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
    }
)


class Mail(Contract):
    """A message to people."""

    subject: str
    text: str


class TopicClient(Protocol):
    """boto3's `sns` client, as far as it is used here."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> Any: ...


class Mailer:
    """Publishes mails to one topic."""

    def __init__(self, sns: TopicClient, topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def send(self, mail: Mail) -> None:
        """Publishes; what SNS or the network raises goes to the caller, who leaves the message queued."""
        self._sns.publish(
            TopicArn=self._topic_arn, Subject=clean_subject(mail.subject), Message=clean_text(mail.text)
        )


def clean_subject(subject: str) -> str:
    """The subject as SNS takes it: printable ASCII, one line, below 100 characters."""
    plain = unicodedata.normalize("NFKD", subject.translate(_PLAIN))
    ascii_only = "".join(_ascii(character) for character in plain)
    line = " ".join(ascii_only.split()) or "Feedback insights"
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 3].rstrip() + "..."


def clean_text(text: str) -> str:
    """The text without control characters, cut to what SNS takes."""
    printable = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    data = printable.encode()
    if len(data) <= _MAX_TEXT:
        return printable or "(no text)"
    return data[:_MAX_TEXT].decode(errors="ignore") + "\n\n[The rest was too long for a mail.]"


def _ascii(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Mn", "Cc", "Cf", "Cs") else "?"
