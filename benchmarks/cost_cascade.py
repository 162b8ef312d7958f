"""What `Cascade=on` saves of a month's bill, for a cheap model, the default one and a large one."""

from dataclasses import replace
from decimal import Decimal

from benchmarks.cost_case import CASCADE_SAVES, Case
from benchmarks.cost_month import month, total

MODELS = ("amazon.nova-micro-v1:0", "us.anthropic.claude-haiku-5-5", "us.anthropic.claude-sonnet-5-5")


def saved(case: Case, model: str) -> Decimal:
    """US dollars a month, of a case that has it off."""
    off = replace(case, parameters={**case.parameters, "ModelId": model, "Cascade": "off"})
    on = replace(case, parameters={**off.parameters, "Cascade": "on"})
    return total(month(off)) - total(month(on))


def told(case: Case) -> str:
    """A sentence for `make cost`."""
    sums = "; ".join(f"{model}: ${saved(case, model):.2f}" for model in MODELS)
    share = f"{100 * CASCADE_SAVES:.0f} %"
    return f"Cascade=on would save a month, where it saves {share} of the calls: {sums}."
