"""What is to be learned from a group of records for the cascade."""

from dataclasses import dataclass, field
from typing import NamedTuple

from services.classify.agreement import Agreement, Audit
from shared.contracts.records import RecordId
from shared.stores.cascade_store import TextScope


class Voted(NamedTuple):
    """What the neighbours of an audited record say."""

    answer: str
    level: int


@dataclass
class Plan:
    """Made before the model is asked, and carried out with the group's rows.

    Attributes:
        highest: the key above which texts are no longer kept; None: all are.
        audited: records that the model is asked about although their neighbours have voted.
        audits: what came of them.
        after: the agreement, once it is written.
    """

    scope: TextScope
    target: float
    embedding_model_id: str
    highest: bytes | None
    before: Agreement
    after: Agreement
    audited: dict[RecordId, Voted] = field(default_factory=dict)
    audits: dict[RecordId, Audit] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether other votes answer now."""
        return self.before.open_levels != self.after.open_levels
