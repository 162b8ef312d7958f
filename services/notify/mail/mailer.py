"""Publishes mails through SNS."""

from typing import Any, Protocol

from services.notify.mail.printable import clean_subject, clean_text
from shared.contracts.base import Contract
from shared.contracts.messages import Audience


class Mail(Contract):
    """A message to people."""

    subject: str
    text: str
    audience: Audience = Audience.OPERATORS
    link: str | None = None
    """To the report that says all that the text says."""


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
