"""Attributes of a text by plain rules and, for enumerations, by meaning; nothing where neither tells.

What stands in a text as `name: value` is taken at its word. Else a price or a date is taken if it is the only
one of its kind; a number or a boolean from a clause that has the words of the attribute's name.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from pydantic import ValidationError

from local.bedrock.clauses import clauses_of
from local.bedrock.embedding import Embed
from local.bedrock.phrases import WORD, denies
from services.ingest.dates import DateOrder, parse_date
from services.ingest.refusal import ValueUnread
from shared.contracts.attributes import Attribute, AttributeType, AttributeValue, Money, number_of, shown
from shared.contracts.errors import BlockError
from shared.contracts.names import name_key
from shared.model.prompt_blocks import Entry

_FOUND = re.compile(r"(?:^found: |; )([a-z][a-z0-9_]*): ")
_NEARER = 0.06
"""How much nearer the best value of an enumeration must be than the second."""
_NEAR = 0.25
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_PRICE = re.compile(
    r"(?<![\w.,])(?:([€$£¥])\s?(\d[\d,]*(?:\.\d{1,2})?)|(\d[\d,]*(?:\.\d{1,2})?)\s?([€$£¥]|EUR|USD|GBP|JPY|CHF)(?!\w))"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = re.compile(rf"\d{{4}}-\d\d-\d\d|\d{{1,2}} {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}},? \d{{4}}")
_WHOLE = re.compile(r"(?<![\w.,$€£¥-])\d[\d,]*(?:\.\d+)?(?![\w%]|[.,-]\d)")
_NOT = re.compile(r"\b(?:never|without|none|instead of)\b", re.IGNORECASE)
_SMALL_WORDS = frozenset(("is", "was", "has", "the", "for", "and", "are", "can", "wants", "asks", "any"))


def attributes_in(entries: Sequence[Entry]) -> list[Attribute]:
    """The attributes that a prompt's block declares.

    Raises:
        BlockError: an entry is none.
    """
    try:
        return [
            Attribute.model_validate(
                {"name": said[0], "type": said[1], "description": said[2], "values": said[3:]}
            )
            for _, said in entries
        ]
    except (IndexError, ValidationError) as error:
        raise BlockError("an entry of the block attributes is none") from error


def names_found(strings: Sequence[str]) -> frozenset[str]:
    """The attributes that an entry has under found, for which nothing is asked."""
    found = [string for string in strings if string.startswith("found: ")]
    return frozenset(name for string in found for name in _FOUND.findall(string))


def values_of(
    attributes: Sequence[Attribute], text: str, embed: Embed, found: Collection[str] = ()
) -> list[str]:
    """What is written of each attribute in an answer: a value, or a hyphen."""
    return ["-" if each.name in found else _written(each, _value(each, text, embed)) for each in attributes]


def _written(attribute: Attribute, value: AttributeValue | None) -> str:
    if value is None:
        return "-"
    if attribute.type is AttributeType.ENUMERATION:
        return str(attribute.values.index(str(value)) + 1)
    plain = value.model_dump() if isinstance(value, Money) else value
    return shown(plain).replace("|", "/").replace("\n", " ")


def _value(attribute: Attribute, text: str, embed: Embed) -> AttributeValue | None:
    for rule in (_named, _RULES.get(attribute.type)):
        # What looks like a value and cannot be read as one is none: a price such as "9,99,99".
        with suppress(ValueError):
            if rule and (value := rule(attribute, text, embed)) is not None:
                return value
    return None


def _named(attribute: Attribute, text: str, _: Embed) -> AttributeValue | None:
    """The value that stands behind the attribute's name and a colon."""
    name = r"[\s_-]".join(map(re.escape, attribute.name.split("_")))
    match = re.search(rf"(?im)^\s*{name}\s*[:=]\s*(\S.*)$", text)
    return attribute.read(match[1].strip()) if match else None


def _enumeration(attribute: Attribute, text: str, embed: Embed) -> AttributeValue | None:
    plain = f" {name_key(text)} "
    said = [value for value in attribute.values if re.search(rf"\W{re.escape(name_key(value))}\W", plain)]
    if len(said) == 1:
        return said[0]
    words = [f"{attribute.name.replace('_', ' ')}: {value}" for value in attribute.values]
    near = (embed([text]) @ embed(words).T)[0]
    best, second = sorted(near.tolist(), reverse=True)[:2] if len(words) > 1 else (float(near[0]), 0.0)
    return attribute.values[int(near.argmax())] if best >= _NEAR and best - second >= _NEARER else None


def _money(_: Attribute, text: str, __: Embed) -> AttributeValue | None:
    prices = {
        (number_of(match[2] or match[3]), _CURRENCIES.get(sign, sign))
        for match in _PRICE.finditer(text)
        if (sign := match[1] or match[4])
    }
    if len(prices) != 1:
        return None
    amount, currency = prices.pop()
    return Money(amount=amount, currency=currency)


def _date(_: Attribute, text: str, __: Embed) -> AttributeValue | None:
    dates = set()
    for match in _DATE.finditer(text):
        try:
            dates.add(parse_date(match[0], DateOrder.DAY_FIRST).date().isoformat())
        except ValueUnread:
            continue
    return dates.pop() if len(dates) == 1 else None


def _number(attribute: Attribute, text: str, _: Embed) -> AttributeValue | None:
    """The only number of a clause that has the words of the name."""
    numbers = {match[0] for clause in _about(attribute, text) for match in _WHOLE.finditer(clause)}
    return number_of(numbers.pop()) if len(numbers) == 1 else None


def _boolean(attribute: Attribute, text: str, _: Embed) -> AttributeValue | None:
    clauses = _about(attribute, text)
    return not any(map(_denied, clauses)) if clauses else None


def _denied(clause: str) -> bool:
    return _NOT.search(clause) is not None or any(map(denies, WORD.findall(clause)))


def _about(attribute: Attribute, text: str) -> list[str]:
    """The clauses that have all words of the attribute's name, whatever their endings."""
    words = [word for word in attribute.name.split("_") if len(word) > 2 and word not in _SMALL_WORDS]
    stems = [re.compile(rf"\b{re.escape(word[: max(4, len(word) - 3)])}", re.IGNORECASE) for word in words]
    clauses = clauses_of(text, shortest=1) or [text]
    return [clause for clause in clauses if stems and all(stem.search(clause) for stem in stems)]


_RULES: Mapping[AttributeType, Callable[[Attribute, str, Embed], AttributeValue | None]] = {
    AttributeType.ENUMERATION: _enumeration,
    AttributeType.NUMBER: _number,
    AttributeType.MONEY: _money,
    AttributeType.DATE: _date,
    AttributeType.BOOLEAN: _boolean,
}
