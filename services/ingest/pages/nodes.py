"""Structured data in a page, as one form whatever its syntax: nodes with types and properties.

Own readers and not extruct's: it looks at the text below a property once for each property, so that a
page of a megabyte that nests them takes minutes. Here each element is looked at once, and all is bounded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Any, TypeAlias

from lxml import etree, html

from services.ingest.pages.loose_json import read_json

_MOST_NODES = 5_000
_MOST_VALUES = 20_000
_MOST_DEPTH = 30
_TEXT = 5_000
"""Characters of one value."""
_UNSAID = frozenset({"script", "style", "template", "noscript"})
_SPACES = re.compile(r"\s+")
_MOST_EMPTY = 200
"""Places without a text that are passed over, more than an icon has: of thousands each element around them
would pass over all."""
_OF_SCHEMA = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)", re.IGNORECASE)
_LINKS = frozenset({"availability", "itemcondition", "url", "image", "sameas"})
_SOURCES = frozenset({"audio", "embed", "iframe", "img", "source", "track", "video"})


@dataclass(eq=False)
class Node:
    """One thing that a page describes."""

    types: frozenset[str]
    values: dict[str, list["Value"]] = field(default_factory=dict)

    def texts(self, *names: str) -> list[str]:
        """The texts of these properties, in their order."""
        return [value for name in names for value in self.values.get(name, ()) if isinstance(value, str)]

    def text(self, *names: str) -> str:
        """The first text of these properties; that of a name, if the value is a node itself."""
        for name in names:
            for value in self.values.get(name, ()):
                if said := value if isinstance(value, str) else value.text("name"):
                    return said
        return ""

    def nodes(self, *names: str) -> list["Node"]:
        return [value for name in names for value in self.values.get(name, ()) if isinstance(value, Node)]


Value: TypeAlias = str | Node


def json_ld(root: html.HtmlElement) -> list[Node]:
    """What the scripts of type application/ld+json say."""
    reader = _JsonLd()
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            reader.read(script.text or "")
    return reader.nodes


def microdata(root: html.HtmlElement) -> list[Node]:
    """What attributes itemscope and itemprop say. Properties outside of any item are one of their own."""
    return _attributes(root, scope="itemscope", kind="itemtype", name="itemprop", loose=True)


def rdfa(root: html.HtmlElement) -> list[Node]:
    """What attributes typeof and property say (RDFa Lite)."""
    return _attributes(root, scope="typeof", kind="typeof", name="property", loose=False)


def texts_of(nodes: Iterable[Node], *names: str) -> list[str]:
    """The texts of these properties of several nodes."""
    return [text for node in nodes for text in node.texts(*names)]


def local_name(name: str) -> str:
    """A type or property without its vocabulary, in small letters: `http://schema.org/Product` is product."""
    return re.split(r"[/#:]", name.strip().rstrip("/"))[-1].lower()


class _JsonLd:
    """Collects nodes, those inside others too."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._left = _MOST_VALUES
        self._by_id: dict[str, Node] = {}

    def read(self, script: str) -> None:
        text = script if '"' in script else unescape(script)
        for _ in self._values(read_json(text.strip().removeprefix("\ufeff")), 0):
            pass  # nodes are kept as they are read

    def _node(self, content: Mapping[str, object], depth: int) -> Node:
        kinds = content.get("@type")
        names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
        node = Node(_types(names))
        known = content.get("@id")
        if isinstance(known, str):
            # A node that is only named stands for the one of that name.
            node = self._by_id.setdefault(known, node)
            node.types |= _types(names)
        if len(content) > 1 or known is None:
            self.nodes.append(node)
        for name, value in content.items():
            found = list(self._values(value, depth + 1))
            if found and not name.startswith("@"):
                node.values.setdefault(local_name(name), []).extend(found)
        return node

    def _values(self, value: object, depth: int) -> Iterator[Value]:
        self._left -= 1
        if self._left < 0 or depth > _MOST_DEPTH:
            return
        match value:
            case str() | int() | float():
                yield unescape(str(value)[:_TEXT]).strip()
            case dict() if "@value" in value:
                yield from self._values(value["@value"], depth + 1)
            case {"@id": str(name), **more} if not more and _OF_SCHEMA.match(name):
                yield name  # one of the vocabulary's own values
            case dict():
                yield self._node(value, depth)
            case list():
                for each in value:
                    yield from self._values(each, depth + 1)
            case _:
                return


def _attributes(root: html.HtmlElement, *, scope: str, kind: str, name: str, loose: bool) -> list[Node]:
    """Nodes by elements that open them; each property belongs to the nearest one around it."""
    outside = Node(frozenset())
    opened: dict[etree._Element, Node] = {}
    found: Any = root.xpath(f"//*[@{scope} or @{name}]")
    for element in found[:_MOST_VALUES]:
        above = (opened[each] for each in element.iterancestors() if each in opened)
        around = next(above, outside if loose else None)
        node = None
        if element.get(scope) is not None and len(opened) < _MOST_NODES:
            node = opened[element] = Node(_types(element.get(kind, "").split()))
        if around is not None:
            for each in element.get(name, "").split()[:5]:
                said = node or _value(element, local_name(each))
                around.values.setdefault(local_name(each), []).append(said)
    return [*opened.values(), outside] if outside.values else list(opened.values())


def _types(names: Sequence[object]) -> frozenset[str]:
    return frozenset(local_name(str(name)) for name in names[:10])


def _value(element: etree._Element, name: str) -> str:
    tag = str(element.tag)
    said = element.get("content")
    if said is None and (tag == "link" or (tag in ("a", "area") and name in _LINKS)):
        said = element.get("href", "")
    if said is None and tag in _SOURCES:
        said = element.get("src", "") if name in _LINKS else element.get("alt", "")
    if said is None and tag in ("data", "meter"):
        said = element.get("value", "")
    return (said if said is not None else short_text(element, _TEXT)).strip()[:_TEXT]


def short_text(element: etree._Element, most: int, between: str = " ") -> str:
    """The text in an element, spaces collapsed, of which no more than about `most` characters are read.

    Args:
        between: what is put between the texts of the elements in it.
    """
    parts: list[str] = []
    size = 0
    for part in islice(_texts(element), 4 * most + _MOST_EMPTY):
        text = _SPACES.sub(" ", part[: 4 * most])
        parts.append(text[: most - size + 2])
        size += len(text.strip())
        if size > most:
            break
    return " ".join(between.join(parts).split())[:most]


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts in an element and behind those in it, in their order, empty ones too."""
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, each in walk:
        if event == "start" and each.tag in _UNSAID:
            walk.skip_subtree()
        elif event == "start":
            yield each.text or ""
        elif each is not element:
            yield each.tail or ""
