"""How people are told of what a profile is about: feedback, e-mails, or pages of shops."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.profiles import Reader


class Wording(NamedTuple):
    """The words of a report and of its mail.

    Attributes:
        report: the report's name.
        subject: the same in a mail's subject.
        content: what is labelled.
        one: what a row is.
        many: what rows are.
        most: how the sentence about the largest categories begins.
        heading: above the table of categories.
        rejected: what rejected rows are, and what to do about them.
        left_out: what became of rejected rows, in a mail.
        quotes: above the examples.
        felt: whether a row says how somebody feels, so that sentiments are shown.
    """

    report: str
    subject: str
    content: str
    one: str
    many: str
    most: str
    heading: str
    rejected: str
    left_out: str = "could not be read"
    quotes: str = "In their words"
    felt: bool = True


WORDINGS: Mapping[Reader, Wording] = {
    Reader.TABLE: Wording(
        report="Customer feedback report",
        subject="Feedback report",
        content="feedback",
        one="row",
        many="rows",
        most="Customers speak most of",
        heading="What customers speak of",
        rejected="that could not be read as feedback. They are, with their numbers and reasons, in {key}:"
        " correct them and upload them anew.",
    ),
    Reader.EMAIL: Wording(
        report="Customer e-mail report",
        subject="E-mail report",
        content="e-mails",
        left_out="left out",
        one="e-mail",
        many="e-mails",
        most="Customers write most about",
        heading="What customers write about",
        rejected="left out: automatic replies, notices of mail systems, mails without a text. They are, with"
        " their reasons, in {key}.",
    ),
    Reader.PAGE: Wording(
        report="Product page report",
        subject="Product page report",
        content="pages",
        one="page",
        many="pages",
        most="Most pages are about",
        heading="What the pages are about",
        quotes="From the pages",
        rejected="that could not be read. They are, with their reasons, in {key}.",
        felt=False,
    ),
}
