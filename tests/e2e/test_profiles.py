"""E-mails and product pages on the deployed template: rows, teams, events, results and report."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from shared.contracts import keys
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World

LATE = "Where is my parcel? It was promised for Monday, the courier has not come and tracking shows nothing."
REFUND = "I want to return the jacket and get my money back. How do I send it back for a refund?"
LOGIN = "I cannot log in to my account any more, the password is refused and the reset mail never comes."


def a_mail(number: int, subject: str, text: str, *more: str) -> str:
    headers = (
        f"From: Customer {number} <customer{number}@mail.example>",
        "To: help@shop.example",
        f"Subject: {subject}",
        f"Message-ID: <mail-{number}@mail.example>",
        f"Date: Mon, {number:02d} Jun 2026 10:00:00 +0000",
        *more,
    )
    return "\n".join([*headers, "", text, "", "> what we wrote before", "", "-- ", "Customer"]) + "\n"


def a_page(name: str, price: str, stock: str) -> str:
    offer = {
        "@type": "Offer",
        "price": price,
        "priceCurrency": "EUR",
        "availability": f"https://schema.org/{stock}",
    }
    product = {
        "@type": "Product",
        "name": name,
        "brand": {"name": "Nordhus"},
        "sku": name[:3],
        "offers": offer,
    }
    data = f'<script type="application/ld+json">{json.dumps(product)}</script>'
    text = f"<p>{name}: solid oak for the living room, made to last, with cushions of wool.</p>"
    return f"<html><head><title>{name}</title>{data}</head><body><h1>{name}</h1>{text}</body></html>"


def zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


MAILS = (a_mail(3, "Parcel", LATE), a_mail(4, "Jacket", REFUND), a_mail(5, "Login", LOGIN))
AWAY = a_mail(6, "Out of office", "I am back on Monday.", "Auto-Submitted: auto-replied")
PLAIN = "<html><title>Oak bench</title><body><h1>Oak bench</h1><p class='price'>249,00 €</p></body></html>"
EML, RAW, MBOX = "incoming/email/one.eml", "incoming/email/o3vrnil0e2ic28", "incoming/email/week.mbox"
HTML, ZIP = "incoming/product/table.html", "incoming/product/pages.zip"
UPLOADS: dict[str, str | bytes] = {
    EML: a_mail(1, "Parcel", LATE),
    RAW: a_mail(2, "Jacket", REFUND),
    MBOX: "".join(f"From x@y Mon Jun  1 10:00:00 2026\n{mail}\n" for mail in (*MAILS, AWAY)),
    HTML: a_page("Oak table", "1299.00", "InStock"),
    ZIP: zipped(
        {"a.html": a_page("Oak chair", "199.5", "OutOfStock"), "sub/b.htm": PLAIN, "readme.txt": "no page"}
    ),
}
RECORDS = {EML: 1, RAW: 1, MBOX: 4, HTML: 1, ZIP: 2}
TEAMS = {
    "mail-1": "logistics",
    "mail-2": "returns",
    "mail-3": "logistics",
    "mail-4": "returns",
    "mail-5": "support",
}


class HelpDesk:
    """Someone who subscribed to RecordRouted on the bus: the events that came so far."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[dict[str, Any]] = []
        self._url = world.sqs.create_queue(QueueName="help-desk")["QueueUrl"]
        queue = world.sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        named = {"EventBusName": world.stack.deployment.resources["Bus"], "Rule": "help-desk"}
        pattern = {"source": ["insights"], "detail-type": ["RecordRouted"]}
        events = world.stack.client("events")
        events.put_rule(
            Name=named["Rule"], EventBusName=named["EventBusName"], EventPattern=json.dumps(pattern)
        )
        events.put_targets(**named, Targets=[{"Id": "help-desk", "Arn": queue["QueueArn"]}])

    def told(self, events: int) -> list[dict[str, Any]]:
        """The events of all records, once there are so many."""

        def look() -> list[dict[str, Any]] | None:
            answer = self._world.sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._events.append(json.loads(message["Body"])["detail"])
                self._world.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            return self._events if len({_of(each) for each in self._events}) >= events else None

        found: list[dict[str, Any]] = self._world.wait(
            look, f"{events} events of records and their teams", 240
        )
        return found


def _of(event: Mapping[str, Any]) -> tuple[str, int]:
    return event["record_id"], event.get("revision", 0)


@pytest.fixture(scope="module")
def desk(afternoon: World) -> HelpDesk:
    """A help desk, and then the files of the profiles."""
    desk = HelpDesk(afternoon)
    for key, body in UPLOADS.items():
        afternoon.upload(key, body)
    return desk


