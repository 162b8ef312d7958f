"""E-mails of our own, by kind: who wrote what and when, how it is encoded, what does harm."""

from email.message import EmailMessage

import pytest

from services.ingest.mails.mail import Mail, read_mail
from tests.watchdog import processor_seconds

HEAD = (
    "From: Anna Kent <anna@example.org>\nTo: help@shop.example\nSubject: Lamp\nMessage-ID: <1@example.org>\n"
)


def plain(body: str, **headers: str) -> Mail:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return read_mail(f"{HEAD}{more}\n{body}".encode())


def test_reads_who_wrote_what_and_when() -> None:
    mail = plain("The lamp flickers.", Date="Mon, 2 Nov 2026 10:14:00 +0100")
    assert (mail.id, mail.subject, mail.sender, mail.to) == (
        "1@example.org",
        "Lamp",
        "anna@example.org",
        "help@shop.example",
    )
    assert (mail.text, mail.date) == ("The lamp flickers.", "2026-11-02T10:14:00+01:00")


def _within(levels: int) -> str:
    inner = "Subject: deepest\n\nThe chair broke."
    for level in range(levels):
        inner = (
            f"Subject: {level}\nContent-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
            f"Content-Type: message/rfc822\n\n{inner}\n--b{level}--\n"
        )
    return inner


@pytest.mark.parametrize("levels, text", [(1, "The chair broke."), (5, "The chair broke."), (6, "")])
def test_mails_in_mails_are_opened_up_to_the_fifth(levels: int, text: str) -> None:
    assert read_mail(_within(levels).encode()).text == text


@pytest.mark.parametrize(
    "value, date",
    [
        ("Mon, 02 Nov 2026 10:14:00 +0100 (CET)", "2026-11-02T10:14:00+01:00"),
        ("Mon, 02 Nov 2026 10:14:00", "2026-11-02T10:14:00"),
        ("2 Nov 26 10:14 UT", "2026-11-02T10:14:00+00:00"),
        ("2026-11-02T10:14:00Z", "2026-11-02T10:14:00+00:00"),
        ("yesterday", "2026-11-03T08:00:00+00:00"),
        ("", "2026-11-03T08:00:00+00:00"),
    ],
)
def test_a_mail_is_of_when_it_was_written_else_received(value: str, date: str) -> None:
    assert plain("x", Received="from a by b; Tue, 3 Nov 2026 08:00:00 +0000", Date=value).date == date


@pytest.mark.parametrize(
    "value", ["a@x.example", "A <a@x.example>, B <b@x.example>", "Kent, Anna <a@x.example>", "<a@x.example>"]
)
def test_the_sender_is_the_first_address(value: str) -> None:
    assert read_mail(f"From: {value}\nFrom: c@x.example\n\nx".encode()).sender == "a@x.example"


@pytest.mark.parametrize(
    "before", ["\n\n", "\ufeff", "\ufeff\r\n", "From a@x.example Mon Nov  2 10:14:00 2026\n"]
)
def test_what_stands_before_the_headers_is_passed_over(before: str) -> None:
    assert read_mail(f"{before}{HEAD}\nIt flickers.".encode()).subject == "Lamp"


@pytest.mark.parametrize(
    "kind, names",
    [
        ("application/ms-tnef; name=winmail.dat", ("winmail.dat",)),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", ("smime.p7m",)),
        ("text/calendar; method=REQUEST; name=invite.ics", ("invite.ics",)),
    ],
)
def test_what_is_no_text_is_named_alone(kind: str, names: tuple[str, ...]) -> None:
    mail = read_mail(f"{HEAD}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\neJ8+IgMB\n".encode())
    assert (mail.text, mail.attachments) == ("", names)


def test_names_attachments_and_opens_none() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Lamp"
    mail.set_content("See the picture.")
    mail.add_attachment(b"secret", maintype="image", subtype="png", filename="Größe\u202egnp.exe")
    mail.add_attachment("attached text", filename="notes.txt")
    read = read_mail(mail.as_bytes())
    assert read.attachments == ("Größe gnp.exe", "notes.txt")
    assert read.text == "See the picture."


