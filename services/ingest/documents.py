"""A row that holds a mail or a page → the row of what is in it, or why it is none."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.errors import MessageError

from lxml.etree import LxmlError
from typing_extensions import override

from services.ingest.columns import REQUIRED
from services.ingest.mails.body import html_words
from services.ingest.mails.mail import read_mail
from services.ingest.mails.own_words import is_forward, own_words
from services.ingest.pages.facts import Facts
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
_NO_SEGMENTS: Mapping[str, str] = {}


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


def read_document(row: Row, reader: Reader, *, framed: bool) -> Row:
    """The row of what is in the mail or the page that this row holds.

    Args:
        framed: whether it holds a raw one; else a table's row with a text, or with HTML.
    """
    if reader is Reader.PAGE:
        return _page(row)
    if reader is Reader.EMAIL:
        return _mail(row) if framed else _written(row)
    return row


def _mail(row: Row) -> Row:
    mail = read_mail(row.values.get(REQUIRED, "").encode("latin-1", "replace"))
    text = (mail.text or mail.subject)[:_TEXT]
    problem = f"{mail.by_program}{NOT_LABELLED}" if mail.by_program else None
    if not text and problem is None:
        problem = "the mail holds no text" + (" but attachments" if mail.attachments else "")
    names = "; ".join(mail.attachments)
    segments = {"thread": mail.thread, "from": mail.sender, "to": mail.to, "attachments": names}
    said = {"ref_id": mail.id[:_REF], "title": mail.subject, REQUIRED: text, "date": mail.date}
    return replace(_with(row, said, segments), problem=problem)


def _written(row: Row) -> Row:
    """A row of a table of mails: its body as plain text or HTML."""
    body = row.values.get(REQUIRED, "")
    text = html_words(body) if body.lstrip()[:1] == "<" else body
    return _with(row, {REQUIRED: own_words(text, forwarded=is_forward(row.values.get("title", "")))[:_TEXT]})


def _page(row: Row) -> Row:
    name = row.values.get("ref_id", "")
    page = read_page(row.values.get(REQUIRED, "").encode("utf-8", "replace"), name if "://" in name else "")
    if page is None:
        return replace(_with(row, {}), problem="the page holds nothing")
    facts = {name: each.value for name, each in page.facts.items()}
    title = facts.get("title", "")[:_TITLE]
    description = facts.get("description", "")
    rest = "\n".join(line for line in page.text.split("\n") if line.strip() not in (title, description))
    text = "\n\n".join(filter(None, (description, rest.strip()))).strip()[:_TEXT] or title
    own = _filled(row.values)  # stands, but for what the page is read for
    said = {"product_name": title, "store": host_of(page.url), **own, "title": title, REQUIRED: text}
    problem = None if text else "the page shows no text"
    return replace(_with(row, said, {"url": page.url}), found=_attributes(page.facts), problem=problem)


def _with(row: Row, said: Mapping[str, str], segments: Mapping[str, str] = _NO_SEGMENTS) -> Row:
    """The row with what its document says, and nothing of the document itself."""
    values = _filled({**row.values, REQUIRED: "", **_filled(said)})
    raw = "\n".join(values.get(name, "") for name in ("ref_id", "title", REQUIRED)).strip()[:_RAW]
    return replace(
        row, raw=raw or row.raw[:_RAW], values=values, segments={**row.segments, **_filled(segments)}
    )


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


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
