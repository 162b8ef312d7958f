"""Tokens and dollars of labelling, before anything is asked. Pure, and needs no tokenizer.

Ingest expects a whole file's cost by it, classify plans a batch's.
"""

from collections.abc import Iterable
from decimal import Decimal

from shared.contracts.execution import Usage
from shared.contracts.taxonomy import Taxonomy
from shared.model.model_table import ModelFamily

MAX_SHOWN = 2_000
"""Characters of a feedback that the model sees; the database keeps all of it."""
MOST_NAMED = 200
"""Characters of a field or column that a profile shows besides."""
ANSWER_TOKENS = 12
"""Tokens of the answer about one record, at most, where it is one label and no more."""
SCHEMA_TOKENS = 100
"""Estimated tokens of the tool or the schema, which travel with every call."""
MOST_EMBEDDED = 50_000
"""Rows that one discovery groups; of more it groups a sample, and log, mail and report say so."""

_FRAME_TOKENS = 6
_ANSWER_FRAME_TOKENS = 40


def estimate_tokens(text: str) -> int:
    """A rough count that no tokenizer is needed for: four Latin letters or one other sign to a token."""
    ascii_letters = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return ascii_letters // 4 + (len(text) - ascii_letters) + 1


def entry_tokens(strings: Iterable[str]) -> int:
    """Estimated tokens of a prompt block's entry."""
    return sum(map(estimate_tokens, strings)) + _FRAME_TOKENS


def feedback_tokens(title: str, text: str, most: int = MAX_SHOWN, named: Iterable[str] = ()) -> int:
    """Estimated tokens of a feedback's entry, as much of it as the prompt shows.

    Args:
        named: what the profile shows besides, empty where the feedback has none.
    """
    parts = [part[:most] for part in (title, text) if part]
    return entry_tokens([*parts, *(value[:MOST_NAMED] for value in named)])


def prompt_tokens(taxonomy: Taxonomy, examples: Iterable[str], words: str) -> int:
    """Estimated tokens of what stays the same in every call: instructions, categories, examples."""
    lines = [f'1 "{each.name}" "{each.description}"' for each in taxonomy.categories]
    lines += [f'1 "{text}"' for text in examples]
    return estimate_tokens(words) + sum(map(estimate_tokens, lines))


def max_tokens(records: int, answer_tokens: int = ANSWER_TOKENS) -> int:
    """Where the answer for so many records is cut off: what it needs, and some air."""
    return _ANSWER_FRAME_TOKENS + answer_tokens * records


def labelling_cost(
    family: ModelFamily,
    records: int,
    record_tokens: int,
    system_tokens: int,
    pack_size: int,
    answer_tokens: int = ANSWER_TOKENS,
) -> Decimal:
    """US dollars that labelling these records would cost.

    Args:
        family: the model's prices.
        records: how many are asked about.
        record_tokens: of all their entries together.
        system_tokens: of what stays the same in every call.
        pack_size: records in one call.
        answer_tokens: of the answer about one record, at most.
    """
    if not records:
        return Decimal(0)
    calls = -(-records // pack_size)
    tokens = calls * (system_tokens + SCHEMA_TOKENS) + record_tokens
    return family.cost(Usage(input_tokens=tokens, output_tokens=max_tokens(records, answer_tokens) // 2))