def rows(world: World, key: str) -> list[dict[str, Any]]:
    """The rows of a file that was taken to its end."""
    (figures,) = world.ended(key, seconds=240)
    assert (figures.status, figures.failed, figures.settled) == ("completed", 0, RECORDS[key])
    found = world.query(
        "SELECT * FROM customer_feedback WHERE execution_id = %s ORDER BY `row_number`", figures.execution_id
    )
    return [row | {"attributes": json.loads(row["attributes"] or "{}")} for row in found]


def results(world: World, key: str) -> list[dict[str, str]]:
    (figures,) = world.ended(key, seconds=240)
    return list(csv.DictReader(io.StringIO(world.text_of(keys.results(figures.execution_id)), newline="")))


@pytest.mark.parametrize("key", [EML, RAW, MBOX])
def test_each_mail_has_a_category_and_its_team(desk: HelpDesk, afternoon: World, key: str) -> None:
    found = rows(afternoon, key)

    for row in found:
        assert row["status"] in ("labelled", "unknown")
        assert "what we wrote" not in row["feedback"]
        assert row["attributes"].get("priority") in (None, "low", "normal", "high", "urgent")
    listed = results(afternoon, key)
    assert [each["ref_id"] for each in listed] == [row["ref_id"] for row in found]
    named = {each["ref_id"].partition("@")[0]: each["team"] for each in listed}
    assert named == {name: TEAMS[name] for name in named}
    assert {(each["profile"], each["profile_version"]) for each in listed} == {("email", "1")}


def test_a_mail_that_a_program_wrote_is_told_apart(desk: HelpDesk, afternoon: World) -> None:
    rows(afternoon, MBOX)
    (figures,) = afternoon.ended(MBOX)
    listed = list(csv.DictReader(io.StringIO(afternoon.text_of(keys.rejected(figures.execution_id)))))
    assert ["automatic" in each["reason"] for each in listed] == [True]


def test_the_help_desk_is_told_of_each_mail_and_of_no_page(desk: HelpDesk, afternoon: World) -> None:
    told = desk.told(5)
    assert {each["ref_id"].partition("@")[0]: each["team"] for each in told} == TEAMS
    assert {each["profile"] for each in told} == {"email"}
    assert not any(text in json.dumps(told) for text in ("parcel", "jacket", "password"))


def test_the_help_desk_is_told_again_when_a_mail_is_corrected(
    desk: HelpDesk, afternoon: World, mailbox: Mailbox
) -> None:
    desk.told(5)
    (row,) = rows(afternoon, EML)
    afternoon.upload("corrections/mail.csv", f"id,label_correction\n{row['id']},Invoice and payment\n")
    mailbox.about("corrections/mail.csv")
    (event,) = [each for each in desk.told(6) if "revision" in each]
    assert (event["record_id"], event["revision"], event["team"]) == (row["record_id"], 1, "billing")
    assert event["changed"] == ["category", "team"]
    assert event["previous"] == {"category": "Order and delivery", "team": "logistics"}


def test_each_page_has_its_facts_with_their_sources(desk: HelpDesk, afternoon: World) -> None:
    (table,) = rows(afternoon, HTML)
    chair, bench = rows(afternoon, ZIP)

    assert table["attributes"]["price"] == {"amount": 1299, "currency": "EUR"}
    assert (table["attributes"]["availability"], table["attributes"]["brand"]) == ("InStock", "Nordhus")
    assert json.loads(table["attribute_sources"])["price"] == "json-ld"
    assert (chair["ref_id"], chair["attributes"]["availability"]) == ("a.html", "OutOfStock")
    assert (bench["ref_id"], bench["attributes"]["price"]["amount"]) == ("sub/b.htm", 249)
    assert json.loads(bench["attribute_sources"])["price"] == "text"
    (listed,) = results(afternoon, HTML)
    assert (listed["attributes.price"], listed["attributes.availability"]) == ("1299 EUR", "InStock")
    assert "team" not in listed
    assert afternoon.query("SELECT title, price FROM product_page WHERE record_id = %s", table["record_id"])


@pytest.mark.parametrize(
    "key, profile, said",
    [(MBOX, "email", "Customer e-mail report"), (ZIP, "product", "<h2><bdi>Availability</bdi></h2>")],
)
def test_the_report_names_the_profile_and_shows_what_it_asks(
    desk: HelpDesk, afternoon: World, key: str, profile: str, said: str
) -> None:
    rows(afternoon, key)
    (figures,) = afternoon.ended(key)
    report = afternoon.text_of(keys.report(figures.execution_id))
    assert f"<dt>Profile</dt><dd>{profile}, version 1</dd>" in report
    assert said in report
