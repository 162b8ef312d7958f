"""The dashboard, as CloudWatch gets it: what it shows, in which order, and that it costs nothing."""

import json
import re

import pytest

from tests.template import ours, properties
from tests.unit.template.watched import OF_AWS, OWN, shown, watched, widgets

QUESTIONS = ["Is it healthy?", "Is it keeping up?", "What does it cost?", "What is wrong?"]
FREE = 50
"""Metrics of a dashboard that costs nothing."""
EXTERNAL = {"ManagedDatabase": "false", "DatabaseHost": "db.example.com"}
MODES: list[dict[str, str]] = [{}, EXTERNAL]


@pytest.mark.parametrize("mode", MODES, ids=["managed", "external"])
def test_it_answers_four_questions_from_top_to_bottom(mode: dict[str, str]) -> None:
    asked = [w["properties"]["markdown"].strip("# ") for w in widgets(**mode) if w["type"] == "text"]

    assert asked == QUESTIONS


@pytest.mark.parametrize("mode", MODES, ids=["managed", "external"])
def test_its_widgets_lie_beside_and_below_each_other(mode: dict[str, str]) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets(**mode):
        right, bottom = widget["x"] + widget["width"], widget["y"] + widget["height"]
        places = {(x, y) for x in range(widget["x"], right) for y in range(widget["y"], bottom)}
        assert right <= 24
        assert not places & taken, widget
        taken |= places


@pytest.mark.parametrize("mode", MODES, ids=["managed", "external"])
def test_it_is_one_of_those_that_cost_nothing(mode: dict[str, str]) -> None:
    assert 40 < len(shown(**mode)) <= FREE


@pytest.mark.parametrize("mode", MODES, ids=["managed", "external"])
def test_it_shows_whether_each_alarm_is_raised(mode: dict[str, str]) -> None:
    [shown] = [widget["properties"]["alarms"] for widget in widgets(**mode) if widget["type"] == "alarm"]
    alarms = ours().get_resources(["AWS::CloudWatch::Alarm"])
    there = {name for name, alarm in alarms.items() if "Condition" not in alarm or not mode}

    assert sorted(shown) == sorted(f"{name}.Arn" for name in there)
    assert len(shown) <= 100


@pytest.mark.parametrize(
    "what, question",
    [
        ("ApproximateAgeOfOldestMessage", "Is it keeping up?"),
        ("ModelLatency", "Is it keeping up?"),
        ("EstimatedCostUSD", "What does it cost?"),
        ("ModelThrottled", "What is wrong?"),
        ("FeedbackDeferred", "What is wrong?"),
        ("MessagesDeferred", "What is wrong?"),
        ("Throttles", "What is wrong?"),
        ("5XXError", "What is wrong?"),
        ("Latency", "What is wrong?"),
        ("FreeStorageSpace", "What is wrong?"),
    ],
)
def test_a_figure_stands_under_its_question(what: str, question: str) -> None:
    under: dict[str, str] = {}
    asked = ""
    for widget in widgets():
        asked = widget["properties"].get("markdown", asked).strip("# ")
        under |= {metric[1]: asked for metric in widget["properties"].get("metrics", [])}

    assert under[what] == question


def test_of_a_database_that_was_there_nothing_is_shown() -> None:
    assert {metric[0] for metric in shown()} - {metric[0] for metric in shown(**EXTERNAL)} == {"AWS/RDS"}
    assert "Database" not in json.dumps(widgets(**EXTERNAL))


def test_it_names_only_what_is_in_the_template() -> None:
    text = json.dumps(properties("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])
    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", text)}
    own = {"DatabaseAlarms", "DatabaseWidget"}

    assert {name for name in named - own if "::" not in name} <= set(ours().get_resources())


def test_every_metric_of_aws_that_is_shown_or_watched_is_one_that_there_is() -> None:
    named = {(metric[0], metric[1], tuple(metric[2::2])) for metric in shown()} | set(watched().values())

    assert {each for each in named if each[0] != OWN} <= OF_AWS
    assert {each[2] for each in named if each[0] == OWN} == {("service",)}


def test_the_metrics_of_a_rule_are_looked_for_by_the_bus_that_it_listens_to() -> None:
    rules = properties("AWS::Events::Rule")
    of_alarms = {name: metric[2] for name, metric in watched().items() if metric[0] == "AWS/Events"}

    assert of_alarms == {
        f"{name}FailedAlarm": ("EventBusName", "RuleName") if "EventBusName" in rule else ("RuleName",)
        for name, rule in rules.items()
        # Its failures raise SweepSilentAlarm.
        if name != "SweepSchedule"
    }
