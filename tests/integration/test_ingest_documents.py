"""Mails and pages through ingest: slices, lost messages, what is refused, what no person sent."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from services.schema.shipped_profiles import seed, shipped_profiles
from shared.contracts.execution import Execution, ExecutionStatus
from shared.contracts.messages import SendMissing
from shared.platform.database import Database
from tests.integration.ingest_world import World

INBOX = Path(__file__).parents[2] / "samples" / "email" / "inbox.mbox"
PAGE = '<html><h1>Kettle {n}</h1><p class="price">{n},90 €</p><p>Boils fast.</p></html>'


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        made = World(database)
        database.transact(lambda tx: seed(tx, shipped_profiles()))
        yield made


def counts(execution: Execution) -> tuple[int, int, int]:
    return execution.rows_read, execution.accepted, execution.rejected


def pages(count: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for n in range(1, count + 1):
            made.writestr(f"{n:03}.html", PAGE.format(n=n))
    return file.getvalue()


def test_an_inbox_becomes_a_message_for_each_mail_that_a_person_sent(world: World) -> None:
    execution = world.load("incoming/email/inbox.mbox", INBOX.read_bytes())

    assert execution.profile == "email"
    assert counts(execution) == (60, 58, 2)
    assert {row.reason.partition(" (")[0] for row in world.rejected(execution)} == {
        "an automatic mail",
        "a notice that a mail could not be delivered: not labelled",
    }
    first, second, *_ = world.messages()
    assert first.feedback.title == "Where is order 48213?"
    assert second.segments["thread"] == first.feedback.ref_id


def test_the_same_mails_leave_however_the_file_is_sliced(world: World) -> None:
    event = world.put("incoming/email/inbox.mbox", INBOX.read_bytes())
    world.take(event, 20)
    assert world.go_on(20) >= 2

    assert counts(world.execution(event)) == (60, 58, 2)
    assert len({message.row_number for message in world.messages()}) == 58


def test_pages_leave_with_what_was_found_in_them(world: World) -> None:
    event = world.put("incoming/product/shop.zip", pages(9))
    world.take(event, 2)
    world.go_on(2)

    assert counts(world.execution(event)) == (9, 9, 0)
    messages = world.messages()
    assert [message.feedback.title for message in messages] == [f"Kettle {n}" for n in range(1, 10)]
    price = messages[4].found["price"]
    assert (price.model_dump(), messages[4].feedback.ref_id) == (
        {"value": {"amount": 5.9, "currency": "EUR"}, "source": "text"},
        "005.html",
    )


def test_pages_whose_messages_were_lost_are_sent_again_with_what_was_found(world: World) -> None:
    execution = world.load("incoming/product/shop.zip", pages(3))
    before = world.messages()
    assert execution.status is ExecutionStatus.CLASSIFYING

    world.ingest().send_missing(SendMissing(execution_id=execution.execution_id), world.clock.now + 1_000_000)

    assert world.messages()[-3:] == before


@pytest.mark.parametrize(
    "key",
    ["incoming/email/4k2vq0e8b1", "incoming/email/a.eml", "incoming/email/a.eml.gz", "incoming/email/A.EML"],
)
def test_a_raw_mail_is_taken_where_the_profile_reads_mails(world: World, key: str) -> None:
    mail = b"Subject: Lamp\n\nIt flickers."
    execution = world.load(key, gzip.compress(mail) if key.endswith(".gz") else mail)

    assert counts(execution) == (1, 1, 0)
    (message,) = world.messages()
    assert (message.feedback.title, message.feedback.feedback) == ("Lamp", "It flickers.")


@pytest.mark.parametrize(
    "key, reason",
    [
        ("incoming/a.eml", "ends in none of"),
        ("incoming/feedback/4k2vq0e8b1", "ends in none of"),
        ("incoming/email/a.html", ".eml, .json"),
        ("incoming/product/a.eml", ".htm, .html"),
        ("incoming/product/a.html", "holds no page"),
    ],
)
def test_a_file_that_the_profile_has_no_reader_for_is_refused_with_those_it_has(
    world: World, key: str, reason: str
) -> None:
    execution = world.load(key, b" \n")

    assert execution.status is ExecutionStatus.FAILED
    assert reason in (execution.failure_reason or "")


def test_what_ses_writes_when_its_rule_is_made_is_nobodys_mail(world: World) -> None:
    event = world.put("incoming/email/AMAZON_SES_SETUP_NOTIFICATION", b"Subject: Amazon SES Setup\n\nHello")

    assert world.take(event).what == "ignored"


def test_a_table_of_mails_is_read_by_the_names_that_its_columns_have(world: World) -> None:
    body = 'subject,body,plan\nLamp,"It flickers.\n\nOn Mon, 2 Nov 2026, S wrote:\n> What?",gold\n'
    execution = world.load("incoming/email/export.csv", body)

    assert counts(execution) == (1, 1, 0)
    (message,) = world.messages()
    assert (message.feedback.title, message.feedback.feedback) == ("Lamp", "It flickers.")
    assert message.segments == {"plan": "gold"}


def test_a_table_of_pages_is_read_by_its_column_of_html(world: World) -> None:
    html = PAGE.format(n=7).replace('"', '""')
    execution = world.load("incoming/product/pages.csv", f'url,html\nhttps://shop.example/7,"{html}"\n')

    assert counts(execution) == (1, 1, 0)
    (message,) = world.messages()
    assert (message.feedback.ref_id, message.feedback.title, message.feedback.store) == (
        "https://shop.example/7",
        "Kettle 7",
        "shop.example",
    )
    assert "<" not in message.feedback.feedback
