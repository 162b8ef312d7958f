"""Amounts and currencies, as shops write them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

from price_parser import Price
from price_parser._currencies import CURRENCIES

_MACHINE = re.compile(r"\d{1,12}(?:\.\d{1,2}|\.\d{4,})?|\d{4,12}\.\d{3}")
"""A number as programs write it. `1.299` is none: people write thousands so."""
_MILS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with three decimals."""
_MOST = Decimal(10) ** 12
_LENGTH = 80
_MEANT = {
    "$": "USD",
    "nt$": "TWD",
    "us$": "USD",
    "c$": "CAD",
    "a$": "AUD",
    "£": "GBP",
    "¥": "JPY CNY",
    "元": "CNY TWD HKD",
    "rmb": "CNY",
    "₩": "KRW",
    "원": "KRW",
    "₱": "PHP",
    "₽": "RUB",
    "₺": "TRY",
    "₸": "KZT",
    "₾": "GEL",
    "₼": "AZN",
    "₵": "GHS",
    "₨": "INR",
    "rs": "INR PKR LKR NPR MUR SCR",
    "kr": "SEK NOK DKK ISK",
    "kc": "CZK",
    "zl": "PLN",
    "лв": "BGN",
    "lei": "RON MDL",
    "fr": "CHF",
    "руб": "RUB BYN",
    "грн": "UAH",
    "ден": "MKD",
    "сум": "UZS",
    "gs": "PYG",
    "บาท": "THB",
    "dhs": "AED MAD",
}
"""The currencies of signs that price-parser does not know, or that several countries use: first the one that
is meant where nothing else is said."""
_LOCAL = (
    "AED ARS AUD CAD CLP CNY COP DKK EGP GBP HKD INR ISK JPY LKR MAD MUR MXN NOK NPR NZD PKR SEK SGD TWD USD"
    " UYU ZAR"
)
_OF_COUNTRY = {code[:2].lower(): code for code in _LOCAL.split()} | {"uk": "GBP"}
"""By a host's last label, or a language's region: whose money its signs are if several have them."""
_OF_LANGUAGE = {"zh": "cn", "ja": "jp", "da": "dk", "nb": "no", "nn": "no", "is": "is"}
_SAME = str.maketrans({**dict(zip("￥＄￡٬٫’，．", "¥$£,.',.", strict=True)), "\u066a": "%"})
_CENTS = re.compile(r"(\d{1,2})\s?(p|¢)")
_INSIDE = re.compile(r"(\d)\s?([€£$])\s?(\d\d)(?![\d.,]|\s?[€£$%])")
"""Euros, their sign, and cents."""
_BEFORE_SIGN = re.compile(r"(?<![A-Z])([A-Z]{3})\s?\$")
_RAND = re.compile(r"R\s?\d{1,3}(?:[ ,]\d{3})*[.,]\d\d|R\s?\d{1,3}(?:[ ,]\d{3})+")


class Money(NamedTuple):
    """An amount, and the currency's sign or code as it stands there; empty if none does."""

    amount: Decimal
    sign: str


def money_of(text: str, *, code: str = "") -> Money | None:
    """The first amount in a short text; None if there is none.

    Args:
        code: the currency, if it is known.
    """
    text = as_written(text.strip()[:_LENGTH])
    if cents := _CENTS.fullmatch(text):
        return _money(Decimal(cents[1]) / 100, "£" if cents[2] == "p" else "$")
    try:
        if _MACHINE.fullmatch(text) or (code in _MILS and re.fullmatch(r"\d+\.\d{3}", text)):
            return _money(Decimal(text), "")
        price = Price.fromstring(text)
    except (InvalidOperation, ValueError):
        return None
    if price.amount is None or not re.search(r"\d", text):
        return None
    named = _BEFORE_SIGN.search(text)
    sign = named[1] if named and named[1] in CURRENCIES else _whole(price.currency or "", text)
    return _money(price.amount, sign or _word_sign(text))


