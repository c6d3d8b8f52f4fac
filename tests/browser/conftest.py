"""One root and one server for the session, one browser for each file of tests, and what a tab did while it was open."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from leaderboard.dashboard.site import PAGES
from tests.browser.chromium import FIRST, MILLISECONDS, NONE_HERE, TALL, WIDE, address, find, launched, settle
from tests.browser.dashboard_server import HOST, dashboard
from tests.browser.measured_root import write_root

TITLES = [title for entries in PAGES.values() for _, title, *_ in entries]
# A page opened by its own address asks for these under its own path first, and then at the root, where they are.
ASKED_TWICE = re.compile(r"/[a-z]+/_stcore/(?:health|host-config)")


@dataclass
class Tab:
    """A page of the dashboard in a tab of the browser, and what went wrong there."""

    page: Page
    site: str
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def open(self, path: str) -> Page:
        """Go to a page of the dashboard by its path."""
        return self.go(address(self.site, path))

    def go(self, url: str) -> Page:
        """Go to an address, in front of the other tabs."""
        self.page.bring_to_front()
        self.page.goto(url)
        settle(self.page)
        return self.page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not ASKED_TWICE.fullmatch(urlsplit(message.location["url"]).path):
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and urlsplit(request.url).hostname != HOST:
            self.elsewhere.append(request.url)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one the test is skipped, or fails where TRUSTBENCH_CHROMIUM_REQUIRED is set."""
    found = find()
    if found is None and os.environ.get("TRUSTBENCH_CHROMIUM_REQUIRED"):
        pytest.fail(NONE_HERE)
    if found is None:
        pytest.skip(NONE_HERE)
    return found


@pytest.fixture(scope="session")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard over results that the real steps made."""
    layout = write_root(tmp_path_factory.mktemp("measured"))
    with dashboard(layout.root, layout.benchmarks) as running:
        yield running


@pytest.fixture(
    scope="module"
)  # not longer: playwright keeps an event loop running, which other files' tests must not meet
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as running:
        yield running


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for a file's tests: the second page takes Streamlit's scripts from its cache."""
    context = browser.new_context(
        viewport={"width": WIDE, "height": TALL}, color_scheme="light", reduced_motion="reduce", accept_downloads=True
    )
    context.set_default_timeout(MILLISECONDS)
    yield context
    context.close()


@pytest.fixture(scope="module")
def walking(window: BrowserContext, site: str) -> Iterator[Tab]:
    """One tab, in which a person goes from page to page."""
    tab = Tab(window.new_page(), site)
    tab.open(FIRST)
    yield tab
    tab.page.close()


@pytest.fixture(scope="module", params=TITLES)
def visited(request: pytest.FixtureRequest, walking: Tab) -> Tab:
    """Each page of the dashboard in turn, reached through the navigation."""
    walking.page.bring_to_front()
    link = walking.page.get_by_test_id("stSidebarNav").get_by_role("link", name=request.param, exact=True)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")
    expect(walking.page).to_have_title(f"{request.param} · TrustBench")
    settle(walking.page)
    return walking


@pytest.fixture(scope="module")
def second_tab(window: BrowserContext, site: str) -> Iterator[Tab]:
    tab = Tab(window.new_page(), site)
    yield tab
    tab.page.close()


@pytest.fixture
def tab(second_tab: Tab) -> Tab:
    """Another tab, in which pages are opened by their addresses."""
    second_tab.errors.clear()
    second_tab.elsewhere.clear()
    return second_tab
