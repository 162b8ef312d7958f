"""How surely a numbering that is off shows itself: `python -m benchmarks.numbering`.

Answers in which each record's category is its place, so that a label that went to another record is known
as such, spoiled in the ways in which models lose count. Caught is an answer of which no label is taken for
another record than its own.
"""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from shared.contracts.records import Feedback, Record
from shared.model.label_answers import check
from shared.model.label_prompt import numbered

SIZES = (2, 3, 5, 10, 20, 40, 41, 70, 100)
TRIALS = 2_000
_NAMES = [f"Category {place}" for place in range(1, max(SIZES) + 1)]


class Entry(NamedTuple):
    """One entry of an answer: the number that it names, and the place of the record that it is about."""

    number: int
    place: int


Spoil = Callable[[Sequence[Entry], random.Random], list[Entry]]


def _omitted(said: Sequence[Entry], chance: random.Random) -> list[Entry]:
    """One record is passed over, and the labels behind it move up."""
    at = chance.randrange(len(said) - 1)
    places = [each.place for each in said]
    del places[at]
    return [Entry(each.number, place) for each, place in zip(said, places, strict=False)]


def _doubled(said: Sequence[Entry], chance: random.Random) -> list[Entry]:
    at = chance.randrange(len(said))
    return [*said[: at + 1], *said[at:]]


def _doubled_and_moved(said: Sequence[Entry], chance: random.Random) -> list[Entry]:
    """One number is said twice, and the numbers behind it move down."""
    at = chance.randrange(len(said))
    numbers = [each.number for each in said]
    numbers.insert(at, numbers[at])
    return [Entry(number, each.place) for number, each in zip(numbers, said, strict=False)]


def _from(first: int | None) -> Spoil:
    def spoil(said: Sequence[Entry], _: random.Random) -> list[Entry]:
        start = said[0].number if first is None else first
        return [Entry(start + at, each.place) for at, each in enumerate(said)]

    return spoil


def _by(step: int) -> Spoil:
    return lambda said, _: [Entry(each.number + step, each.place) for each in said]


WAYS: dict[str, Spoil] = {
    "each number one higher": _by(1),
    "each number one lower": _by(-1),
    "numbered anew from 0": _from(0),
    "numbered anew from 1": _from(1),
    "numbered on from the first number": _from(None),
    "labels one record up, the last missing": lambda said, _: [
        Entry(each.number, other.place) for each, other in pairwise(said)
    ],
    "labels one record down, the first missing": lambda said, _: [
        Entry(other.number, each.place) for each, other in pairwise(said)
    ],
    "one passed over, the rest moved up": _omitted,
    "one said twice": _doubled,
    "one number twice, the rest moved down": _doubled_and_moved,
}


def caught(way: str, size: int, trials: int, seed: int = 0) -> float:
    """The share of answers spoiled in this way, of packs of this size, of which nothing wrong is taken."""
    chance = random.Random(seed)  # a simulation that can be repeated
    pack = [
        Record(record_id=str(n), profile="feedback", feedback=Feedback(feedback="x")) for n in range(size)
    ]
    good = sum(_is_caught(WAYS[way], pack, chance) for _ in range(trials))
    return good / trials


def _is_caught(spoil: Spoil, pack: Sequence[Record], chance: random.Random) -> bool:
    asked = list(numbered(pack, chance))
    said = spoil([Entry(number, place) for place, number in enumerate(asked, 1)], chance)
    labels = check({"labels": [f"{number} {place} neutral" for number, place in said]}, asked, _NAMES)
    return all(asked[label.category - 1] == number for number, label in labels.items())


def main() -> None:
    """Prints the table."""
    print(f"{'caught of ' + format(TRIALS, ','):44}", *(f"{size:>7}" for size in SIZES))
    for way in WAYS:
        print(f"{way:44}", *(f"{caught(way, size, TRIALS):7.2%}" for size in SIZES))


if __name__ == "__main__":
    main()
