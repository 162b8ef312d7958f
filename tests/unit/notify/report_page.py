"""The report as a browser reads it."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from typing_extensions import override

import services.notify
from services.notify import report
from services.notify.report_figures import ReportFigures
from tests.unit.notify.figures_case import (
    NOW,
)

TEMPLATES = Path(services.notify.__file__).with_name("templates")
HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x00\x1b[31m\u202e{{7*7}}"


class Page(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements close in the order in which they opened"

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def drawn(figures: ReportFigures, **changes: Any) -> str:
    arguments: dict[str, Any] = {"threshold": 0.2, "bucket": "data", "model_note": "", "now": NOW} | changes
    return report.draw(figures, **arguments).decode()


def read(figures: ReportFigures, **changes: Any) -> Page:
    return Page(drawn(figures, **changes))
