"""What the writer of a mail says themselves: without quoted mails, signature, disclaimer and banners."""

import re
from collections.abc import Sequence

import quotequail

from services.ingest.mails.mail_words import folded, phrases
from services.ingest.mails.quoted import own_part

_LINES = 2_000
_LINE_LENGTH = 2_000
_LAST_LINES = 12
"""A closing stands so near the end, at most."""
_NAME_LENGTH = 60
_MOST_NAMES = 3
"""Lines behind mere thanks that name a person."""
_RULE_LENGTH = 10
_ARMOR = re.compile(
    r"\A\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n|-----BEGIN PGP SIGNATURE-----.*", re.DOTALL
)
_LAWYERS = ("disclaimer", "hinweis", "confidential", "vertraulich")


def is_forward(subject: str) -> bool:
    """Whether a subject says that the mail forwards another."""
    return folded(subject).partition(":")[0].strip() in phrases("forward")


def own_words(text: str, *, forwarded: bool = False) -> str:
    """The text without what others wrote. Nothing is left out if nothing would be left.

    Args:
        forwarded: whether the mail that is quoted is what it is about, and so is kept.
    """
    text = _ARMOR.sub("", text[: _LINES * _LINE_LENGTH]) if "-----BEGIN PGP" in text else text
    lines = [line[:_LINE_LENGTH].rstrip() for line in text.splitlines()[:_LINES]]
    return _first(_trimmed(_without_quotes(lines, forwarded=forwarded)), _trimmed(lines), lines)


def _first(*choices: Sequence[str]) -> str:
    joined = ("\n".join(lines).strip() for lines in choices)
    return next(filter(None, joined), "")


def _without_quotes(lines: Sequence[str], *, forwarded: bool) -> list[str]:
    if not forwarded:
        part = own_part(lines)
        lines = part if any(map(str.strip, part)) else lines
    found = quotequail.unwrap("\n".join(lines))
    if found is None:
        return _unquoted(lines)
    top, inner, bottom = (found.get(part) or "" for part in ("text_top", "text", "text_bottom"))
    if found["type"] == "forward" and (forwarded or not top.strip()):
        return [*_trimmed(top.splitlines()), "", *_unquoted(inner.splitlines())]
    return _unquoted(f"{top}\n\n{bottom}".splitlines())


def _unquoted(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(">")]


def _trimmed(lines: Sequence[str]) -> list[str]:
    return _without_closing(_without_signature(_without_disclaimer(_without_banner(lines))))


def _without_signature(lines: Sequence[str]) -> list[str]:
    """Up to the line `-- ` (RFC 3676), or the one that names the telephone it was sent from."""
    for place, line in enumerate(lines):
        if place and (line.rstrip() == "--" or _names_device(folded(line)) or _is_list_footer(lines[place:])):
            return list(lines[:place])
    return list(lines)


def _names_device(line: str) -> bool:
    return line.startswith(phrases("sent from")) or line.endswith(phrases("sent by"))


def _is_list_footer(lines: Sequence[str]) -> bool:
    """Whether these last lines are what a mailing list puts below each mail."""
    text = folded(" ".join(lines[1 : _LAST_LINES + 1]))
    return (
        len(lines) <= _LAST_LINES
        and len(lines[0]) >= _RULE_LENGTH
        and set(lines[0]) in ({"_"}, {"-"}, {"="})
        and any(each in text for each in phrases("list footer"))
    )


def _without_closing(lines: Sequence[str]) -> list[str]:
    """Up to "Best regards", if only names and addresses follow."""
    end = _end(lines)
    for place in range(max(1, end - _LAST_LINES), end):
        said = folded(lines[place]).rstrip(" ,.!。、")
        said = re.split(" (?:und|and|et|y) ", said)[-1]
        rest = [line.strip() for line in lines[place + 1 : end] if line.strip()]
        if said in phrases("closing") and all(len(line) <= _NAME_LENGTH for line in rest):
            return list(lines[:place])
        if said in phrases("thanks") and 0 < len(rest) <= _MOST_NAMES and not any(map(_is_sentence, rest)):
            return list(lines[:place])
    return list(lines)


def _is_sentence(line: str) -> bool:
    return len(line) > _NAME_LENGTH or line.endswith((".", "!", "?", ":", ","))


def _without_disclaimer(lines: Sequence[str]) -> list[str]:
    """Up to the last paragraphs, if these speak like lawyers."""
    left = list(lines)
    while (begin := _last_paragraph(left)) > 0 and _speaks_like_lawyers(left[begin:]):
        left = left[:begin]
    return left


def _last_paragraph(lines: Sequence[str]) -> int:
    place = _end(lines)
    while place > 0 and lines[place - 1].strip():
        place -= 1
    return place


def _speaks_like_lawyers(lines: Sequence[str]) -> bool:
    text = folded(" ".join(lines))
    hits = sum(each in text for each in phrases("disclaimer"))
    return hits >= 2 or (hits == 1 and text.startswith(_LAWYERS)) or text.startswith(phrases("not printed"))


def _without_banner(lines: Sequence[str]) -> list[str]:
    """From behind a first paragraph that the mail system put there."""
    left = list(lines)
    while left and (not left[0].strip() or _is_banner(left[0])):
        banner = bool(left[0].strip())
        left = left[1:]
        while banner and left and left[0].strip():
            left = left[1:]
    return left


def _is_banner(line: str) -> bool:
    """Whether a mail system says that a stranger writes, with or without a word of warning before it."""
    said = folded(line).lstrip("*[ ")
    return any(each.startswith(phrases("banner")) for each in (said, said.partition(":")[2].strip()))


def _end(lines: Sequence[str]) -> int:
    """The place behind the last line that says something."""
    return next((place for place in range(len(lines), 0, -1) if lines[place - 1].strip()), 0)
