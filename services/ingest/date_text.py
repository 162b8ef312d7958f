"""Dates in words: with a month's name, a zone, a weekday, Chinese signs, or in a sentence such as "Reviewed
in Spain on March 5, 2024".

A text is a date only if every word in it is accounted for: a day, a month and a year, once each and side by
side, besides them weekdays and small words ("de", "the"), and other words only in the sentence of a review's
date. Nothing is relative to today, and nothing is filled in.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from services.ingest.date_words import months, weekdays, word_key

_MAX_LENGTH = 120
_CLOCK = re.compile(
    r"(?:(?<=\d)T|(?<![\d:.])(?:(?P<early>上午|午前|오전)|(?P<late>下午|午後|오후))?)\s*"
    r"(?P<hour>\d{1,2})"
    r"(?:\s?[:h時时点시]\s?(?P<minute>\d{2})(?:\s?[:分분]\s?(?P<second>\d{2})(?:[.,]\d+)?)?[分秒분초]?"
    r"|\.(?P<dotted>\d{2})\.(?P<dotted_second>\d{2})(?:\.\d+)?(?=\s*[ap]\.?m\b)|(?=\s*[ap]\.?m\b))"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?|vorm\b\.?|nachm\b\.?|[πμ]\.?\s?μ\.?|上午|午前|오전|下午|午後|오후)?",
    re.IGNORECASE | re.ASCII,
)
_AFTERNOON = re.compile("p|nachm|μ|下午|午後|오후", re.IGNORECASE)
# Danish, Finnish, Indonesian and others; alone it would be a date or a number.
_DOTTED = re.compile(
    r"((?:(?<=\d{4})|(?<=\d{4},)|(?<=[-/.]\d\d)|\b(?:at|um|klo?\.?|alle|ore|pukul))\s+\d{1,2})"
    r"\.(\d{2})(?:\.(\d{2}))?(?![\d.])",
    re.IGNORECASE | re.ASCII,
)
_JOINED = re.compile(r"(?<=\d{4}):\d\d:\d\d(?=:\d\d)|(?<=-\d\d)-\d\d\.\d\d\.\d\d(?=\.|$)", re.ASCII)
"""A clock that no space parts from its date: SAS, logs of web servers (a colon), Db2 (a hyphen)."""
_OFFSET = re.compile(
    r"\s*(?:(?:UTC|GMT|UT)\s*(?P<near>[+\-]\d{1,2})(?::?(?P<near_minutes>\d{2}))?"
    r"|(?P<far>[+\-]\d{2})(?::?(?P<far_minutes>\d{2}))?)(?![\d.\-/])",
    re.ASCII,
)
_ZONE = re.compile(r"\s*(?P<name>[A-Z]{1,5})(?!\w)", re.ASCII)
_HOURS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET", "WEZ"), 0),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST", "WESZ"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET", "OEZ"), 2),
    **dict.fromkeys(("EEST", "OESZ", "MSK", "TRT"), 3),
    **dict.fromkeys(("SGT", "HKT"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("EDT",), -4),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    **dict.fromkeys(("PST",), -8),
}
"""Hours ahead of UTC; CST and the like as RFC 2822 has them, and none that means several (IST)."""
_ASIDE = re.compile(r"\([^()\d]*\)|\[[A-Za-z_/+\-]*\]")
"""A zone's name behind its offset, or a weekday."""
_VIETNAMESE = re.compile(r"(?:ngày\s*)?(\d{1,2})\s*tháng\s*(\d{1,2}),?\s*(?:năm\s*)?(\d{4})", re.IGNORECASE)
_SIGNS = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?", re.ASCII)
_TOKEN = re.compile(
    r"(?P<date>(?<![0-9])[0-9]{1,4}\s?(?P<mark>[/.\-])\s?[0-9]{1,2}\s?(?P=mark)\s?[0-9]{1,4}(?![0-9])\.?)"
    r"|(?P<number>[0-9]+)(?:(?:st|nd|rd|th|er|re|te|ste|de|ª|º|°)\b|:a\b)?"
    r"|(?P<word>[^\W\d_]+)|(?P<other>[^\s,.\-/'’|·])"
)
_SMALL = re.compile(
    "a|ala|alle|am|as|at|da?|del?|den|der|dia?|dnia|do|el|g|il|klo?|las?|le|of?|om|on|ore|pukul|r|roku|saat"
    "|the|uhr|um|г|года|в"
)
_REVIEW = re.compile(
    r"review|post(?:ed|ato|ado)|publish|submitted|written|created|updated|edited|dined|visited|^date\b"
    r"|rezension|bewert|geschrieben|erstellt|expérien[cz]|experien[cz]|erfahrung|esperienz|ervaring"
    r"|comment|avis|publi|évalu|reseñ|revisad|opini|recens|avalia|beoordeel|geplaatst|recenz|değerlendir|yorum"
    r"|レビュー|投稿|审核|評論|评论|отзыв|hodnocen|granskad|recension|anmeld",
    re.IGNORECASE,
)
_SHAPE = re.compile(r"(?P<before>x*)(?P<core>D|nmn|mnn)(?P<after>x*)")

