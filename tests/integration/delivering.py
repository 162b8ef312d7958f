"""Hands messages of a dying world to the services, and holds what they leave behind against the rows."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from botocore.exceptions import ClientError
from typing_extensions import override

from local.state import Login
from services.classify.dead_letters import REASON as GIVEN_UP
from shared.changes import curation
from shared.contracts.errors import InsightsError
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Transaction
from shared.stores import category_store
from shared.stores.feedback_store.replay import Failed
from tests.conftest import _empty, open_login
from tests.integration.counting import Counting
from tests.integration.dying_pipeline import TODAY, Pipeline
from tests.integration.dying_world import Ending, Killed, Message

NAMES = ("Delivery", "Price", "Battery")
Trouble = tuple[int, Ending] | None
ALL_DAYS = TODAY + timedelta(days=99_999)
_ROUNDS = 40
"""Many more than it takes for all to arrive."""


class Delivering(Counting):
    """A world with a pipeline in it, and other processes beside it."""

    login: Login

    def __init__(self) -> None:
        super().__init__()
        _empty(self.login)
        self.pipeline = Pipeline(open_login(self.login))
        self.others = Pipeline(open_login(self.login), self.pipeline)
        self.queues = self.pipeline.queues
        self.files: dict[str, list[str]] = {}
        self.direct: set[tuple[str, str, str]] = set()
        self.nonsense: set[str] = set()
        self.themes = 0
        self.rows = 0
        self.pipeline.database.transact(_add_categories)
        self.pipeline.start()
        self.others.start()

    @override
    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.check_that_all_arrives()
        self.pipeline.database.close()
        self.others.database.close()

    def run(self, work: Callable[[], object], trouble: Trouble) -> bool:
        """Does it; False if the process died of it, or said that it must be done again."""
        if trouble is None:
            self.pipeline.fuse.light(None)
        else:
            self.pipeline.fuse.light(*trouble, partial(self._meanwhile, trouble[0]))
        try:
            work()
        except (Killed, ClientError, InsightsError):
            return False
        finally:
            if self.pipeline.fuse.dead:
                self.pipeline.start()
            self.pipeline.fuse.light(None)
        return True

    def _meanwhile(self, number: int) -> None:
        """What another process does while this one is in the middle of its work; one of eight things."""
        others, waiting = self.others, self.queues.waiting
        messages = [each.raw("feedback") for each in waiting.get("feedback", ())]
        try:
            match number % 8:
                case 0 | 1:
                    others.label(messages)
                case 2:
                    others.sweep()
                case 3:
                    others.sweeping().close_days(ALL_DAYS)
                case 4:
                    others.bury(*messages[:1])
                case 5:
                    others.change(retire)
                case 6:
                    others.ingest(waiting["ingest"][0].body, 3)
                case _:
                    others.sweeping().replay(Failed(reason=GIVEN_UP))
        except (ClientError, InsightsError, LookupError):
            # Somebody else is at it, or there is nothing to do.
            return

    def waiting(self, queue: str) -> bool:
        """Whether messages wait there."""
        return bool(self.queues.waiting.get(queue))

    def receive(self, queue: str, picks: Sequence[int]) -> list[Message]:
        """Some of the messages, each once; they stay in the queue until they are acknowledged."""
        waiting = self.queues.waiting[queue]
        messages = list(dict.fromkeys(waiting[pick % len(waiting)] for pick in picks))
        for each in messages:
            each.receives += 1
        return messages

    def acknowledge(self, queue: str, messages: Sequence[Message]) -> None:
        """Takes them out of the queue."""
        self.queues.waiting[queue] = [each for each in self.queues.waiting[queue] if each not in messages]

    def curate(self, key: str, text: str, trouble: Trouble) -> None:
        """An upload of people's, whose event comes until it is dealt with, and once more."""
        body = json.dumps(self.pipeline.put(key, text))
        while not self.run(lambda: self.pipeline.curate(body), trouble):
            trouble = None
        self.run(lambda: self.pipeline.curate(body), None)

    def check_that_all_arrives(self) -> None:
        """With time enough and nothing in the way, every record is in one place, and all was announced."""
        self._deliver_everything()
        self.check_what_arrived()

    def _deliver_everything(self) -> None:
        self.pipeline.bedrock.mood = "right"
        for _ in range(_ROUNDS):
            self._must(self.pipeline.sweep)
            self._must(lambda: self.pipeline.sweeping().close_days(ALL_DAYS))
            if not any(map(self.waiting, ("ingest", "feedback"))):
                break
            for message in list(self.queues.waiting.get("ingest", ())):
                self._must(partial(self.pipeline.ingest, message.body, 1000))
                self.acknowledge("ingest", [message])
            if self.waiting("feedback"):
                messages = self.receive("feedback", range(len(self.queues.waiting["feedback"])))
                assert self.pipeline.label([each.raw("feedback") for each in messages]) == set()
                self.acknowledge("feedback", messages)
        assert not any(map(self.waiting, ("ingest", "feedback"))), "messages go round for ever"
        assert self.select("SELECT * FROM customer_feedback WHERE status = 'parked'") == []

    def _must(self, work: Callable[[], object]) -> None:
        assert self.run(work, None), "nothing is in the way"


def retire(tx: Transaction, number: int = 1, *, ask_again: bool = True) -> None:
    """Retires a category, by its number; never the first, without which no file would be taken.

    Nor one of profile `returns`, whose direct feedback is taken while the profile has categories.
    """
    tx.execute(
        "SELECT id FROM customer_feedback_category WHERE profile = 'feedback' ORDER BY id LIMIT 50 OFFSET 1"
    )
    ids = [row["id"] for row in tx.fetchall()]
    curation.retire(tx, ids[number % len(ids)], ask_again=ask_again)


def _add_categories(tx: Transaction) -> None:
    for profile in ("feedback", "returns"):
        for name in NAMES:
            category_store.add(
                tx, profile, NewCategory(name=name), CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT
            )
        category_store.next_taxonomy_version(tx, profile)
