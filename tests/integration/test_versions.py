"""Direct records by profile, source and id: each text under an identity is a version, numbered once."""

import threading
from collections.abc import Iterator

import pytest

from local.state import Login
from shared.contracts.records import DirectFeedback
from shared.contracts.taken import VersionStatus
from shared.platform.database import Database
from shared.stores import version_store
from shared.stores.version_store import Text, Version
from tests.conftest import open_login

NEW, NEWER, KNOWN = VersionStatus.NEW, VersionStatus.NEW_VERSION, VersionStatus.KNOWN


def a_text(text: str, **fields: str) -> Text:
    record = DirectFeedback.model_validate({"id": "1", "feedback": text} | fields)
    return Text(record.identity, record.text_key)


def number(database: Database, *texts: Text) -> list[Version]:
    return database.transact(lambda tx: version_store.number(tx, texts))


def test_the_first_text_is_new_the_same_is_known_and_another_is_a_new_version(database: Database) -> None:
    assert number(database, a_text("Late.")) == [(1, NEW)]
    assert number(database, a_text("late.")) == [(1, KNOWN)]
    assert number(database, a_text("Dear.")) == [(2, NEWER)]
    assert number(database, a_text("Late."), a_text("Broken."), a_text("Dear.")) == [
        (1, KNOWN),
        (3, NEWER),
        (2, KNOWN),
    ]


def test_versions_and_repetitions_within_one_batch_are_told_apart(database: Database) -> None:
    texts = [a_text("Late."), a_text("Late."), a_text("Dear."), a_text("Dear."), a_text("Dear.", id="2")]

    assert number(database, *texts) == [(1, NEW), (1, KNOWN), (2, NEWER), (2, KNOWN), (1, NEW)]


@pytest.mark.parametrize(
    "other",
    [{"source": "crm"}, {"profile": "returns"}, {"id": "01"}, {"id": "A"}, {"id": "a"}, {"id": "á"}],
)
def test_whoever_numbers_alike_has_versions_of_its_own(database: Database, other: dict[str, str]) -> None:
    mine = [a_text("Late."), a_text("Late.", id="A" if other.get("id") == "a" else "a2")]
    number(database, *mine)

    assert number(database, a_text("Dear.", **other)) == [(1, NEW)]


@pytest.fixture
def databases(database: Database, functions_login: Login) -> Iterator[list[Database]]:
    """Connections of functions that run at the same time."""
    opened = [open_login(functions_login) for _ in range(8)]
    yield opened
    for each in opened:
        each.close()


@pytest.mark.parametrize("same", [True, False], ids=["the same text", "texts of their own"])
def test_of_requests_at_once_each_version_is_told_to_one(databases: list[Database], same: bool) -> None:
    start = threading.Barrier(len(databases))
    told: list[Version] = []

    def send(place: int, database: Database) -> None:
        texts = [a_text("Late." if same else f"text {place}", id=f"{n}") for n in range(20)]
        if place % 2:
            texts.reverse()
        start.wait()
        told.extend(number(database, *texts))

    threads = [threading.Thread(target=send, args=each) for each in enumerate(databases)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = range(1, 2) if same else range(1, len(databases) + 1)
    fresh = [each for each in told if each.status is not KNOWN]
    assert sorted(fresh) == sorted((n, NEW if n == 1 else NEWER) for n in numbers for _ in range(20))
    assert len(told) == 20 * len(databases)
