"""Which encoding a table of text is saved in, where it is neither UTF-8 nor UTF-16, by its first lines.

A guess that is not sure refuses the file with a sentence: garbage would be labelled in silence.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import chardet

from services.ingest.forms import SAVE_AS_CSV
from services.ingest.refusal import FileRefused
from shared.contracts.tabular import NotText, sniff_encoding

_FIRST_NAME = 16
SURE = 0.08
"""chardet's confidence is the density of a language's own letters; below this it errs about Western texts."""
_HINT = 0.04
"""Below this it knows nothing of a text at all."""
_UTF_8_SHARE = 0.2
"""From this share of its special lines on, a file is UTF-8 with some lines that are not."""
_STRAYS = 100
"""Of so many lines one may be in another encoding, and the file is still what the others are."""
READABLE = frozenset(
    {
        *("utf-8", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
        *("iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-16", "koi8-r", "koi8-u", "cp866"),
        *("cp932", "euc_jp", "euc_jis_2004", "iso2022_jp", "gb18030", "big5", "big5hkscs", "cp949"),
    }
)
"""Encodings that people's programs save tables in, as Python names them. In all of them the bytes of a line
end mean nothing else. Those of DOS and of old Macs are too hard to tell apart."""
_LATIN = frozenset({"cp1250", "cp1254", "cp1257", "cp1258", "iso8859-2", "iso8859-16"})
"""Of these a few lines may look like a Western language; other alphabets show themselves."""
_SCRIPTS = ("ARABIC", "CYRILLIC", "GREEK", "HEBREW")
"""As Unicode's names of letters begin. Their words are written apart, and none has letters of ours among its
own."""
_WORD = re.compile(r"[^\W\d_]+")
WIDER = {
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "iso8859-13": "cp1257",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
}
"""Encodings that contain another, which is what a detector names if it saw only that part of it."""
# Of tables "utf-8" stands for Windows-1252, too.
_WIDER = {**dict.fromkeys(("cp1252", "iso8859-1", "iso8859-15"), "utf-8"), **WIDER}
# Western letters and signs, each where it stands in such a text: a sign between two letters is a letter of
# another encoding.
_CLEAN = re.compile(
    r"(?:[\0-\x7f]|[àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ’´·ªº]"
    r"|(?<![^\W\d_])[€‚„…‘“”•–—™©®°£¥§«»¿¡¼½¾²³×\xa0]|[€‚„…‘“”•–—™©®°£¥§«»¡¼½¾²³×\xa0](?![^\W\d_]))*+"
)
"""Possessive: signs that stand alone fit both ways, and trying them again would double the time with each."""
_UNKNOWN = (
    "its letters are in an encoding that cannot be told for sure: save the file as UTF-8"
    " (in Excel: CSV UTF-8) and upload that"
)


def encoding_of_file(head: bytes, *, complete: bool) -> str:
    """The encoding of the file that begins with `head`, as Python names it; utf-8 for Windows-1252, too.

    Raises:
        FileRefused: it is no text, or its encoding cannot be told.
    """
    encoding = _sniffed(head)
    if encoding.startswith("utf-32"):
        raise FileRefused("the file is encoded as UTF-32: save it as UTF-8")
    if encoding == "cp1252" or (encoding == "utf-8" and switches_characters(head)):
        lines = head.splitlines(keepends=True)
        return encoding_of(lines if complete or len(lines) == 1 else lines[:-1])
    return encoding


def _sniffed(head: bytes) -> str:
    # The header's names are ASCII, and so tell UTF-16 without a mark even if Chinese texts follow.
    for sample in (head, head[:_FIRST_NAME]):
        try:
            return sniff_encoding(sample)
        except NotText:
            continue
    raise FileRefused(f"the file is not text (it holds zero bytes): {SAVE_AS_CSV}")


def codec_of(head: bytes, *, complete: bool) -> str:
    """The same for a file that is decoded as a whole; raises likewise."""
    encoding = encoding_of_file(head, complete=complete)
    return "cp1252" if encoding == "utf-8" and _sniffed(head) == "cp1252" else encoding


def encoding_of(lines: Sequence[bytes]) -> str:
    """utf-8 (which stands for Windows-1252, too, line by line) or another encoding, as Python names it.

    Args:
        lines: the file's first whole lines; not all of them are UTF-8, or one switches to other characters.

    Raises:
        FileRefused: it cannot be told.
    """
    special = [line for line in lines if not line.isascii() or b"\x1b" in line]
    strange = [line for line in special if not _is_utf_8(line)]
    if len(special) - len(strange) >= _UTF_8_SHARE * len(special) or len(strange) * _STRAYS <= len(lines):
        return "utf-8"
    # Lines of plain ASCII would only thin out what tells a language.
    found = chardet.detect(b"".join(strange), no_match_encoding="ascii")
    name = codecs.lookup(found["encoding"] or "ascii").name
    encoding = _WIDER.get(name, name)
    if (
        encoding in READABLE
        and found["confidence"] >= SURE
        and not mixes_letters(b"".join(strange), encoding)
    ):
        return encoding
    if _is_clean(strange) and not (
        encoding in _LATIN and found["confidence"] >= _HINT and _differ(strange, encoding)
    ):
        return "utf-8"
    raise FileRefused(_UNKNOWN)


def switches_characters(sample: bytes) -> bool:
    """Whether a text of plain bytes switches to Japanese characters and back (ISO-2022-JP)."""
    return b"\x1b$" in sample


def mixes_letters(text: bytes, encoding: str) -> bool:
    """Whether most special words would have letters of two alphabets: `café` has no Greek one."""
    if encoding not in READABLE or not _has_other_letters(encoding):
        return False
    words = [word for word in _WORD.findall(text.decode(encoding, "replace")) if not word.isascii()]
    return 2 * sum(any(map(str.isascii, word)) for word in words) > len(words)


@cache
def _has_other_letters(encoding: str) -> bool:
    """Whether most of the letters that it has besides ours are of such a script."""
    letters = [each for each in bytes(range(0xC0, 0x100)).decode(encoding, "replace") if each.isalpha()]
    others = sum(unicodedata.name(each, "").startswith(_SCRIPTS) for each in letters)
    return 2 * others > len(letters)


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return not switches_characters(line)


def _differ(lines: Iterable[bytes], encoding: str) -> bool:
    return any(line.decode(encoding, "replace") != line.decode("cp1252", "replace") for line in lines)


def _is_clean(lines: Iterable[bytes]) -> bool:
    """Whether all lines are Windows-1252 with nothing but what Western languages write."""
    try:
        return all(_CLEAN.fullmatch(line.decode("cp1252")) for line in lines)
    except UnicodeDecodeError:
        return False
