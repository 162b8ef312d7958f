"""The elements of a page that people see, in their order, each with the words of its classes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree, html

from services.ingest.pages.html_tree import is_hidden
from services.ingest.pages.page_words import parts_of, phrase, words

_MOST_ELEMENTS = 60_000
_PHRASE_LENGTH = 80
_SKIPPED = frozenset(
    {"script", "style", "template", "noscript", "svg", "select", "head", "iframe", "textarea"}
)
_ASIDE_TAGS = frozenset({"nav", "footer", "aside"})
_STRUCK_TAGS = frozenset({"del", "s", "strike"})


@dataclass(frozen=True)
class Shown:
    """One element on the way through the page.

    Attributes:
        place: how many elements stand before it.
        hints: the words of its own class and id.
        near: those of the three elements around it.
        aside: whether it lies in a list of other products, a menu and the like.
        struck: whether it is crossed out.
    """

    element: etree._Element
    place: int
    hints: frozenset[str]
    near: frozenset[str]
    aside: bool
    struck: bool


def shown_elements(root: html.HtmlElement) -> Iterator[Shown]:
    """The elements that people see, in their order."""
    stack: list[tuple[etree._Element, tuple[frozenset[str], ...], bool, bool]] = [(root, (), False, False)]
    place = 0
    while stack and place < _MOST_ELEMENTS:
        element, above, aside, struck = stack.pop()
        tag = str(element.tag)
        if tag in _SKIPPED or is_hidden(element):
            continue
        hints = hints_of(element)
        aside = (
            aside
            or tag in _ASIDE_TAGS
            or bool(hints & words("aside") and tag not in ("body", "html", "main"))
        )
        struck = struck or is_struck(element)
        yield Shown(element, place, hints, frozenset().union(*above[-3:]), aside, struck)
        place += 1
        around = (*above[-2:], hints)
        stack.extend((child, around, aside, struck) for child in reversed(element))


def hints_of(element: etree._Element) -> frozenset[str]:
    """The words of its class, its id, and the name that testers give it."""
    names = (element.get(name, "") for name in ("class", "id", "data-test"))
    return frozenset(parts_of(" ".join(names)[:300]))


def is_struck(element: etree._Element) -> bool:
    """Whether its tag or its style crosses out what is in it."""
    return element.tag in _STRUCK_TAGS or "line-through" in element.get("style", "")[:200]


def own_phrase(element: etree._Element, most: int = _PHRASE_LENGTH) -> str:
    """A short text that stands in an element itself, or on its button."""
    own = " ".join([element.text or "", *(child.tail or "" for child in islice(element, 20))]).strip()
    own = own or element.get("value", "") if element.tag == "input" else own
    return phrase(own) if 0 < len(own) <= most else ""
