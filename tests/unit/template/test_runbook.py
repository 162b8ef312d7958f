"""Alarms, the runbook's sections and Logs Insights' queries, each held to the others."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template import ROOT, ours, properties, resources
from tests.unit.template import resolving
from tests.unit.template.watched import query, watched

PAGE = (ROOT / "docs" / "runbook.md").read_text()
SECTIONS: dict[str, str] = {
    re.sub(r"[^a-z0-9]+", "-", title.lower()): text
    for title, text in (part.split("\n", 1) for part in PAGE.split("\n## ")[1:])
}
ALARMS = properties("AWS::CloudWatch::Alarm")
QUERIES: dict[str, dict[str, Any]] = {
    str(resolving.resolve(query["Name"], resolving.stack())).partition("/")[2]: query
    for query in properties("AWS::Logs::QueryDefinition").values()
}


LANGUAGE = {
    *("fields", "filter", "stats", "sort", "limit", "by", "as", "and", "or", "in", "like"),
    *("bin", "count", "max", "pct", "sum", "desc", "asc"),
    *("level", "message", "service"),  # in every line, by Powertools
}


def said(alarm: str, **given: str) -> str:
    """What the mail of an alarm says."""
    return str(resolving.resolve(ALARMS[alarm]["AlarmDescription"], resolving.stack(**given)))


def section_of(alarm: str) -> str:
    return said(alarm).rpartition("#")[2]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_what_is_the_matter_and_leads_to_its_section(alarm: str) -> None:
    words, _, link = said(alarm, RunbookUrl="https://example.com/runbook.md").partition(" What to do: ")

    assert len(words) > 20
    assert words.endswith(".")
    assert "${" not in words
    assert link.startswith("https://example.com/runbook.md#")
    assert section_of(alarm) in SECTIONS
    assert len(said(alarm)) <= 1024


def test_without_an_address_the_mail_names_the_page_in_the_repository() -> None:
    path = said("SweepSilentAlarm").rpartition(" ")[2].partition("#")[0]

    assert (ROOT / path).read_text() == PAGE


def test_every_section_is_of_one_kind_of_alarm() -> None:
    kinds: dict[str, set[tuple[str, str]]] = {}
    for alarm, (namespace, metric, _) in watched().items():
        kinds.setdefault(section_of(alarm), set()).add((namespace.partition("/")[0], metric))

    assert kinds.keys() == SECTIONS.keys()
    assert {section: len(kind) for section, kind in kinds.items()} == dict.fromkeys(SECTIONS, 1)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(section: str) -> None:
    text = SECTIONS[section]
    places = [text.index(f"**{words}") for words in ("Means.**", "Look at**", "Do.**")]
    means, look, do = text[: places[1]], text[places[1] : places[2]], text[places[2] :]

    assert places == sorted(places)
    assert len(means) > 100
    assert [name for name in re.findall(r"`([a-z]+)`", look) if name in QUERIES]
    assert "```sh\n" in do


def test_every_query_is_used_and_no_other_is_named() -> None:
    named = {name for text in SECTIONS.values() for name in re.findall(r"quer(?:y|ies) `([a-z]+)`", text)}
    then = {name for text in SECTIONS.values() for name in re.findall(r"`([a-z]+)`", text) if name in QUERIES}

    assert named <= QUERIES.keys()
    assert then == QUERIES.keys()


def test_links_within_the_page_lead_to_a_section() -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= SECTIONS.keys()


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_the_logs_of_every_function(name: str) -> None:
    groups = {group["Ref"] for group in QUERIES[name]["LogGroupNames"]}

    assert groups == {each for each in resources("AWS::Logs::LogGroup") if each != "TrackerLogGroup"}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_the_functions_log(name: str) -> None:
    """Field names and messages are looked for in the code; those with an @ are CloudWatch's."""
    text = str(resolving.resolve(QUERIES[name]["QueryString"], resolving.stack()))
    code = "\n".join(
        path.read_text() for room in ("services", "shared") for path in (ROOT / room).rglob("*.py")
    )
    made = set(re.findall(r"\bas (\w+)", text))
    bare = re.sub(r'"[^"]*"|/[^/ ][^/]*/|@\w+|\b\d\w*', " ", text)
    fields = set(re.findall(r"\b[a-zA-Z_]+\b", bare)) - made - LANGUAGE

    assert all(re.search(rf"\b{field}=|\"{field}\"", code) for field in fields), fields
    messages = re.findall(r'message (?:=|in) (?:\[([^\]]*)\]|("[^"]*"))', text)
    for message in re.findall(r'"([^"]+)"', str(messages)):
        assert f'"{message}"' in code, message


