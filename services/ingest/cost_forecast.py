"""What a file is expected to cost, said before its first row is sent."""

from decimal import Decimal

from services.ingest.checkpoint import Checkpoint
from services.ingest.settings import IngestSettings
from shared.contracts.execution import Execution
from shared.contracts.messages import Notice
from shared.model.budgets import Exceeded, Limits, exceeded
from shared.model.cost_estimate import labelling_cost, prompt_tokens
from shared.model.examples import choose
from shared.model.model_table import family_of
from shared.platform.database import Transaction
from shared.stores import category_store, execution_store, feedback_store


def expect(tx: Transaction, execution: Execution, checkpoint: Checkpoint, settings: IngestSettings) -> None:
    """Stores the expected cost, once; people are told if a budget will not do."""
    execution_id = execution.execution_id
    cost = _cost(tx, execution, checkpoint, settings)
    if not execution_store.set_expected_cost(tx, execution_id, cost):
        return
    limits = Limits(settings.execution_budget_usd, settings.monthly_budget_usd)
    month = execution_store.month_cost(tx) if limits.month else Decimal(0)
    reached = exceeded(limits, execution.estimated_cost, month, cost)
    if reached is None:
        return
    tx.announce(warning(execution, checkpoint.estimated_rows, cost, reached, month), execution_id)


def warning(execution: Execution, rows: int, cost: Decimal, reached: Exceeded, month: Decimal) -> Notice:
    """What people read before a file runs into a budget.

    Args:
        rows: about how many it has.
        cost: US dollars that labelling them would cost.
        reached: the budget that will not do.
        month: US dollars that this month has cost so far.
    """
    left = max(Decimal(0), reached.limit - month)
    rest = f", of which {left:.4f} are left this month" if reached.budget == "month" else ""
    return Notice(
        subject=f"Budget will not do: {execution.execution_id}"[:100],
        message=(
            f"{execution.source_key} has about {rows} rows. To label them would cost about {cost:.4f} US"
            f" dollars, but {reached.parameter} is {reached.limit.normalize():f} US dollars{rest}.\n\n"
            "Labelling begins now and goes on up to the limit. The rows beyond it are parked: they are kept"
            f" in the database, and sent again when {reached.parameter} is raised.\n\n"
            "This is an estimate from the beginning of the file; texts that repeat are asked and paid once."
        ),
    )


def _cost(tx: Transaction, execution: Execution, checkpoint: Checkpoint, settings: IngestSettings) -> Decimal:
    taxonomy = category_store.taxonomy(tx, execution.profile)
    corrected = feedback_store.corrected_rows(tx, execution.profile) if taxonomy.corrections_version else []
    system = prompt_tokens(taxonomy, [each.text for each in choose(corrected)])
    return labelling_cost(
        family_of(settings.model_id),
        checkpoint.estimated_rows,
        checkpoint.estimated_tokens,
        system,
        settings.pack_size,
    )
