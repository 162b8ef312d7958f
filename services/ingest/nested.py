"""Objects within the objects of JSON: which of them hold the feedback and its other fields."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.ingest.column_names import is_known
from services.ingest.columns import is_text_name
from services.ingest.lines import without_surrogates
from services.ingest.refusal import RowRejected

DEEPEST = 3
_LONGEST = 300
"""Characters of a path; a longer one is no field's, nor is one that no database takes."""
_WRAPPERS = (
    *("$oid", "$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"),
    *("S", "N", "BOOL", "NULL", "label", "#text", "rendered"),
    *("stringValue", "integerValue", "doubleValue", "booleanValue", "timestampValue"),
)
"""Keys of objects that stand for one value: of MongoDB, DynamoDB, Firestore, XML and WordPress."""
_BESIDE = frozenset({"attributes", "protected"})
"""What may stand beside such a key; what begins with @ may, too."""

Object = Mapping[str, object]


def object_in(line: str) -> Object:
    """The object in a line of JSON Lines, its numbers as they are written.

    Raises:
        RowRejected: it holds none.
    """
    try:
        # A list of which only the brackets are missing leaves a comma behind each object.
        text = line.strip().removesuffix(",")
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise RowRejected("is not JSON: write one JSON object a line") from error
    if not isinstance(value, dict):
        raise RowRejected("is not a JSON object: write {…} with the columns as keys")
    return value


def unwrapped(content: object) -> object:
    """The value for which an object stands, as in `{"$date": "2024-03-05"}`; another as it is."""
    if not isinstance(content, dict):
        return content
    keys = [key for key in content if key not in _BESIDE and not key.startswith("@")]
    if len(keys) != 1 or keys[0] not in _WRAPPERS:
        return content
    return None if keys == ["NULL"] else unwrapped(content[keys[0]])


def opened(value: Object, paths: Iterable[str]) -> Object:
    """An object with what is in objects of it beside its own, as in `review.text`.

    Args:
        paths: to the objects, outer ones first.
    """
    for path in paths:
        inner = value.get(path)
        if isinstance(inner, dict):
            rest = {name: content for name, content in value.items() if name != path}
            value = rest | {f"{path}.{name}": content for name, content in inner.items()}
    return value


def paths_to_open(objects: Sequence[Object], asked: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """The objects within objects that hold fields, outer ones first; and the one with the text ("" for none).

    Args:
        asked: names of columns that somebody said, which may be paths.
    """
    inner = {path: content for each in objects for path, content in within(each) if content is not None}
    holder = _holder(objects, inner)
    fields = [path for path in inner if "." in path and is_known(path.removeprefix(f"{holder}."))]
    wanted = (f"{holder}.", *fields, *asked)
    begun = {path[:end] for path in wanted for end in range(len(path)) if path[end] == "."}
    objects_within = [path for path, content in inner.items() if isinstance(content, dict) and path in begun]
    return tuple(sorted(objects_within, key=lambda path: path.count("."))), holder


def within(value: Object, before: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """What stands in an object and in the objects in it, by path."""
    for name, content in value.items():
        path = f"{before}{name}"
        if len(path) > _LONGEST or path != without_surrogates(path):
            continue
        yield path, content
        if isinstance(content, dict) and depth < DEEPEST and unwrapped(content) is content:
            yield from within(content, f"{path}.", depth + 1)


def _holder(objects: Sequence[Object], inner: Object) -> str:
    """The path of the object that holds the text, if it is not the whole one and there is no doubt."""
    if any(
        isinstance(unwrapped(each[name]), str) and is_text_name(name) for each in objects for name in each
    ):
        return ""
    found = [
        path.rpartition(".")
        for path, content in inner.items()
        if "." in path and isinstance(unwrapped(content), str) and is_text_name(path.rpartition(".")[2])
    ]
    least = min((holder.count(".") for holder, _, _ in found), default=0)
    nearest = {holder for holder, _, _ in found if holder.count(".") == least}
    named = {holder for holder in nearest if is_text_name(holder.rpartition(".")[2])}
    return next(iter(named or nearest)) if len(named or nearest) == 1 else ""
