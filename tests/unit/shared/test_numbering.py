"""A numbering that is off shows itself; `python -m benchmarks.numbering` prints the whole table."""

import pytest

from benchmarks.numbering import WAYS, caught


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [2, 3, 20, 41, 100])
def test_labels_that_went_to_other_records_are_caught(way: str, size: int) -> None:
    assert caught(way, size, 40) >= 0.999
