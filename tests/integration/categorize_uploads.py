"""Files whose rows are discovered one after the other, and models that judge their themes."""

from typing import Any

from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store
from tests.integration.categorize_world import classified, run
from tests.unit.categorize.fakes import FakeBedrock, verdict

BIRDS = ("robin", "heron", "finch", "swift", "crane", "eagle", "raven", "stork", "quail", "egret")


def mixed() -> FakeBedrock:
    return FakeBedrock(lambda texts, names: verdict("MIXED"))


def renamed(texts: list[str], names: list[str]) -> Any:
    """A new theme, by a name that nobody has heard before."""
    return verdict("NEW", name=f"{texts[0].split()[0].title()} dies after {len(texts)} days")


def more(word: str, count: int, kind: str = "more") -> list[str]:
    return [f"{word} {kind} {n}" for n in range(count)]


def upload(
    database: Database, execution_id: str, texts: list[str], bedrock: FakeBedrock, **changes: Any
) -> int:
    """Discovers for one more file; returns how many questions it asked."""
    classified(database, execution_id, texts)
    before = len(bedrock.judged)
    run(database, bedrock, execution_id, **changes)
    return len(bedrock.judged) - before


def new_version(database: Database) -> None:
    """People change the taxonomy."""

    def change(tx: Transaction) -> None:
        category = NewCategory(name="Price", description="what it costs")
        category_store.add(tx, "feedback", category, CategoryStatus.ACTIVE, CategoryOrigin.MANUAL)
        category_store.next_taxonomy_version(tx, "feedback")

    database.transact(change)
