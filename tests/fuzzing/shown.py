"""What the dashboard shows of others' text, and what it takes from its address."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch

from leaderboard.dashboard import address, untrusted
from tests.fuzzing.target import Target, text_of

_OUR_TAGS = {"div", "mark", "span", "bdi"}
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class _Tags(HTMLParser):
    """The tags, attributes and text of what was made."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.tags.add("comment")


def check_text(data: bytes) -> None:
    """Whatever the text is: it is visible, can be stored, makes no tag of its own, and none of it is lost."""
    text = text_of(data)
    shown = untrusted.visible(text)
    assert not _INVISIBLE.search(shown)
    assert untrusted.visible(shown) == shown
    shown.encode("utf-8")
    assert len(untrusted.cell(text, 20)) <= 20
    assert "\n" not in untrusted.cell(text)
    middle = len(text) // 2
    whole = _checked(untrusted.passage(text))
    assert whole == (shown or "(empty)") or len(text) > untrusted.PASSAGE_LIMIT
    _checked(untrusted.passage(text, (middle // 2, middle), limit=64))
    _checked(untrusted.pieces([(text[:middle], False), (text[middle:], True)], before=1, after=2))
    _checked(untrusted.markup("<div>{name}</div>", name=text))
    assert html.unescape(untrusted.escaped(text)) == shown


def _checked(made: str) -> str:
    """The text within HTML of ours, once it is known to hold nothing but our tags."""
    parser = _Tags()
    parser.feed(made)
    parser.close()
    assert parser.tags <= _OUR_TAGS, parser.tags
    assert parser.attributes <= {"class", "dir"}, parser.attributes
    assert "\n" not in made
    return "".join(parser.text)


def check_names(data: bytes) -> None:
    """Each value has a name of its own, however alike they look."""
    values = text_of(data).split("\x1f")
    made = untrusted.names(values, reserved=("all",))
    assert set(made) == set(values)
    assert len(set(made.values())) == len(made)
    assert "all" not in made.values()


class _Query(dict[str, Any]):
    """The parameters of an address, as Streamlit gives them: a list each, of which `get` gives the last."""

    def get_all(self, key: str) -> list[str]:
        return list(super().get(key, []))

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, [default])[-1]


class _Page:
    """What `address` uses of Streamlit: the parameters, and what is kept between two drawings."""

    def __init__(self, query: dict[str, list[str]]) -> None:
        self.query_params = _Query(query)
        self.session_state: dict[str, Any] = {}


def check_address(data: bytes) -> None:
    """Whatever the address says, a widget is given one of its own choices."""
    try:
        value = json.loads(data)
        query = {str(name): [str(each) for each in listed] for name, listed in value.items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        query = {"model": text_of(data).split("\x1f"), "models": text_of(data).split(","), "text": [text_of(data)]}
    query = {name: listed for name, listed in query.items() if listed}
    choices, several = ["a/b", "c/d"], ["x", "y", ""]
    page = _Page(query)
    with patch.object(address, "st", page):
        for name in ("overview", "compare"):
            address.arrive(name)
            address.follow_one("model", choices)
            address.follow_several("models", several, usual=several[:1])
            address.follow_text("text", 50)
            address.follow_switch("only")
            state = page.session_state
            assert state["model"] in choices
            assert set(state["models"]) <= set(several)
            assert len(state["text"]) <= 50
            assert state["only"] in (True, False)


def text_seeds() -> Iterator[bytes]:
    for text in (
        "<script>alert(1)</script>", "**bold** [x](javascript:a) ![](http://x) $x^2$", "a\u202eb\u200b\u0000", "\r\n",
        "&lt;b&gt; &#60;", "{name} {0} {", "`code`\n\n- list\n# head", "</div><!-- -->", "e\u0301\u0327" * 9, "",
    ):  # fmt: skip
        yield text.encode()


def name_seeds() -> Iterator[bytes]:
    yield "\x1f".join(["a/b", "a/b ", "a/b (2)", "all", "", " ", "\u202e", "x" * 60, "x" * 61]).encode()


def address_seeds() -> Iterator[bytes]:
    yield json.dumps({"model": ["c/d"], "models": ["x", "z"], "text": ["find this"], "only": ["True"]}).encode()
    yield json.dumps({"model": ["../x", "a/b"], "models": [""]}).encode()


_MARKUP = [
    "<",
    ">",
    "&",
    '"',
    "'",
    "</",
    "<!--",
    "-->",
    "&#",
    ";",
    "<mark>",
    "\u202e",
    "\u2028",
    "\x00",
    "\r",
    "{name}",
]
TARGETS = (
    Target("shown_text", check_text, text_seeds, _MARKUP),
    Target("shown_names", check_names, name_seeds, ["\x1f", " (2)", "all", "\u200b"]),
    Target("address", check_address, address_seeds, ['"model"', '"models"', '"text"', '""'], is_json=True),
)
