"""Which column holds what: by our own names, by other names that people use, or as the uploader said."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from pydantic import Field

from services.ingest.column_names import IF_NOTHING_ELSE, names_of, nearest, spelled, spellings
from services.ingest.column_units import order_named, scale_named
from services.ingest.dates import DateOrder, parse_date
from services.ingest.ratings import StarsScale, stars_of
from services.ingest.refusal import FileRefused, ValueUnread
from shared.contracts.base import Contract
from shared.contracts.records import Feedback
from shared.contracts.tabular import column_key

REQUIRED = "feedback"
COLUMNS = (REQUIRED, *(field for field in Feedback.model_fields if field != REQUIRED))
_ALIASES = {"id": "ref_id"}
_NO_NAMES: Mapping[str, Sequence[str]] = {}
_WORDED = 0.25
"""From this share of its values on that are words, a column holds texts and no ratings or counts."""
_SEVERAL_IN_ONE = re.compile(r"\w\s?[;|^~\x01-\x08\x1c-\x1f]\s?\w|\w {3,}\w")
_NAMED = 20
_NAME_LENGTH = 60
_WAYS_OUT = (
    "rename the one with the texts to feedback, or upload the file with the metadata "
    "columns: feedback=<its name or number>"
)


class ColumnNames(Contract):
    """What is told of a file's columns by their names."""

    read_from: dict[str, str] = Field(default_factory=dict)
    """By field, the names of columns that are not called as we call them."""
    unsure: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By field, the names of columns of which each may hold it, so that none was taken for it."""
    ignored_columns: tuple[str, ...] = ()
    """The names of columns that are not used, the first of them."""
    nearest: dict[str, str] = Field(default_factory=dict)
    """By ignored column, the field without a column that its name is nearest to."""
    stars_scale: StarsScale | None = None
    """The best rating, if the column's name says it."""
    date_order: DateOrder | None = None
    """Likewise."""


class Columns(ColumnNames):
    """How the columns of a file are read."""

    fields: tuple[str | None, ...]
    """The field that each column holds; None for one that is not used."""


def field_of(name: str) -> str | None:
    """The field that a column of this name holds by our own names; None if it is none of them."""
    key = column_key(name)
    key = _ALIASES.get(key, key)
    return key if key in COLUMNS else None


def is_text_name(name: str) -> bool:
    """Whether columns with the text are called so."""
    return field_of(name) == REQUIRED or bool(spellings(name) & names_of(REQUIRED))


def is_weak(columns: Columns) -> bool:
    """Whether the text's column is called as other things are, too."""
    return bool(spellings(columns.read_from.get(REQUIRED, "")) & names_of(IF_NOTHING_ELSE))


def find_columns(
    names: Sequence[str],
    values: Sequence[Sequence[str]],
    wishes: str = "",
    others: Sequence[str] = (),
    also: Mapping[str, Sequence[str]] = _NO_NAMES,
    within: str = "",
) -> Columns:
    """What each column holds.

    Args:
        names: as they stand in the file.
        values: of each column, those of the first rows.
        wishes: what the uploader said, as in `feedback=Comment; title=4; stars=`.
        others: what a second header row calls them.
        also: by field, names that the profile gives to columns.
        within: how names begin that win, where several fit.

    Raises:
        FileRefused: no column holds the feedback, or several may.
    """
    wished = _wished(names, wishes)
    settled = _exact(names, wished) | wished
    called = [set().union(*map(spellings, (name, *others[at : at + 1]))) for at, name in enumerate(names)]

    def fitting(field: str, known: Set[str]) -> list[int]:
        free = (place for place in range(len(names)) if place not in settled.values())
        found = [place for place in free if called[place] & known and _may_hold(field, values[place])]
        return [place for place in found if names[place].startswith(within)] or found

    unsure: dict[str, tuple[str, ...]] = {}
    for field in [field for field in COLUMNS if field not in settled]:
        found = fitting(field, names_of(field) | set(map(spelled, also.get(field, ()))))
        if field == REQUIRED and not found:
            found = fitting(field, names_of(IF_NOTHING_ELSE))
        if len(found) == 1:
            settled[field] = found[0]
        elif found:
            unsure[field] = _some(names[place] for place in found)
    if settled.get(REQUIRED) is None:
        raise _no_text(names, unsure.get(REQUIRED))
    return _columns(names, settled, unsure)


def shown(field: str) -> str:
    """A field as people call it."""
    return "id" if field == "ref_id" else field


