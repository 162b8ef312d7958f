"""Writes shared/model/models.json from litellm's price table and our own notes: `make models`.

The standard library alone, so that it runs in an environment that holds nothing but the package; the package
is not imported, only its JSON file is read. The same package and notes give the same file, byte for byte.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

Row = dict[str, Any]

PACKAGE = "litellm"
SOURCE = "litellm/model_prices_and_context_window_backup.json"
NOTES = Path(__file__).with_name("model_notes.json")
TABLE = Path(__file__).parent.parent / "shared" / "model" / "models.json"
ABOUT = (
    "Written by `make models` from the table of the package named under `source` and from"
    " tools/model_notes.json: change those. Prices are US dollars per million tokens, on demand;"
    " `regional` are their factors under the prefix of an inference profile, `flex` that of the tier of this"
    " name. A family's `ids` are names of models without maker's date and version. Of `others`,"
    " for models that no family has, ids are prefixes, and the longest wins."
)

_NAME = re.compile(
    r"(?:(?P<profile>global|us-gov|us|eu|apac|jp|au|ca|sa|me|af|in)\.)?(?P<name>[a-z0-9]+\.[a-z].*)"
)
_REVISION = re.compile(r"(?:-\d{8})?(?:-v\d+|-\d(?=:))?(?::.*)?$")
_EMBEDDING_REVISION = re.compile(r":.*$")
_PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_ORDER = (
    "ids",
    "answer_form",
    *_PRICES,
    "regional",
    "flex",
    "cache_minimum_tokens",
    "quota_per_output_token",
    "system_prompt",
    "sampling",
    "thinks",
)
_MILLION = 1_000_000


def models_of(source: Mapping[str, Row]) -> dict[str, dict[str, Row]]:
    """Bedrock's priced chat and embedding models: name without profile → profile ("" for none) → entry."""
    models: dict[str, dict[str, Row]] = {}
    for key, entry in sorted(source.items()):
        match = _NAME.fullmatch(key)
        if match and _is_ours(entry) and "/" not in key and "@" not in key:
            models.setdefault(match["name"], {})[match["profile"] or ""] = entry
    return models


def _is_ours(entry: Row) -> bool:
    return (
        entry.get("litellm_provider") in {"bedrock", "bedrock_converse"}
        and entry.get("mode") in {"chat", "embedding"}
        and entry.get("input_cost_per_token") is not None
    )


def family_name(model: str, entry: Row) -> str:
    """A model's name without date and version; another version of an embedding is another model."""
    revision = _EMBEDDING_REVISION if entry["mode"] == "embedding" else _REVISION
    return revision.sub("", model)


def families(source: Mapping[str, Row], notes: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of all families, ours included, sorted by name."""
    rows: dict[str, Row] = {}
    for model, entries in models_of(source).items():
        if not model.startswith(tuple(notes["left_out"])):
            name = family_name(model, next(iter(entries.values())))
            # Of several versions the last speaks for the family.
            rows[name] = _row(name, entries, notes["rules"])
    for row in notes["families"]:
        rows[row["ids"][0]] = {field: value for field, value in row.items() if field != "source"}
    return (rows[name] for name in sorted(rows))


def _row(name: str, entries: Mapping[str, Row], rules: Iterable[Row]) -> Row:
    # The cheapest is the price, usually the one without a profile or the global one; the others are factors.
    entry = min(entries.values(), key=lambda each: each["input_cost_per_token"])
    ours = _ours(name, rules)
    row: Row = {
        "ids": [name],
        "answer_form": _answer_form(entry, forces_tools=ours.pop("forces_tools", False)),
        **{field: _dollars(entry[key]) for field, key in _PRICES.items() if entry.get(key) is not None},
        "flex": _factor(entry, "_flex", entry),
        "regional": {profile: _factor(entry, "", other) for profile, other in sorted(entries.items())},
        "cache_minimum_tokens": entry.get("prompt_cache_min_tokens"),
        "system_prompt": entry.get("supports_system_messages"),
        "sampling": entry.get("supports_sampling_params"),
        # One that always thinks cannot be told not to.
        "thinks": (entry.get("thinking_on_by_default") and not entry.get("thinking_always_on")) or None,
    }
    row["regional"] = {profile: factor for profile, factor in row["regional"].items() if factor != "1"}
    return {field: value for field, value in (row | ours).items() if _is_said(field, value)}


def _is_said(field: str, value: object) -> bool:
    """Whether a field says more than its default does."""
    return value not in (None, {}) and not (field in {"system_prompt", "sampling"} and value is True)


def _ours(name: str, rules: Iterable[Row]) -> Row:
    said: Row = {}
    for rule in sorted(rules, key=lambda rule: len(rule["prefix"])):
        if name.startswith(rule["prefix"]):
            said |= {field: value for field, value in rule.items() if field not in {"prefix", "source"}}
    return said


def _answer_form(entry: Row, *, forces_tools: bool) -> str:
    forced = entry.get("supports_forced_tool_use")
    native = "supports_native_structured_output", "supports_bedrock_native_structured_output"
    # A model that takes tools and lets none be forced, because it always thinks, is held to a schema instead.
    if any(entry.get(name) for name in native) or forced is False:
        return "structured"
    if forces_tools and entry.get("supports_tool_choice"):
        return "forced_tool"
    return "offered_tool" if entry.get("supports_function_calling") else "text"


def _dollars(per_token: float) -> str:
    return _number(Decimal(str(per_token)) * _MILLION)


def _factor(entry: Row, suffix: str, other: Row) -> str | None:
    """How many times the price what `other` asks is, for the token that it raises most; None: not offered."""
    keys = [key for key in _PRICES.values() if entry.get(key) and other.get(key + suffix)]
    factors = [Decimal(str(other[key + suffix])) / Decimal(str(entry[key])) for key in keys]
    if not factors:
        return None
    return _number(max(factors).quantize(Decimal("0.0001"), ROUND_CEILING))


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def table(source: Mapping[str, Row], notes: Mapping[str, Any], version: str, checked_on: date) -> str:
    """The file's text: a family a line."""
    header = {"package": PACKAGE, "version": version, "checked_on": checked_on.isoformat()}
    parts = [
        f'  "about": {json.dumps(ABOUT)}',
        f'  "source": {json.dumps(header)}',
        f'  "families": [\n{_lines(families(source, notes))}\n  ]',
        f'  "others": [\n{_lines(notes["others"])}\n  ]',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(rows: Iterable[Row]) -> str:
    return ",\n".join(
        "    " + json.dumps({field: row[field] for field in _ORDER if field in row}) for row in rows
    )


def renewed(old: str, source: Mapping[str, Row], notes: Mapping[str, Any], version: str, today: date) -> str:
    """The new file: dated today if anything in it is new, else with the old date, and so unchanged."""
    header = json.loads(old).get("source", {})
    if header:
        kept = table(source, notes, version, date.fromisoformat(header["checked_on"]))
        if kept == old:
            return old
    return table(source, notes, version, today)


def main() -> int:
    """Writes the table; 0, as nothing here fails without a traceback."""
    package = distribution(PACKAGE)
    source = json.loads(Path(str(package.locate_file(SOURCE))).read_text("utf-8"))
    notes = json.loads(NOTES.read_text("utf-8"))
    old = TABLE.read_text("utf-8")
    new = renewed(old, source, notes, package.version, datetime.now(UTC).date())
    TABLE.write_text(new, "utf-8")
    print(f"{TABLE.name}: {'unchanged' if new == old else 'written anew'} ({PACKAGE} {package.version})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
