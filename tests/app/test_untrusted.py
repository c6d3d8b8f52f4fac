"""Text from models and files: shown as text, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.dashboard.untrusted import PASSAGE_LIMIT, cell, escaped, fired, markup, names, passage, visible
from tests.app.dashboard_root import PAYLOADS
from tests.app.page_reading import Reader

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_comes_out_as_the_same_text_and_as_nothing_else(payload: str) -> None:
    read = Reader(passage(payload))
    assert read.text == payload
    assert set(read.tags) == {"div", "/div"}


@given(ANY_TEXT, st.integers(0, 60), st.integers(0, 60))
def test_a_passage_holds_its_whole_text_whatever_is_marked(text: str, a: int, b: int) -> None:
    span = (min(a, b, len(text)), min(max(a, b), len(text)))
    read = Reader(passage(text or "x", span))
    assert read.text == visible(text or "x")
    assert {tag.strip("/") for tag in read.tags} <= {"div", "mark"}
    assert read.attributes == {"class", "dir"}


@given(ANY_TEXT)
def test_a_slot_adds_no_markup_of_its_own(text: str) -> None:
    read = Reader(markup("<p><b>{value}</b></p>", value=text))
    assert read.text == visible(text)
    assert [tag for tag in read.tags if tag[0] != "/"] == ["p", "b", "bdi"]


@given(ANY_TEXT)
def test_visible_text_is_utf8_and_has_no_deceptive_character(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not set(shown) & set("\x00\x07\x1b\x7f\x85\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u2028")
    assert not any("\U000e0000" <= character <= "\U000e01ef" for character in shown)


def test_tricks_are_shown_by_their_code() -> None:
    assert visible("a\x1b[31m\u202eb\0c\ud800\r\nd") == "a⟦U+001B⟧[31m⟦U+202E⟧b⟦U+0000⟧c⟦U+D800⟧\nd"


def test_letters_of_other_scripts_and_joined_emoji_stay() -> None:
    text = "نص عربي नमस्ते 你好 👩\u200d🚀 می\u200cخواهم"
    assert visible(text) == text


def test_source_stays_on_one_line_because_streamlit_dedents_it() -> None:
    assert "\n" not in passage("  first\n\n    second\t\n")
    assert Reader(passage("  first\n\n    second\t\n")).text == "  first\n\n    second\t\n"


def test_the_words_that_fired_are_marked() -> None:
    text = "Sorry <b>, I can't."
    assert Reader(passage(text, (11, 18))).marked == text[11:18]
    assert fired(text, (11, 18)) == "I can't"
    assert fired(text, None) is None


def test_a_megabyte_in_one_line_is_cut_around_the_mark() -> None:
    text = "<" * 600_000 + "THE END OF IT" + ">" * 400_000
    html = passage(text, (600_000, 600_013))
    assert len(html) < PASSAGE_LIMIT * 6
    assert "<mark>THE END OF IT</mark>" in html
    assert Reader(html).text.count("characters left out") == 2


def test_a_mark_that_covers_a_megabyte_is_cut_too() -> None:
    assert len(passage("x" * 1_000_000, (0, 1_000_000))) < PASSAGE_LIMIT * 2


@given(ANY_TEXT, st.integers(2, 50))
def test_a_cell_is_one_visible_line_within_its_limit(text: str, limit: int) -> None:
    shown = cell(text, limit)
    assert len(shown) <= limit
    assert "\n" not in shown
    shown.encode("utf-8")


def test_undefined_cells_are_empty() -> None:
    assert [cell(None), cell(float("nan")), cell(0), cell(False)] == ["", "", "0", "False"]


@given(st.lists(ANY_TEXT))
def test_names_are_unique_visible_and_never_a_reserved_word(values: list[str]) -> None:
    given_out = names(values, reserved=["All"])
    assert set(given_out) == set(values)
    assert len(set(given_out.values())) == len(given_out)
    assert "All" not in given_out.values()
    assert all(name.strip() for name in given_out.values())


def test_models_that_look_alike_are_told_apart() -> None:
    assert list(names(["x/a\u200b", "x/a\u200b ", "x/" + "m" * 99, "x/" + "m" * 98]).values()) == [
        "x/a⟦U+200B⟧", "x/a⟦U+200B⟧ (2)", f"x/{'m' * 45}…", f"x/{'m' * 45}… (2)",
    ]  # fmt: skip


def test_quotes_are_escaped_too() -> None:
    assert escaped("\"'<>&") == "&quot;&#x27;&lt;&gt;&amp;"
