"""Renders the report: one HTML file without a script and without anything from elsewhere."""

import base64
import hashlib
import re
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.notify import words
from services.notify.report_figures import ReportFigures
from services.notify.report_view import report_view

# Control characters that no HTML text may hold; a line break and a tab may stand.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def draw(figures: ReportFigures, threshold: float, bucket: str, model_note: str, now: datetime) -> bytes:
    """The page, UTF-8; the arguments are those of `report_view`."""
    variables = report_view(figures, threshold, bucket, model_note, now)
    return environment().get_template("report.html.j2").render(variables).encode()


@cache
def environment() -> Environment:
    """The templates, with numbers and dates as filters. What they are given is text and is escaped."""
    templates = Environment(
        loader=PackageLoader("services.notify"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= words.FILTERS
    templates.globals |= {"policy": _policy(templates), "sampled": words.sampled}
    return templates


def printable(value: Any) -> str:
    """A value as it goes into the page, before it is escaped: without characters that HTML forbids."""
    return value if isinstance(value, Markup) else _FORBIDDEN.sub("\ufffd", str(value))


def _policy(templates: Environment) -> str:
    """The content security policy: nothing may be loaded, sent or run; only our own style sheet counts."""
    css = templates.get_template("report.css").render()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
