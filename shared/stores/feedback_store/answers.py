"""What is known of a text: the model's answer under the same versions, or a person's correction."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from shared.contracts.records import Profile
from shared.model.examples import LONGEST, Corrected
from shared.platform.database import Transaction
from shared.stores.feedback_store import aspects
from shared.stores.feedback_store.rows import MODEL, Answer, RowAspect

# One row of each text is enough: a text that everybody sends has very many.
_ANSWERED = """
    (SELECT id, {number} AS place, label_llm AS label, sentiment, attributes, attribute_sources
    FROM customer_feedback
    WHERE text_key = %(key_{number})s{shown} AND profile = %(profile)s AND status IN ('labelled', 'unknown')
        AND model_id = %(model_id)s AND prompt_version = %(prompt_version)s
        AND taxonomy_version = %(taxonomy_version)s AND corrections_version = %(corrections_version)s
        AND profile_version <=> %(profile_version)s AND sentiment IS NOT NULL LIMIT 1)
"""
_CORRECTED = """
    SELECT id, label_correction, LEFT(CONCAT_WS('\n', title, feedback), %(length)s) AS text
    FROM customer_feedback
    WHERE profile = %(profile)s AND label_correction IS NOT NULL
    ORDER BY last_updated_time DESC, id DESC LIMIT %(limit)s
"""
_CORRECTED_TEXTS = """
    SELECT id, text_key, label_correction AS label, sentiment, attributes, attribute_sources
    FROM customer_feedback
    WHERE text_key IN %(text_keys)s AND profile = %(profile)s AND label_correction IS NOT NULL
    ORDER BY last_updated_time, id
"""


class ShownText(NamedTuple):
    """What the model is shown of a record, as far as rows keep it in columns of their own.

    Attributes:
        named: fields that the profile shows besides, of those in `COMPARED`, with their values.
    """

    text_key: bytes
    named: tuple[tuple[str, str | Decimal | None], ...] = ()


# The columns' collation takes all emoji for one, kana for kana, and letters for letters with accents.
_EXACTLY = " AND CAST({0} AS BINARY) <=> CAST({{0}} AS BINARY)"
_SAME = {name: _EXACTLY.format(name) for name in ("product_name", "store", "ref_id")}
_SAME["stars"] = " AND stars <=> {0}"
COMPARED = frozenset(_SAME)
"""Fields by which rows of one text are told apart."""


def answered(
    tx: Transaction, texts: Collection[ShownText], profile: Profile, versions: Mapping[str, Any]
) -> dict[ShownText, Answer]:
    """What was already answered about these texts under exactly these versions.

    Args:
        versions: model_id, prompt_version, taxonomy_version, corrections_version and profile_version.
    """
    if not texts:
        return {}
    places = list(texts)
    query = " UNION ALL ".join(
        _ANSWERED.format(
            number=number, shown="".join(_SAME[name].format(f"%({name}_{number})s") for name, _ in text.named)
        )
        for number, text in enumerate(places)
    )
    values: dict[str, Any] = {f"key_{number}": text.text_key for number, text in enumerate(places)}
    values |= {f"{name}_{n}": value for n, text in enumerate(places) for name, value in text.named}
    tx.execute(query, {"profile": profile, **values, **versions})
    # Of a row that came with values the model was asked for the others only.
    found = _answers(tx, "place", lambda row: set(_sources(row).values()) <= {MODEL})
    return {places[number]: answer for number, answer in found.items()}


def corrected_labels(tx: Transaction, profile: Profile, text_keys: Collection[bytes]) -> dict[bytes, Answer]:
    """The label that people last gave to a row of exactly this text, which so needs no model call.

    With what the model said of that row besides; without a sentiment if it was never asked.
    """
    if not text_keys:
        return {}
    tx.execute(_CORRECTED_TEXTS, {"profile": profile, "text_keys": list(text_keys)})
    return {bytes(key): answer for key, answer in _answers(tx, "text_key").items()}


def corrected_rows(tx: Transaction, profile: Profile, limit: int = 2000) -> list[Corrected]:
    """The latest corrections, newest first: the candidates for `shared.model.examples.Examples`."""
    tx.execute(_CORRECTED, {"profile": profile, "limit": limit, "length": LONGEST})
    return [Corrected(row["id"], row["label_correction"], row["text"]) for row in tx.fetchall()]


def _answers(
    tx: Transaction, by: str, holds: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> dict[Any, Answer]:
    """The answers in the rows of the last query, by this column; a later row counts more."""
    rows = {row[by]: row for row in tx.fetchall() if holds(row)}
    topics = aspects.of_rows(tx, [row["id"] for row in rows.values()])
    return {key: _answer(row, topics.get(row["id"], ())) for key, row in rows.items()}


def _sources(row: Mapping[str, Any]) -> dict[str, str]:
    sources: dict[str, str] = json.loads(row["attribute_sources"] or "{}")
    return sources


def _answer(row: Mapping[str, Any], topics: Sequence[RowAspect]) -> Answer:
    sources = _sources(row)
    attributes = json.loads(row["attributes"] or "{}")
    return Answer(
        label=row["label"],
        sentiment=row["sentiment"],
        aspects=tuple(topics),
        attributes={name: value for name, value in attributes.items() if sources.get(name) == MODEL},
    )
