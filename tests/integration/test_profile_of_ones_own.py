"""The profile in docs/profiles.md, from its YAML to results.csv, with no change of code."""

import csv
import io
import re
from datetime import date
from pathlib import Path

from services.notify.results_slices import parts
from shared.platform.database import Database
from shared.platform.queue_batches import queue_body
from shared.stores import profile_store
from tests.integration.classify_world import World as Classify
from tests.integration.classify_world import message
from tests.integration.curate_world import room_with
from tests.integration.ingest_world import World as Ingest
from tests.parquet_readers import assert_same, read

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_profile_of_the_page_does_what_the_page_says(world: Classify, database: Database) -> None:
    with room_with(database, {}) as room:
        room.upload(block("yaml"), "profiles/hotel.yaml")
        assert room.notices[0].subject == "Profile hotel: version 1"
        room.s3.delete_object(Bucket="data", Key="profiles/hotel.yaml")
        room.s3.delete_bucket(Bucket="data")
        ingest = Ingest(database)
        execution = ingest.load("incoming/hotel/reviews.csv", block("csv"))
        messages = [message(queue_body(each)) for each in ingest.messages()]

    assert world.handle(messages) == set()

    document = database.transact(profile_store.current, execution.profile).document
    [part] = parts(database, execution.execution_id, document, groups=())
    data = part.body
    first, second = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert (first["label_final"], second["label_final"]) == ("Breakfast", "Staff")
    assert first["aspects"] == "Breakfast: positive; Room: negative"
    assert first["attributes.arrival"] == "2026-05-03"
    assert first["attributes.paid"] == "240 EUR"
    assert (first["attributes.nights"], second["attributes.paid"]) == ("", "")
    assert (first["segments"], second["segments"]) == (
        '{"Room type": "double", "Country": "NO"}',
        '{"Room type": "single", "Country": "SE"}',
    )
    assert part.parquet
    assert_same(part.parquet, data)
    answered = read(part.parquet)[0]["attributes"]
    assert (answered["arrival"], answered["paid"]) == (
        date(2026, 5, 3),
        {"amount": 240.0, "currency": "EUR"},
    )
