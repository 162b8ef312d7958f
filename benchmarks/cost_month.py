"""The lines of a month's bill: what the template has, by its own count, and what the rows use."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from benchmarks.cost_case import Case, classify_seconds, tokens
from benchmarks.cost_prices import Price, of_model, prices
from shared.model.cost_estimate import estimate_tokens
from shared.model.model_table import family_of
from tests.template import ROOT
from tests.unit.template.synthesis import synthesised

HOURS = 730
MINUTES = HOURS * 60
FILES = 30  # one a day, as the seed's table has it

SECONDS_PER_ROW = {"ingest": Decimal("0.001"), "notify": Decimal("0.0005"), "categorize": Decimal("0.001")}
"""Assumed: of the other functions that touch every row."""
CASCADE_SECONDS = Decimal("0.006")
"""Assumed, of classify with `Cascade=on`: a row's part of an embedding call (80 ms in 16 threads)."""
CASCADE_METRICS = frozenset({"FeedbackByNeighbours"})
"""Have a value with `Cascade=on` only."""
TICK_SECONDS = {"SweepFunction": Decimal("0.3"), "BreakerFunction": Decimal("0.1")}
"""Assumed: of what runs each minute."""
BUSY_SERVICES = ("ingest", "classify", "categorize", "notify")
IN_TROUBLE = frozenset({"FilesRefused", "RowsLost", "RowsSentAgain", "DeadLetters", "ServiceTierNotOffered"})
"""Metrics of theirs that have a value only in an hour in which something is wrong."""
OF_DIRECT = frozenset({"DirectMessageRejected", "DirectMessagesTooMany"})
"""Metrics that no file has."""
BUSY_HOURS = 2 * FILES
"""Hours in which the metrics of the other functions have a value: two for each file, at most."""
POLLS = 5 * 3
"""Receives a minute for an idle mapping: Lambda keeps five pollers, and each waits for twenty seconds."""
TICK_LOG_BYTES = 500
"""Of one that finds nothing and says nothing: Lambda's three lines, and 26 bytes of CloudWatch's for each."""
LOG_BYTES = 20
"""Of a row: besides those lines, classify says 1,780 bytes about 200 rows and 2,710 about 1,200."""
OVERHEAD_BYTES = 400  # assumed: of a message besides its text
VECTOR_BYTES = 2 * 1_024 * 12
"""Of Titan's answer: 1,024 numbers of some 12 signs, twice (`embedding` and `embeddingsByType`)."""
STORED_VECTOR_BYTES = 4_200
"""As functions and database send it to each other: discovery writes it and reads it again."""
KEPT_BYTES, KEPT_VECTOR_BYTES = 1_450, 7_800
"""In MariaDB, with indexes and half-full pages: of 50,000 rows of 300 characters, of 20,000 vectors."""
STARTS = HOURS + 10 * BUSY_HOURS
"""Assumed: of functions that are new, and so read a secret and have their settings decrypted."""
FILE_REQUESTS = 60  # assumed: to write or list in S3, for one file
DISCOVERY_TOKENS = (43_000, 1_000)
"""In and out, of a file's discovery: five themes judged by 16 rows and 80 examples, and five smaller calls,
as `make eval-discovery` counts them on banking77, of which three categories were hidden."""
PARQUET_SHARE = Decimal("0.25")
"""Of results.csv, in bytes: what the same rows of samples/feedback.csv are as Parquet."""
ROWS_PER_REQUEST = 10
EVENTS_PER_FILE = 8
TRANSITIONS_PER_FILE = 3
GB = Decimal(10**9)


@dataclass(frozen=True)
class Line:
    """One line of the bill; `idle`: it is due without a single row."""

    what: str
    quantity: Decimal
    price: Price
    idle: bool = False

    @property
    def dollars(self) -> Decimal:
        """At the list price."""
        return self.quantity * self.price.dollars

    @property
    def free(self) -> Decimal:
        """What an account that has nothing else has free of it."""
        return min(self.quantity, self.price.free) * self.price.dollars


