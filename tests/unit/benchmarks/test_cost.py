"""A month's bill follows the template, the model table and the prices; docs/cost.md says what it says."""

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from benchmarks import cost_month, cost_page
from benchmarks.cost_cascade import MODELS, saved
from benchmarks.cost_case import Case, tokens
from benchmarks.cost_month import BUSY_SERVICES, IN_TROUBLE, OF_DIRECT, VECTOR_BYTES, Line, month, total
from benchmarks.cost_prices import prices
from local.bedrock.embeddings import TitanRequest, embedding_answer
from tests.unit.template import resolving
from tests.unit.template.synthesis import synthesised

EXTERNAL = {"ManagedDatabase": "false", "DatabaseHost": "x", "DatabaseSecretArn": "arn:aws:x"}


def dollars(begins: str, **parameters: str) -> Decimal:
    """Of a million rows."""
    return total(
        each for each in month(Case(1_000_000, parameters=parameters)) if each.what.startswith(begins)
    )


def line(what: str, **parameters: str) -> Line:
    [found] = [each for each in month(Case(0, parameters=parameters)) if each.what == what]
    return found


def line_of_rows(what: str, **parameters: str) -> Line:
    [found] = [each for each in month(Case(1_000_000, parameters=parameters)) if each.what == what]
    return found


def test_the_page_is_what_the_program_writes() -> None:
    """If it is not: make cost-page."""
    assert cost_page.PAGE.read_text("utf-8") == cost_page.written()


@pytest.mark.parametrize(
    "parameters, endpoints",
    [
        ({}, 1),
        ({"DatabaseMultiAZ": "true"}, 2),
        ({"Network": "private"}, 6),
        ({"Network": "private", "DatabaseMultiAZ": "true"}, 12),
        (EXTERNAL, 0),
    ],
)
def test_interface_endpoints_are_counted_by_zone(parameters: dict[str, str], endpoints: int) -> None:
    assert line("Interface endpoints", **parameters).dollars == endpoints * Decimal("7.30")


def test_a_standby_doubles_the_database_and_its_storage() -> None:
    assert dollars("RDS", DatabaseMultiAZ="true") == 2 * dollars("RDS")
    assert dollars("RDS", DatabaseInstanceClass="db.t4g.small") < dollars(
        "RDS", DatabaseInstanceClass="db.t4g.medium"
    )
    assert dollars("RDS", **EXTERNAL) == 0


def test_a_database_like_the_seeds_costs_what_the_seed_says() -> None:
    its = {"DatabaseInstanceClass": "db.m5.large", "DatabaseStorageGiB": "100", "DatabaseMultiAZ": "true"}

    assert dollars("RDS", **its) == Decimal("272.66")