def _columns(
    names: Sequence[str], settled: Mapping[str, int | None], unsure: dict[str, tuple[str, ...]]
) -> Columns:
    by_place = {place: field for field, place in settled.items()}
    fields = tuple(by_place.get(place) for place in range(len(names)))
    ignored = _some(name for name, field in zip(names, fields, strict=True) if field is None)
    open_fields = [field for field in COLUMNS if field not in settled]
    called = {field: names[place] for field in COLUMNS if (place := settled.get(field)) is not None}
    return Columns(
        fields=fields,
        read_from={field: _shown_name(name) for field, name in called.items() if field_of(name) != field},
        unsure=unsure,
        ignored_columns=ignored,
        nearest={name: shown(field) for name in ignored if (field := nearest(name, open_fields))},
        stars_scale=scale_named(called.get("stars", "")),
        date_order=order_named(called.get("date", "")),
    )


def _exact(names: Sequence[str], wished: Mapping[str, int | None]) -> dict[str, int | None]:
    """Columns that are called as we call them, and that nobody said anything else about."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        field = field_of(name)
        if field and field not in wished and place not in wished.values():
            found.setdefault(field, []).append(place)
    if twice := sorted(field for field, places in found.items() if len(places) > 1):
        raise FileRefused(f"columns stand in the header twice: {', '.join(twice)}; keep one of each")
    return {field: places[0] for field, places in found.items()}


def _wished(names: Sequence[str], wishes: str) -> dict[str, int | None]:
    """By field, the column that the uploader named for it; None if it is to have none."""
    wished: dict[str, int | None] = {}
    for wish in filter(str.strip, wishes.split(";")):
        said, equals, name = wish.partition("=")
        field = field_of(said)
        if not equals or field is None or field in wished:
            raise FileRefused(
                f"the metadata columns says {_shown_name(wish)!r}: write <field>=<column>, parted by "
                f"semicolons, each field once; fields: {', '.join(map(shown, COLUMNS))}"
            )
        wished[field] = _place(names, name.strip()) if name.strip() else None
    return wished


def _place(names: Sequence[str], wanted: str) -> int:
    for form in (str.strip, column_key, spelled):
        places = [place for place, name in enumerate(names) if form(name) == form(wanted)]
        if len(places) == 1:
            return places[0]
        if places:
            raise FileRefused(
                f"the metadata columns names {_shown_name(wanted)!r}, and several columns are called so: "
                "give the column's number instead (the first is 1)"
            )
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(names):
        return int(wanted[:9]) - 1
    raise FileRefused(
        f"the metadata columns names {_shown_name(wanted)!r}, and there is no such column; "
        f"found columns: {_listed(names)}"
    )


def _may_hold(field: str, values: Sequence[str]) -> bool:
    said = [value for value in values if value.strip()]
    if field == REQUIRED:
        return not said or sum(map(_is_words, said)) >= _WORDED * len(said)
    reads = {"stars": _is_rating, "date": _is_date}.get(field)
    return reads is None or not said or any(map(reads, said))


def _is_words(value: str) -> bool:
    return not _is_rating(value) and any(character.isalpha() for character in value)


def _is_rating(value: str) -> bool:
    return _is_read(stars_of, value, 100)


def _is_date(value: str) -> bool:
    return any(_is_read(parse_date, value.strip(), order) for order in DateOrder)


def _is_read(read: Callable[..., object], *value: object) -> bool:
    try:
        read(*value)
    except ValueUnread:
        return False
    return True


def _no_text(names: Sequence[str], several: Sequence[str] | None) -> FileRefused:
    if several:
        return FileRefused(f"several columns may hold the feedback: {', '.join(several)}. Please {_WAYS_OUT}")
    if len(names) == 1 and _SEVERAL_IN_ONE.search(names[0]):
        return FileRefused(
            f"the required column {REQUIRED!r} is missing, for all columns stand in one, "
            f"{_shown_name(names[0])!r}: part them by commas, semicolons, tabs or bars"
        )
    near = [name for name in _some(names) if nearest(name, [REQUIRED])]
    return FileRefused(
        f"the required column {REQUIRED!r} is missing; found columns: {_listed(names) or 'none'}. "
        + (f"Nearest to it: {', '.join(near)}. " if near else "")
        + f"Please {_WAYS_OUT}. Known columns: {', '.join(map(shown, COLUMNS))}"
    )


def _shown_name(name: str) -> str:
    return name.strip()[:_NAME_LENGTH]


def _some(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_shown_name(name) for name in names if name.strip())[:_NAMED]


def _listed(names: Iterable[str]) -> str:
    named = [name for name in names if name.strip()]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(_some(named)) + more