def month(case: Case) -> list[Line]:
    """The bill, what stands idle first."""
    return [*_standing(case), *_ticking(case), *_used(case)]


def total(lines: Iterable[Line]) -> Decimal:
    """US dollars at list prices."""
    return sum((each.dollars for each in lines), Decimal(0))


def _standing(case: Case) -> Iterator[Line]:
    """What is paid by the hour or the month."""
    resources = _Resources(case)
    for database in resources.of("AWS::RDS::DBInstance"):
        its_class = case.given["DatabaseInstanceClass"]
        copies = 2 if database["MultiAZ"] else 1
        yield _line(f"RDS, {its_class}", f"database {its_class}", HOURS * copies, idle=True)
        yield _line(
            "RDS, storage", "database storage", int(case.given["DatabaseStorageGiB"]) * copies, idle=True
        )
    zones = sum(
        len(its["SubnetIds"])
        for its in resources.of("AWS::EC2::VPCEndpoint")
        if its["VpcEndpointType"] == "Interface"
    )
    yield _line("Interface endpoints", "interface endpoint", HOURS * zones, idle=True)
    alarms = sum(_metrics_of(its) for its in resources.of("AWS::CloudWatch::Alarm"))
    yield _line("CloudWatch, alarms", "alarm", alarms, idle=True)
    yield _line(
        "CloudWatch, dashboard", "dashboard", len(resources.of("AWS::CloudWatch::Dashboard")), idle=True
    )
    yield _line("KMS, key", "key", len(resources.of("AWS::KMS::Key")), idle=True)
    owners = sum(bool(its.get("ManageMasterUserPassword")) for its in resources.of("AWS::RDS::DBInstance"))
    secrets = len(resources.of("AWS::SecretsManager::Secret")) + owners
    yield _line("Secrets Manager", "secret", secrets, idle=True)


def _ticking(case: Case) -> Iterator[Line]:
    """What the schedules and the waiting mappings use, whether a file comes or not."""
    resources = _Resources(case)
    ticks = [
        its for its in resources.of("AWS::Events::Rule") if its.get("ScheduleExpression") == "rate(1 minute)"
    ]
    polls = MINUTES * POLLS * len(resources.mappings())
    # A tick is sent, received and deleted.
    yield _line("SQS, idle polls and ticks", "queue request", polls + 3 * MINUTES * len(ticks), idle=True)
    seconds = sum(MINUTES * TICK_SECONDS[name] * resources.memory(name) for name in TICK_SECONDS)
    yield _line("Lambda, ticks", "function", seconds, idle=True)
    yield _line("Lambda, invocations of ticks", "invocation", MINUTES * len(ticks), idle=True)
    traced = sum(resources.is_traced(name) for name in TICK_SECONDS)
    yield _line("X-Ray, traces of ticks", "trace", MINUTES * traced, idle=True)
    yield _line("CloudWatch, logs of ticks", "log", MINUTES * len(ticks) * TICK_LOG_BYTES / GB, idle=True)
    yield _line("S3, hourly look for files", "storage request", HOURS, idle=True)
    yield _line("Secrets Manager, requests", "secret request", STARTS, idle=True)
    yield _line("KMS, requests", "key request", STARTS, idle=True)


