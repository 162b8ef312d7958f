"""The pages of samples/product."""

import json
from pathlib import Path

from services.ingest.pages.facts import Facts
from services.ingest.pages.page import read_page

PAGES = Path(__file__).parents[4] / "samples" / "product" / "pages.jsonl"


def read() -> dict[str, Facts]:
    found = {}
    for line in PAGES.read_text("utf-8").splitlines():
        row = json.loads(line)
        page = read_page(row["html"].encode(), row["url"])
        assert page is not None
        found[row["url"].rpartition("/")[2]] = page.facts
    return found


def test_each_sample_says_its_price_but_for_the_one_without() -> None:
    prices = {name: facts["price"].value for name, facts in read().items() if "price" in facts}
    assert len(prices) == 15
    assert "empty-shelf" not in prices
    assert (prices["vik-desk"], prices["sund-drill"], prices["vind-bicycle"]) == ("449", "89.95", "1299")


def test_the_samples_show_every_source() -> None:
    sources = {each.source for facts in read().values() for each in facts.values()}
    assert sources == {"json-ld", "microdata", "rdfa", "opengraph", "text"}
