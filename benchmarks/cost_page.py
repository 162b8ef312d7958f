"""docs/cost.md, written from the bills of several cases."""

from collections.abc import Iterator
from decimal import Decimal

from benchmarks.cost_cascade import MODELS as CASCADE_MODELS
from benchmarks.cost_cascade import saved
from benchmarks.cost_case import ANSWER_TOKENS, CASCADE_SAVES, Case, classify_seconds, tokens
from benchmarks.cost_month import GB, KEPT_BYTES, KEPT_VECTOR_BYTES, POLLS, month, total
from benchmarks.cost_prices import prices
from benchmarks.cost_table import dollars_of, drawn, free_of, paragraph, table
from benchmarks.pacing import KNOWN_QUOTA
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.model.examples import BUDGET_TOKENS
from shared.model.model_table import family_of, model_table
from tests.template import ROOT

PAGE = ROOT / "docs" / "cost.md"
MILLION, FEW = 1_000_000, 10_000
BARS = {MILLION: 65, FEW: 50}
"""US dollars of a month with the default model, at list prices."""
SONNET = "us.anthropic.claude-sonnet-5-5"
CANDIDATES = {
    "us.anthropic.claude-haiku-5-5": "the default; held to a schema, a profile in every region",
    "global.anthropic.claude-haiku-5-5": "the same, wherever in the world there is room",
    "amazon.nova-micro-v1:0": "no schema; superseded",
    "amazon.nova-lite-v1:0": "no schema; superseded, tool calls that cannot be read",
    "us.amazon.nova-2-lite-v1:0": "no schema",
    "mistral.ministral-3-14b-instruct": "schema; no profiles, in its own regions only",
    "openai.gpt-oss-20b-1:0": "schema; always thinks, so it answers more than is counted here",
    "qwen.qwen3-32b-v1:0": "schema; no profiles, thinks unless told otherwise",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": "schema; the default's predecessor",
    SONNET: "schema; a large model",
}
SEED = "aws-samples/automated-llm-insight-discovery-framework"
SEED_MODEL = "anthropic.claude-3-sonnet-20240229-v1:0"
SEED_LINES = (
    ("S3", "10 GB", "0.23", ("S3",)),
    ("EventBridge, Step Functions", "30 files", "0.00", ("EventBridge", "Step Functions")),
    ("Lambda", "1,000,000 requests", "0.41", ("Lambda",)),
    ("SNS", "30 mails", "0.09", ("SNS",)),
    ("RDS", "Multi-AZ db.m5.large, 100 GB", "272.66", ("RDS",)),
    ("Bedrock", "Claude 3 Sonnet, 1,000 tokens in and 100 out a row", "450.00", ("Bedrock",)),
    ("QuickSight", "1 author, 10 readers", "51.80", ()),
)
"""The seed's table: line, its dimensions, its dollars, and how our lines of the same begin."""


def written() -> str:
    """The page."""
    return "\n\n".join(_parts()) + "\n"


def _parts() -> Iterator[str]:
    yield "# What a month costs"
    yield "Written by `make cost-page`; a test holds it to the template and the prices. Your own figures:"
    yield "```sh\nmake cost ROWS=1000000 TEXT=300 MODEL=us.anthropic.claude-haiku-5-5 NETWORK=egress\n```"
    yield paragraph(
        "List prices of us-east-1, on demand. *Free of it* is what an account has free each month, for",
        "good, if nothing else uses it. Resources are counted from the template with its default",
        "parameters, so what is added to it is counted, too. Nobody has a bill yet: it was never deployed",
        "to a real account.",
    )
    yield "## In short"
    yield _matrix()
    yield from map(_bar, BARS)
    for rows, model, title in (
        (MILLION, "", "A million rows of 300 characters, the default model"),
        (FEW, "", "Ten thousand rows of 300 characters, the default model"),
        (MILLION, SONNET, "A million rows of 300 characters, a large model (Claude Sonnet 5.5)"),
    ):
        yield f"## {title}"
        yield table(month(_case(rows, model)))
    yield from _models()
    yield from _cascade()
    yield from _idle()
    yield from _beside_the_seed()
    yield from _how()


def _case(rows: int, model: str = "", **parameters: str) -> Case:
    return Case(rows, parameters={**parameters, **({"ModelId": model} if model else {})})