def _used(case: Case) -> Iterator[Line]:
    """What the rows use."""
    if not case.rows:
        return
    usage, resources = tokens(case), _Resources(case)
    for name, count, price in (
        ("in", usage.input_tokens, case.family.input),
        ("out", usage.output_tokens, case.family.output),
    ):
        yield Line(f"Bedrock, tokens {name}", Decimal(count), of_model(price))
    discovery = family_of(case.model_id)  # asked in the default tier
    for name, count, price in zip(
        ("in", "out"), DISCOVERY_TOKENS, (discovery.input, discovery.output), strict=True
    ):
        yield Line(f"Bedrock, discovery, tokens {name}", Decimal(FILES * count), of_model(price))
    # The text alone, without what stands around it in a prompt.
    embedded = Decimal(case.rows * estimate_tokens("x" * case.text))
    yield Line("Bedrock, embeddings", embedded, of_model(family_of(case.given["EmbeddingModelId"]).input))
    seconds = case.asked * classify_seconds() / 1_000 + (case.rows * CASCADE_SECONDS if case.cascades else 0)
    classify = seconds * resources.memory("ClassifyFunction")
    others = sum(
        case.rows * seconds * resources.memory(f"{name.capitalize()}Function")
        for name, seconds in SECONDS_PER_ROW.items()
    )
    yield _line("Lambda, classify", "function", classify)
    yield _line("Lambda, the other functions", "function", others)
    requests = math.ceil(case.rows / ROWS_PER_REQUEST)
    chunks = math.ceil(ROWS_PER_REQUEST * (case.text + OVERHEAD_BYTES) / 65_536)
    # Sent and received by ten, and deleted by ten.
    yield _line("SQS, rows", "fair queue request", requests * (2 * chunks + 1))
    managed = len(resources.of("AWS::RDS::DBInstance"))
    asked = case.asked * (case.text + OVERHEAD_BYTES)
    asked += case.rows * (case.text + VECTOR_BYTES)
    yield _line("Interface endpoint of Bedrock, data", "interface endpoint data", managed * asked / GB)
    # Each second function is in the other zone. A row is written, read by discovery, and read for results.
    to_database = case.rows * (4 * case.text + 1_200 + 2 * STORED_VECTOR_BYTES) // 2
    yield _line("Between zones, to the database", "between zones", managed * to_database / GB)
    metrics = _busy_metrics(cascades=case.cascades) * Decimal(BUSY_HOURS) / HOURS
    yield _line("CloudWatch, metrics while files are read", "metric", metrics)
    yield _line("CloudWatch, logs and X-Ray", "log", case.rows * LOG_BYTES / GB)
    # The file, and the results with what was found, once or twice.
    copies = 2 + (PARQUET_SHARE if case.given["ResultsFormat"] == "csv+parquet" else 0)
    yield _line("S3", "storage", copies * case.rows * (case.text + OVERHEAD_BYTES) / GB)
    yield _line("S3, requests", "storage request", FILES * FILE_REQUESTS)
    yield _line("EventBridge", "event", FILES * EVENTS_PER_FILE)
    yield _line("Step Functions", "transition", FILES * TRANSITIONS_PER_FILE)
    yield _line("SNS, mails", "mail", FILES)


class _Resources:
    """The template's resources as a case has them, after all conditions and loops."""

    def __init__(self, case: Case) -> None:
        self._all = synthesised(case.given)["Resources"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [its.get("Properties", {}) for its in self._all.values() if its["Type"] == kind]

    def mappings(self) -> list[str]:
        functions = self.of("AWS::Serverless::Function")
        return [
            name
            for its in functions
            for name, event in its.get("Events", {}).items()
            if event["Type"] == "SQS"
        ]

    def is_traced(self, function: str) -> bool:
        """Whether each call makes a trace, and not only one that belongs to a trace already."""
        return bool(self._all[function]["Properties"].get("Tracing") != "PassThrough")

    def memory(self, function: str) -> Decimal:
        """In GB."""
        return Decimal(self._all[function]["Properties"]["MemorySize"]) / 1024


def _line(what: str, price: str, quantity: object, *, idle: bool = False) -> Line:
    return Line(what, Decimal(str(quantity)), prices()[price], idle)


def _metrics_of(alarm: dict[str, Any]) -> int:
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


@cache
def _busy_metrics(*, cascades: bool) -> int:
    """Metrics that the functions on a row's way emit when all is well: the names in their code."""
    never = IN_TROUBLE | OF_DIRECT if cascades else IN_TROUBLE | OF_DIRECT | CASCADE_METRICS
    return sum(len(_named(service) - never) for service in BUSY_SERVICES)


def _named(service: str) -> set[str]:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "services" / service).glob("*.py"))
    costs = {"EstimatedCostUSD"} if "telemetry.cost(" in code else set()
    return costs | set(re.findall(r"(?:\.count|add_metric)\(\s*\"(\w+)\"", code))
