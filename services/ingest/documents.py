"""A row that holds a mail or a page → the row of what is in it, or why it is none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.errors import MessageError
from typing import NamedTuple

from lxml.etree import LxmlError
from typing_extensions import override

from services.ingest.columns import REQUIRED
from services.ingest.mails.body import html_words
from services.ingest.mails.mail import Mail, read_mail
from services.ingest.mails.own_words import is_forward, own_words
from services.ingest.pages.found import Facts
from services.ingest.pages.page import host_of, read_page
from services.ingest.reader import Row, RowReader
from services.ingest.steps import is_framed
from services.ingest.workbook import FAULTS
from shared.contracts.attributes import LONGEST_VALUE, Found, Money, number_of
from shared.contracts.profiles import Reader
from shared.contracts.records import NOT_LABELLED

_TEXT = 20_000
"""Characters of a mail or a page that are kept."""
_REF = 200
_TITLE = 500
_MONEY = frozenset({"price", "list_price", "price_to"})
_RAW = 4_000


class DocumentReader(RowReader):
    """Reads rows, and in each the mail or the page that it holds."""

    @override
    def __iter__(self) -> Iterator[Row | None]:
        reader, framed = self.layout.reader, is_framed(self.layout.steps)
        for row in super().__iter__():
            yield row if row is None or row.problem else _read_or_reject(row, reader, framed=framed)


def _read_or_reject(row: Row, reader: Reader, *, framed: bool) -> Row:
    """A document on which a library stumbles costs its row, and not the file."""
    try:
        return read_document(row, reader, framed=framed)
    except (*FAULTS, MessageError, LxmlError):
        return replace(row, values={}, problem="it cannot be read: save it again as a plain text or page")


class _Read(NamedTuple):
    """What a document says, by field; the customer's own values; what was found of attributes."""

    values: Mapping[str, str]
    segments: Mapping[str, str]
    found: Mapping[str, Found]
    problem: str | None = None


def read_document(row: Row, reader: Reader, *, framed: bool) -> Row:
    """The row of what is in the mail or the page that this row holds.

    Args:
        framed: whether it holds a raw one; else a table's row with a text, or with HTML.
    """
    if reader is Reader.EMAIL:
        read = _mail(read_mail(row.values.get(REQUIRED, "").encode("latin-1", "replace"))) if framed else None
        return _with(row, read or _written(row.values))
    if reader is Reader.PAGE:
        return _with(row, _page(row.values))
    return row


def _with(row: Row, read: _Read) -> Row:
    values = {**row.values, REQUIRED: "", **{name: text for name, text in read.values.items() if text}}
    raw = "\n".join(values.get(name, "") for name in ("ref_id", "title", REQUIRED)).strip()[:_RAW]
    return replace(
        row,
        raw=raw or row.raw[:_RAW],
        values={name: text for name, text in values.items() if text},
        segments={**row.segments, **{name: text for name, text in read.segments.items() if text}},
        found=dict(read.found),
        problem=read.problem,
    )


def _mail(mail: Mail) -> _Read:
    values = {
        "ref_id": mail.id[:_REF],
        "title": mail.subject,
        REQUIRED: (mail.text or mail.subject)[:_TEXT],
        "date": mail.date,
    }
    segments = {
        "thread": mail.thread,
        "from": mail.sender,
        "to": mail.to,
        "attachments": "; ".join(mail.attachments),
    }
    problem = f"{mail.by_program}{NOT_LABELLED}" if mail.by_program else None
    if not values[REQUIRED] and problem is None:
        problem = "the mail holds no text" + (" but attachments" if mail.attachments else "")
    return _Read(values, segments, {}, problem)


def _written(values: Mapping[str, str]) -> _Read:
    """A row of a table of mails: its body as plain text or HTML."""
    body = values.get(REQUIRED, "")
    text = html_words(body) if body.lstrip()[:1] == "<" else body
    said = own_words(text, forwarded=is_forward(values.get("title", "")))
    return _Read({REQUIRED: said[:_TEXT]}, {}, {})


def _page(values: Mapping[str, str]) -> _Read:
    name = values.get("ref_id", "")
    page = read_page(values.get(REQUIRED, "").encode("utf-8", "replace"), name if "://" in name else "")
    if page is None:
        return _Read({}, {}, {}, "the page holds nothing")
    found = _attributes(page.facts)
    said = {name: each.value for name, each in page.facts.items()}
    title = said.get("title", "")[:_TITLE]
    description = said.get("description", "")
    rest = "\n".join(line for line in page.text.split("\n") if line.strip() not in (title, description))
    text = "\n\n".join(filter(None, (description, rest.strip()))).strip()[:_TEXT] or title
    read = {"title": title, "product_name": title, "store": host_of(page.url), REQUIRED: text}
    kept = {key: text for key, text in read.items() if key in ("title", REQUIRED) or not values.get(key)}
    return _Read(kept, {"url": page.url}, found, None if text else "the page shows no text")


def _attributes(facts: Facts) -> dict[str, Found]:
    """The facts as the values of attributes; the amounts with their currency."""
    code = facts["currency"].value if "currency" in facts else ""
    currency = code if len(code) == 3 and code.isascii() and code.isalpha() else None
    return {
        name: Found(
            value=Money(amount=number_of(each.value), currency=currency)
            if name in _MONEY
            else each.value[:LONGEST_VALUE],
            source=each.source.value,
        )
        for name, each in facts.items()
    }
