"""Fault injection: which calls fail, how, and how often."""

import fnmatch
import random
import threading
from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from local.bedrock.errors import BedrockError
from local.bedrock.models import unknown_model
from shared.contracts.base import Contract

Fault = Literal[
    "ok",
    "throttling", "server_error", "service_unavailable", "model_not_ready", "model_timeout", "model_error",
    "access_denied", "resource_not_found", "unknown_model", "validation", "on_demand", "no_use_case",
    "hang", "dropped",
    "malformed", "missing_ids", "duplicate_ids", "invented_ids", "wrong_labels", "truncated",
    "refusal", "content_filtered", "guardrail", "empty", "chatty", "given",
]  # fmt: skip
FAULTS: tuple[str, ...] = get_args(Fault)

_ANSWERS = (
    ("throttling", 429, "ThrottlingException", "Too many requests, please wait before trying again."),
    ("server_error", 500, "InternalServerException", "The system encountered an unexpected error."),
    ("service_unavailable", 503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    ("model_not_ready", 429, "ModelNotReadyException", "The model is not ready for inference."),
    ("model_timeout", 408, "ModelTimeoutException", "The model took too long to answer."),
    ("model_error", 424, "ModelErrorException", "The model returned an error."),
    ("access_denied", 403, "AccessDeniedException",
     "You don't have access to the model with the specified model ID."),
    ("resource_not_found", 404, "ResourceNotFoundException", "Could not resolve the foundation model."),
    ("validation", 400, "ValidationException", "The request is not valid."),
    ("on_demand", 400, "ValidationException",
     "Invocation of model ID x with on-demand throughput isn\u2019t supported. Retry your request."),
    ("no_use_case", 404, "ResourceNotFoundException",
     "Model use case details have not been submitted for this account."),
)  # fmt: skip
ERRORS: Mapping[str, BedrockError] = {
    **{name: BedrockError(status, code, message) for name, status, code, message in _ANSWERS},
    "unknown_model": unknown_model(),
}
"""The faults that are an error's answer and nothing more."""


class Rule(Contract):
    """One fault, or a plan of several, and the calls that it strikes."""

    fault: Fault | None = None
    plan: tuple[Fault, ...] = ()
    """One for each call struck, in order; `ok` spares a call. After the last, the rule is spent."""
    model: str = "*"
    """Pattern of the model's id."""
    kinds: frozenset[str] = frozenset()
    """label, judge, merge, probe, embed, other; empty: all."""
    containing: str = ""
    """Only calls whose prompt holds this text: one record that the model will not take."""
    records: int = Field(default=0, ge=0)
    """Only calls about so many records, or more."""
    probability: float = Field(default=1, ge=0, le=1)
    after: int = Field(default=0, ge=0)
    """Calls of the kind that pass before the rule begins."""
    next: int | None = Field(default=None, ge=1)
    """How many calls it strikes; None: every one until told otherwise."""
    seconds: float = Field(default=3600, gt=0)
    """How long `hang` holds the connection before dropping it."""
    content: tuple[Mapping[str, Any], ...] = ()
    """What `given` answers, whatever was asked: the message's content blocks as Converse has them."""

    @model_validator(mode="after")
    def _one_of(self) -> "Rule":
        if (self.fault is None) == (not self.plan):
            raise ValueError("a rule has either a fault or a plan")
        return self

    def concerns(self, model_id: str, kind: str, text: str, records: int) -> bool:
        """Whether the rule speaks of such a call at all."""
        return (
            fnmatch.fnmatchcase(model_id, self.model)
            and (not self.kinds or kind in self.kinds)
            and self.containing in text
            and self.records <= records
        )


class FaultSettings(Contract):
    """All rules; of those that concern a call, the first that strikes it is taken."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0


class InjectedFault(Contract):
    """The fault that one call gets."""

    fault: Fault = "ok"
    seconds: float = 0
    content: tuple[Mapping[str, Any], ...] = ()


class Faults:
    """The rules in force and how far each has come. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self.put(FaultSettings())

    def put(self, settings: FaultSettings) -> None:
        """Replace all rules; calls that hang are let go."""
        with self._lock:
            self.settings = settings
            self._seen = [0] * len(settings.rules)
            self._struck = [0] * len(settings.rules)
            self._random = random.Random(settings.seed)  # noqa: S311 - chance that a test can repeat
            self._changed.set()
            self._changed = threading.Event()

    def draw(self, model_id: str, kind: str, text: str, records: int = 0) -> InjectedFault:
        """The fault that this call, about so many records, gets; `ok` for none."""
        with self._lock:
            for place, rule in enumerate(self.settings.rules):
                if rule.concerns(model_id, kind, text, records) and self._strikes(place, rule):
                    fault = rule.plan[self._struck[place] - 1] if rule.plan else rule.fault or "ok"
                    return InjectedFault(fault=fault, seconds=rule.seconds, content=rule.content)
        return InjectedFault()

    def wait(self, seconds: float) -> None:
        """Return after so long, or as soon as the rules change."""
        self._changed.wait(seconds)

    def counts(self) -> list[int]:
        """How many calls each rule has struck."""
        with self._lock:
            return list(self._struck)

    def _strikes(self, place: int, rule: Rule) -> bool:
        self._seen[place] += 1
        most = len(rule.plan) or rule.next
        spent = most is not None and self._struck[place] >= most
        if spent or self._seen[place] <= rule.after or self._random.random() >= rule.probability:
            return False
        self._struck[place] += 1
        return True
