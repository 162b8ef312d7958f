"""The sixty mails of samples/email."""

from pathlib import Path

from services.ingest.mails.framing import mails
from services.ingest.mails.mail import read_mail

INBOX = Path(__file__).parents[4] / "samples" / "email" / "inbox.mbox"


def test_the_sample_inbox_holds_what_its_readme_says() -> None:
    read = [read_mail(raw) for raw in mails([INBOX.read_bytes()], many=True)]
    people = [mail for mail in read if not mail.by_program]
    assert (len(read), len(people)) == (60, 58)
    assert len({mail.id for mail in read}) == 60
    assert len({mail.thread for mail in people}) == 50
    assert all(mail.text and not mail.text.startswith(">") for mail in people)


def test_nothing_that_the_shop_wrote_is_taken_for_a_customers_words() -> None:
    read = [read_mail(raw) for raw in mails([INBOX.read_bytes()], many=True)]
    said = " ".join(mail.text for mail in read if not mail.by_program)
    for quoted in (
        "wrote:",
        "schrieb",
        "Sehr geehrter Herr Wolf",
        "Our carrier",
        "no agent",
        "confidential",
        "Extern",
    ):
        assert quoted not in said
