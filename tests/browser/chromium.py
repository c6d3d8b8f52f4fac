"""The browser that the tests and the screenshots use: one that the machine has, kept off every network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NONE_HERE = "no Chromium on this machine: install `chromium`, or name one in TRUSTBENCH_CHROMIUM"
FLAGS = (
    "--disable-gpu",
    # Chromium's own connections: nothing may leave the machine, and a refused one would be an error on the page.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
NARROW, WIDE = 390, 1440  # pixels: a telephone, a laptop
HEIGHT = 900
SCHEMES = ("light", "dark")
FIRST = "overview"  # the page that the bare address shows
TALL = 5000  # a whole page: axe-core judges what is in the window, and a list of choices closes when the page scrolls
MILLISECONDS = 30_000  # generous: the machines that run the tests are shared
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
DRAWN = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].every(e => e.querySelector("svg"))
    && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')"""
BACKGROUND = """() => getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor"""


def find() -> str | None:
    """The browser's path: `TRUSTBENCH_CHROMIUM`, or the first of `NAMES` that is installed."""
    return os.environ.get("TRUSTBENCH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """The browser at `path`, with an empty profile of its own, until the block ends."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox does not start as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*FLAGS, *(["--no-sandbox"] if as_root else [])]
        )
        yield browser
        browser.close()


def address(site: str, page: str) -> str:
    """The address of a page of the dashboard at `site`; `page` is its path, and may have a query."""
    return f"{site}/{page.removeprefix(FIRST)}"


def settle(page: Page) -> None:
    """Wait until the page has its title, its script has ended, and every chart is drawn."""
    page.locator("h1").first.wait_for()
    page.locator(SETTLED).wait_for()
    page.wait_for_function(DRAWN)


def downloaded(button: Locator) -> tuple[str, bytes]:
    """The name and the content of what the button downloads.

    It is pressed by its key: a click can miss what still moves as fonts come in. A press that falls into the page's
    being drawn anew is lost, so it is pressed again, as a person would.
    """
    for wait in (MILLISECONDS / 3, MILLISECONDS / 3, MILLISECONDS):
        try:
            with button.page.expect_download(timeout=wait) as coming:
                button.press("Enter")
            return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()
        except TimeoutError:
            pass
    raise AssertionError(f"nothing was downloaded by {button.inner_text()!r}")


def turn(page: Page, scheme: str) -> None:
    """Give the page the browser's light or dark colours, and wait until it has taken them up."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    wanted = "<" if scheme == "dark" else ">"
    page.wait_for_function(f"() => parseInt(({BACKGROUND})().match(/\\d+/)[0]) {wanted} 128")
    settle(page)
