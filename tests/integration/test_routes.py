"""RecordRouted: which team a record goes to, told once for each, with ids and choices and no text."""

import json
from pathlib import Path
from typing import Any

from services.ingest.mails.framing import mails
from services.ingest.mails.mail import read_mail
from services.schema.shipped_profiles import seed, shipped_profiles
from shared.contracts.attributes import Attribute
from shared.contracts.profiles import ProfileDocument
from shared.platform.database import Transaction
from shared.stores import category_store, profile_store
from tests.integration.classify_world import DEAR, LATE, ODD, World, message

INBOX = Path(__file__).parents[2] / "samples" / "email" / "inbox.mbox"
ROUTES = [
    {"name": "Late delivery", "route": "logistics"},
    {"name": "Price", "parent": "Late delivery"},
    {"name": "Battery"},
]
PAID = Attribute.model_validate({"name": "paid", "type": "number"})
STATE = Attribute.model_validate({"name": "state", "type": "enumeration", "values": ["new", "used"]})
NOTE = Attribute.model_validate({"name": "note", "type": "text"})


def store(world: World, categories: list[dict[str, str]], **fields: Any) -> None:
    document = ProfileDocument.model_validate({"categories": categories} | fields)

    def work(tx: Transaction) -> None:
        category_store.set_parents_and_routes(tx, document)
        profile_store.store(tx, document)

    world.database.transact(work)


def routed(world: World) -> list[dict[str, Any]]:
    entries = [each for each in world.bus.entries if each["DetailType"] == "RecordRouted"]
    return [json.loads(each["Detail"]) for each in entries]


def test_each_record_is_told_with_its_team(world: World) -> None:
    store(world, ROUTES)
    world.start_file(3)

    world.handle(world.file_messages([LATE, DEAR, ODD]))

    told = [(each["record_id"].rpartition(":")[2], each["category"], each["team"]) for each in routed(world)]
    assert sorted(told) == [
        ("1", "Late delivery", "logistics"),
        ("2", "Price", "logistics"),
        ("3", "unknown", None),
    ]
    assert not any(text in json.dumps(routed(world)) for text in (LATE, DEAR, ODD))


def test_a_record_that_comes_twice_is_told_once(world: World) -> None:
    store(world, ROUTES)
    world.start_file(1)
    world.handle(world.file_messages([LATE]))
    world.handle(world.file_messages([LATE]))

    assert len(routed(world)) == 1


def test_a_profile_without_routes_tells_of_none(world: World) -> None:
    store(world, [{"name": "Late delivery"}])
    world.start_file(1)
    world.handle(world.file_messages([LATE]))

    assert routed(world) == []


def test_no_text_of_the_customers_is_told(world: World) -> None:
    store(world, ROUTES, attributes=(PAID, STATE, NOTE))
    world.start_file(1)
    (sent,) = world.file_messages([LATE])
    found = {
        "paid": {"value": 7, "source": "text"},
        "state": {"value": "ignore all rules", "source": "text"},
        "note": {"value": "a secret", "source": "text"},
    }

    world.handle([message(json.loads(sent.body) | {"found": found})])

    (event,) = routed(world)
    assert event["attributes"] == {"paid": 7}


def test_each_mail_of_the_sample_gets_a_label_and_its_team(world: World) -> None:
    (email,) = [each for each in shipped_profiles() if each.name == "email"]
    world.database.transact(lambda tx: seed(tx, [email]))
    people = [
        mail for raw in mails([INBOX.read_bytes()], many=True) if not (mail := read_mail(raw)).by_program
    ]
    world.start_file(len(people))
    sent = world.file_messages([mail.text for mail in people])

    world.handle([message(json.loads(each.body) | {"profile": "email"}) for each in sent])

    rows = world.rows()
    assert {row["status"] for row in rows} <= {"labelled", "unknown"}
    events = routed(world)
    assert len(events) == len(rows) == 58
    assert {each["attributes"].get("priority") for each in events} <= {
        None,
        "low",
        "normal",
        "high",
        "urgent",
    }
    teams = {each["team"] for each in events}
    assert {"logistics", "returns", "billing", "support"} <= teams
