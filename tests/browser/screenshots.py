"""Photographs every page of the dashboard over a real run: wide and narrow, light and dark.

Reads what the dashboard reads; writes PNG files to `.screenshots/`, and with --readme the README's pictures to
leaderboard/dashboard/screenshots/.

    python3 -m tests.browser.screenshots --root .
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from leaderboard.dashboard.site import PAGES
from tests.browser.chromium import HEIGHT, NARROW, NONE_HERE, SCHEMES, WIDE, address, find, launched, settle
from tests.browser.dashboard_server import dashboard
from utils.cli import layout_from, run_stage, stage_parser
from utils.errors import UserError
from utils.layout import REPOSITORY

FOLDER = REPOSITORY / ".screenshots"
README_FOLDER = REPOSITORY / "leaderboard" / "dashboard" / "screenshots"
TALLEST = 6000  # pixels of a page; what is below is left out
CONTENT = """() => document.querySelector('[data-testid="stMain"]').scrollHeight"""


@dataclass(frozen=True)
class Picture:
    """One of the README's pictures: a page (with its query) as it is first seen in a window of this size."""

    name: str
    page: str
    scheme: str
    height: int


README_PICTURES = (
    Picture("overview", "overview", "light", 1280),
    Picture("safety", "safety", "dark", 1000),
    Picture("compare", "compare", "light", 1000),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pictures; returns the exit code."""
    parser = stage_parser(
        "tests.browser.screenshots",
        "Photographs every page of the dashboard: wide and narrow, light and dark.",
        "python3 -m tests.browser.screenshots --root .",
    )
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="where the pictures go")
    parser.add_argument("--readme", action="store_true", help="make the README's pictures anew instead")
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    chromium = find()
    if chromium is None:
        raise UserError(NONE_HERE)
    if not (layout.results / "metrics.json").is_file():
        raise UserError(f"{layout.results}: holds nothing to show; run `make run`, or name another run with ROOT=DIR")
    with dashboard(layout.root, layout.benchmarks) as site, launched(chromium) as browser:
        written = _readme_pictures(browser, site) if arguments.readme else _every_page(browser, site, arguments.out)
    print(f"{len(written)} pictures written to {written[0].parent}")
    return 0


def _every_page(browser: Browser, site: str, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for width in (WIDE, NARROW):
        for scheme in SCHEMES:
            for path in [path for entries in PAGES.values() for path, *_ in entries]:
                page = _opened(browser, site, path, width, HEIGHT, scheme)
                page.set_viewport_size({"width": width, "height": min(TALLEST, max(HEIGHT, page.evaluate(CONTENT)))})
                settle(page)
                written.append(folder / f"{path}-{width}-{scheme}.png")
                page.screenshot(path=written[-1], animations="disabled")
                page.context.close()
    return written


def _readme_pictures(browser: Browser, site: str) -> list[Path]:
    README_FOLDER.mkdir(exist_ok=True)
    written = []
    for picture in README_PICTURES:
        page = _opened(browser, site, picture.page, WIDE, picture.height, picture.scheme)
        with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as image:
            written.append(README_FOLDER / f"{picture.name}.png")
            image.convert("RGB").save(written[-1], optimize=True)
        page.context.close()
    return written


def _opened(browser: Browser, site: str, path: str, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address(site, path))
    settle(page)
    return page


if __name__ == "__main__":
    run_stage(main)
