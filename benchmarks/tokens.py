"""Prompt tokens, counted over everything that is sent, with the embedded model's tokenizer."""

from collections.abc import Iterable, Sequence
from unittest import mock

from benchmarks.inputs import own_text
from local.bedrock.tokens import count_tokens, pieces
from services.classify.packing import pack
from shared.contracts.records import Record
from shared.contracts.taxonomy import Taxonomy
from shared.model import label_prompt
from shared.model.bedrock import ModelRequest, converse_arguments
from shared.model.label_prompt import build, numbered
from shared.model.model_table import family_of

PACK_SIZE = 20
_NO_LIMIT = 10**9


def prompt_tokens(model_id: str, requests: Iterable[ModelRequest]) -> int:
    """System, messages, tool or schema of all requests together."""
    family = family_of(model_id)
    return sum(_sent(converse_arguments(model_id, family, request)) for request in requests)


def own_tokens(records: Iterable[Record]) -> int:
    """The records' own texts."""
    return sum(count_tokens(own_text(record)) for record in records)


def packed(
    model_id: str, taxonomy: Taxonomy, records: Sequence[Record], size: int = PACK_SIZE
) -> list[ModelRequest]:
    """Our requests for these records, none of them shortened."""
    prompt = build(taxonomy, [], family_of(model_id).answer_form)
    with mock.patch.object(label_prompt, "MAX_SHOWN", _NO_LIMIT):
        return [prompt.request(numbered(part)) for part in pack(records, size, _NO_LIMIT)]


def _sent(arguments: dict[str, object]) -> int:
    body = {name: value for name, value in arguments.items() if name != "modelId"}
    return sum(count_tokens(piece.text) for piece in pieces(body))