def _whole(sign: str, text: str) -> str:
    """The sign, unless its letters are part of a word: `lei` stands in Preisvergleich."""
    if not sign[:1].isalpha() or re.search(rf"(?i)(?<![^\W\d]){re.escape(sign)}(?![^\W\d])", text):
        return sign
    return ""


def as_written(text: str) -> str:
    """A text with an amount in the digits and signs of Europe, the currency's sign not inside the amount."""
    if not text.isascii():
        text = "".join(sign if sign.isascii() or not sign.isdecimal() else str(int(sign)) for sign in text)
        text = text.translate(_SAME)
    return _INSIDE.sub(r"\1.\3\2", text)


def _money(amount: Decimal, sign: str) -> Money | None:
    sign = "" if sign == "km" else sign  # kilometres; Bosnia's mark is written KM
    return Money(amount, sign) if 0 <= amount < _MOST else None


def plain(amount: Decimal) -> str:
    """An amount as it is kept: a point, two decimals unless there are more or none."""
    if amount == amount.to_integral_value():
        return str(amount.to_integral_value())
    rounded = amount.quantize(Decimal("0.001")).normalize()
    return f"{rounded:f}" if -int(rounded.as_tuple().exponent) > 2 else f"{rounded:.2f}"


def country_of(host: str, language: str) -> str:
    """The shop's country, as far as it decides whose money a sign is: by its host, else by its language."""
    domain = host.rpartition(".")[2].lower()
    spoken, _, region = language.replace("_", "-").lower().partition("-")
    region = region.rpartition("-")[2]
    return next((each for each in (domain, region) if each in _OF_COUNTRY), _OF_LANGUAGE.get(spoken, ""))


def language_of(text: str) -> str:
    """The language of a text in Chinese or Japanese writing; else empty."""
    if re.search("[\u3040-\u30ff]", text):
        return "ja"
    return "zh" if re.search("[\u4e00-\u9fff]", text) else ""


def currency_code(sign: str, country: str = "") -> str:
    """The ISO 4217 code of a sign or code; the sign itself where it cannot be told, empty for none.

    Args:
        country: of the shop (`country_of`), which decides between several dollars.
    """
    sign = sign.strip()
    is_meant = _key(sign) in _MEANT
    if sign.upper() in CURRENCIES and not is_meant:
        return sign.upper()
    codes = codes_of(sign)
    local = _OF_COUNTRY.get(country, "")
    if local in codes:
        return local
    return codes[0] if is_meant or len(codes) == 1 else sign if codes else ""


def codes_of(sign: str) -> Sequence[str]:
    """The currencies that a sign may stand for, the likeliest first."""
    return _signs().get(_key(sign), ())


@cache
def _signs() -> dict[str, Sequence[str]]:
    signs = defaultdict[str, list[str]](list, {sign: codes.split() for sign, codes in _MEANT.items()})
    for code, info in CURRENCIES.items():
        for sign in (code, info["s"], info["sn"], *info.get("sn2", ())):
            signs[_key(sign)].append(code)
            if sign.endswith("$"):
                signs["$"].append(code)
    return {sign: tuple(dict.fromkeys(codes)) for sign, codes in signs.items() if sign}


def _key(sign: str) -> str:
    return sign.translate(_SAME).strip(" .\u200e\u200f").casefold()


@cache
def _words() -> re.Pattern[str]:
    # Codes in capital letters only: "all" and "try" are words.
    signs = sorted(_signs(), key=len, reverse=True)
    others = [re.escape(sign) for sign in signs if len(sign) > 1 and sign.upper() not in CURRENCIES]
    # Those that are no Latin letters stand at the amount, too.
    foreign = [re.escape(sign) for sign in signs if not sign.isascii()]
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(CURRENCIES)}|(?i:{'|'.join(others)}))(?!\w)"
        rf"|(?<![^\W\d])(?i:{'|'.join(foreign)})(?![^\W\d])"
    )


def _word_sign(text: str) -> str:
    """A sign made of letters that price-parser does not know without a context."""
    if _RAND.fullmatch(text):
        return "ZAR"
    match = _words().search(text)
    return match[0] if match else ""
