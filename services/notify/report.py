"""The report's page: one file without a script and without anything from elsewhere."""

import base64
import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

from services.notify import overview, provenance, report_charts, themes, troubles, words
from services.notify.figures import Figures
from services.notify.markup import Markup, element, styles

_CSS = Path(__file__).with_name("report.css")


def draw(figures: Figures, threshold: float, bucket: str, model_note: str, now: datetime) -> bytes:
    """The page, UTF-8.

    Args:
        threshold: the share of failed and rejected rows above which it says that it needs attention.
        bucket: where the other files lie.
        model_note: what people should know of the model; may be empty.
        now: UTC, without a zone.
    """
    main = element(
        "main",
        overview.header(figures, threshold),
        overview.account(figures),
        themes.categories(figures),
        themes.new_categories(figures),
        report_charts.over_time(figures),
        report_charts.stars_and_products(figures),
        themes.examples(figures),
        troubles.unknown(figures),
        troubles.failed(figures),
        troubles.rejected(figures),
        provenance.how_it_was_made(figures, bucket, model_note, now),
        provenance.closing(now),
    )
    page = element("html", _head(words.title(figures.execution)), element("body", main), lang="en")
    return f"<!doctype html>\n{page}\n".encode()


def _head(title: str) -> Markup:
    css = _css()
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(css)),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} – customer feedback report"),
        styles(css),
    )


def _policy(css: str) -> str:
    """Nothing may be loaded, sent or run; only this very style sheet counts."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _css() -> str:
    return _CSS.read_text("utf-8")
