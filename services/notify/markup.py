"""HTML and SVG made of elements: whatever is not an element is text, and text is always escaped."""

import html
import re
from collections.abc import Iterable

_VOID = frozenset({"meta", "br", "hr", "col"})
# Control characters that no HTML text may hold; a line break and a tab may stand.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already. Only `element` and `join` make it."""

    __slots__ = ()


Child = Markup | str | int | None
Value = str | int | float | bool | None


def element(name: str, /, *children: Child, **attributes: Value) -> Markup:
    """An element: `element("td", "a < b", class_="name")` is `<td class="name">a &lt; b</td>`.

    Args:
        children: markup stays as it is, anything else is escaped, None is left out.
        attributes: an underscore at the end is dropped and others become hyphens; None and False are
            left out, True is the bare name.
    """
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Several pieces of markup or text as one."""
    return Markup("".join(_child(child) for child in children if child is not None))


def styles(css: str) -> Markup:
    """A style sheet of our own: the one thing that is not escaped."""
    assert "</" not in css, "a style sheet that closes its own element"
    return Markup(f"<style>{css}</style>")


def _child(child: Child) -> str:
    return child if isinstance(child, Markup) else _escape(str(child))


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    # SVG's own names keep their capitals; ours come in Python's spelling.
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{_escape(str(value))}"'


def _escape(text: str) -> str:
    return html.escape(_FORBIDDEN.sub("\ufffd", text), quote=True)
