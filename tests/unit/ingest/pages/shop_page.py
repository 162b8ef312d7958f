"""A page of a shop, and the facts that are read from it."""

from services.ingest.pages.page import read_page


def facts(body: str, language: str = "en") -> dict[str, str]:
    page = read_page(f'<html lang="{language}"><body><h1>Thing of ours</h1>{body}</body></html>'.encode())
    assert page is not None
    return {name: each.value for name, each in page.facts.items()}
