"""What one object of JSON Lines holds: fields of ours, the customer's own, and what is no text."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from services.ingest.columns import REQUIRED
from services.ingest.layout import Layout
from services.ingest.lines import without_surrogates
from services.ingest.nested import Object, object_in, opened, unwrapped
from services.ingest.refusal import RowRejected


class ObjectFields(NamedTuple):
    """The fields of one object, as text by name."""

    values: dict[str, str]
    unread: dict[str, str]
    """Values that are no text and no number, as they came."""
    segments: dict[str, str]
    """What stands under keys of the customer's own."""


def read_object(line: str, layout: Layout) -> ObjectFields:
    """Reads a line.

    Raises:
        RowRejected: it cannot be read.
    """
    found, own = _by_field(opened(object_in(line), layout.opened), layout)
    if problem := _problem(found.get(REQUIRED, [])):
        raise RowRejected(problem)
    values: dict[str, str] = {}
    unread: dict[str, str] = {}
    for known, contents in found.items():
        odd = _problem(contents) is not None
        text = _as_text(contents if len(contents) > 1 else contents[0])
        (unread if odd else values)[known] = text.strip()
    return ObjectFields(values, unread, own)


def _by_field(value: Object, layout: Layout) -> tuple[dict[str, list[object]], dict[str, str]]:
    """What an object holds, by field (under a name of ours, if it has one); and the customer's own."""
    ours: dict[str, list[object]] = {}
    others: dict[str, list[object]] = {}
    own: dict[str, str] = {}
    for name, wrapped in value.items():
        known, is_ours = layout.field_of_key(name)
        content = unwrapped(wrapped)
        if known is not None and content is not None:
            (ours if is_ours else others).setdefault(known, []).append(content)
        elif content is not None:
            own[without_surrogates(name).strip()] = _as_text(content)
    return others | ours, own


def _problem(contents: Sequence[object]) -> str | None:
    """Why what an object holds for one field is not one text or number."""
    if len(contents) > 1:
        return f"{REQUIRED}: stands there twice; keep one"
    if any(not isinstance(content, str) for content in contents):
        return f"{REQUIRED}: must be a text or a number"
    return None


def _as_text(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return without_surrogates(text)
