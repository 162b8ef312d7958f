"""Inputs of 100 MB and more are refused, or lose one row, in a memory that does not grow with them."""

import json
import subprocess
import sys

import pytest

from tests.hostile.large import LARGE, Large
from tests.hostile.patterns import MB, Pattern, bomb

MOST_MB = 64
"""Of 1,024 that ingest has, and of 512 that curate has, half for Python and its libraries."""


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, object]]:
    """All of them, read by a process that does nothing else."""
    command = [sys.executable, "-m", "tests.hostile.large"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said = [json.loads(line) for line in printed.splitlines()]
    return {each["name"]: each for each in said}


@pytest.mark.parametrize("large", LARGE, ids=lambda large: large.name)
def test_a_large_input_ends_as_it_should_in_bounded_memory(
    large: Large, read: dict[str, dict[str, object]]
) -> None:
    became = read[large.name]
    assert large.outcome in str(became["outcome"])
    assert int(str(became["grown_mb"])) <= MOST_MB


def test_a_pattern_reads_as_what_it_stands_for() -> None:
    pattern = Pattern(b"head", b"ab", 5, b"tail")
    whole = b"headabababababtail"
    assert pattern.size == len(whole)
    assert all(
        pattern.read(first, length) == whole[first : first + length]
        for first in range(20)
        for length in range(20)
    )


def test_the_bomb_is_small_as_it_comes() -> None:
    assert bomb(10_000 * MB).size < 100 * MB
