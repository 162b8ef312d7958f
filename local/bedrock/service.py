"""Answers Converse and InvokeModel calls, without the HTTP: a body in, an answer or an error out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from local.bedrock import converse
from local.bedrock.answers import ConverseReply, corrupt_answer, corrupt_reply, form, given_reply
from local.bedrock.embeddings import embedding_answer, read_embedding_request
from local.bedrock.engine import Engine, EnginePrompt
from local.bedrock.errors import BedrockError, ConnectionDropped, EngineError, model_failed
from local.bedrock.faults import ERRORS, Faults, InjectedFault
from local.bedrock.latency import Latency
from local.bedrock.lifecycle import Lifecycles
from local.bedrock.models import Traits, TraitsTable, shipped_models
from local.bedrock.prompt_cache import InputUsage, PromptCache
from local.bedrock.quota import Quota
from local.bedrock.stats import Call, Stats, digest
from local.bedrock.tokens import count_tokens, pieces
from shared.contracts.errors import BlockError
from shared.model.prompt_blocks import parse_block

Result = TypeVar("Result")


class BedrockService:
    """An engine behind quotas, faults and latency. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.models = TraitsTable(shipped_models())
        self.quota = Quota(time.monotonic)
        self.faults = Faults()
        self.latency = Latency()
        self.lifecycles = Lifecycles()
        self.stats = Stats(time.time)
        self._cache = PromptCache(time.monotonic)

    def converse(self, model_id: str, body: bytes) -> dict[str, object]:
        """Answer a Converse call.

        Raises:
            BedrockError: the answer is an error.
            ConnectionDropped: there is to be no answer.
        """
        with self._watched(model_id, "converse", body) as call:
            traits = self.models.find(model_id)
            request = converse.read_request(body, traits)
            prompt = converse.to_prompt(request, traits)
            call.kind, call.mode, call.max_tokens = prompt.kind, prompt.mode, prompt.max_tokens
            call.tier = converse.tier_of(request)
            call.records = _records(prompt)
            injected = self._injected_fault(call, f"{prompt.system}\n{prompt.user}")
            parts = pieces(request)
            reserved = sum(count_tokens(part.text) for part in parts) + prompt.max_tokens
            with self._reserved(call, reserved):
                reply = self._reply(prompt, injected)
                usage = self._cache.use(model_id, parts, traits.cache_minimum)
                self._wait(call, reply.output_tokens)
                _enter(call, usage, reply, traits)
            return _message(usage, reply, call)

    def invoke(self, model_id: str, body: bytes) -> tuple[dict[str, object], int]:
        """Answer an InvokeModel call for embeddings: the answer's body and the input tokens.

        Raises:
            BedrockError: the answer is an error.
            ConnectionDropped: there is to be no answer.
        """
        with self._watched(model_id, "invoke", body) as call:
            call.kind = "embed"
            request = read_embedding_request(body, self.models.find(model_id))
            call.records = [digest(text) for text in request.texts]
            self._injected_fault(call, "\n".join(request.texts))
            tokens = sum(count_tokens(text) for text in request.texts)
            with self._reserved(call, tokens):
                vectors = _asked(lambda: self.engine.embed(request.texts))
                self._wait(call, 0)
                call.input_tokens, call.quota_tokens = tokens, tokens
            return embedding_answer(request, vectors), tokens

    @contextmanager
    def _watched(self, model_id: str, action: str, body: bytes) -> Iterator[Call]:
        call = Call(model_id, action, time.time(), request=digest(body.decode("utf-8", "replace")))
        with self.stats.watch(call):
            try:
                yield call
            except BedrockError as error:
                call.status, call.error = error.status, error.code
                raise
            except ConnectionDropped:
                call.status, call.error = 0, "dropped"
                raise

    def _injected_fault(self, call: Call, text: str) -> InjectedFault:
        """The fault of this call; those that end it do so here."""
        injected = self.faults.draw(call.model, call.kind, text, len(call.records))
        call.fault = injected.fault
        if injected.fault in ERRORS:
            error = ERRORS[injected.fault]
            raise BedrockError(error.status, error.code, error.message)
        if injected.fault == "hang":
            self.faults.wait(injected.seconds)
        if injected.fault in {"hang", "dropped"}:
            raise ConnectionDropped
        return injected

    @contextmanager
    def _reserved(self, call: Call, tokens: float) -> Iterator[None]:
        """Hold the quota while the call runs; settle it by what the call then says it used."""
        reservation = self.quota.reserve(call.model, tokens)
        try:
            yield
        finally:
            self.quota.settle(reservation, call.quota_tokens)

    def _reply(self, prompt: EnginePrompt, injected: InjectedFault) -> ConverseReply:
        if injected.fault == "given":
            return given_reply(injected.content)
        answer = corrupt_answer(_asked(lambda: self.engine.answer(prompt)), injected.fault)
        return corrupt_reply(form(answer, prompt), prompt, injected.fault)

    def _wait(self, call: Call, output_tokens: int) -> None:
        elapsed = time.time() - call.started
        time.sleep(max(self.latency.seconds(output_tokens) - elapsed, 0))


def _asked(ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except EngineError as error:
        raise model_failed(str(error)) from error


def _records(prompt: EnginePrompt) -> list[str]:
    """Fingerprints of the feedback or the proposals that the prompt is about."""
    text = f"{prompt.system}\n{prompt.user}"
    try:
        entries = parse_block(text, "feedback") or parse_block(text, "proposals")
    except BlockError:
        return []
    return [digest("\n".join(strings)) for _, strings in entries]


def _enter(call: Call, usage: InputUsage, reply: ConverseReply, traits: Traits) -> None:
    """Write the call's figures, and its price in quota tokens: what was read from the cache is free."""
    call.input_tokens, call.output_tokens = usage.fresh, reply.output_tokens
    call.stop_reason = reply.stop_reason
    call.cache_read_tokens, call.cache_write_tokens = usage.read, usage.written
    call.quota_tokens = usage.fresh + usage.written + reply.output_tokens * traits.burndown


def _message(usage: InputUsage, reply: ConverseReply, call: Call) -> dict[str, object]:
    return {
        "output": {"message": {"role": "assistant", "content": reply.content}},
        "stopReason": reply.stop_reason,
        "usage": {
            "inputTokens": usage.fresh,
            "outputTokens": reply.output_tokens,
            "totalTokens": usage.total + reply.output_tokens,
            "cacheReadInputTokens": usage.read,
            "cacheWriteInputTokens": usage.written,
        },
        "metrics": {"latencyMs": round((time.time() - call.started) * 1000)},
        **({"serviceTier": {"type": call.tier}} if call.tier else {}),
    }