Clock = tuple[int, int, int]
Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DateText:
    """The parts of a date in words."""

    clock: Clock | None
    """Hour, minute, second; None: there is no such time."""
    offset: timedelta
    """The offset of its clock from UTC."""
    numeric: str = ""
    """The date, if its month is a number: the file's order decides which number is the month."""
    year: str = ""
    month: int = 0
    day: int = 0


def read_date_text(text: str) -> DateText | None:
    """The parts of a date in words; None if it is none."""
    if len(text) > _MAX_LENGTH:
        return None
    text = _JOINED.sub(lambda match: " " + match[0][1:].replace(".", ":"), text)
    text = _DOTTED.sub(lambda match: ":".join(filter(None, match.groups())), text)
    text = _VIETNAMESE.sub(r" \3-\2-\1 ", _ASIDE.sub(" ", text))
    text = _SIGNS.sub(r" \1-\2-\3 ", text)
    match = _CLOCK.search(text)
    if match is None:
        return _date(text, (0, 0, 0), timedelta())
    offset, end = _offset(text, match.end())
    return _date(f"{text[: match.start()]} {text[end:]}", _clock(match), offset)


def hour_of_day(hour: int, half: str) -> int | None:
    """The hour from 0 on, of one that is told with am or pm (or with neither); None: there is none such."""
    if not half:
        return hour
    return hour % 12 + (12 if _AFTERNOON.match(half) else 0) if 1 <= hour <= 12 else None


def _clock(match: re.Match[str]) -> Clock | None:
    half = "am" if match["early"] else "pm" if match["late"] else match["half"] or ""
    hour = hour_of_day(int(match["hour"]), half)
    minute, second = match["minute"] or match["dotted"], match["second"] or match["dotted_second"]
    return None if hour is None else (hour, int(minute or 0), int(second or 0))


def _offset(text: str, start: int) -> tuple[timedelta, int]:
    """The offset of the zone that follows the clock, and where it ends; a name that we do not know stays."""
    if match := _OFFSET.match(text, start):
        hours = match["near"] or match["far"]
        minutes = int(match["near_minutes"] or match["far_minutes"] or 0)
        offset = timedelta(hours=abs(int(hours)), minutes=minutes)
        _, end = _named_offset(text, match.end())
        return (-offset if hours.startswith("-") else offset), end
    hours, end = _named_offset(text, start)
    return timedelta(hours=hours), end


def _named_offset(text: str, start: int) -> tuple[int, int]:
    match = _ZONE.match(text, start)
    if match is None or match["name"] not in _HOURS:
        return 0, start
    return _HOURS[match["name"]], match.end()


def _date(text: str, clock: Clock | None, offset: timedelta) -> DateText | None:
    tokens = [token for match in _TOKEN.finditer(text) if (token := _token(match))[0]]
    if sum(kind == "m" for kind, _ in tokens) > 1:
        tokens = _without_weekday(tokens)
    shape = _SHAPE.fullmatch("".join(kind for kind, _ in tokens))
    if shape is None or (shape["before"] + shape["after"] and not _REVIEW.search(text)):
        return None
    core = [value for _, value in tokens[shape.start("core") : shape.end("core")]]
    if shape["core"] == "D":
        return DateText(clock, offset, numeric=re.sub(r"\s|\.$", "", core[0]))
    month = months()[core.pop(shape["core"].index("m"))]
    day, year = core if len(core[0]) <= 2 else core[::-1]
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    return DateText(clock, offset, year=year, month=month, day=int(day))


def _token(match: re.Match[str]) -> Token:
    """n, m, D for number, month, date in numbers; x for a stranger; nothing for what may stand anywhere."""
    if match["date"]:
        return "D", match["date"]
    if match["number"]:
        return "n", match["number"]
    key = word_key(match["word"] or "")
    if key in months():
        return "m", key
    return ("", key) if key and (key in weekdays() or _SMALL.fullmatch(key)) else ("x", match[0])


def _without_weekday(tokens: list[Token]) -> list[Token]:
    """Of "mar 5 mar 2024" the first: in Italian and Spanish, Tuesday and March are abbreviated alike."""
    first = next((place for place, (_, value) in enumerate(tokens) if value in weekdays()), len(tokens))
    return tokens[:first] + tokens[first + 1 :]
