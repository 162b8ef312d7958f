"""The customer's own columns: those that hold no field of ours, the first 50, by their names."""

from collections.abc import Iterable, Mapping, Sequence

from shared.contracts.records import MOST_SEGMENTS, RAW_LENGTH

_MOST_CHARACTERS = 40_000
"""Of all values of a row: what its message has room for beside the longest feedback."""
_NAME_LENGTH = 200


def segment_names(names: Sequence[str], fields: Sequence[str | None]) -> tuple[str | None, ...]:
    """By column, the name of the segment that it holds; None for one of our fields or without a name.

    A name that stands there twice gets its place: `notes`, `notes (2)`.
    """
    taken: set[str] = set()
    found: list[str | None] = []
    for name, field in zip(names, fields, strict=True):
        plain = name.replace("\ufeff", "").strip()[:_NAME_LENGTH]
        wanted = plain if plain and field is None and len(taken) < MOST_SEGMENTS else None
        found.append(_unlike(wanted, taken) if wanted else None)
    return tuple(found)


def kept(values: Mapping[str, str]) -> dict[str, str]:
    """The values as they stand, each and all together cut to what a message has room for."""
    found: dict[str, str] = {}
    room = _MOST_CHARACTERS
    for name, value in values.items():
        text = value.replace("\0", "\ufffd").strip()[: min(RAW_LENGTH, room)]
        if text and len(found) < MOST_SEGMENTS:
            found[name[:_NAME_LENGTH]] = text
            room -= len(text)
    return found


def _unlike(name: str, taken: set[str]) -> str:
    count, unlike = 1, name
    while unlike in taken:
        count += 1
        unlike = f"{name[: _NAME_LENGTH - 8]} ({count})"
    taken.add(unlike)
    return unlike


def in_order(names: Iterable[str | None], cells: Iterable[str]) -> dict[str, str]:
    """The cells of segments by their names."""
    return {name: cell for name, cell in zip(names, cells, strict=False) if name and cell}
