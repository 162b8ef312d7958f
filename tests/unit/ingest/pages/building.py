"""Product pages of our own, and the facts that are read from them."""

import json

from services.ingest.pages.page import Page, read_page


def page(body: str, head: str = "", url: str = "") -> Page:
    found = read_page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), url)
    assert found is not None
    return found


def facts(body: str, head: str = "", url: str = "") -> dict[str, str]:
    return {name: each.value for name, each in page(body, head, url).facts.items()}


def ld(content: object) -> str:
    return (
        f'<script type="application/ld+json">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>'
    )


def offer(price: object, **more: object) -> dict[str, object]:
    return {"@type": "Offer", "price": price, "priceCurrency": "EUR"} | more
