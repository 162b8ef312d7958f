"""`make bench`: what classify costs in tokens, time and CPU, beside a baseline measured in the same run."""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import baseline, deferrals, handler_cpu, outage, throughput, tokens
from benchmarks.inputs import SAMPLES, labelled_records, sample_records, taxonomy_of
from benchmarks.pacing_workload import BATCH
from benchmarks.server import running
from evaluation import database
from evaluation.table import TableRow, row, save, show
from local.bedrock.engine import load_engine
from local.setup import LOCAL
from shared.contracts.profiles import Aspects
from shared.model.model_table import family_of

MODEL = "us.anthropic.claude-haiku-5-5"
CATEGORIES = 5
BANKING_RECORDS = 2_000
NOTES = (
    "Tokens: by the tokenizer of the embedded model (all-MiniLM-L6-v2), over everything that is sent.",
    "Sent: system, messages, tool or schema; asked-once and truncation are switched off.",
    f"Model {MODEL}; packs of {tokens.PACK_SIZE}; the sample is samples/feedback.csv, each text once.",
    f"Baseline: a call per record, {baseline.CONCURRENCY} at a time, {baseline.MAX_TOKENS} tokens reserved.",
    f"Throughput: {throughput.TOKENS_PER_MINUTE} tokens per minute, latency {throughput.LATENCY};",
    f"{throughput.WORKERS} workers in batches of up to {BATCH} have the whole quota between them;",
    f"{throughput.MEASURED_SECONDS} s are measured after {throughput.WARM_UP_SECONDS} s of warm-up.",
    "Outage: the deployed template at the shipped tokens per minute; each call is answered 503.",
    "Handler CPU: this process's, with a real database and a model that answers at once.",
)


@dataclass(frozen=True)
class Options:
    """The command line."""

    banking: Path | None
    banking_categories: Path | None
    outage: float
    json: Path


def main() -> int:
    """Measures, prints, saves; 1 if a bar is missed."""
    options = _options()
    rows = [*_token_rows(), *_banking_rows(options), *_answer_rows(), *_throughput_rows()]
    # Classify itself is run in this process, where boto3 must find an account that is none.
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with database.running() as login:
        cpu = handler_cpu.measure(login, sample_records())
        rows += [_cpu_row(cpu), _deferral_row(deferrals.measure(login))]
    if options.outage:
        rows += _outage_rows(options.outage)
    print(cpu.profile)
    print(show(rows), *NOTES, sep="\n")
    save(rows, NOTES, options.json)
    print(f"\n{options.json}")
    return int(any(each.passed is False for each in rows))


def _token_rows() -> list[TableRow]:
    records, taxonomy = sample_records(), taxonomy_of(SAMPLES / "categories.json", CATEGORIES)
    own = tokens.own_tokens(records)
    sent = tokens.prompt_tokens(MODEL, tokens.packed(MODEL, taxonomy, records))
    plain = tokens.prompt_tokens(MODEL, baseline.requests(taxonomy, records))
    return [
        row("own text per record, tokens", own / len(records)),
        row(
            "prompt tokens per record, 5 categories, packs of 20",
            sent / len(records),
            baseline=f"{plain / len(records):.2f}",
        ),
        row(
            "… as a multiple of the record's own text",
            sent / own,
            ("<= 1.6", lambda value: value <= 1.6),
            baseline=f"{plain / own:.2f}",
        ),
    ]


def _banking_rows(options: Options) -> list[TableRow]:
    if options.banking is None or options.banking_categories is None:
        print("banking77 is not measured: make bench BANKING=… BANKING_CATEGORIES=…", file=sys.stderr)
        return []
    records = labelled_records(options.banking, BANKING_RECORDS)
    taxonomy = taxonomy_of(options.banking_categories)
    packed = tokens.prompt_tokens(MODEL, tokens.packed(MODEL, taxonomy, records))
    alone = tokens.prompt_tokens(MODEL, tokens.packed(MODEL, taxonomy, records, size=1))
    return [
        row(
            f"prompt tokens per record, {len(taxonomy.categories)} categories, the same prompt",
            packed / len(records),
            baseline=f"{alone / len(records):.2f}",
        ),
        row("… times fewer than one call per record", alone / packed, (">= 12", lambda value: value >= 12)),
    ]


