"""Prompt tokens, counted over everything that is sent, with the embedded model's tokenizer."""

from collections.abc import Iterable, Sequence

from benchmarks.inputs import own_text
from local.bedrock.engine import Engine, EnginePrompt
from local.bedrock.tokens import compact, count_tokens, pieces
from services.classify.packing import pack
from shared.contracts.profiles import Aspects, Input, ProfileDocument
from shared.contracts.records import MAX_FEEDBACK_LENGTH, Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.converse_request import ModelRequest, converse_arguments
from shared.model.label_prompt import build, numbered
from shared.model.model_table import AnswerForm, family_of

PACK_SIZE = 20
_NO_LIMIT = 10**9
_WHOLE_TEXTS = ProfileDocument(input=Input(most_text=MAX_FEEDBACK_LENGTH))


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
    prompt = build(taxonomy, [], family_of(model_id).answer_form, _WHOLE_TEXTS)
    parts = pack(records, size, _NO_LIMIT, _WHOLE_TEXTS.input)
    return [prompt.request(numbered(part)) for part in parts]


def answer_tokens(engine: Engine, taxonomy: Taxonomy, records: Sequence[Record], aspects: Aspects) -> float:
    """Tokens of the answer about one record, on average, where a profile asks for these topics."""
    prompt = build(taxonomy, [], AnswerForm.FORCED_TOOL, ProfileDocument(aspects=aspects))
    requests = [prompt.request(numbered(part)) for part in pack(records, PACK_SIZE, _NO_LIMIT)]
    asked = [
        EnginePrompt(each.system, each.user, each.schema, each.tool_name, _NO_LIMIT) for each in requests
    ]
    return sum(count_tokens(compact(engine.answer(each).value)) for each in asked) / len(records)


def _sent(arguments: dict[str, object]) -> int:
    body = {name: value for name, value in arguments.items() if name != "modelId"}
    return sum(count_tokens(piece.text) for piece in pieces(body))
