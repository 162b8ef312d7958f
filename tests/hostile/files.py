"""Files that were made to do harm, or by tools that know no better."""

from collections.abc import Iterator

from tests.hostile import CANARY as C
from tests.hostile.builders import GOOD, HEADER, File, cells, field, packed, read, refused
from tests.hostile.cells import texts, values
from tests.hostile.json_lines import json_lines

NEVER_CLOSED = "never closed"
WORDS = {
    "cp932": "配送が遅れて箱がつぶれていました。ソ表能、十①",
    "euc_jp": "配送が遅れて箱がつぶれていました。",
    "iso2022_jp": "配送が遅れて箱がつぶれていました。",
    "gb18030": "快递很慢，包装破了，客服很快回复。",
    "big5": "快遞很慢，包裝破了，客服很快回覆。許功蓋",
    "cp949": "배송이 늦고 상자가 찌그러졌습니다.",
    "cp1251": "Посылка пришла с опозданием на неделю.",
    "koi8-r": "Посылка пришла с опозданием на неделю.",
    "cp1253": "Το δέμα ήρθε αργά και ήταν βρεγμένο.",
    "cp1255": "החבילה הגיעה מאוחר והייתה רטובה.",
    "cp1256": "وصل الطرد متأخراً وكان مبللاً.",
    "cp874": "พัสดุมาช้าและเปียก บริการลูกค้าตอบเร็ว",
}
"""Words of people who save in such an encoding; some of their signs hold a byte that is a backslash alone."""


