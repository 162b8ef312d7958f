"""Groups of texts as a group number for each text."""

from collections.abc import Sequence

Groups = Sequence[Sequence[bytes]]


def labels_of(one: Groups, other: Groups) -> tuple[list[int], list[int]]:
    """The number of each text's group in both groupings, texts in the same order."""
    first, second = _numbers(one), _numbers(other)
    return [first[key] for key in sorted(first)], [second[key] for key in sorted(first)]


def _numbers(groups: Groups) -> dict[bytes, int]:
    return {key: number for number, group in enumerate(groups) for key in group}
