"""Builders of hostile files, each with its outcome.

The outcome of a file is the reason it is refused for, or how many of its rows are accepted, how many are
rejected, and for what.
"""

import gzip
from dataclasses import dataclass

from tests.hostile import CANARY as C

HEADER = "feedback,store\n"
GOOD = f"good {C},x\n"


@dataclass(frozen=True)
class File:
    """One file.

    Attributes:
        refused: part of the reason, if it is refused as a whole.
        why: part of the reason that its first rejected row is rejected for.
    """

    name: str
    content: bytes
    refused: str = ""
    accepted: int = 0
    rejected: int = 0
    why: str = ""
    suffix: str = ".csv"


def refused(name: str, content: bytes | str, reason: str, suffix: str = ".csv") -> File:
    return File(name, _bytes(content), refused=reason, suffix=suffix)


def read(name: str, content: bytes | str, accepted: int, rejected: int = 0, why: str = "") -> File:
    return File(name, _bytes(content), accepted=accepted, rejected=rejected, why=why)


def lines(name: str, content: bytes | str, accepted: int, rejected: int = 0, why: str = "") -> File:
    return File(name, _bytes(content), "", accepted, rejected, why, ".jsonl")


def cells(name: str, *texts: str, accepted: int = -1, rejected: int = 0, why: str = "") -> File:
    """A file with these texts as feedback, each quoted as it should be."""
    body = "".join('"{}",x\n'.format(text.replace('"', '""')) for text in texts)
    return read(name, HEADER + body + GOOD, len(texts) + 1 if accepted < 0 else accepted, rejected, why)


def field(name: str, column: str, value: str) -> File:
    """A file with one value that its column cannot take, which costs no row."""
    return read(name, f"feedback,{column}\n{C},{value}\n{C} good,\n", 2)


def _bytes(content: bytes | str) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def packed(content: bytes | str) -> bytes:
    return gzip.compress(_bytes(content), mtime=0)
