"""All that `make fuzz` started from and ever found holds today, without atheris."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import answers, documents, headers, reader, values
from tests.fuzz.__main__ import CASES

TARGETS: dict[str, Callable[[bytes], None]] = {
    "answers": answers.check,
    "documents": documents.check,
    "headers": headers.check,
    "reader": reader.check,
    "values": values.check,
}
FILES = sorted(path for path in CASES.glob("*/*") if path.is_file())


@pytest.mark.parametrize("case", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_case_of_the_fuzzer_holds(case: Path) -> None:
    TARGETS[case.parent.name](case.read_bytes())


def test_every_target_has_cases() -> None:
    assert {path.parent.name for path in FILES} == TARGETS.keys()


def test_a_cell_is_read_in_every_form() -> None:
    assert len({values.Forms.of(choice) for choice in range(12)}) == 12


def test_each_way_of_reading_gives_the_rows_that_were_written() -> None:
    content = b"feedback,store\ngood,x\n,y\n" + "schön,z\n".encode()
    for way in range(48):
        reader.check(bytes([way]) + content)
    assert len({reader.Way.of(choice) for choice in range(48)}) == 36
