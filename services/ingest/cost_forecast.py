"""Estimates the cost of a file before its first row is sent."""

from decimal import Decimal

from services.ingest.checkpoint import Checkpoint
from services.ingest.settings import IngestSettings
from shared.contracts.execution import Execution, Usage
from shared.contracts.notices import BudgetTooSmall
from shared.model.budgets import exceeded
from shared.model.cost_estimate import MOST_EMBEDDED, labelling_cost, prompt_tokens
from shared.model.examples import Examples
from shared.model.label_task import Task
from shared.model.model_table import family_of
from shared.platform.database import Transaction
from shared.stores import category_store, execution_store, feedback_store, profile_store


def expect(tx: Transaction, execution: Execution, checkpoint: Checkpoint, settings: IngestSettings) -> None:
    """Stores the expected cost, once; announces it if a budget will be reached."""
    execution_id = execution.execution_id
    cost = _cost(tx, execution, checkpoint, settings)
    if not execution_store.set_expected_cost(tx, execution_id, cost):
        return
    limits = settings.limits
    month = execution_store.month_cost(tx) if limits.month else Decimal(0)
    reached = exceeded(limits, execution.estimated_cost, month, cost)
    if reached is None:
        return
    notice = BudgetTooSmall(
        execution_id=execution_id,
        source_key=execution.source_key,
        rows=checkpoint.estimated_rows,
        cost=cost,
        parameter=reached.parameter,
        limit=reached.limit,
        left=max(Decimal(0), reached.limit - month) if reached.budget == "month" else None,
    )
    tx.announce(notice, execution_id)


def _cost(tx: Transaction, execution: Execution, checkpoint: Checkpoint, settings: IngestSettings) -> Decimal:
    taxonomy = category_store.taxonomy(tx, execution.profile)
    corrected = feedback_store.corrected_rows(tx, execution.profile) if taxonomy.corrections_version else []
    document = profile_store.find(tx, execution.profile, taxonomy.profile_version).document
    task = Task.of(document)
    candidates = Examples(corrected)
    chosen = candidates.choose()
    examples = [text for _, text in document.own_examples()] + [each.text for each in chosen]
    system = prompt_tokens(taxonomy, examples, task.words())
    labels = labelling_cost(
        family_of(settings.model_id).in_tier(settings.service_tier),
        checkpoint.estimated_rows,
        checkpoint.estimated_tokens,
        system,
        settings.pack_size,
        task.answer_tokens,
    )
    by_pack = len(chosen) < len(candidates)
    votes = settings.cascade == "on" and not document.aspects.evidence
    return labels + vectors_cost(checkpoint, settings, in_classify=by_pack or votes)


def vectors_cost(checkpoint: Checkpoint, settings: IngestSettings, *, in_classify: bool) -> Decimal:
    """US dollars of embedding: categorize embeds every row, but of very many not all, if few may be new.

    Where examples are chosen by pack, or neighbours vote, classify embeds all, and keeps none of very many.
    """
    if not settings.embedding_model_id:
        return Decimal(0)
    times = 2 if in_classify and checkpoint.estimated_rows > MOST_EMBEDDED else 1
    used = Usage(input_tokens=times * checkpoint.estimated_tokens)
    return family_of(settings.embedding_model_id).cost(used)