def _matrix() -> str:
    cases: dict[str, dict[str, str]] = {
        "default model": {},
        "Claude Sonnet 5.5": {"ModelId": SONNET},
        "default model, `Network=private`": {"Network": "private"},
        "default model, `DatabaseMultiAZ=true`": {"DatabaseMultiAZ": "true"},
    }
    sizes = ((0, 300), (FEW, 300), (MILLION, 300), (MILLION, 2_000))
    rows: list[tuple[str, ...]] = [
        ("$ a month", "no rows", "10,000", "1,000,000", "1,000,000 of 2,000 characters")
    ]
    for name, parameters in cases.items():
        sums = [total(month(Case(count, text, parameters))) for count, text in sizes]
        rows.append((name, *(f"{each:.2f}" for each in sums)))
    return drawn(rows)


def _bar(rows: int) -> str:
    lines = month(_case(rows))
    over = total(lines) - BARS[rows]
    return paragraph(
        f"The bar for {rows:,} rows with the default model is ${BARS[rows]}:",
        "held" if over <= 0 else f"missed by ${over:.2f}",
        f"(${total(lines):.2f} at list prices, ${total(lines) - free_of(lines):.2f} with what an",
        "account has free).",
    )


def _models() -> Iterator[str]:
    yield "## A million rows by model"
    yield paragraph(
        "Bedrock alone, and the whole month, for 300 characters a row; *flex* is `ServiceTier=flex`,",
        "where the table of models has a price for it. The families weighed for the default, and a large",
        "one.",
    )
    rows: list[tuple[str, ...]] = [("model", "default", "flex", "the month", "")]
    for model, why in CANDIDATES.items():
        plain, cheap = month(_case(MILLION, model)), month(_case(MILLION, model, ServiceTier="flex"))
        flex = f"{dollars_of(cheap, ['Bedrock']):.2f}" if family_of(model).flex is not None else "–"
        rows.append((f"`{model}`", f"{dollars_of(plain, ['Bedrock']):.2f}", flex, f"{total(plain):.2f}", why))
    yield drawn(rows)


def _cascade() -> Iterator[str]:
    yield "## What `Cascade=on` saves"
    yield paragraph(
        "Dollars a month for a million rows of 300 characters, where neighbours answer so many that",
        f"{100 * CASCADE_SAVES:.0f} % of the calls are saved, as on banking77 (`make bench-cascade`):",
        "13,000 short questions of 77 kinds, each of which comes often, and a label is all that is asked.",
        "Neighbours have to agree on the whole answer: a profile with sentiment saves less, one with several",
        "topics less still, and one whose attributes are read from the text (prices, names) nothing. Each",
        "new category begins anew: about 1,500 rows are asked before the first is saved. It pays for a large",
        "model and many rows of the same kind. With a cheap one it is not worth a second cause of wrong",
        "labels.",
    )
    rows: list[tuple[str, ...]] = [("model", "Bedrock, off", "saved a month", "of the bill")]
    for model in CASCADE_MODELS:
        lines, less = month(_case(MILLION, model)), saved(Case(MILLION), model)
        share = f"{100 * less / total(lines):.0f} %"
        rows.append((f"`{model}`", f"{dollars_of(lines, ['Bedrock']):.2f}", f"{less:.2f}", share))
    yield drawn(rows)


def _idle() -> Iterator[str]:
    yield "## What stands idle, and what one could still drop"
    lines = sorted(month(_case(0)), key=lambda each: -each.dollars)
    whole = total(lines)
    rows = [(each.what, f"{each.dollars:.2f}", f"{100 * each.dollars / whole:.0f} %") for each in lines]
    yield drawn([("", "$ a month", "share"), *rows, ("**together**", f"**{whole:.2f}**", "")])
    smaller = {
        "`DatabaseInstanceClass=db.t4g.micro`": _case(0, DatabaseInstanceClass="db.t4g.micro"),
        "a MySQL that is there already and can be reached from anywhere": _case(
            0, ManagedDatabase="false", DatabaseHost="x", DatabaseSecretArn="arn:aws:x"
        ),
    }
    saved = {
        "no endpoint of Bedrock, once AWS documents that it answers by IPv6": "Interface endpoints",
        "no dashboard (an account has three free)": "CloudWatch, dashboard",
        "no alarms (an account has ten free), which nobody should want": "CloudWatch, alarms",
    }
    yield "\n".join(
        [
            "Less it would be with",
            "",
            *(f"- {how}: ${whole - total(month(case)):.2f} less" for how, case in smaller.items()),
            *(f"- {how}: ${dollars_of(lines, [what]):.2f} less" for how, what in saved.items()),
        ]
    )


