"""The text of a mail and the names of what is attached to it. Nothing that is attached is opened."""

import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice
from typing import Any

import html_text
from lxml import etree, html

from services.ingest.mails.mail_headers import decoded, one_line
from services.ingest.pages.html_tree import drop_hidden, text_of, tree_of
from services.ingest.pages.nodes import short_text

_MOST_PARTS = 200
_MOST_NAMES = 20
_TEXT = 200_000
"""Characters of a part."""
_NESTED = 5
"""Mails in mails that are looked into, if the outer ones say nothing."""
_SHORT = 20
_STAND_IN, _LEAST_WORDS = 300, 5
"""Characters from which on a plain text is taken for the mail's own; words that the HTML has then."""
_MARKUP = re.compile(
    r"\s*<(?:!doctype|html|head|body|meta|div|p|table|span|br)\b[^<>]{0,500}>", re.IGNORECASE
)
_UNSEEN = (
    (r"opacity\s*:\s*0(?:\.0*)?\s*(?:!|;|$)",),
    (r"max-height\s*:\s*0(?:px)?\s*(?:!|;|$)", r"overflow\s*:\s*hidden"),
    (r"font-size\s*:\s*[01](?:px)?\s*(?:!|;|$)", r"line-height\s*:\s*[01](?:px)?\s*(?:!|;|$)"),
)
"""What an element has in its style that shows nothing. Of two each alone only closes gaps."""
_HIDING = re.compile(r"\.([\w-]{1,100})\s*\{[^{}]{0,1000}?display\s*:\s*none", re.IGNORECASE)
"""A class that a mail's own styles hide."""
_MEDIA = re.compile(r"@media[^{}]{0,500}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.IGNORECASE)
_QUOTES = (
    ".//blockquote[@type='cite']",
    ".//*[contains(@class, 'mail_quote')]",
    ".//*[contains(@class, '_signature')]",
    ".//*[contains(@class, '-signature')]",
    ".//*[contains(@id, '_signature') or @id='Signature']",
    ".//*[contains(concat(' ', @class, ' '), ' yahoo_quoted ')]",
    ".//*[contains(concat(' ', @class, ' '), ' moz-cite-prefix ')]",
)


def text_in(mail: Message, depth: int = 0) -> str:
    """Its text: the plain one if there is one that says something, else that of the HTML."""
    parts = [part for part in _parts(mail) if not _is_attached(part)]
    plain = "\n\n".join(_text(part) for part in parts if part.get_content_type() == "text/plain").strip()
    plain = html_words(plain) if _MARKUP.match(plain) else plain
    marked = [part for part in parts if part.get_content_type() == "text/html"]
    if len(plain) >= _STAND_IN or (plain and not marked):
        return plain
    shown = "\n\n".join(filter(None, (_html_text(_bytes(part), _charset(part)) for part in marked)))
    if len(plain) >= _SHORT and not _stands_in(plain, shown):
        return plain
    if shown or plain or depth >= _NESTED:
        return shown or plain
    inner = (text_in(each, depth + 1) for part in _parts(mail) for each in _attached_mails(part))
    return next(filter(None, inner), "")


def _stands_in(plain: str, shown: str) -> bool:
    """Whether a plain text only says that there is another, of which it has less than half of its words."""
    said, other = set(plain.casefold().split()), set(shown.casefold().split())
    return len(other) >= _LEAST_WORDS and 2 * len(said & other) < len(said)


def attachments(mail: Message) -> list[str]:
    """The names of what is attached, as they were given."""
    attached = islice(filter(_is_attached, _parts(mail)), _MOST_NAMES)
    return [one_line(decoded(part.get_filename() or part.get_content_type()))[:100] for part in attached]


def _parts(mail: Message) -> Iterator[Message]:
    """The parts that are no containers, those of attached mails left out."""
    stack, left = [mail], _MOST_PARTS
    while stack and left:
        part = stack.pop()
        left -= 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            stack.extend(reversed(_inside(part)))
        else:
            yield part


def _attached_mails(part: Message) -> list[Message]:
    return _inside(part)[:1] if part.get_content_type() == "message/rfc822" else []


def _inside(part: Message) -> list[Message]:
    content = part.get_payload()
    return [each for each in content if isinstance(each, Message)] if isinstance(content, list) else []


def _is_attached(part: Message) -> bool:
    return (
        part.get_content_disposition() == "attachment"
        or bool(part.get_filename())
        or part.get_content_maintype() != "text"
    )


def _text(part: Message) -> str:
    text = text_of(_bytes(part)[: 4 * _TEXT], _charset(part))[:_TEXT].replace("\r\n", "\n")
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    return text.replace(" \n", " ") if flowed else text


def html_words(markup: str) -> str:
    """The text of a mail in HTML, without what it quotes by its markup."""
    return _html_text(markup.encode("utf-8", "replace"), "")


def _html_text(markup: bytes, charset: str) -> str:
    root = tree_of(markup, charset)
    if root is None:
        return ""
    _drop_unseen(root)
    whole = str(html_text.extract_text(root))[:_TEXT]
    for path in _QUOTES:
        found: Any = root.xpath(path)
        for element in found:
            if not short_text(element, _SHORT).startswith("---"):  # what Gmail forwards
                _drop(element)
    return str(html_text.extract_text(root))[:_TEXT].strip() or whole


def _drop_unseen(root: html.HtmlElement) -> None:
    """Empties what a reader of the mail does not see, such as the line that a list of mails shows."""
    rules = "".join(each.text or "" for each in root.iter("style"))[:_TEXT]
    classes = frozenset(_HIDING.findall(_MEDIA.sub("", rules)))
    for element in list(root.iter(etree.Element)):
        named = not classes.isdisjoint(element.get("class", "")[:500].split())
        if element.tag == "title" or named or _is_unseen(element):
            element.clear(keep_tail=True)
    drop_hidden(root)


def _is_unseen(element: etree._Element) -> bool:
    """Whether its own style shows nothing of it, and nothing in it has a size of its own."""
    style = element.get("style", "")[:500].lower()
    unseen = any(all(re.search(part, style) for part in parts) for parts in _UNSEEN)
    inner = islice(element.iterdescendants(etree.Element), _MOST_PARTS) if unseen else ()
    return unseen and not any("font-size" in each.get("style", "")[:500].lower() for each in inner)


def _drop(element: etree._Element) -> None:
    above = element.getparent()
    if above is not None:
        element.tail = None if element.tail is None else f" {element.tail}"
        above.remove(element)


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    return str(part.get_content_charset() or "")
