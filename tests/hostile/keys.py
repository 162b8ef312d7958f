"""Keys of S3 objects. Each holds a good file, so only its name decides what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.hostile import CANARY as C

NO_PROFILE = "is not a profile"
NOBODY = "nobody reads"
SUFFIX = "ends in none of"


@dataclass(frozen=True)
class Key:
    """A key, and whether its file is read, refused for a reason, or left to others."""

    name: str
    key: str
    outcome: Literal["read", "refused", "ignored"]
    reason: str = ""
    id_holds: str = "-"
    """Part of the execution's id, which the file's name gives."""


def _read() -> Iterator[Key]:
    names = {
        "space": "a b c",
        "spaces-around": " a ",
        "plus": "a+b",
        "percent": "100%",
        "percent-20": "a%20b",
        "percent-00": "a%00b",
        "percent-slash": "a%2F..%2Fb",
        "emoji": "😀👨‍👩‍👧",
        "chinese": "评论",
        "accents": "Ä́öü",
        "two-dots": "..",
        "dots": "...",
        "newline": "a\nforged",
        "return": "a\r\nforged",
        "tab": "a\tb",
        "zero-byte": "a\0b",
        "controls": "\x01\x1b[2J\x7f\x9f",
        "line-separator": "a\u2028forged",
        "right-to-left": "\u202evsc.a",
        "zero-width": "a\u200bb\ufeff",
        "quotes": "\"'`a",
        "log-line": '{"level": "ERROR", "message": "forged"}',
        "script": "<script>alert(1)<script>",
        "sql": "'; DROP TABLE execution; --",
        "template": "${jndi:ldap:x}",
        "format": "%s%n{0}{}",
        "backslashes": "..\\..\\windows",
        "wild-cards": "*?[a]",
        "shell": "$(id);`id`|&",
        "semicolon": "a;b",
        "hash": "a#b?c=d",
        "at": "a@b:c",
        "dash": "--help",
        "dot-csv-twice": "a.csv.csv",
        "upper-case": "A",
        "nothing": "",
        "device": "CON",
        "tag": "\U000e0061\U000e0062",
        "noncharacter": "a\uffff\ufffe",
    }
    for name, text in names.items():
        yield Key(name, f"incoming/{text}.csv", "read")
        yield Key(f"root-{name}", f"{text}.csv", "read")
    yield Key("1024-bytes", "incoming/" + "a" * 1011 + ".csv", "read", id_holds="a" * 40 + "-")
    yield Key("1024-bytes-of-emoji", "incoming/" + "😀" * 252 + "abc.csv", "read", id_holds="abc-")
    yield Key("upper-case-suffix", "incoming/a.CSV", "read")
    yield Key("json-suffix", "incoming/a.json", "read")
    yield Key("excel-suffix", "incoming/a.xlsx", "read")
    yield Key("zip-suffix", "incoming/a.csv.zip", "read")
    yield Key("folder-of-a-profile", "incoming/returns/a.csv", "read")
    yield Key("deep-folder", "incoming/returns/" + "x/" * 400 + "a.csv", "read")
    yield Key("dots-behind-a-profile", f"incoming/returns/../../../{C}/a.csv", "read")


def _refused() -> Iterator[Key]:
    folders = {
        "dots": "..",
        "dot": ".",
        "no-name": "",
        "space": " ",
        "emoji": "😀",
        "canary": C,
        "upper-case": "RETURNS",
        "space-behind": "returns ",
        "newline": "returns\nforged",
        "percent": "%72eturns",
        "plus": "a+b",
        "zero-byte": "returns\0",
        "script": f"<{C}>",
        "sql": "' OR '1'='1",
        "wild-card": "%",
        "long": C * 60,
        "right-to-left": "\u202esnruter",
        "cyrillic": "rеturns",
        "full-width": "ｒｅｔｕｒｎｓ",
        "log-line": '{"message": "forged"}',
    }
    for name, folder in folders.items():
        yield Key(f"profile-{name}", f"incoming/{folder}/a.csv", "refused", NO_PROFILE)
    elsewhere = {
        "leading-slash": "/a.csv",
        "leading-slashes": "//incoming/a.csv",
        "dots": "../incoming/a.csv",
        "dot": "./a.csv",
        "upper-case": "INCOMING/a.csv",
        "space": " incoming/a.csv",
        "canary": f"{C}/a.csv",
        "nearly": "incoming2/a.csv",
        "reports-upper-case": "Reports/a.csv",
        "newline": "incoming\n/a.csv",
        "emoji": "😀/a.csv",
        "etc": "../../etc/passwd.csv",
        "zero-byte": "incoming\0/a.csv",
        "percent-slash": "incoming%2Freturns/a.csv",
        "1024-bytes": "b/" * 510 + ".csv",
    }
    for name, key in elsewhere.items():
        yield Key(f"elsewhere-{name}", key, "refused", NOBODY)
    suffixes = {
        "none": "a",
        "old-excel": "a.xls",
        "script": "a.csv.exe",
        "space-behind": "a.csv ",
        "newline-behind": "a.csv\n",
        "rar": "a.csv.rar",
        "slash-behind": "a.csv/",
        "zero-byte-behind": "a.csv\0",
        "tar": "a.tar.gz",
        "dot-behind": "a.csv.",
        "full-width": "a．csv",
        "percent": "a%2Ecsv",
        "query": "a.csv?b",
        "right-to-left": "\u202evsc.a",
        "xml": "a.xml",
        "long": "a" * 1000,
    }
    for name, file in suffixes.items():
        yield Key(f"suffix-{name}", f"incoming/{file}", "refused", SUFFIX)


def _ignored() -> Iterator[Key]:
    for folder in ("reports", "results", "rejected", "corrections", "categories"):
        yield Key(f"left-to-{folder}", f"{folder}/{C}/a.csv", "ignored")
        yield Key(f"dots-behind-{folder}", f"{folder}/../incoming/{C}.csv", "ignored")


KEYS = [*_read(), *_refused(), *_ignored()]

CURATE_KEYS = {
    "dots-for-a-profile": ("categories/../a.json", "cannot name a profile"),
    "upper-case-profile": ("categories/RETURNS/a.json", "cannot name a profile"),
    "emoji-for-a-profile": ("categories/😀/a.json", "cannot name a profile"),
    "newline-in-a-profile": ("categories/a\nforged/a.json", "cannot name a profile"),
    "zero-byte-in-a-profile": ("categories/a\0/a.json", "cannot name a profile"),
    "script-for-a-profile": (f"categories/<{C}>/a.json", "cannot name a profile"),
    "long-profile": (f"categories/{C * 60}/a.json", "cannot name a profile"),
    "percent-for-a-profile": ("categories/%2e%2e/a.json", "cannot name a profile"),
    "space-behind-a-profile": ("categories/returns /a.json", "cannot name a profile"),
    "no-profile": ("categories//a.json", "Category lists are read from"),
    "two-folders": (f"categories/a/{C}/b.json", "Category lists are read from"),
    "no-name": ("categories/.json", "Category lists are read from"),
    "dots-for-a-name": ("categories/a/../b.json", "Category lists are read from"),
    "newline-behind": ("categories/a.json\n", "Category lists are read from"),
    "another-suffix": (f"categories/{C}.txt", "Category lists are read from"),
    "no-file": ("categories/returns/", "Category lists are read from"),
    "corrections-another-suffix": (f"corrections/{C}.xlsx", "Corrections are read from CSV files"),
    "corrections-newline-behind": ("corrections/a.csv\n", "Corrections are read from CSV files"),
    "corrections-zero-byte-behind": ("corrections/a.csv\0", "Corrections are read from CSV files"),
    "corrections-1024-bytes": ("corrections/" + "a" * 1012, "Corrections are read from CSV files"),
    "elsewhere": (f"{C}/a.csv", "Category lists are read from"),
    "leading-slash": ("/corrections/a.csv", "Category lists are read from"),
}
"""Of category lists and corrections: each is refused, for a reason that people are told."""
