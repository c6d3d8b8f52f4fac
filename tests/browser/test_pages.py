"""Every page in Chromium: whole, quiet, offline, legible to a screen reader, and with hostile text that stays text."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.chromium import turn
from tests.browser.conftest import Tab

SEVERE = ("serious", "critical")
# What is Streamlit's own and cannot be put right from here: a rule of axe-core, and where its finding is accepted.
ACCEPTED = {
    "list": '[data-testid="stSidebarNavItems"]',  # its sections stand between the list and its entries
    "listitem": '[data-testid="stSidebarNavItems"]',
}
LIVE = """() => [...document.querySelectorAll(
    'iframe, object, embed, .katex, [onerror], [href*="hostile"], [src*="hostile"]')].map(e => e.outerHTML)"""


def test_a_page_is_drawn_without_an_error_and_from_this_machine_alone(visited: Tab) -> None:
    expect(visited.page.locator("h1")).to_have_count(1)
    expect(visited.page.get_by_test_id("stException")).to_have_count(0)
    assert visited.errors == []
    assert visited.elsewhere == []


def test_nothing_that_a_model_wrote_comes_alive(visited: Tab) -> None:
    assert visited.page.evaluate("() => window.HOSTILE") is None
    assert visited.page.evaluate(LIVE) == []


def test_a_page_is_accessible_in_light(visited: Tab) -> None:
    turn(visited.page, "light")
    assert severe_findings(visited.page) == []


def test_a_page_is_legible_in_dark(visited: Tab) -> None:
    turn(visited.page, "dark")  # colours alone change
    assert severe_findings(visited.page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []
    turn(visited.page, "light")
    assert visited.errors == []


def severe_findings(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe-core finds serious or critical: rule, element and reason."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **(options or {})}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
        if not _accepted(page, rule["id"], node["target"][0])
    ]


def _accepted(page: Page, rule: str, target: str) -> bool:
    around = ACCEPTED.get(rule)
    return around is not None and bool(
        page.evaluate("([target, around]) => document.querySelector(target).closest(around) !== null", [target, around])
    )