def _other_forms() -> Iterator[File]:
    forms = {
        "zip": (b"PK\x03\x04", "zip file is damaged"),
        "empty-zip": (b"PK\x05\x06", "zip file is damaged"),
        "old-excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        "pdf": (b"%PDF-1.7\n", "PDF"),
        "bzip2": (b"BZh91AY&SY", "bzip2"),
        "xz": (b"\xfd7zXZ\0", "xz"),
        "7-zip": (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        "zstd": (b"\x28\xb5\x2f\xfd", "zstd"),
        "parquet": (b"PAR1", "Parquet"),
        "sqlite": (b"SQLite format 3\0", "database"),
        "rtf": (b"{\\rtf1 ", "Rich Text"),
        "png": (b"\x89PNG\r\n\x1a\n", "picture"),
        "jpeg": (b"\xff\xd8\xff\xe0", "picture"),
        "gif": (b"GIF89a", "picture"),
        "html": (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>', "web page"),
    }
    for name, (magic, reason) in forms.items():
        yield refused(name, magic + C.encode() + b"\nfeedback\n", reason)
    yield refused("zip-in-gzip", packed(b"PK\x03\x04" + C.encode()), "zip file is damaged")


def _no_tables() -> Iterator[File]:
    yield refused("empty", "", "is empty")
    yield refused("blank-lines", " \n\r\n\t\n\n", "is empty")
    yield refused("byte-order-mark-alone", b"\xef\xbb\xbf", "is empty")
    yield refused("empty-gzip", packed(b""), "is empty")
    yield refused("header-alone", f"feedback,{C}\n", "a header but no rows")
    yield refused("header-alone-with-returns", f"feedback,{C}\r\r\r", "a header but no rows")
    yield refused("gzip-in-gzip", packed(packed(HEADER + GOOD)), "gzip twice")
    yield refused("gzip-of-nothing-but-its-mark", b"\x1f\x8b", "cannot be read")
    yield refused("gzip-with-a-broken-head", b"\x1f\x8b\x09" + C.encode() * 9, "cannot be read")
    yield refused("gzip-cut-in-its-head", packed(HEADER)[:7], "cannot be read")
    yield refused("small-gzip-bomb", packed(bytes(10_000_000)), "zero bytes")
    yield refused("zero-bytes", bytes(1000), "zero bytes")
    yield refused("program", b"\x7fELF\2\1\1\0" + C.encode() + bytes(range(256)) * 4, "zero bytes")
    yield refused("utf-32", (HEADER + GOOD).encode("utf-32"), "UTF-32")
    yield refused("utf-32-without-mark", (HEADER + GOOD).encode("utf-32-le"), "zero bytes")
    yield refused("utf-7", f"+/v8-feed+AGI-ack,{C}\na,b\n", "required column")
    yield refused("ebcdic", (HEADER + GOOD).encode("cp500"), "encoding that cannot be told")
    yield read("json-list-for-a-file", f'[{{"feedback": "{C}"}}]', 1)
    yield read("json-list-of-lines-for-a-file", f'[\n{{"feedback": "{C}"}},\n]', 1)
    yield read("json-over-lines", f'{{\n"feedback": "{C}"\n}}\n', 1)
    yield refused("json-list-of-texts", f'["{C}", "{C}"]', "no line holds a whole object")
    yield refused("json-list-without-end", f'[{{"colour": "{C}"', "cannot be read")
    yield read("json-list-cut-off", f'[{{"feedback": "{C}"}}, {{"feedback": "{C}', 1, 1)
    yield refused("json-list-deep", "[" + '{"a":' * 100_000, "nested too deeply")
    yield refused("json-deep-for-a-file", "{" * 100_000, "no line holds a whole object")
    yield refused("json-of-half-a-surrogate-pair", f'{{"{C}\\ud800": 1}}\n', "required column")
    yield refused("json-without-feedback", f'{{"{C}": "{C}"}}\n', "required column")


def _headers() -> Iterator[File]:
    rows = f"{C},{C}\n"
    yield refused("no-feedback-column", f"{C},store\n{rows}", "required column")
    yield refused("no-header", rows * 3, "required column")
    yield refused("feedback-twice", f"feedback,Feed-Back \n{rows}".replace("Feed-Back", "FEEDBACK"), "twice")
    yield read("unknown-column-twice", f"feedback,{C},{C}\na,b,c\n", 1)
    yield refused("id-and-ref-id", f"feedback,id,ref_id\n{C},1,2\n", "twice")
    yield refused(
        "2001-columns", "feedback," + ",".join(f"c{n}" for n in range(2000)) + "\n", "more than 2000"
    )
    yield refused("quote-never-closed-in-header", f'feedback,"{C}\na,b\n', "quotation marks")
    yield refused("quote-never-closed-in-long-header", f'feedback,"{C}\n' + "a,b\n" * 99_999, "longer than")
    yield refused("name-of-300-kb", f"feedback,{C * 25_000}\na,b\n", "longer than")
    yield refused("one-endless-line", C * 25_000, "longer than")
    yield refused("100-000-columns", "feedback" + "," * 300_000 + f"\n{C}\n", "longer than")
    yield refused("formula-for-a-name", f"=feedback,{C}\n{rows}", "required column")
    yield refused("zero-width-in-a-name", f"feed\u200bback,{C}\n{rows}", "required column")
    yield refused("cyrillic-name", f"fееdback,{C}\n{rows}", "required column")
    yield refused("right-to-left-name", f"\u202ekcabdeef,{C}\n{rows}", "required column")
    yield refused("log-line-for-a-name", f'"{C}\n{{""level"": ""ERROR""}}",b\n{rows}', "required column")
    yield refused("names-of-nothing", f",,,\n{C},,,\n", "required column")
    yield read("2000-columns", "feedback" + "".join(f",c{n}" for n in range(1999)) + "\n" + C + "," * 1999, 1)
    yield read("name-with-script", f"feedback,<script>{C}</script>\n{C},b\n", 1)
    yield read("name-over-lines", f'feedback,"a\r\n{C}"\n{rows}', 1)
    yield read("announced-delimiter", f"sep=;\nfeedback;store\n{C};b\n", 1)
    yield read("announced-quote-for-delimiter", f'sep="\nfeedback,store\n{C},b\n', 1)


def _encodings() -> Iterator[File]:
    text = f"{HEADER}schön 😀 {C},é\n{GOOD}"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        yield read(encoding, text.encode(encoding), 2)
    yield read("windows-1252", f"{HEADER}schön {C},€\n{GOOD}".encode("cp1252"), 2)
    mixed = HEADER.encode() + f"schön {C},é\n".encode() + f"schön {C},é\n".encode("cp1252")
    yield read("utf-8-and-windows-1252", mixed, 2)
    yield read("utf-8-cut-in-a-character", (HEADER + GOOD + f"{C} é").encode()[:-1], 1, 1, "columns")
    for encoding, words in WORDS.items():
        yield read(encoding, f"{HEADER}{words} {C},a\n{GOOD}{words},b\n".encode(encoding), 3)
    unknown = "encoding that cannot be told"
    yield refused("german-in-gb18030", text.encode("gb18030"), unknown)
    yield refused(
        "dos", f"{HEADER}Völlig durchnässt und viel zu spät, schön {C},b\n".encode("cp850"), unknown
    )
    no_encoding = b"\xff\xfe\x81\x8d\x8f\x90\x9d,x\n"
    yield refused("bytes-of-no-encoding", HEADER.encode() + no_encoding + GOOD.encode(), unknown)
    yield read("bytes-of-no-encoding-among-many", (HEADER + GOOD * 200).encode() + no_encoding, 201)
    yield refused("utf-8-overlong", HEADER.encode() + b"\xc0\xaf\xe0\x80\xaf " + GOOD.encode(), unknown)
    yield read("surrogates-in-utf-8", HEADER.encode() + b"\xed\xa0\x80\xed\xb0\x80 " + GOOD.encode(), 1)
    alone = HEADER.encode("utf-16-le") + b"\x3d\xd8a\0,\0b\0\n\0" + GOOD.encode("utf-16-le")
    yield read("half-a-surrogate-pair", alone, 2)
    yield read("utf-16-with-an-odd-byte", text.encode("utf-16-le") + b"a", 2, 1, "columns")
    yield read("byte-order-mark-in-the-middle", f"{HEADER}\ufeff{GOOD}\ufeff{GOOD}", 2)
    yield read("zero-byte-in-a-cell", f"{HEADER}{C}\0,x\n{GOOD}", 1, 1, "zero byte")
    yield read("zero-bytes-behind-the-text", (HEADER + GOOD).encode() + bytes(9), 1, 1, "columns")
    yield read("noncharacters", f"{HEADER}\ufffe\uffff\U0010ffff {C},x\n", 1)


def _line_ends() -> Iterator[File]:
    rows = (HEADER + GOOD * 2).splitlines()
    for name, end in {"return-newline": "\r\n", "return": "\r", "return-return-newline": "\r\r\n"}.items():
        yield read(name, end.join(rows), 2)
    yield read("mixed-line-ends", f"{rows[0]}\r{rows[1]}\r\n{rows[2]}\n\r{rows[1]}", 3)
    yield cells("other-line-ends-in-cells", f"a\x0b{C}", f"a\x0c{C}", f"a\x85{C}", f"a\u2028{C}", f"a\x1c{C}")
    yield cells("newlines-in-cells", f"a\n{C}", f"\n\n{C}", f"{C}\r\n", f"a\rb\r{C}")
    yield read("no-end-of-the-last-line", HEADER + GOOD.rstrip(), 1)


def _quotes() -> Iterator[File]:
    yield read("quote-never-closed", f'{HEADER}"{C},x\n{GOOD}', 1, 1, NEVER_CLOSED)
    yield read("quote-never-closed-at-the-end", f'{HEADER}{GOOD}"{C}', 1, 1, NEVER_CLOSED)
    yield read("each-quote-never-closed", HEADER + f'"{C},x\n' * 3 + GOOD, 1, 3, NEVER_CLOSED)
    yield read("quotes-not-doubled", f'{HEADER}"I say "{C}" now",x\n{GOOD}', 2)
    yield read("quote-within-a-word", f'{HEADER}5" {C},x\n{GOOD}', 2)
    yield read("nothing-but-quotes", HEADER + '"' * 1001 + f"\n{GOOD}", 1, 1, NEVER_CLOSED)
    yield read("nothing-but-even-quotes", HEADER + '"' * 1000 + f",x\n{GOOD}", 2)
    yield read("cell-of-20-000-lines", f'{HEADER}"' + f"{C}\n" * 20_000 + f'",x\n{GOOD}', 1, 20_001)


def _shapes() -> Iterator[File]:
    yield read("too-few-columns", f"{HEADER}{C}\n{GOOD}", 1, 1, "has 1 columns, the header 2")
    yield read("too-many-columns", f"{HEADER}a, b, {C}\n{GOOD}", 1, 1, "has 3 columns, the header 2")
    yield read("empty-columns-behind", f"{HEADER}{C},x,,,,,,\n{GOOD}", 2)
    yield read("row-of-100-000-columns", f"{HEADER}{C}{',' * 100_000}y\n{GOOD}", 1, 1, "columns")
    yield read("nothing-but-commas", f"{HEADER},\n,\n{GOOD}", 1)
    yield read("row-of-a-megabyte", f"{HEADER}{C * 90_000},x\n{GOOD}", 1, 1, "longer than 1048576 bytes")
    yield read("text-of-100-001-characters", f"{HEADER}{C:a<100001},x\n{GOOD}", 1, 1, "100000 characters")
    yield read("text-of-100-000-characters", f"{HEADER}{C:a<100000},x\n{GOOD}", 2)
    yield field("title-too-long", "title", C * 100)
    yield field("id-too-long", "id", C * 100)
    yield field("store-too-long", "store", C * 100)
    yield read("nothing-but-white-space", f'{HEADER}"\u00a0\u2003\t ",{C}\n{GOOD}', 1, 1, "no text")
    yield read("one-column-of-commas", f"feedback\na, b, {C}\n,,,\n", 2)


def _gzips() -> Iterator[File]:
    text = HEADER + "".join(f"{number} {C},x\n" for number in range(2000))
    whole = packed(text)
    yield read("gzip-without-its-name", whole, 2000)
    yield read("gzip-in-parts", packed(HEADER) + packed(GOOD) + packed(b"") + packed(GOOD) + bytes(99), 2)
    yield read("gzip-without-its-checksum", whole[:-8], 2000, 1, "ends too early")
    yield read("gzip-with-a-wrong-checksum", whole[:-5] + b"\xff" * 5, 1999, 1, "is damaged")
    yield read("gzip-and-more", packed(HEADER + GOOD) + C.encode(), 1, 1, "not gzip follows")
    named = b"\x1f\x8b\x08\x18\0\0\0\0\0\x03" + f"../../{C}\n.csv".encode() + b"\0" + C.encode() + b"\0"
    yield read("gzip-with-a-hostile-name", named + packed(HEADER + GOOD)[10:], 1)
    yield File("csv-called-gzip", (HEADER + GOOD).encode(), accepted=1, suffix=".csv.gz")
    yield File("json-called-csv", f'{{"feedback": "{C}"}}\n'.encode(), accepted=1)
    yield File("csv-called-json", (HEADER + GOOD).encode(), accepted=1, suffix=".jsonl")
    yield File("packed-json", packed(f'{{"feedback": "{C}"}}\n'), accepted=1, suffix=".jsonl.gz")


FILES = [
    *_other_forms(),
    *_no_tables(),
    *_headers(),
    *_encodings(),
    *_line_ends(),
    *_quotes(),
    *_shapes(),
    *values(),
    *texts(),
    *json_lines(),
    *_gzips(),
]
