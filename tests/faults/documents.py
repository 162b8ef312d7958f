"""Files of e-mails and of product pages in which each can be told from every other."""

from __future__ import annotations

import io
import json
import zipfile

from tests.faults.feedback import Sent

_ASKED = (
    "Where is parcel {n}? The courier has not come and nobody answers the phone.",
    "I want to send back item {n} and have my money back.",
    "I was charged {n} euros twice, please correct the invoice.",
    "The app shows error {n} and does not start.",
)
_SOLD = ("Oak chair", "Desk lamp", "Steel kettle", "Tent")


def a_mailbox(key: str, mails: int, by_program: int = 0) -> Sent:
    """An mbox of so many e-mails of people, and so many automatic replies, which are rejected."""
    written, ids = [], []
    for number in range(mails + by_program):
        ref_id = f"{number}-of-{key.rpartition('/')[2]}"
        automatic = "Auto-Submitted: auto-replied\n" if number < by_program else ""
        text = f"{_ASKED[number % len(_ASKED)].format(n=number)} ({ref_id})"
        written.append(
            f"From a@b Mon Jun  1 10:00:00 2026\nFrom: a@mail.example\nMessage-ID: <{ref_id}>\n"
            f"Subject: Mail {number}\n{automatic}\n{text}\n\n"
        )
        if not automatic:
            ids.append(ref_id)
    return Sent(key, "".join(written).encode(), tuple(ids), by_program, "mails")


def a_shop(key: str, pages: int) -> Sent:
    """A zip file of so many product pages: half say their price in JSON-LD, half show it."""
    packed, ids = io.BytesIO(), []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(pages):
            ref_id = f"{number:03d}-{key.rpartition('/')[2]}.html"
            archive.writestr(ref_id, _page(number, ref_id))
            ids.append(ref_id)
    return Sent(key, packed.getvalue(), tuple(ids), 0, "pages")


def _page(number: int, ref_id: str) -> str:
    name = f"{_SOLD[number % len(_SOLD)]} no. {number}"
    offer = {"price": number + 0.5, "priceCurrency": "EUR", "availability": "InStock"}
    data = json.dumps({"@type": "Product", "name": name, "offers": offer})
    price = f'<script type="application/ld+json">{data}</script>' if number % 2 else f"<b>{number},50 €</b>"
    return (
        f"<html><title>{name}</title><body><h1>{name}</h1>{price}<p>{name} of {ref_id}, well made.</p></html>"
    )
