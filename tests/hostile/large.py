"""Inputs too large for a repository, made while they are read; `python -m tests.hostile.large` reads all.

Prints one line of JSON for each: its name, what became of it, and how much the process's memory has grown
at most since the first was begun.
"""

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.curate.categories import MAX_BYTES, read_document
from services.curate.corrections import read_corrections
from services.curate.dependencies import Dependencies
from services.curate.upload_io import read_bytes, read_lines
from services.curate.uploads import Upload, UploadRefused
from services.ingest.contents import Contents
from services.ingest.opening import MAX_UNPACKED_BYTES, open_file, rows_from
from services.ingest.refusal import FileRefused
from services.ingest.source import SourceFile
from shared.contracts.execution import Source
from tests.builders import object_created
from tests.hostile.patterns import GOOD, HEADER, MB, Bucket, Pattern, bomb, packed, workbook, zipped


@dataclass(frozen=True)
class Large:
    """An input that is made when it is read, and what becomes of it, or a part of that."""

    name: str
    make: Callable[[], Pattern]
    outcome: str


TOO_LONG = "longer than 1048576 bytes"
FILES = (
    Large("field", lambda: Pattern(HEADER + b'"', b"x" * 100, MB, b'",y\n' + GOOD), f"1 good; {TOO_LONG}"),
    Large(
        "field-of-lines",
        lambda: Pattern(HEADER + b'"', b"x" * 9_999 + b"\n", MB // 100, b'",y\n' + GOOD),
        "1 good; a quotation mark opens a text and is never closed",
    ),
    Large(
        "field-in-utf-16",
        lambda: Pattern(
            "\ufefffeedback,store\n".encode("utf-16-le"), b"x\0" * 50, MB, "\ngood,x\n".encode("utf-16-le")
        ),
        f"1 good; {TOO_LONG}",
    ),
    Large("field-of-quotes", lambda: Pattern(HEADER, b'"' * 100, MB, b"\n" + GOOD), f"1 good; {TOO_LONG}"),
    Large(
        "field-of-bytes", lambda: Pattern(HEADER, b"\xe9" * 100, MB, b",y\n" + GOOD), f"1 good; {TOO_LONG}"
    ),
    Large(
        "row-of-10-million-columns",
        lambda: Pattern(HEADER, b"x," * 50, MB // 5, b"\n" + GOOD),
        "1 good; longer",
    ),
    Large(
        "header-of-10-million-columns",
        lambda: Pattern(b"feedback", b",c" * 50, MB // 5, b"\n" + GOOD),
        "refused: the header is longer than 262144 bytes",
    ),
    Large(
        "header-of-10-million-lines",
        lambda: Pattern(b'"feedback', b"\n" * 100, MB // 10, b'"\n' + GOOD),
        "refused: the header is longer than 262144 bytes",
    ),
    Large("blank-lines", lambda: Pattern(HEADER, b"\n" * 100, MB // 100, GOOD), "1 good; "),
    Large(
        "json-line",
        lambda: Pattern(b'{"feedback": "a"}\n{"feedback": "', b"x" * 100, MB, b'"}\n'),
        f"1 good; {TOO_LONG}",
    ),
    Large(
        "json-of-brackets",
        lambda: Pattern(b'{"feedback": "a"}\n', b"[" * 100, MB, b'\n{"feedback": "b"}\n'),
        f"2 good; {TOO_LONG}",
    ),
    Large(
        "one-line", lambda: Pattern(b"", b"x" * 100, MB), "refused: the header is longer than 262144 bytes"
    ),
    Large("gzip-bomb-of-10-gb", lambda: bomb(10_000 * MB), f"1 good; {TOO_LONG}"),
    Large("gzip-bomb-of-a-field", lambda: packed(HEADER + b'"', b"x", 100 * MB), f"0 good; {TOO_LONG}"),
    # Lines of blanks are no rows.
    Large(
        "gzip-bomb-of-rows",
        lambda: packed(HEADER, b" " * 9_999 + b"\n", MB // 100),
        "0 good; the file cannot be read from here on: it unpacks to more than 250 times its size",
    ),
    Large(
        "gzip-bomb-in-the-header",
        lambda: packed(b"feedback,", b"x", 100 * MB),
        "refused: the header is longer",
    ),
)
PACKED = (
    Large(
        "zip-bomb",
        lambda: zipped(HEADER + GOOD, b" " * 9_999 + b"\n", MB // 100),
        "1 good; the file cannot be read",
    ),
    Large(
        "workbook-of-empty-elements", lambda: workbook(b"<a/>", 30 * MB), "1 good; the file cannot be read"
    ),
    Large(
        "workbook-of-empty-rows",
        lambda: workbook(b"<row/>", 10 * MB),
        "1 good; the file cannot be read from here on: it has more than 500000 rows",
    ),
    Large(
        "workbook-of-a-cell",
        lambda: workbook(b"x", 40 * MB, begin=b"<row><c t='str'><v>"),
        "1 good; the file cannot be read from here on: a row or text in it is longer than 16777216",
    ),
    Large(
        "workbook-of-one-text-in-every-cell",
        lambda: workbook(
            b"<row>" + b"<c t='s'><v>1</v></c>" * 1500 + b"</row>", 50, b"<si><t>" + b"x" * MB + b"</t></si>"
        ),
        f"1 good; {TOO_LONG}",
    ),
    Large(
        "workbook-of-far-cells",
        lambda: workbook(b"<row><c r='XFD9' t='str'><v>x</v></c></row>", MB // 4),
        "1 good; ",
    ),
    Large(
        "workbook-of-too-many-texts",
        lambda: workbook(b"", 0, b"<si><t>ab</t></si>", 8 * MB),
        "refused: the file is too large for a workbook",
    ),
    Large(
        "json-list",
        lambda: Pattern(b"[", b'{"feedback": "x"},' * 5, 100_000, b"{}]"),
        "500001 good; ",
    ),
    Large(
        "json-list-of-a-text",
        lambda: Pattern(b'[{"feedback": "a"}, {"feedback": "', b"x" * 100, MB, b'"}]'),
        "1 good; the file cannot be read from here on: an object in it is longer than",
    ),
    Large(
        "json-list-of-brackets",
        lambda: Pattern(b'[{"feedback": "a"}, ', b"[" * 100, MB),
        "1 good; the file cannot be read from here on: an object in it is nested too deeply",
    ),
    Large(
        "json-list-of-blanks",
        lambda: Pattern(b'[{"feedback": "a"}', b" " * 100, MB, b"]"),
        "1 good; ",
    ),
)
LISTS = (
    Large("list", lambda: Pattern(b'["', b"x" * 100, MB, b'"]'), "refused: The file is larger than"),
    Large("list-of-brackets", lambda: Pattern(b"", b"[", 2 * MB), "refused: The JSON is nested too deeply"),
)
CORRECTIONS = (
    Large(
        "corrections-line",
        lambda: Pattern(b"id,label_correction\n", b"x" * 100, MB),
        "refused: The file has a line",
    ),
    Large(
        "corrections-field",
        lambda: Pattern(b'id,label_correction\n"', b"x" * 99 + b"\n", MB, b'"'),
        "cannot be read as part of a table: field larger than",
    ),
    Large(
        "corrections-header",
        lambda: Pattern(b"id,label_correction", b",x" * 50, MB),
        "refused: The file has a line that is too long",
    ),
)
LARGE = (*FILES, *PACKED, *LISTS, *CORRECTIONS)


def read_file(content: Pattern) -> str:
    """As ingest does: why it is refused, or its good rows and what is wrong with the first bad one."""
    s3: Any = Bucket(content)
    source = Source(bucket="data", key="incoming/a.csv", etag="0a")
    file = Contents(SourceFile(s3, source), MAX_UNPACKED_BYTES)
    try:
        checkpoint = open_file(file, content.size)
    except FileRefused as error:
        return f"refused: {error}"
    good, problem = 0, ""
    for row in rows_from(file, checkpoint):
        if row is not None and row.problem is None:
            good += 1
        elif row is not None:
            problem = problem or row.problem or ""
    return f"{good} good; {problem}"


def read_upload(content: Pattern, work: Callable[[Dependencies, Upload], object]) -> str:
    """As curate does: the reason that it is refused for."""
    s3: Any = Bucket(content)
    nothing: Any = None
    try:
        work(Dependencies(nothing, s3, nothing), Upload.model_validate(object_created("categories/a.json")))
    except UploadRefused as error:
        return f"refused: {error}"
    return "read"


def read_list(deps: Dependencies, upload: Upload) -> None:
    """As curate reads a category list."""
    read_document(read_bytes(deps, upload, MAX_BYTES))


def read_table(deps: Dependencies, upload: Upload) -> None:
    """As curate reads corrections."""
    for _ in read_corrections(read_lines(deps, upload)):
        pass


def main() -> None:
    """Reads each, and says how much memory that took."""
    works: list[tuple[Large, Callable[[Pattern], str]]] = [
        *((each, read_file) for each in (*FILES, *PACKED)),
        *((each, partial(read_upload, work=read_list)) for each in LISTS),
        *((each, partial(read_upload, work=read_table)) for each in CORRECTIONS),
    ]
    before = _memory()
    for each, work in works:
        said = {"name": each.name, "outcome": work(each.make()), "grown_mb": _memory() - before}
        print(json.dumps(said), flush=True)  # noqa: T201


def _memory() -> int:
    """Megabytes, at their most so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (MB if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
