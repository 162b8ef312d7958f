"""What the hostile documents of every profile leave behind: prompts, reports, results, mails, events."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest
from moto import mock_aws
from typing_extensions import override

from local.state import Login
from services.notify import completion
from services.schema.shipped_profiles import seed, shipped_profiles
from shared.changes import lifecycle
from shared.contracts import keys
from shared.model.prompt_blocks import parse_block
from tests.conftest import _empty, open_login
from tests.hostile.builders import File
from tests.hostile.documents import FORMULA, MAILS, ORDERS, PAGES, SCRIPT, TABLES
from tests.hostile.stage import Stage
from tests.integration.dying_world import Bedrock
from tests.integration.notify_case import Office, an_office

DOCUMENTS: Mapping[str, tuple[File, ...]] = {"feedback": TABLES, "email": MAILS, "product": PAGES}
PROFILES = tuple(DOCUMENTS)
ELEMENTS = frozenset({"script", "img", "iframe", "object", "embed", "a", "link", "form", "base"})
REORDERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]")
SEEN_BY_NOBODY = re.compile(r"unseen\w+")
"""What stands where no reader looks: addresses, file names, comments, attributes, their own columns."""


class SteeredBedrock(Bedrock):
    """A model that does as the text says: its texts are a script, a formula and orders."""

    def __init__(self, bedrock: Bedrock) -> None:
        super().__init__(bedrock._fuse)
        self.prompts: list[str] = []

    @override
    def converse(self, **arguments: Any) -> Mapping[str, Any]:
        self.prompts.append(arguments["messages"][0]["content"][0]["text"])
        self._attributes = re.findall(r"(?m)^\d+ \"(\w+)\" \"(\w+)\"", _block(arguments, "attributes"))
        return super().converse(**arguments)

    @override
    def _line(self, number: int, text: str, categories: int) -> str:
        texts = {"enumeration": "1", "text": f"{FORMULA}{SCRIPT}", "money": "5 EUR"}
        said = [texts.get(kind, "-").replace("|", " ") for _, kind in self._attributes]
        return " | ".join([f"{number} 1 negative", *said])


def _block(arguments: Mapping[str, Any], name: str) -> str:
    found = re.search(rf"<{name}>.*?</{name}>", arguments["system"][0]["text"], re.DOTALL)
    return found[0] if found else ""


@dataclass
class Left:
    """What is left of one profile's documents."""

    prompts: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def left(migrated_login: Login) -> Iterator[dict[str, Left]]:
    """All documents of all profiles, from the upload to the mail."""
    _empty(migrated_login)
    database = open_login(migrated_login)
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        stage = Stage(database, patch)
        model = SteeredBedrock(stage.pipeline.bedrock)
        stage.pipeline.bedrock.converse = model.converse  # type: ignore[method-assign]
        stage.pipeline.database.transact(lambda tx: seed(tx, shipped_profiles()))
        office = an_office(database, mails_per_hour=10_000)
        yield {profile: _run(stage, model, office, profile) for profile in PROFILES}
    database.close()


def _run(stage: Stage, model: SteeredBedrock, office: Office, profile: str) -> Left:
    found = Left()
    model.prompts = found.prompts
    for file in DOCUMENTS[profile]:
        event = stage.pipeline.put(f"incoming/{profile}/{file.name}{file.suffix}", file.content)
        assert stage.ingest(event) == []
        stage.classify_all()
        execution = stage.execution(event)
        assert execution is not None
        if file.refused:
            continue
        key = execution.execution_id
        stage.pipeline.change(partial(lifecycle.categorized, execution_id=key, failed=False))
        assert completion.report_ready(office.deps, key) == "told"
        found.reports.append(office.object(keys.report(key)).decode())
        found.results.append(office.object(keys.results(key)).decode("utf-8-sig"))
    found.mails = [dict(mail) for mail in office.mails]
    office.topic.calls.clear()
    rows = stage.select("SELECT event_type, payload FROM outbox WHERE destination = 'bus'")
    found.events = [f"{row['event_type']} {row['payload']}" for row in rows]
    return found


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_prompt_holds_each_record_as_strings_on_one_line(left: dict[str, Left], profile: str) -> None:
    assert left[profile].prompts
    for prompt in left[profile].prompts:
        first, *entries, last = prompt.split("\n")
        assert (first, last) == ("<feedback>", "</feedback>")
        assert len(parse_block(prompt, "feedback")) == len(entries)
        for entry in entries:
            assert re.fullmatch(r'\d+( "[^<>&]*")+', entry)
            assert not REORDERS.search(entry)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_no_reader_sees_is_in_no_prompt(left: dict[str, Left], profile: str) -> None:
    assert not SEEN_BY_NOBODY.findall("".join(left[profile].prompts))


@pytest.mark.parametrize("profile", PROFILES)
def test_no_report_holds_an_element_of_theirs(left: dict[str, Left], profile: str) -> None:
    assert left[profile].reports
    for report in left[profile].reports:
        page = _Elements(report)
        assert page.names.isdisjoint(ELEMENTS)
        assert not {
            name for name in page.attributes if name.startswith("on") or name in {"style", "src", "href"}
        }
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", report)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_cell_of_the_results_is_a_formula(left: dict[str, Left], profile: str) -> None:
    rows = [row for text in left[profile].results for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert rows
    for row in rows:
        assert None not in row, "a value has become a cell of its own"
        for value in row.values():
            assert not value.lstrip()[:1] or value.lstrip()[0] not in "=+-@\t\r＝＋－＠"
        json.loads(row["segments"] or "{}")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_mail_is_lines_that_can_be_seen(left: dict[str, Left], profile: str) -> None:
    assert left[profile].mails
    for mail in left[profile].mails:
        assert mail["Subject"].isascii()
        assert mail["Subject"].isprintable()
        assert len(mail["Subject"]) < 100
        lines = mail["Message"].split("\n")
        assert all(line.isprintable() for line in lines)
        assert not any(line.startswith(("Bcc", "Content-", ORDERS)) for line in lines)


@pytest.mark.parametrize("profile", PROFILES)
def test_no_event_carries_what_they_say(left: dict[str, Left], profile: str) -> None:
    told = "".join(each for each in left[profile].events)
    for text in (ORDERS, "<script", "HYPERLINK", "DROP TABLE"):
        assert text not in told
    assert not SEEN_BY_NOBODY.findall(told)


def test_what_a_steered_model_says_is_a_value_and_no_more(left: dict[str, Left]) -> None:
    """The model was talked into a script and a formula: they stand in the results as text."""
    rows = [row for text in left["email"].results for row in csv.DictReader(io.StringIO(text, newline=""))]
    said = {row["attributes.language"] for row in rows}
    assert any(each.startswith("'=HYPERLINK") for each in said)
    assert {row["attributes.priority"] for row in rows} == {"low"}
    assert any("HYPERLINK" in report for report in left["email"].reports)
