"""Bedrock Converse: one request in, one checked answer out, its cost counted, its errors ours.

There is no retry here. A busy model is the queue's affair (`shared.platform.deferral`), and a model
that refuses us is a person's.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from shared.contracts.execution import Usage
from shared.model.answer_reader import payload
from shared.model.bedrock_client import (
    ERRORS,
    INVALID,
    UNREADABLE,
    About,
    ConverseClient,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    translate,
)
from shared.model.converse_request import ModelRequest, converse_arguments, user_message
from shared.model.model_table import ModelFamily, ServiceTier, family_of

_CUT_OFF = {"max_tokens", "model_context_window_exceeded", "content_filtered", "guardrail_intervened"}
MOST_TOKENS = 10_000_000
"""More than any model reads or writes in one call."""
TIER_PAUSE_SECONDS = 600.0
"""For so long the default tier is asked after another one did not answer."""


@dataclass(frozen=True)
class ModelAnswer:
    """What came back.

    Attributes:
        value: the answer in whatever form it came, for `shared.model.answer_reader`; None if there is none
            that can be parsed: refused, cut off, malformed.
        stop_reason: Converse's, for example end_turn, tool_use, max_tokens, content_filtered.
        usage: one call, its tokens, its estimated cost.
        content: Converse's content blocks.
    """

    value: object
    stop_reason: str
    usage: Usage
    content: Sequence[Mapping[str, Any]] = ()

    @property
    def said(self) -> object:
        """The value, or the content in which there is none."""
        return list(self.content) if self.value is None else self.value

    @property
    def cut_off(self) -> bool:
        """Whether it ended before its end."""
        return self.stop_reason in _CUT_OFF


class Model:
    """A Bedrock model behind Converse; safe to share between threads, as boto3's clients are.

    Attributes:
        family: at the prices of the default tier.

    Args:
        tier: in which it is asked, as long as table and Bedrock offer it.
        now: a monotonic clock in seconds.
    """

    def __init__(
        self,
        client: ConverseClient,
        model_id: str,
        tier: ServiceTier = ServiceTier.DEFAULT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self.model_id = model_id
        self.family: ModelFamily = family_of(model_id)
        self._wished = tier
        self._now = now
        self._by_default_until = -math.inf if self.family.offers(tier) else math.inf

    @property
    def tier(self) -> ServiceTier:
        """In which it is asked now."""
        return ServiceTier.DEFAULT if self._now() < self._by_default_until else self._wished

    @property
    def priced(self) -> ModelFamily:
        """The family at the prices of the tier in which it is asked."""
        return self.family.in_tier(self.tier)

    @property
    def falls_back(self) -> bool:
        """Whether the tier wished for is not offered, or does not answer."""
        return self.tier is not self._wished

    def in_tier(self, tier: ServiceTier, now: Callable[[], float] = time.monotonic) -> "Model":
        """The same model, asked in this tier."""
        return Model(self._client, self.model_id, tier, now)

    def converse(self, request: ModelRequest) -> ModelAnswer:
        """Asks once.

        Raises:
            ModelBusy: the same request may be answered later.
            ModelFailed: this request cannot be answered.
            ModelRefused: a person must look.
        """
        answer, tier = self._ask(converse_arguments(self.model_id, self.family, request))
        content, stop_reason = _content(answer), str(answer.get("stopReason", ""))
        return ModelAnswer(
            value=payload(content, request.tool_name, cut_off=stop_reason in _CUT_OFF),
            stop_reason=stop_reason,
            usage=_usage(answer, self.family.in_tier(_served(answer, tier))),
            content=content,
        )

    def probe(self) -> None:
        """Asks the shortest question there is; raises as `converse` does if the model does not answer."""
        self._call(
            {
                "modelId": self.model_id,
                "messages": [user_message("Answer OK.")],
                "inferenceConfig": {"maxTokens": 16},
            }
        )

    def _ask(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], ServiceTier]:
        """The answer, and the tier that was asked."""
        tier = self.tier
        if tier is ServiceTier.DEFAULT:
            return self._call(arguments), tier
        try:
            return self._call({**arguments, "serviceTier": {"type": tier.value}}), tier
        except (ModelFailed, ModelRefused) as error:
            # Bedrock has one code for a tier that it does not offer and for a request that it does not take.
            if isinstance(error, ModelFailed) and error.code != INVALID:
                raise
            until = math.inf
        except ModelBusy as error:
            if error.about is About.SHARE:
                raise
            until = self._now() + TIER_PAUSE_SECONDS
            if error.about is About.UNCLEAR:
                # It may have taken all the time that a call may take.
                self._by_default_until = max(self._by_default_until, until)
                raise
        answer = self._call(arguments)
        self._by_default_until = max(self._by_default_until, until)
        return answer, ServiceTier.DEFAULT

    def _call(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], self._client.converse(**arguments))
        except (*ERRORS, *UNREADABLE) as error:
            raise translate(error) from error


def _content(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = answer.get("output", {}).get("message", {}).get("content") or []
    return [block for block in content if isinstance(block, Mapping)]


def _served(answer: Mapping[str, Any], asked: ServiceTier) -> ServiceTier:
    """The tier that answered, by what Bedrock says; the one that was asked, if it says nothing."""
    said = answer.get("serviceTier")
    name = said.get("type") if isinstance(said, Mapping) else None
    return asked if name is None else ServiceTier.FLEX if name == ServiceTier.FLEX else ServiceTier.DEFAULT


def _usage(answer: Mapping[str, Any], family: ModelFamily) -> Usage:
    usage = Usage(
        calls=1,
        input_tokens=_tokens(answer, "inputTokens"),
        output_tokens=_tokens(answer, "outputTokens"),
        cache_read_tokens=_tokens(answer, "cacheReadInputTokens"),
        cache_write_tokens=_tokens(answer, "cacheWriteInputTokens"),
    )
    return usage.model_copy(update={"estimated_cost": family.cost(usage)})


def _tokens(answer: Mapping[str, Any], name: str) -> int:
    said = answer.get("usage")
    return token_count(said.get(name)) if isinstance(said, Mapping) else 0


def token_count(said: object) -> int:
    """A model's count of tokens, from 0 to more than a call can have; 0 where it is no number."""
    try:
        count = int(said) if isinstance(said, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
    return min(max(0, count), MOST_TOKENS)
