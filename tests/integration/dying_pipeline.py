"""The functions of the pipeline, each made anew as a process that has just started, in a dying world."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from services.categorize import applying
from services.categorize.decisions import Decision
from services.classify.dead_letters import settle
from services.classify.dependencies import Dependencies as ClassifyDependencies
from services.classify.rate import Clock
from services.classify.service import Classify
from services.classify.settings import ClassifySettings
from services.classify.vectors import VectorSource
from services.classify.worker import Worker
from services.curate import handler as curate
from services.curate.dependencies import Dependencies as CurateDependencies
from services.curate.uploads import parse
from services.ingest.dependencies import Dependencies as IngestDependencies
from services.ingest.inbox import parse as parse_ingest
from services.ingest.ingest import Ingest
from services.sweep.dependencies import Dependencies as SweepDependencies
from services.sweep.settings import SweepSettings
from services.sweep.sweeping import Sweeping
from shared.changes import lifecycle
from shared.contracts.execution import Duplicates
from shared.contracts.messages import Destination
from shared.contracts.taxonomy import CategoryStatus, NewCategory
from shared.model.bedrock import Model
from shared.model.embedding import Embedder
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import named_lock
from shared.platform.publisher import Publisher
from shared.platform.received import received
from shared.platform.telemetry import Telemetry
from shared.stores.discovery_store import DiscoveryState
from tests.builders import NO_ATTEMPT, ingest_settings, object_created
from tests.integration.dying_world import Bedrock, Bus, Fuse, MortalDatabase, Queues, Store, Tracker
from tests.unit.categorize.fakes import FakeBedrock
from tests.unit.classify.builders import FakeTime

TODAY = date(2026, 5, 4)
URLS = {
    "feedback_queue_url": "https://sqs/feedback",
    "ingest_queue_url": "https://sqs/ingest",
    "categorize_queue_url": "https://sqs/categorize",
    "notify_queue_url": "https://sqs/notify",
}
OUTBOX = {each: URLS[f"{each}_queue_url"] for each in (Destination.INGEST, Destination.NOTIFY)}
NOTHING_JUDGED = DiscoveryState(pool=0, left_out=0, taxonomy_version=0, themes=())
MODEL = "amazon.nova-lite-v1:0"


def never() -> bool:
    """Time is never up."""
    return False


class Pipeline:
    """Everything that changes executions and rows, and the world around it.

    Args:
        world: whose queues, bus, S3 and model these processes share; they make their own if there is none.
    """

    def __init__(self, database: Database, world: "Pipeline | None" = None) -> None:
        self.fuse: Fuse = world.fuse if world else Fuse()
        self.database = MortalDatabase(database, self.fuse)
        self.queues: Queues = world.queues if world else Queues(self.fuse)
        self.bus: Bus = world.bus if world else Bus(self.fuse)
        self.store: Store = world.store if world else Store(self.fuse)
        self.bedrock: Bedrock = world.bedrock if world else Bedrock(self.fuse)
        self.database.publisher = Publisher(self.bus, "insights", self.queues, OUTBOX)
        self._uploads = count(1)
        self._telemetry = Telemetry("test")
        self._telemetry.logger.setLevel("CRITICAL")

    def start(self) -> None:
        """New processes: nothing is left of the ones before but what they stored and sent."""
        self.database.close()
        self._telemetry.metrics.clear_metrics()
        time = FakeTime()
        settings = ClassifySettings.model_validate(
            URLS | {"model_id": MODEL, "embedding_model_id": "e", "pack_size": 3, "parallel_calls": 1}
        )
        worker = Worker(Model(self.bedrock, MODEL), settings, Clock(time.now, time.sleep))
        sqs: Any = self.queues
        vectors = VectorSource(self.database, Embedder(FakeBedrock(), "e"), self._telemetry, time.now)
        self.classify = ClassifyDependencies(
            settings, self.database, sqs, worker, vectors, self._telemetry, lambda: TODAY
        )

    def put(self, key: str, body: str | bytes) -> dict[str, Any]:
        """Puts an object; returns the event that S3 sends, as often as it likes."""
        data = body.encode() if isinstance(body, str) else body
        self.store.objects[key] = data
        return object_created(key, size=len(data), sequencer=f"{next(self._uploads):018X}")

    def ingest(self, body: str, rows: int) -> None:
        """A message of the ingest queue, with time for so many rows."""
        ticks = count()
        settings = ingest_settings(**URLS, sender_threads=1, duplicates=Duplicates.SKIP)
        s3: Any = self.store
        sqs: Any = self.queues
        sfn: Any = Tracker(self.fuse)
        deps = IngestDependencies(
            settings, self.database, s3, sqs, sfn, self._telemetry, lambda: float(next(ticks))
        )
        Ingest(deps).answer(parse_ingest(body), rows)

    def label(self, raws: Sequence[dict[str, Any]]) -> set[str]:
        """A batch of the feedback queue; returns the ids of what must be delivered again."""
        failed = Classify(self.classify).handle([received(raw) for raw in raws], deadline=1e9)
        self._telemetry.metrics.clear_metrics()
        return {each.message_id for each in failed}

    def bury(self, *raws: dict[str, Any]) -> None:
        """Dead letters."""
        settle(self.database, [received(raw) for raw in raws], TODAY)

    def sweeping(self) -> Sweeping:
        own = {"model_id": MODEL, "data_bucket": "data", "left_over_after_seconds": 0}
        settings = SweepSettings.model_validate(URLS | own)
        sqs: Any = self.queues
        nothing: Any = None
        return Sweeping(SweepDependencies(settings, self.database, sqs, self._telemetry, nothing))

    def sweep(self) -> None:
        """The model is said to be back, and everything left behind is published and released."""
        now = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
        sweeping = self.sweeping()
        sweeping.model_is_back(MODEL, never, now)
        swept = sweeping.sweep(never, now)
        for error in swept.failed.values():
            raise error

    def curate(self, body: str) -> None:
        """A message of the curate queue."""
        s3: Any = self.store
        deps = CurateDependencies(self.database, s3, self._telemetry)
        curate.deal_with(deps, parse(body), NO_ATTEMPT)

    def discover(self, execution_id: str, name: str, ids: Sequence[int], status: CategoryStatus) -> None:
        """Discovery's last transaction: these unknown rows are a new category."""
        decisions = [Decision(tuple(ids), new=NewCategory(name=name), status=status)] if ids else []
        with named_lock(self.database, applying.lock_name("feedback")):
            self.change(lambda tx: applying.apply(tx, execution_id, decisions, {}, NOTHING_JUDGED))

    def complete(self, execution_id: str) -> None:
        """Notify has written the report."""
        self.change(lambda tx: lifecycle.completed(tx, execution_id))

    def change(self, work: Callable[[Transaction], object]) -> None:
        """One transaction, and the publication of what it announces."""
        self.database.transact(work)
