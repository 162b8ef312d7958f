"""Divides records into packs, the records of one model call, and orders them."""

import hashlib
from collections.abc import Iterator, Sequence

from shared.contracts.profiles import Input
from shared.contracts.records import Record
from shared.model.cost_estimate import entry_tokens
from shared.model.label_prompt import texts

_PLAIN = Input()


def record_tokens(record: Record, shows: Input = _PLAIN) -> int:
    """Estimated tokens of a record's entry."""
    return entry_tokens(texts(record, shows))


def pack(records: Sequence[Record], size: int, tokens: int, shows: Input = _PLAIN) -> list[list[Record]]:
    """Packs of at most `size` records and `tokens` estimated tokens; a larger record is a pack of its own."""
    packs: list[list[Record]] = []
    room = 0
    for record in records:
        needed = record_tokens(record, shows)
        if not packs or len(packs[-1]) == size or needed > room:
            packs.append([])
            room = tokens
        packs[-1].append(record)
        room -= needed
    return [shuffled(each) for each in packs]


def shuffled(records: Sequence[Record]) -> list[Record]:
    """The records in a pseudo-random order that depends on their ids alone.

    Models favour some places of a list, and a file's order may correlate with its labels.
    """
    return sorted(records, key=lambda record: hashlib.sha256(record.record_id.encode()).digest())


def halves(records: Sequence[Record], asked: int) -> Iterator[list[Record]]:
    """Yields the records to ask again, in packs of at most half of `asked`, the size of the pack before."""
    size = max(1, (asked + 1) // 2)
    return (list(records[start : start + size]) for start in range(0, len(records), size))
