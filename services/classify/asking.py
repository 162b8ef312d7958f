"""Asks about groups of records, as far as the budgets allow: first their neighbours, then the model."""

from collections.abc import Sequence

from services.classify.cascade import may_vote, settle
from services.classify.dependencies import Dependencies
from services.classify.groups import Group
from services.classify.metrics import count_asked
from services.classify.snapshot import View
from services.classify.vectors import EMBED_SECONDS, texts_of
from services.classify.worker import Labels
from shared.contracts.records import Record
from shared.model.budgets import exceeded
from shared.platform.deferral import BUSY_MODEL
from shared.stores.feedback_store import ParkedCause


def ask(deps: Dependencies, groups: Sequence[Group], view: View, deadline: float) -> None:
    """Sets outcomes of the groups' records; those that the model was too busy for have none.

    Args:
        deadline: on the worker's clock.
    """
    planned = view.month_cost
    embed_until = min(deadline, deps.worker.clock.now() + EMBED_SECONDS)
    for each in groups:
        each.settle_known(view)
        cost = each.planned_cost(deps.worker.model_for(each).priced, deps.settings.pack_size)
        spent = view.cost(each.profile, each.home)
        each.reached = exceeded(deps.settings.limits, spent, planned, cost) if cost else None
        if each.reached:
            each.park(ParkedCause.BUDGET)
        else:
            planned += cost
            _embed(deps, each, view, embed_until)
            if deps.cascade and may_vote(each):
                deps.cascade.answer(each)
    meter = deps.worker.label(groups, deadline)
    count_asked(deps.telemetry, meter)
    _audit(deps, groups, deadline)
    _tell_of_tier(deps)
    for each in groups:
        each.park_worn(BUSY_MODEL)


def _embed(deps: Dependencies, each: Group, view: View, until: float) -> None:
    """Finds the vectors of the records that the model is asked about, where they are of use."""
    of_use = each.prompts.wants_vectors or (deps.cascade is not None and may_vote(each))
    records = each.unique_records() if of_use else []
    if not records:
        return
    if (nearest := each.prompts.nearest) and (missing := nearest.missing()):
        found = deps.vectors.of(missing, until)
        nearest.place(found.vectors)
        each.usage += found.usage
    keep = view.keeps_vectors(each.home)
    each.embed(deps.vectors.of(texts_of(records), until, keep=keep))


def _audit(deps: Dependencies, groups: Sequence[Group], deadline: float) -> None:
    """Holds the model's answers against what neighbours would have said."""

    def ask_again(group: Group, records: Sequence[Record]) -> Labels:
        labels, meter = deps.worker.ask_again(group, records, deadline)
        count_asked(deps.telemetry, meter)
        return labels

    for each in groups:
        if each.plan:
            settle(each, each.plan, ask_again)


def _tell_of_tier(deps: Dependencies) -> None:
    if deps.worker.fallback_to_tell():
        model_id, tier = deps.worker.model.model_id, deps.settings.service_tier
        deps.telemetry.logger.warning("service tier not offered", model_id=model_id, service_tier=tier.value)
        deps.telemetry.count("ServiceTierNotOffered")