@pytest.mark.parametrize(
    "line, found",
    [
        ("2026-11-29T03:00:00.000Z 7a1c Task timed out after 120.00 seconds", True),
        ("[ERROR] Runtime.ImportModuleError: Unable to import module 'services.sweep.handler'", True),
        ("[ERROR] Runtime.HandlerNotFound: Handler 'handler' missing on module 'handler'", True),
        ("[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'handler'", True),
        ("RequestId: 7a1c Error: Runtime exited with error: signal: killed\nRuntime.ExitError", True),
        ("INIT_REPORT Init Duration: 90 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Unknown", True),
        ("REPORT RequestId: 7a1c\tStatus: error\tError Type: Runtime.OutOfMemory", True),
        ("[ERROR] SettingsError: DATABASE_HOST: Field required\nTraceback (most recent call last):", True),
        ("[ERROR] RequestFailed: a request was not answered", True),
        ("REPORT RequestId: 7a1c\tDuration: 90.00 ms\tBilled Duration: 91 ms\tMemory Size: 512 MB", False),
        ("INIT_START Runtime Version: python:3.13.v10\tRuntime Version ARN: arn:aws:lambda:7", False),
        ('{"level":"ERROR","message":"message failed","error":"NotTaken"}', False),
    ],
)
def test_the_query_for_ends_finds_what_lambda_itself_says_of_them(line: str, found: bool) -> None:
    """As docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html shows them, and the runtime."""
    [pattern] = re.findall(r"like /(.*?)/", query("Ends"))

    assert bool(re.search(pattern, line)) is found


def test_whoever_must_confirm_an_address_is_asked_when_the_stack_stands() -> None:
    """Until then alarms have no data, and the one that nobody sweeps is on."""
    made_before = resources("AWS::SNS::Subscription")["OperationsSubscription"]["DependsOn"]

    assert made_before == "SweepSchedule"


def test_commands_name_outputs_and_resources_that_there_are() -> None:
    outputs = ours().template["Outputs"].keys()

    assert set(re.findall(r"\$\(output (\w+)\)", PAGE)) <= outputs
    assert {f"{name}QueueUrl" for name in re.findall(r"\$\(arn (\w+)\)", PAGE)} <= outputs
    assert set(re.findall(r"\$\(resource (\w+)\)", PAGE)) <= ours().get_resources().keys()


def test_sqs_moves_back_what_a_queue_gave_up_and_nothing_that_a_rule_did() -> None:
    """API reference of StartMessageMoveTask: only from those "of other Amazon SQS queues"."""
    given_up = {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in properties("AWS::SQS::Queue").values()
        if "RedrivePolicy" in queue
    }

    moved = set(re.findall(r"start-message-move-task --source-arn \$\(arn (\w+)\)", PAGE))
    assert moved
    assert {f"{name}Queue" for name in moved} <= given_up
    assert "RulesDeadLetterQueue" not in given_up


def test_who_asks_the_database_by_a_command_is_told_by_which_login() -> None:
    """Tables and other people's statements are the owner's to read; docs/data.md has the readers' command."""
    outputs = ours().template["Outputs"].keys()
    named = set(re.findall(r"`output (Database\w+)`", PAGE))
    schema = ours().template["Parameters"]["DatabaseName"]["Default"]
    command = re.search(r"^mysql .*", (ROOT / "docs" / "data.md").read_text(), re.MULTILINE)

    assert "\nmysql -e" in PAGE
    assert {"DatabaseEndpoint", "DatabaseOwnersSecretArn"} <= named <= outputs
    assert command
    assert f"--user {schema}_readers " in command[0]
    assert command[0].endswith(f" {schema}")


def test_orders_in_commands_are_orders_that_the_sweeper_takes() -> None:
    from services.sweep.orders import parse

    orders = re.findall(r"order '(\{.*?\})'", PAGE)
    assert len(orders) > 5
    for order in orders:
        parse(order.replace("<id>", "reviews-0123456789abcdef"))


def test_the_direct_message_in_a_command_is_feedback() -> None:
    from shared.contracts.records import DirectFeedback

    [body] = re.findall(r"--message-body '(\{\"profile.*?\})'", PAGE)
    sent = DirectFeedback.model_validate_json(body.replace("<producer>", "shop").replace("<its id>", "7"))
    assert (sent.source, sent.id) == ("shop", "7")


def test_nothing_but_texts_is_put_into_a_text() -> None:
    """An Fn::Sub takes texts; what it makes of a number from a loop's mapping no page says."""
    told = (value for kind in resolving.template()["Mappings"].values() for value in kind.values())
    mapped = {name: its for row in told for name, its in row.items()}
    put = {
        its["Fn::FindInMap"][2]
        for found in subs(resolving.template())
        for its in found.values()
        if isinstance(its, dict) and "Fn::FindInMap" in its
    }

    assert put >= {"Says", "Section", "Old", "Host", "Prefix"}
    assert [name for name in put if not isinstance(mapped[name], str)] == []


def subs(value: Any) -> Iterator[dict[str, Any]]:
    """What each Fn::Sub of the template is given to put in."""
    if isinstance(value, dict):
        if isinstance(its := value.get("Fn::Sub"), list):
            yield its[1]
        for part in value.values():
            yield from subs(part)
    elif isinstance(value, list):
        for part in value:
            yield from subs(part)