def test_reads_a_mail_that_is_attached_to_an_empty_one() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Broken"
    inner.set_content("The chair broke.")
    outer = EmailMessage()
    outer["Subject"] = "Fwd: Broken"
    outer.make_mixed()
    outer.add_attachment(inner)
    assert read_mail(outer.as_bytes()).text == "The chair broke."


@pytest.mark.parametrize(
    "value, subject",
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?Q?_=E2=82=AC?=", "Grüße €"),
        ("Grüße", "Grüße"),
        ("=?no-such?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?B?###?=", "=?utf-8?B?###?="),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
        ("=?utf-8?b?abcde?= late", "=?utf-8?b?abcde?= late"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("two\n lines", "two lines"),
        ("bell\x07 and \u202e marks", "bell and marks"),
    ],
)
def test_reads_encoded_headers(value: str, subject: str) -> None:
    assert read_mail(f"Subject: {value}\n\nx".encode()).subject == subject


def test_an_attachment_whose_name_is_damaged_is_named_as_it_stands() -> None:
    mail = b'Content-Type: text/plain; name="=?utf-8?B?a?="\nContent-Disposition: attachment\n\nx'
    assert read_mail(mail).attachments == ("=?utf-8?B?a?=",)


@pytest.mark.parametrize(
    "encoding, declared",
    [
        ("utf-8", "utf-8"),
        ("latin-1", "iso-8859-1"),
        ("utf-8", "us-ascii"),
        ("cp1252", "nonsense"),
        ("utf-8", ""),
    ],
)
def test_reads_wrong_charsets(encoding: str, declared: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n\n"
    text = "Die Lampe für die Küche flackert größtenteils."
    assert read_mail(head.encode() + text.encode(encoding)).text == text


@pytest.mark.parametrize("declared", ["us-ascii", "nonsense", "utf-8"])
@pytest.mark.parametrize(
    "encoding, text", [("koi8-r", "Заказ опоздал на неделю."), ("cp932", "配送が遅いです。")]
)
def test_a_charset_that_the_letters_are_not_in_says_nothing(declared: str, encoding: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset={declared}\n\n"
    assert read_mail(head.encode() + text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "headers, thread",
    [
        ({"References": "<a@x> <b@x>", "In_Reply_To": "<b@x>"}, "a@x"),
        ({"In_Reply_To": "<b@x>"}, "b@x"),
        ({}, "1@example.org"),
        ({"References": "garbage"}, "1@example.org"),
    ],
)
def test_keeps_the_id_of_the_thread(headers: dict[str, str], thread: str) -> None:
    assert plain("x", **headers).thread == thread


_MANY = 4 * 1024 * 1024
_HEAD = b"Subject: s\n"


def _nested(levels: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(levels)
    )
    return _HEAD + opened + b"Content-Type: text/plain\n\nhello\n" + b"x\n" * 100_000


BOMBS = {
    "nested": _nested(5_000),
    "nested within bounds": _nested(39),
    "parts": _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300_000,
    "one header": _HEAD + b"X: " + b"a " * _MANY + b"\n\nhello",
    "headers": _HEAD + b"X: a\n" * 500_000 + b"\nhello",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 200_000 + b"\n\nhello",
    "references": b"References: " + b"<" * _MANY + b"\n\nhello",
    "brackets": b"From: " + b"(" * 200_000 + b"\n\nhello",
    "attached mails": _HEAD + b"Content-Type: message/rfc822\n\n" * 3_000 + b"\nhello",
    "empty lines": _HEAD + b"\n" * _MANY,
    "on and on": _HEAD + b"\n" + b"On " * _MANY + b"wrote:",
    "forwards": _HEAD + b"\n" + b"________________________________\n" * 60_000,
    "quotes in quotes": _HEAD
    + b"Content-Type: text/html\n\n"
    + b"<blockquote type=cite>" * 100_000
    + b"hello",
    "file names": b"Content-Type: text/plain; "
    + b"; ".join(b'name*%d="a"' % n for n in range(20_000))
    + b"\n\nhello",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_mail_that_is_made_to_do_harm_costs_little(bomb: bytes) -> None:
    with processor_seconds(10):
        read_mail(bomb)


def test_nothing_is_a_mail_without_anything() -> None:
    assert read_mail(b"") == Mail("", "", "", "", "", "", "", (), "")
