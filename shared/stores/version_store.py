"""Table `direct_version`: the texts that came under the identity of a direct record, in their order."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.contracts.base import Contract
from shared.contracts.taken import VersionStatus
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import many

_COME = """
    INSERT INTO direct_version (identity, version, text_key) VALUES (%(identity)s, 1, %(text_key)s)
    ON DUPLICATE KEY UPDATE times = times + 1
"""
_FIND = "SELECT identity, version, text_key, times FROM direct_version WHERE identity IN %(identities)s"


class Text(NamedTuple):
    """A direct record's identity and the key of its text."""

    identity: str
    text_key: bytes


class Version(NamedTuple):
    """The place of a text among those of its identity, and whether it came for the first time now."""

    number: int | None
    status: VersionStatus


class _Row(Contract):
    identity: str
    version: int
    text_key: bytes
    times: int
    """How often the identity came; counted in the row of its first version, which is its lock."""


def number(tx: Transaction, texts: Sequence[Text]) -> list[Version]:
    """Numbers the versions that these texts are, in their order; a text that came before keeps its number."""
    if not texts:
        return []
    numbers, fresh = _before(tx, texts)
    added = {}
    for each in dict.fromkeys(texts):
        if each not in numbers:
            numbers[each] = 1 + max(n for other, n in numbers.items() if other.identity == each.identity)
            added[each] = numbers[each]
    insert(tx, "direct_version", [each._asdict() | {"version": n} for each, n in added.items()])
    fresh |= added.keys()
    return [
        Version(numbers[each], _status(numbers[each], fresh=each in fresh and each not in texts[:place]))
        for place, each in enumerate(texts)
    ]


def _before(tx: Transaction, texts: Sequence[Text]) -> tuple[dict[Text, int], set[Text]]:
    """The numbers that there are now, under the identities' locks, and the first versions added just now."""
    first = {each.identity: each for each in reversed(texts)}
    # In one order everywhere, so that two transactions with the same identities wait and do not deadlock.
    tx.executemany(_COME, [first[identity]._asdict() for identity in sorted(first)])
    rows = many(tx, _Row, _FIND, {"identities": list(first)})
    numbers = {Text(row.identity, row.text_key): row.version for row in rows}
    return numbers, {Text(row.identity, row.text_key) for row in rows if (row.version, row.times) == (1, 1)}


def _status(version: int, *, fresh: bool) -> VersionStatus:
    if not fresh:
        return VersionStatus.KNOWN
    return VersionStatus.NEW if version == 1 else VersionStatus.NEW_VERSION