def _beside_the_seed() -> Iterator[str]:
    yield "## Beside the table of the project that this one was grown from"
    yield paragraph(
        f"[{SEED}](https://github.com/{SEED}) says (September 2024) that a million feedbacks a month cost",
        "$775.10. Its lines, and ours that are the same: by default, and with a model and a database like",
        "its own (Claude Sonnet 5.5; Multi-AZ, db.m5.large, 100 GB).",
    )
    database = {
        "DatabaseInstanceClass": "db.m5.large",
        "DatabaseStorageGiB": "100",
        "DatabaseMultiAZ": "true",
    }
    ours, alike = month(_case(MILLION)), month(_case(MILLION, SONNET, **database))
    named = [name for *_, names in SEED_LINES for name in names]
    rows: list[tuple[str, ...]] = [("", "its dimensions", "its table", "ours", "ours, like its own")]
    for what, dimensions, dollars, names in SEED_LINES:
        rows.append(
            (what, dimensions, dollars, f"{dollars_of(ours, names):.2f}", f"{dollars_of(alike, names):.2f}")
        )
    others = [total(lines) - dollars_of(lines, named) for lines in (ours, alike)]
    rows.append(("network, logs, alarms, keys, queues", "none", "", *(f"{each:.2f}" for each in others)))
    theirs = sum((Decimal(dollars) for _, _, dollars, _ in SEED_LINES), Decimal(0))
    rows.append(("**together**", "", *(f"**{each:.2f}**" for each in (theirs, total(ours), total(alike)))))
    yield drawn(rows)
    family = family_of(SEED_MODEL)
    yield paragraph(
        "Its $450 for Bedrock are a tenth of what its own tokens cost at its own model's prices",
        f"(${family.input * 1_000 + family.output * 100:,.2f}). Ours ask about many rows in a call, and an",
        "answer has some ten tokens. The report is a file, so QuickSight is not needed.",
    )


def _how() -> Iterator[str]:
    case, source = _case(MILLION), model_table().source
    usual, large = classify_seconds(), classify_seconds(4_000_000)
    examples = tokens(case).calls * BUDGET_TOKENS * case.family.input / 1_000_000
    a_row = Decimal(tokens(case).input_tokens) / MILLION
    yield "## How it is counted"
    yield "\n".join(
        [
            paragraph(
                f"- Tokens: as ingest expects of a file, {a_row:.1f} in a row in packs of",
                f"{case.given['PackSize']} with the shipped profile, four Latin letters to a token (a",
                f"Chinese or Japanese sign is one); {ANSWER_TOKENS} out a row (`make bench`;",
                "some have two topics).",
            ),
            paragraph(
                f"- Classify's time: {usual} s of Lambda for 1,000 rows at {KNOWN_QUOTA:,} tokens a minute",
                f"(`make bench-pacing`), {large} s at four million. Discovery embeds each row and asks about",
                "five groups of a file; rows that are asked again under a new category are not in it. What",
                "else is measured or assumed, as bytes of logs and vectors, says `benchmarks/cost_month.py`.",
            ),
            paragraph(
                "- Corrected rows are not in it. Of more than a prompt shows, each pack reads the",
                f"{BUDGET_TOKENS:,} tokens nearest to it: at most ${examples:.2f} more. Classify then embeds",
                f"the rows, and discovery finds them embedded; of a file of more than {MOST_EMBEDDED:,} rows",
                "it embeds its sample anew.",
            ),
            paragraph(
                f"- A file a day. Each queue that a function reads is polled {POLLS} times a",
                "minute while nothing comes. A metric costs by the hour in which it has a value.",
            ),
            _what_adds_up(case),
            "- Not counted: direct feedback by the API, queries, downloads, old snapshots, taxes.",
            paragraph(
                f"- Prices of models: {source.package} {source.version}, {source.checked_on}. The others,",
                "from `benchmarks/cost_prices.json`:",
            ),
        ]
    )
    rows = [("price", "$", "unit", "AWS's page", "seen")]
    yield drawn(
        [*rows, *((name, f"{its.dollars:f}", its.unit, its.page, its.seen) for name, its in prices().items())]
    )


def _what_adds_up(case: Case) -> str:
    storage, adds = int(case.given["DatabaseStorageGiB"]), 10
    kept, vectors = (MILLION * each / GB for each in (KEPT_BYTES, KEPT_VECTOR_BYTES))
    months = int((storage * Decimal("0.9") - vectors - 1) / kept)
    files = sum(each.dollars for each in month(case) if each.what == "S3")
    more = adds * prices()["database storage"].dollars
    return paragraph(
        f"- It is the first month's bill. What adds up: a million rows leave {kept:.1f} GB in the",
        f"database, besides {vectors:.1f} GB of vectors, which are forgotten thirty days after their last",
        f"use. RDS adds {adds} GB, ${more:.2f} a month, when a tenth of its {storage} is left: of a million",
        f"rows a month after {months} months. S3 adds ${files:.2f} a month, and the key a dollar after each",
        "of its first two years, when it is rotated. So a second year costs some three dollars a month more,",
        "which is above the bar.",
    )