def _answer_rows() -> list[TableRow]:
    """What topics and their evidence cost, by the embedded engine's answers."""
    records, taxonomy = sample_records(), taxonomy_of(SAMPLES / "categories.json", CATEGORIES)
    engine = load_engine()
    kinds = {
        "one topic": Aspects(most=1),
        "up to 3 topics": Aspects(),
        "… with words of the record": Aspects(evidence=True),
    }
    price = family_of(MODEL).output / 1000
    rows = []
    for name, aspects in kinds.items():
        value = tokens.answer_tokens(engine, taxonomy, records, aspects)
        cost = f"{value:.2f} (${value * float(price):.4f} per 1,000 records)"
        rows.append(row(f"answer tokens per record, {name}", value, ours=cost))
    return rows


def _throughput_rows() -> list[TableRow]:
    records, taxonomy = sample_records(), taxonomy_of(SAMPLES / "categories.json", CATEGORIES)
    with running() as server:
        throughput.warm(server, MODEL, taxonomy, records)
        single = throughput.single(server, MODEL, taxonomy, records)
        ours = throughput.ours(server, MODEL, taxonomy, records)
    return [
        row(
            "output tokens per record, up to 3 topics",
            ours.output_tokens_per_record,
            ("<= 12", lambda value: value <= 12),
            baseline=f"{single.output_tokens_per_record:.2f}",
        ),
        row(
            "records per minute",
            ours.records_per_minute,
            ours=f"{ours.records_per_minute:.0f}",
            baseline=f"{single.records_per_minute:.0f}",
        ),
        row(
            "… times the baseline's",
            ours.records_per_minute / single.records_per_minute,
            (">= 8", lambda value: value >= 8),
        ),
        row(
            "share of the quota used, %",
            100 * ours.quota_share,
            (">= 95", lambda value: value >= 95),
            baseline=f"{100 * single.quota_share:.1f}",
        ),
        row(
            "calls throttled, %",
            100 * ours.throttled / ours.calls,
            ("<= 1", lambda value: value <= 1),
            baseline=f"{100 * single.throttled / single.calls:.2f}",
        ),
    ]


def _outage_rows(minutes: float) -> list[TableRow]:
    found = outage.measure(minutes)
    name = f"model dead for {minutes:g} min, {outage.RECORDS} records under way: "
    nothing = ("0", lambda value: value == 0)
    return [
        row(f"{name}lost", found.lost, nothing, ours=str(found.lost)),
        row("… in a dead-letter queue", found.dead_letters, nothing, ours=str(found.dead_letters)),
        row("… failed", found.failed, nothing, ours=str(found.failed)),
        row(
            "… most calls in a minute, once the breaker was open",
            found.most_probes,
            ("<= 1", lambda value: value <= 1),
            ours=str(found.most_probes),
        ),
        row(
            "… seconds from recovery to full speed",
            found.recovery_seconds,
            ("<= 120", lambda value: value <= 120),
            ours=f"{found.recovery_seconds:.0f}",
        ),
        row(
            "… seconds from recovery to the last record",
            found.finished_seconds,
            ours=f"{found.finished_seconds:.0f}",
        ),
    ]


def _cpu_row(cpu: handler_cpu.HandlerCpu) -> TableRow:
    value = cpu.milliseconds_per_record
    return row("handler CPU per record, ms", value, ours=f"{value:.3f}")


def _deferral_row(found: deferrals.Deferrals) -> TableRow:
    return row(
        f"{found.hops} deferrals of one record in a row: rows it has, times it counts",
        found.counted,
        ("1, 1", lambda value: (found.hops, found.rows, value) == (deferrals.HOPS, 1, 1)),
        ours=f"{found.rows}, {found.counted}",
    )


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--banking", type=Path, help="CSV with a column text")
    parser.add_argument("--banking-categories", type=Path, help="JSON list of name and description")
    parser.add_argument("--outage", type=float, default=5, help="minutes of a dead model; 0: leave it out")
    parser.add_argument("--json", type=Path, default=LOCAL / "bench" / "classify.json")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
