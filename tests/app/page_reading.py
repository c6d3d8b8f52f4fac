"""What a browser or a person would find on a page."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., AppTest]
"""Runs the app: (page, root, arguments=None, **query parameters) -> the page."""

# path -> title
PAGES = {
    "overview": "Leaderboard",
    "safety": "Safety",
    "ambiguity": "Ambiguity",
    "reasoning": "Reasoning",
    "calibration": "Calibration",
    "consistency": "Consistency",
    "deltas": "Differences from the baseline",
    "compare": "Compare",
    "responses": "Responses",
    "run": "Run",
    "provenance": "Provenance",
}


def shown_code(app: AppTest) -> str:
    """What the page shows as code: commands, and the words of errors."""
    return "\n".join(element.value for element in app.code)


class Reader(HTMLParser):
    """The tags, attributes and text that a browser would find."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.marked = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags[-1:] == ["mark"]:
            self.marked += data
