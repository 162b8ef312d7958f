"""Decides what is to be told of a model that Bedrock is going to end, and what could follow it. No I/O."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.contracts.events import ModelCandidate, ModelEndingEvent
from shared.model.model_table import AnswerForm, ModelFamily, ModelTable, family_of, profile_and_name

DAYS = (60, 30, 7)
"""Before its end, at each of which people are told."""
_EACH = 3
"""Candidates of the same maker, and as many of others."""
_SURER = list(AnswerForm)


@dataclass(frozen=True)
class Lifecycle:
    """What Bedrock says of a foundation model: whether it is legacy, and the day (UTC) on which it ends."""

    name: str
    legacy: bool = False
    ends_on: date | None = None


def warnings(
    model_id: str, models: Iterable[Lifecycle], today: date, told: frozenset[str]
) -> dict[str, ModelEndingEvent]:
    """What is to be told now, by the key under which it counts as told.

    Days on which nobody looked do not matter: the last of the days reached is told of, and none before it.

    Args:
        model_id: as the stack asks for it: a model or a profile.
        models: the foundation models behind it.
        told: keys of what was told before.
    """
    found = {}
    for model in models:
        stage = _stage(model, today)
        key = f"{model_id} {model.name} {model.ends_on} {stage}"
        if stage is not None and key not in told:
            found[key] = ModelEndingEvent(
                model_id=model_id,
                name=model.name,
                ends_on=model.ends_on,
                days_left=(model.ends_on - today).days if model.ends_on else None,
                stage=stage,
            )
    return found


def _stage(model: Lifecycle, today: date) -> int | None:
    """The least of the days that are reached; 0 for a legacy model of which no end is said; None: not yet."""
    if model.ends_on is None:
        return 0 if model.legacy else None
    left = (model.ends_on - today).days
    return min((days for days in DAYS if left <= days), default=None)


def candidates(model_id: str, table: ModelTable) -> tuple[ModelCandidate, ...]:
    """Models of the table that keep their answers in form at least as surely, the nearest in price first."""
    own = family_of(model_id)
    profile, name = profile_and_name(model_id)
    able = [family for family in table.families if _could_follow(family, own, name)]
    nearest = sorted(able, key=lambda family: abs(math.log(_price(family) / _price(own))))
    maker = name.partition(".")[0]
    same = [family for family in nearest if family.ids[0].startswith(f"{maker}.")]
    others = [family for family in nearest if family not in same]
    return tuple(_candidate(family.under(profile)) for family in (*same[:_EACH], *others[:_EACH]))


def _could_follow(family: ModelFamily, own: ModelFamily, name: str) -> bool:
    surely = _SURER.index(family.answer_form) <= _SURER.index(own.answer_form)
    return surely and bool(family.output) and not family.has(name) and "preview" not in family.ids[0]


def _price(family: ModelFamily) -> Decimal:
    """A measure by which models are near: labels take about five tokens in for one out."""
    return family.input * 5 + family.output


def _candidate(family: ModelFamily) -> ModelCandidate:
    return ModelCandidate(
        name=family.ids[0], input=family.input, output=family.output, answer_form=family.answer_form
    )


def still_meant(told: Iterable[str], model_ids: Sequence[str]) -> frozenset[str]:
    """What was told of these models; of others it need not be remembered."""
    return frozenset(key for key in told if key.partition(" ")[0] in model_ids)
