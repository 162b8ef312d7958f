"""Publishes mails through SNS."""

from collections.abc import Mapping
from typing import Any, Protocol

from services.notify.mail.printable import clean_subject, clean_text
from shared.contracts.base import Contract
from shared.contracts.messages import Audience


class Mail(Contract):
    """A message to people."""

    subject: str
    text: str
    audience: Audience
    link: str | None = None
    """To the report that says all that the text says."""


class TopicClient(Protocol):
    """boto3's `sns` client, as far as it is used here."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> Any: ...


class Mailer:
    """Publishes each mail to the topic of its audience.

    Args:
        topics: their ARNs.
    """

    def __init__(self, sns: TopicClient, topics: Mapping[Audience, str]) -> None:
        self._sns = sns
        self._topics = topics

    def send(self, mail: Mail) -> None:
        """Publishes; what SNS or the network raises goes to the caller, who leaves the message queued."""
        self._sns.publish(
            TopicArn=self._topics[mail.audience],
            Subject=clean_subject(mail.subject),
            Message=clean_text(mail.text),
        )
