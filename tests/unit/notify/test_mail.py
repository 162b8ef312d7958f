"""The form of every mail, and who gets it."""

from typing import Any

import pytest

from services.notify.mail import writing
from services.notify.mail.mailer import Mail, Mailer
from services.notify.mail.printable import clean_subject, clean_text, one_line
from shared.contracts.messages import Audience
from shared.stores.mail_store import HeldMail


@pytest.mark.parametrize(
    "subject, sent",
    [
        ("Report: größe – “café”.csv", 'Report: grosse - "cafe".csv'),
        ("a\r\nBcc: all@example.com\tb", "a Bcc: all@example.com b"),
        ("日本.csv", "??.csv"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("", "Feedback insights"),
        ("x" * 100, "x" * 96 + "..."),
        ("x" * 99, "x" * 99),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(subject: str, sent: str) -> None:
    cleaned = clean_subject(subject)

    assert cleaned == sent
    assert cleaned.isascii()
    assert len(cleaned) < 100


def test_a_text_too_long_for_sns_is_cut_between_characters() -> None:
    text = clean_text("é" * 200_000)

    assert len(text.encode()) < 262_144
    assert text.endswith("[The rest was too long for a mail.]")


def test_control_characters_do_not_reach_the_mail() -> None:
    assert clean_text("a\x00\x1b[2Jb\nc\td") == "a[2Jb\nc d"
    assert clean_text("\x00") == "(no text)"


@pytest.mark.parametrize(
    "sign",
    ["\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\r", "\u202e", "\u2066", "\udc80"],
)
def test_no_name_of_a_file_begins_a_line_or_turns_one_round(sign: str) -> None:
    line = one_line(f"a.csv{sign}Report: https://example.com")
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert len(clean_text(f"A file came: {line}").splitlines()) == 1


@pytest.mark.parametrize(
    "blank",
    [
        *(" ", "\u3164", "\u2800", "\u00a0", "\u3000", "\t", " \u3164", "\u200b "),
        *(f"{' ' * 20}{mark}" for mark in "\u200c\u200d\u034f\ufe0f\U000e0100\u180b\u17b4"),
    ],
)
def test_no_name_of_a_file_pushes_its_end_where_a_line_would_begin(blank: str) -> None:
    assert len(one_line(f"a.csv{blank * 200}Report: https://example.com")) < 50
    column = f"failed:{' ' * 20}9"
    assert one_line(column) == column


@pytest.mark.parametrize("audience", Audience)
def test_a_mail_goes_to_the_topic_of_its_audience(audience: Audience) -> None:
    sent: dict[str, Any] = {}

    class Topic:
        def publish(self, **arguments: Any) -> None:
            sent.update(arguments)

    topics = {Audience.READERS: "arn:readers", Audience.OPERATORS: "arn:operators"}
    Mailer(Topic(), topics).send(Mail(subject="Ä\n", text="ü", audience=audience))

    assert sent == {"TopicArn": topics[audience], "Subject": "A", "Message": "ü"}


FOR_READERS = {
    *("completed", "revised", "failed", "partial", "reports_revised"),
    *("corrections_applied", "decisions_carried_out", "category_list_applied", "profile_applied"),
    "upload_not_taken",
}
FOR_OPERATORS = {
    *("budget_reached", "budget_too_small", "execution_stalled", "execution_waits", "notice"),
    *("model_available", "model_unavailable", "model_ending"),
}


def test_of_every_kind_of_mail_it_is_decided_who_gets_it() -> None:
    kinds = {name.removesuffix(".txt.j2") for name in writing.environment().list_templates()}

    assert {kind for kind in kinds if not kind.startswith("_")} == FOR_READERS | FOR_OPERATORS | {"digest"}
    assert set(writing._FOR_READERS) == FOR_READERS


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("count", [1, 2])
def test_a_digest_goes_to_those_whose_mails_it_gathers(audience: Audience, count: int) -> None:
    held = [HeldMail(subject="Report: a.csv", body="All is well.", link=None)] * count

    assert writing.digest(held, 0, audience, 20).audience is audience
