"""The dashboard as a person uses it in Chromium: filters, addresses to pass on, a search, a reply that means harm."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from leaderboard.dashboard.untrusted import cell
from tests.app.dashboard_root import PAYLOADS
from tests.browser.chromium import downloaded, settle
from tests.browser.conftest import Tab
from tests.browser.measured_root import HOSTILE_MODEL, HOSTILE_WORDS, LONG_ITEM, LONG_LINE

LINKED = ["Compare", "Responses"]  # those of which links are passed on most; tests/app looks at every page
TEXT = """() => document.querySelector('[data-testid="stMain"]').innerText"""


@pytest.mark.parametrize("visited", LINKED, indirect=True)
def test_a_filter_changes_the_view_and_the_address_and_the_address_shows_that_view(visited: Tab, tab: Tab) -> None:
    page = visited.page
    page.bring_to_front()  # a list of choices closes in a tab that is not in front
    before, address = page.evaluate(TEXT), page.url
    pick_another(page, page.get_by_test_id("stMain").get_by_test_id("stSelectbox").all())
    page.wait_for_url(lambda url: url != address)
    settle(page)
    assert page.evaluate(TEXT) != before
    tab.go(page.url)
    assert tab.page.evaluate(TEXT) == page.evaluate(TEXT)
    assert tab.errors == []
    assert tab.elsewhere == []


def pick_another(page: Page, filters: list[Locator]) -> None:
    """Choose the last option of the first select box that offers more than what it shows."""
    for box in filters:
        field = box.get_by_role("combobox")
        shown = field.input_value()
        field.click()
        page.get_by_role("option").first.wait_for()
        others = [name for name in page.get_by_role("option").all_inner_texts() if name != shown]
        if others:
            field.fill(others[-1])
            page.keyboard.press("Enter")
            expect(field).to_have_value(others[-1])
            return
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
    raise AssertionError("no select box offers a choice")


def test_a_search_is_in_the_address_and_finds_text_in_the_responses(tab: Tab) -> None:
    page = tab.open("responses?" + urlencode({"model": "local/alpha-1", "benchmark": "safety"}))
    page.get_by_label("Text in the prompt or the response").fill("boil the water")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=boil*")
    settle(page)
    expect(page.locator(".tb-passage", has_text="boil the water")).not_to_have_count(0)
    assert tab.errors == []


def test_hostile_replies_are_shown_letter_for_letter_stay_text_and_download_whole(tab: Tab) -> None:
    query = {"model": cell(HOSTILE_MODEL), "benchmark": "reasoning", "item": LONG_ITEM, "of_run": "1"}
    page = tab.open(f"responses?{urlencode(query)}")
    for summary in page.get_by_test_id("stMain").locator("details:not([open]) > summary").all():
        summary.click()
    reply = page.locator(".tb-passage", has_text="characters left out")
    for payload in PAYLOADS:
        expect(reply).to_contain_text(payload)
    for sign in ("⟦U+001B⟧", "⟦U+202E⟧", "⟦U+0000⟧", "⟦U+D800⟧"):
        expect(reply).to_contain_text(sign)
    assert len(reply.inner_text()) < len(LONG_LINE)
    assert page.evaluate("() => window.HOSTILE") is None
    stored = json.loads(downloaded(page.get_by_role("button", name="Download the stored line"))[1])
    assert stored["response"].startswith(HOSTILE_WORDS + " " + LONG_LINE)
    assert tab.errors == []
    assert tab.elsewhere == []