def test_alarms_are_counted_from_the_template_and_each_metric_of_one_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alarms = [
        its for its in synthesised(resolving.stack())["Resources"].values() if its["Type"].endswith("::Alarm")
    ]
    before = line("CloudWatch, alarms").quantity
    assert before >= len(alarms) > 40

    def with_two_more(given: Any) -> Any:
        whole = synthesised(given)
        of_two = {"Metrics": [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a/b"}]}
        whole["Resources"]["Mine"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "a"}}
        whole["Resources"]["Ratio"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": of_two}
        return whole

    monkeypatch.setattr(cost_month, "synthesised", with_two_more)

    assert line("CloudWatch, alarms").quantity == before + 3


def test_the_metrics_that_only_trouble_has_are_metrics_of_functions_on_a_rows_way() -> None:
    named = {name for service in BUSY_SERVICES for name in cost_month._named(service)}

    assert named >= IN_TROUBLE
    assert len(named - IN_TROUBLE) > 10


def test_what_a_file_costs_in_metrics_is_the_models_dollars_too_and_nothing_of_direct_messages() -> None:
    busy = {name for service in BUSY_SERVICES for name in cost_month._named(service)}

    assert {"EstimatedCostUSD", "ModelLatency", *OF_DIRECT} <= busy
    # The dollars of labels, and those of new categories.
    assert cost_month._busy_metrics(cascades=False) == 15


def test_discovery_asks_in_the_default_tier_whatever_files_are_asked_in() -> None:
    its = {"ModelId": "qwen.qwen3-32b-v1:0"}

    assert (
        dollars("Bedrock, discovery", **its) == dollars("Bedrock, discovery", **its, ServiceTier="flex") > 0
    )


def test_a_vector_passes_the_endpoint_twice_as_titan_writes_it() -> None:
    request = TitanRequest.model_validate({"inputText": "late", "dimensions": 1024})
    answer = embedding_answer(request, np.full((1, 384), -0.0123456789, np.float32))

    assert len(json.dumps(answer)) > 2 * 1_024 * 4
    assert line_of_rows("Interface endpoint of Bedrock, data").quantity > VECTOR_BYTES / Decimal(1_000)
    assert VECTOR_BYTES == 2 * 1_024 * 12


def test_a_database_that_is_there_has_no_endpoint_and_no_zone_of_ours() -> None:
    for what in ("Interface endpoint of Bedrock, data", "Between zones, to the database"):
        assert line_of_rows(what).dollars > 0
        assert line_of_rows(what, **EXTERNAL).dollars == 0


def test_what_stands_idle_is_the_same_for_any_number_of_rows() -> None:
    idle = [[each for each in month(Case(rows)) if each.idle] for rows in (0, 10_000, 1_000_000)]

    assert idle[0] == idle[1] == idle[2]
    assert month(Case(0)) == idle[0]


@pytest.mark.parametrize(
    "model, tier, factor",
    [("qwen.qwen3-32b-v1:0", "flex", "0.5"), ("us.anthropic.claude-haiku-5-5", "flex", "1")],
)
def test_the_models_price_follows_the_tier(model: str, tier: str, factor: str) -> None:
    plain, tiered = (
        dollars("Bedrock, tokens", ModelId=model, ServiceTier=each) for each in ("default", tier)
    )

    assert tiered == plain * Decimal(factor) > 0


@pytest.mark.parametrize("size, longer", [("20", False), ("40", True)])
def test_larger_packs_share_the_prompt(size: str, longer: bool) -> None:
    usage, usual = (
        tokens(Case(1_000, parameters={"PackSize": size})),
        tokens(Case(1_000, parameters={"PackSize": "20"})),
    )

    assert (usage.input_tokens < usual.input_tokens) is longer
    assert usage.output_tokens == usual.output_tokens


def test_results_as_parquet_besides_are_kept_and_cost_nothing_else() -> None:
    plain = month(Case(1_000_000))
    both = month(Case(1_000_000, parameters={"ResultsFormat": "csv+parquet"}))

    [(one, other)] = [(one, other) for one, other in zip(plain, both, strict=True) if one != other]
    assert (one.what, other.quantity / one.quantity) == ("S3", Decimal("1.125"))


def test_longer_texts_cost_more_and_no_line_costs_less() -> None:
    short, long = month(Case(1_000_000, 300)), month(Case(1_000_000, 3_000))

    assert total(short) < total(long)
    assert all(one.dollars <= other.dollars for one, other in zip(short, long, strict=True))


def test_what_is_free_is_never_more_than_what_it_costs() -> None:
    for rows in (0, 10, 1_000_000):
        assert all(0 <= each.free <= each.dollars for each in month(Case(rows)))


def test_every_price_has_its_page_and_says_where_it_was_seen() -> None:
    for name, price in prices().items():
        assert price.dollars > 0, name
        assert price.page.startswith("aws.amazon.com/"), name
        assert price.seen, name


def test_the_cascade_costs_nothing_while_it_is_off_and_saves_most_with_a_dear_model() -> None:
    cheap, usual, dear = (saved(Case(1_000_000), model) for model in MODELS)

    assert cheap < usual < dear
    assert dear > Decimal("0.5") * dollars("Bedrock, tokens", ModelId=MODELS[-1])
    assert month(Case(1_000_000)) == month(Case(1_000_000, parameters={"Cascade": "off"}))


def test_rows_that_neighbours_answer_are_embedded_and_voted_for() -> None:
    its = {"Cascade": "on"}

    assert dollars("Bedrock, tokens", **its) < dollars("Bedrock, tokens") / 2
    assert dollars("Bedrock, embeddings", **its) == dollars("Bedrock, embeddings")
    assert dollars("CloudWatch, metrics", **its) > dollars("CloudWatch, metrics")
