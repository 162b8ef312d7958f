"""What a profile has the model answer about each record: the words of the prompt, and the answer's length."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.profiles import INSTRUCTIONS, ProfileDocument, Reader
from shared.model.cost_estimate import ANSWER_TOKENS
from shared.model.prompt_blocks import quote, render_block

_FILE = Path(__file__).parent / "prompts" / "label.md"
_ONE = "the number of the category that fits best, 0 if none does, and the sentiment"
_SEVERAL = (
    "each topic (at most {most}, main one first) the number of the best category, 0 if none fits,"
    " and the sentiment"
)
_ASKS_FOR = re.compile(re.escape(_SEVERAL).replace(r"\{most\}", "([0-9])"))
QUOTE = "[late again]"
"""Stands in the instructions of a prompt that asks for words of the record."""
_EVIDENCE = " and, in brackets, words copied from the entry"
_ATTRIBUTES = (
    "Then add the attributes in their order, each after a bar, or - where the entry does not say{found}."
    " Write {forms}.\n"
)
_FOUND = " or has it under found"
_SHOWS = '{names} ("" if unknown), then '
_SHOWN = re.compile(f"^Entries are {re.escape(_SHOWS)}".replace(r"\{names\}", '("[^\n]*?")'), re.MULTILINE)
_ASPECT_TOKENS, _EVIDENCE_TOKENS = 2, 25


class _Form(NamedTuple):
    """How a value is asked for: the words, an example, and the tokens that one has, at most."""

    words: str
    example: str
    tokens: int


_FORMS: Mapping[AttributeType, _Form] = {
    AttributeType.ENUMERATION: _Form("of an enumeration the number of the value (1: the first)", "2", 3),
    AttributeType.TEXT: _Form("a text in a few words", "a few words", 25),
    AttributeType.NUMBER: _Form("a number as 1250.5", "12", 6),
    AttributeType.MONEY: _Form("money as 19.99 EUR", "19.99 EUR", 8),
    AttributeType.DATE: _Form("a date as 2026-01-31", "2026-01-31", 9),
    AttributeType.BOOLEAN: _Form("a boolean as true or false", "true", 3),
    AttributeType.LIST: _Form("a list parted by semicolons", "one; other", 25),
}


@dataclass(frozen=True)
class Task:
    """What is asked of each record: labels, and the attributes of the profile.

    Attributes:
        aspects: topics of a record that are labelled, at most.
        evidence: whether each comes with words of the record.
        finds: whether records may come with values that were found before, and are not asked for.
        shows: what entries begin with besides title and text: fields, or columns of the customer's own.
    """

    instructions: str = INSTRUCTIONS
    aspects: int = 1
    evidence: bool = False
    attributes: tuple[Attribute, ...] = ()
    finds: bool = False
    shows: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: ProfileDocument) -> "Task":
        """The task of a profile."""
        aspects = document.aspects
        finds = Reader.PAGE in document.input.readers.values()
        return cls(
            document.instructions,
            aspects.most,
            aspects.evidence,
            document.attributes,
            finds,
            document.input.show,
        )

    @property
    def answer_tokens(self) -> int:
        """Tokens that the answer about one record needs, at most."""
        aspects = ANSWER_TOKENS + _ASPECT_TOKENS * (self.aspects - 1)
        evidence = _EVIDENCE_TOKENS * self.aspects if self.evidence else 0
        return aspects + evidence + sum(_FORMS[each.type].tokens for each in self.attributes)

    def words(self) -> str:
        """The instructions of the prompt."""
        forms = "; ".join(_FORMS[each].words for each in dict.fromkeys(each.type for each in self.attributes))
        text = _template().format(
            instructions=self.instructions,
            labels=_ONE if self.aspects == 1 else _SEVERAL.format(most=self.aspects),
            evidence=_EVIDENCE if self.evidence else "",
            attributes=_ATTRIBUTES.format(forms=forms, found=_FOUND * self.finds) if self.attributes else "",
            shows=_SHOWS.format(names=", ".join(map(quote, self.shows))) if self.shows else "",
            examples=" or ".join(f'"{example}"' for example in self._examples()),
        )
        return f"{text}\n{self._block()}" if self.attributes else text

    def _examples(self) -> list[str]:
        late, good = (f" {QUOTE}", " [brilliant]") if self.evidence else ("", "")
        further = f" 1 positive{good}" if self.aspects > 1 else ""
        values = "".join(f" | {_FORMS[each.type].example}" for each in self.attributes)
        plain = f"1 0 neutral{late}" + " | -" * len(self.attributes)
        return [plain, f"2 4 negative{late}{further}{values}"] if further or values else [plain]

    def _block(self) -> str:
        """The attributes: name, type, description, and the values of an enumeration."""
        entries = [
            (number, (each.name, each.type.value, each.description, *each.values))
            for number, each in enumerate(self.attributes, 1)
        ]
        return render_block("attributes", entries)


def aspects_in(words: str) -> int:
    """How many topics the instructions of a prompt ask for, at most; for an engine that reads them."""
    match = _ASKS_FOR.search(words)
    return int(match[1]) if match else 1


def shown_in(words: str) -> tuple[str, ...]:
    """What each entry begins with by the instructions of a prompt; for an engine that reads them."""
    match = _SHOWN.search(words)
    return tuple(json.loads(f"[{match[1]}]")) if match else ()


@cache
def _template() -> str:
    return _FILE.read_text(encoding="utf-8").strip()
