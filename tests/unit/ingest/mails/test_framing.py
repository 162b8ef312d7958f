"""Mails out of files, as streams."""

from collections.abc import Iterator

import pytest

from services.ingest.mails.framing import mails
from services.ingest.mails.mail import read_mail

MBOX = b"""From anna@example.org Mon Nov  2 10:14:00 2026
Subject: one

>From here it flickers.
From there it does not.

From bob@example.org Mon Nov  2 10:15:00 2026
Subject: two

x
"""


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_parts_an_mbox_however_it_comes(size: int) -> None:
    found = [read_mail(raw) for raw in mails(pieces(MBOX, size), many=True)]
    assert [(mail.subject, mail.text) for mail in found] == [
        ("one", "From here it flickers.\nFrom there it does not."),
        ("two", "x"),
    ]


A = b"From a@x.example Mon Nov  2 10:14:00 2026\nSubject: one\n\n"
B = b"From b@x.example Mon Nov  2 10:15:00 2026\nSubject: two\n\nx\n"
TAKEOUT = b"From 1781@xxx Mon Nov 02 10:14:00 +0000 2026\r\nX-GM-THRID: 1\r\nSubject: t\r\n\r\nHi\r\n\r\n"
THUNDERBIRD = b"From - Mon Nov 02 10:14:00 2026\r\nX-Mozilla-Status: 0001\r\nSubject: tb\r\n\r\nHi\r\n\r\n"


@pytest.mark.parametrize(
    "box, found",
    [
        (A + b"Hi\n\nFrom Monday on it flickers.\nBye\n\n" + B, [("one", 3), ("two", 1)]),
        (A + b"Hi\n\nFrom 10:00 to 12:00 nobody answers.\nBye\n\n" + B, [("one", 3), ("two", 1)]),
        (A + b">From here\n>>From there\n\n" + B, [("one", 1), ("two", 1)]),
        ((A + b"Hi\n\n>From Monday\n\n" + B).replace(b"\n", b"\r\n"), [("one", 2), ("two", 1)]),
        (A + b"Hi\n" + B, [("one", 1), ("two", 1)]),
        (TAKEOUT + TAKEOUT, [("t", 1), ("t", 1)]),
        (THUNDERBIRD + THUNDERBIRD, [("tb", 1), ("tb", 1)]),
        (b"From ???@??? Mon Nov 02 10:14:00 2026\nSubject: eu\n\nx\n", [("eu", 1)]),
        (b"\xef\xbb\xbf" + A + b"Hi\n\n" + B, [("one", 1), ("two", 1)]),
        (b"From a@x.example Mon Nov  2 10:14:00 2026\n\nonly text\n\n" + B, [("", 1), ("two", 1)]),
    ],
)
def test_an_mbox_of_each_program_holds_its_mails(box: bytes, found: list[tuple[str, int]]) -> None:
    read = [read_mail(raw) for raw in mails([box], many=True)]
    lines = [(mail.subject, len([line for line in mail.text.split("\n") if line])) for mail in read]
    assert lines == found


def test_an_eml_is_one_mail_whatever_it_says() -> None:
    assert len(list(mails([MBOX], many=False))) == 1


def test_an_attachment_of_twenty_megabytes_is_left_out() -> None:
    head = b"Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee.\n"
    file = b"--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n"
    lines = (b"A" * 76 + b"\r\n" for _ in range(350_000))
    blocks = [head + file, *lines, b"--b\nContent-Type: text/plain\n\nAnd that.\n--b--\n"]
    (raw,) = mails(blocks, many=False)
    assert len(raw) < 2 * 1024 * 1024
    mail = read_mail(raw)
    assert (mail.text, mail.attachments) == ("See.\n\nAnd that.", ("a.png",))


@pytest.mark.parametrize("line", [b"x", b"x\n", b"not encoded at all\n"])
def test_keeps_a_mail_in_bounds_whatever_it_holds(line: bytes) -> None:
    (raw,) = mails([b"Subject: s\n\n", line * (20 * 1024 * 1024 // len(line))], many=False)
    assert len(raw) <= 8 * 1024 * 1024
    assert read_mail(raw).subject == "s"


def test_an_empty_file_holds_no_mail() -> None:
    assert list(mails([b"", b"\n\n"], many=True)) == []
