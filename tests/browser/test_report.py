"""A report full of other people's markup, opened in a real browser: nothing of it runs or is fetched."""

import re

import pytest

from services.notify import report
from tests.browser.conftest import Open
from tests.unit.notify.figures_case import NOW, figures_saying, some_figures

RAN = "document.title = 'ran'"
ATTACKS = {
    "script": f"<script>{RAN}</script>",
    "closing the style": f"</style></title></textarea><script>{RAN}</script>",
    "script from elsewhere": "<script src=/ran-script></script>",
    "image": f'"><img src=/ran-image onerror="{RAN}">',
    "drawing": f'<svg onload="{RAN}"></svg>',
    "frame": "<iframe src=/ran-frame></iframe>",
    "script in a frame": f'<iframe src="javascript:parent.{RAN}"></iframe>',
    "object": "<object data=/ran-object></object>",
    "style": "<style>@import '/ran-import'; * { background: url(/ran-background) }</style>",
    "style sheet": "<link rel=stylesheet href=/ran-sheet>",
    "attribute": f'\' " autofocus tabindex=0 onfocus="{RAN}" x="<input autofocus onfocus="{RAN}">',
    "opened details": f'<details open ontoggle="{RAN}"></details>',
    "sound": f'<audio src=/ran-audio onerror="{RAN}"></audio>',
}
# A policy of the page itself cannot forbid it to be left.
LEAVING = '<meta http-equiv=refresh content="0;url=/ran-refresh">'
LINK = f'<a href="javascript:{RAN}">click</a>'


def drawn(text: str) -> str:
    return report.draw(figures_saying(text), 0.2, text, text, NOW).decode()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_does_its_work_where_nothing_stops_it(opened: Open, attack: str) -> None:
    seen = opened(f"<!doctype html><title>quiet</title><p>{ATTACKS[attack]}</p>")

    assert seen.asked or "<title>ran</title>" in seen.dom


def test_leaving_the_page_works_where_nothing_stops_it(opened: Open) -> None:
    assert opened(f"<!doctype html><title>quiet</title>{LEAVING}").asked == {"/ran-refresh"}


def test_a_report_runs_and_fetches_nothing(opened: Open) -> None:
    seen = opened(drawn("".join(ATTACKS.values()) + LINK + LEAVING))

    assert seen.asked == frozenset()
    assert "<title>ran</title>" not in seen.dom
    assert "ran-script" in seen.dom, "it is shown as text"
    tags = set(re.findall(r"<([a-z]+)", seen.dom))
    assert tags.isdisjoint(
        {"script", "img", "iframe", "object", "a", "link", "audio", "input", "form", "base"}
    )


def test_its_policy_alone_would_stop_them(opened: Open) -> None:
    head, _, body = drawn("fine").partition("<body>")
    assert "Content-Security-Policy" in head

    seen = opened(f"{head}<body>{''.join(ATTACKS.values())}{body}")

    assert seen.asked == frozenset()
    assert "<title>ran</title>" not in seen.dom


def test_a_plain_report_shows_its_own_style(opened: Open) -> None:
    seen = opened(report.draw(some_figures(), 0.2, "data", "", NOW).decode())

    assert "<style>" in seen.dom
    assert "<svg" in seen.dom
