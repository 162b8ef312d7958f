"""Files of mails and pages, from their bytes to the rows that leave for classify."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from email.errors import HeaderParseError
from typing import Any, cast

import pytest
from lxml.etree import ParserError

from services.ingest import documents
from services.ingest.contents import Contents
from services.ingest.opening import open_file, rows_from
from services.ingest.pages.page import Page, read_page
from services.ingest.reader import Row
from services.ingest.refusal import FileRefused
from services.ingest.rows import to_feedback
from services.ingest.source import SourceFile
from services.ingest.value_forms import ValueForms
from shared.contracts.execution import Source
from shared.contracts.profiles import Input, Reader
from tests.unit.ingest.workbooks import OneObject

MAIL = b"""From: Anna Kent <anna@example.org>
To: help@shop.example
Subject: =?utf-8?Q?Lampe_f=C3=BCr_mich?=
Message-ID: <1@example.org>
References: <0@example.org>
Date: Mon, 2 Nov 2026 10:14:00 +0100
Content-Type: text/plain; charset=utf-8

Die Lampe flackert. \xc3\x9cbel.
"""
BOUNCE = b"""From: MAILER-DAEMON@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

No such user.
"""
PAGE = """<html><head><title>Kettle</title></head><body><h1>Kettle</h1>
<p class="price">34,90 €</p><button>Add to cart</button><p>Boils fast, and quietly.</p></body></html>"""


def rows_of(data: bytes, key: str, reads: Reader) -> list[Row]:
    """All rows, each by a reader of its own, as if every slice were one row long."""
    source = Source(bucket="data", key=key, bytes=len(data))
    file = Contents(SourceFile(cast(Any, OneObject(data)), source, block_bytes=64 * 1024), 1024**3)
    checkpoint = open_file(file, len(data), Input(), reads)
    rows: list[Row] = []
    while True:
        reader = rows_from(file, checkpoint)
        row = next(iter(reader), None)
        if reader.position == checkpoint.position:
            return rows
        checkpoint = checkpoint.at(reader.position)
        rows += [row] if row else []


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    "data, key",
    [
        (MAIL, "incoming/email/a.eml"),
        (MAIL, "incoming/email/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"),
        (gzip.compress(MAIL), "incoming/email/a.eml.gz"),
        (b"From anna Mon Nov  2 10:14:00 2026\n" + MAIL, "incoming/email/a.mbox"),
        (packed({"in/a.eml": MAIL, "__MACOSX/._a.eml": b"x", "readme.md": b"x"}), "incoming/email/a.zip"),
    ],
    ids=["eml", "as SES writes it", "gzip", "mbox", "zip"],
)
def test_reads_a_mail_in_each_form(data: bytes, key: str) -> None:
    (row,) = rows_of(data, key, Reader.EMAIL)
    said = to_feedback(row, ValueForms(date_order=None, stars_scale=5)).feedback
    assert (said.ref_id, said.title, said.feedback) == (
        "1@example.org",
        "Lampe für mich",
        "Die Lampe flackert. Übel.",
    )
    assert said.date is not None
    assert said.date.isoformat() == "2026-11-02T09:14:00"
    assert row.segments == {"thread": "0@example.org", "from": "anna@example.org", "to": "help@shop.example"}


def test_an_mbox_has_a_row_for_each_mail_and_says_what_no_person_sent() -> None:
    box = b"".join(b"From x Mon Nov  2 2026\n" + mail + b"\n" for mail in (MAIL, BOUNCE, MAIL))
    rows = rows_of(box, "incoming/email/a.mbox", Reader.EMAIL)
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.problem for row in rows] == [
        None,
        "a notice that a mail could not be delivered: not labelled",
        None,
    ]
    assert "No such user." in rows[1].raw


@pytest.mark.parametrize(
    "mail, problem",
    [
        (b"Subject:\n\n", "the mail holds no text"),
        (b"Content-Type: image/png; name=a.png\n\nx", "the mail holds no text but attachments"),
    ],
)
def test_a_mail_without_a_text_is_rejected_with_the_reason(mail: bytes, problem: str) -> None:
    (row,) = rows_of(mail, "incoming/email/a.eml", Reader.EMAIL)
    assert row.problem == problem


def warc(*pages: tuple[str, bytes, str]) -> bytes:
    records = [b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"]
    for address, body, status in pages:
        http = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".encode() + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        )
        records.append(head.encode() + http + b"\r\n\r\n")
    return b"".join(gzip.compress(record) for record in records)


@pytest.mark.parametrize(
    "data, key, ref",
    [
        (PAGE.encode(), "incoming/product/kettle.html", "kettle.html"),
        (gzip.compress(PAGE.encode()), "incoming/product/kettle.html.gz", "kettle.html"),
        (packed({"in/kettle.html": PAGE.encode()}), "incoming/product/a.zip", "in/kettle.html"),
        (packed({"kettle.htm.gz": gzip.compress(PAGE.encode())}), "incoming/product/a.zip", "kettle.htm"),
        (
            warc(
                ("https://shop.example/gone", b"<h1>Gone</h1>", "404 Not Found"),
                ("https://shop.example/kettle", PAGE.encode(), "200 OK"),
            ),
            "incoming/product/a.warc.gz",
            "https://shop.example/kettle",
        ),
        (json.dumps({"id": "7", "feedback": PAGE}).encode(), "incoming/product/a.jsonl", "7"),
        (b'id,feedback\n7,"' + PAGE.replace('"', '""').encode() + b'"\n', "incoming/product/a.csv", "7"),
    ],
    ids=["html", "gzip", "zip", "gzip in zip", "warc", "json lines", "csv"],
)
def test_reads_a_page_in_each_form(data: bytes, key: str, ref: str) -> None:
    (row,) = rows_of(data, key, Reader.PAGE)
    said = to_feedback(row, ValueForms(date_order=None, stars_scale=5)).feedback
    assert (said.ref_id, said.title, said.product_name) == (ref, "Kettle", "Kettle")
    assert "Boils fast" in said.feedback
    assert "<" not in said.feedback
    found = {name: (each.value, each.source) for name, each in row.found.items()}
    assert found["availability"] == ("InStock", "text")
    price = row.found["price"].value
    assert (price.amount, price.currency) == (34.9, "EUR")  # type: ignore[union-attr]


def test_a_zip_has_a_row_for_each_page_in_the_order_of_their_names() -> None:
    data = packed({f"{name}.html": f"<h1>{name}</h1><p>Text of {name}.</p>".encode() for name in "cab"})
    rows = rows_of(data, "incoming/product/a.zip", Reader.PAGE)
    assert [(row.number, row.values["title"]) for row in rows] == [(1, "a"), (2, "b"), (3, "c")]


def test_a_table_in_a_zip_is_still_a_table() -> None:
    (row,) = rows_of(packed({"a.csv": b"id,feedback\n7,Good lamp.\n"}), "incoming/email/a.zip", Reader.EMAIL)
    assert row.values["feedback"] == "Good lamp."


@pytest.mark.parametrize(
    "body",
    [
        "It broke.\n\nOn Mon, 2 Nov 2026, S wrote:\n> What?",
        "<p>It broke.</p><blockquote type='cite'>What?</blockquote>",
    ],
)
def test_a_table_of_mails_is_read_as_mails_are(body: str) -> None:
    data = json.dumps({"title": "Lamp", "feedback": body}).encode()
    (row,) = rows_of(data, "incoming/email/a.jsonl", Reader.EMAIL)
    assert row.values == {"title": "Lamp", "feedback": "It broke."}


@pytest.mark.parametrize(
    "data, key, reads",
    [
        (b"", "incoming/email/a.eml", Reader.EMAIL),
        (b"\n\n", "incoming/product/a.html", Reader.PAGE),
        (packed({"a.png": b"x"}), "incoming/product/a.zip", Reader.PAGE),
        (warc(), "incoming/product/a.warc.gz", Reader.PAGE),
        (b"WARC/1.0\r\nnonsense", "incoming/product/a.warc", Reader.PAGE),
    ],
    # The bytes are of the time at which they were packed.
    ids=["empty", "lines", "zip", "gzip", "nonsense"],
)
def test_a_file_with_nothing_in_it_is_refused(data: bytes, key: str, reads: Reader) -> None:
    with pytest.raises(FileRefused):
        rows_of(data, key, reads)


def test_a_page_of_five_megabytes_is_one_row() -> None:
    page = PAGE.replace("</body>", "<!-- " + "x" * 5 * 1024 * 1024 + " --></body>")
    (row,) = rows_of(page.encode(), "incoming/product/a.html", Reader.PAGE)
    assert row.values["title"] == "Kettle"


def test_a_page_that_packs_a_thousand_times_smaller_is_cut() -> None:
    data = packed({"a.html": PAGE.encode() + b" " * 20 * 1024 * 1024, "b.html": PAGE.encode()})
    assert [row.values["title"] for row in rows_of(data, "incoming/product/a.zip", Reader.PAGE)] == [
        "Kettle"
    ] * 2


def test_an_address_that_is_none_costs_nothing() -> None:
    row = json.dumps({"id": "http://[::1/x", "feedback": PAGE}).encode()
    (read,) = rows_of(row, "incoming/product/a.jsonl", Reader.PAGE)
    assert (read.problem, read.values["title"]) == (None, "Kettle")


@pytest.mark.parametrize("fault", [AttributeError, HeaderParseError, ParserError])
def test_a_document_on_which_a_library_stumbles_costs_its_row_alone(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(page: bytes, *_: str) -> Page | None:
        if b"bad" in page:
            raise fault
        return read_page(page)

    monkeypatch.setattr(documents, "read_page", stumble)
    data = packed({"a.html": PAGE.encode(), "b.html": b"<p>bad</p>", "c.html": PAGE.encode()})
    rows = rows_of(data, "incoming/product/a.zip", Reader.PAGE)
    assert [bool(row.problem) for row in rows] == [False, True, False]


BINARY = {
    "an Outlook message": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "an Outlook mailbox": b"!BDN\x1a\x2b\x3c\x4d" + bytes(600),
    "Outlook's winmail.dat": b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01",
    "a web archive of Safari": b"bplist00\xd1\x01\x02_\x10\x0fWebMainResource" + bytes(50),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "a picture": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a picture of a phone": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1",
    "a video": b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23B\x86\x81\x01",
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("reads, why", [(Reader.EMAIL, "is no mail"), (Reader.PAGE, "is no web page")])
@pytest.mark.parametrize("name", BINARY)
def test_what_is_no_text_is_neither_a_mail_nor_a_page(
    name: str, reads: Reader, why: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(FileRefused, match=why):
        rows_of(pack(BINARY[name]), "incoming/x/file", reads)


def test_a_page_that_a_browser_saved_with_its_pictures_is_refused() -> None:
    saved = (
        b"From: <Saved by Blink>\r\nSubject: K\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
    )
    with pytest.raises(FileRefused, match="mhtml"):
        rows_of(
            saved + b'\tboundary="b"\r\n\r\n--b\r\n' + PAGE.encode(), "incoming/product/k.mhtml", Reader.PAGE
        )


@pytest.mark.parametrize("page", [PAGE.encode("utf-16"), b"\n " + PAGE.encode() + bytes(3), b"Boils: fast"])
def test_a_page_with_zero_bytes_or_without_elements_is_one(page: bytes) -> None:
    (row,) = rows_of(page, "incoming/product/k.html", Reader.PAGE)
    assert "Boils" in row.values["feedback"]


@pytest.mark.parametrize(
    "mail", [MAIL.replace(b"flackert", b"flackert\0"), b"\n" + MAIL, b"Die Lampe flackert."]
)
def test_a_mail_with_a_zero_byte_or_without_headers_is_one(mail: bytes) -> None:
    (row,) = rows_of(mail, "incoming/email/1", Reader.EMAIL)
    assert "Die Lampe flackert" in row.values["feedback"]


@pytest.mark.parametrize("end", [b"", b'<?xml version="1.0"?>\n<plist><dict/></plist>\n'])
def test_a_mail_as_apple_mail_keeps_it_is_what_its_first_line_counts(end: bytes) -> None:
    kept = b"%-10d\n" % len(MAIL) + MAIL + end
    for data, key in ((kept, "incoming/email/1.emlx"), (packed({"a/1.emlx": kept}), "incoming/email/a.zip")):
        (row,) = rows_of(data, key, Reader.EMAIL)
        assert row.values["feedback"] == "Die Lampe flackert. Übel."
        assert row.values["ref_id"] == "1@example.org"
