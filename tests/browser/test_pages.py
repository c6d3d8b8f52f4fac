"""Every page in Chromium: whole, quiet, offline, legible to a screen reader, and with hostile text that stays text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import SCHEMES, downloaded, turn
from tests.browser.conftest import TITLES, Tab

SEVERE = ("serious", "critical")
ALSO = ("heading-order",)  # which axe-core calls moderate
# What is Streamlit's own and cannot be put right from here: a rule of axe-core, and where its finding is accepted.
ACCEPTED = {
    "list": '[data-testid="stSidebarNavItems"]',  # its sections stand between the list and its entries
    "listitem": '[data-testid="stSidebarNavItems"]',
}
SCHEME = "() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # in dark: colours alone change
LIVE = """() => [...document.querySelectorAll(
    'iframe, object, embed, .katex, [onerror], [href*="hostile"], [src*="hostile"]')].map(e => e.outerHTML)"""


def parse_csv(content: bytes) -> None:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def parse_json(content: bytes) -> None:
    assert json.loads(content)


def parse_png(content: bytes) -> None:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        image.verify()


def parse_svg(content: bytes) -> None:
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(content).iter()}
    assert "svg" in tags
    assert not tags & {"script", "image", "foreignObject"}


PARSERS: dict[str, Callable[[bytes], None]] = {
    ".csv": parse_csv,
    ".json": parse_json,
    ".png": parse_png,
    ".svg": parse_svg,
}


def test_a_page_is_drawn_without_an_error_and_from_this_machine_alone(visited: Tab) -> None:
    expect(visited.page.locator("h1")).to_have_count(1)
    expect(visited.page.get_by_test_id("stException")).to_have_count(0)
    assert visited.errors == []
    assert visited.elsewhere == []


def test_nothing_that_a_model_wrote_comes_alive(visited: Tab) -> None:
    assert visited.page.evaluate("() => window.HOSTILE") is None
    assert visited.page.evaluate(LIVE) == []


def test_a_page_is_accessible_in_light_and_legible_in_dark(visited: Tab) -> None:
    shown = visited.page.evaluate(SCHEME)  # the last page's second: turning a page costs as much as judging it
    for scheme in sorted(SCHEMES, key=lambda name: name != shown):
        turn(visited.page, scheme)
        assert severe_findings(visited.page, CONTRAST if scheme == "dark" else {}) == [], scheme
    assert visited.errors == []


def test_each_kind_of_download_of_a_page_arrives_and_parses(visited: Tab) -> None:
    buttons: dict[str, Locator] = {}
    first = visited.page.title().startswith(TITLES[0])
    for button in visited.page.get_by_test_id("stMain").get_by_test_id("stDownloadButton").all():
        kind = button.inner_text()
        if button.is_visible() and (first or not kind.endswith("PNG")):  # a PNG takes long, and is drawn from the SVG
            buttons.setdefault(kind, button)
    for button in buttons.values():
        name, content = downloaded(button.get_by_role("button"))
        PARSERS[Path(name).suffix](content)
    assert visited.errors == []
    assert visited.elsewhere == []


def severe_findings(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core finds serious or critical: rule, element and reason."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in SEVERE or rule["id"] in ALSO
        for node in rule["nodes"]
        if not _accepted(page, rule["id"], node["target"][0])
    ]


def _accepted(page: Page, rule: str, target: str) -> bool:
    around = ACCEPTED.get(rule)
    return around is not None and bool(
        page.evaluate("([target, around]) => document.querySelector(target).closest(around) !== null", [target, around])
    )
