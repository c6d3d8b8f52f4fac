"""Stated confidence in many wordings (stated.toml), and the closing line `Confidence: N`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidence.stated import (
    _INLINE,
    INLINE_LIMIT,
    MISSING,
    WORDS,
    StatedConfidence,
    read_stated,
    split_inline_confidence,
)

TABLE = tomllib.loads((Path(__file__).parent / "stated.toml").read_text(encoding="utf-8"))["wordings"]


def expected(value: float | str, rule: str) -> StatedConfidence:
    return StatedConfidence(None if value == "-" else pytest.approx(value), rule)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_wording_is_read_on_the_percent_scale(row: list[str]) -> None:
    assert read_stated(row[0], "percent") == expected(row[1], row[2])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_wording_is_read_on_an_unknown_scale(row: list[str]) -> None:
    assert read_stated(row[0]) == expected(row[3], row[4])


def test_missing_confidence_never_becomes_a_number() -> None:
    assert read_stated("").value is None
    assert read_stated("I cannot tell you that.", "percent").value is None


def test_words_of_the_scale_are_probabilities() -> None:
    assert all(0 <= value <= 1 for value in WORDS.values())
    assert all(read_stated(word) == StatedConfidence(value, "words") for word, value in WORDS.items())


INLINE = [
    ("Answer: 5\nConfidence: 85", "Answer: 5", 0.85, "number_of_100"),
    ("Answer: 5\n\n**Confidence:** 90%\n", "Answer: 5\n", 0.90, "percent"),
    ("Answer: 5\r\nConfidence: 85\r\n", "Answer: 5\r", 0.85, "number_of_100"),
    ("Answer: 5\nConfidence (0-100): 70", "Answer: 5", 0.70, "number_of_100"),
    ("Answer: 5\nconfidence = 60/100", "Answer: 5", 0.60, "out_of_100"),
    ("Confidence: 85", "", 0.85, "number_of_100"),
    ("Answer: 5\nConfidence: 0.9", "Answer: 5", None, "ambiguous"),
    ("Answer: 5\nConfidence: 120", "Answer: 5", None, "out_of_range"),
    ("Answer: 5\nConfidence:", "Answer: 5", None, "missing"),
    ("Answer: 5", "Answer: 5", None, "missing"),
    ("Confidence: 85\nAnswer: 5", "Confidence: 85\nAnswer: 5", None, "missing"),
    ("I have confidence in bread.", "I have confidence in bread.", None, "missing"),
    ("", "", None, "missing"),
]


@pytest.mark.parametrize(("reply", "rest", "value", "rule"), INLINE)
def test_closing_line_is_split_off(reply: str, rest: str, value: float | None, rule: str) -> None:
    assert split_inline_confidence(reply) == (rest, StatedConfidence(value, rule))


@given(st.integers(0, 100))
def test_every_whole_percentage_is_read(percent: int) -> None:
    assert read_stated(f"{percent}%").value == percent / 100
    assert read_stated(f"{percent}", "percent").value == percent / 100
    assert read_stated(f"{percent}/100").value == percent / 100


@given(st.text(alphabet=st.characters(codec=None), max_size=200), st.sampled_from(["percent", "unknown"]))
def test_any_text_gives_a_probability_or_a_reason(text: str, scale: str) -> None:
    read = read_stated(text, scale)  # type: ignore[arg-type]
    assert read.value is None or 0 <= read.value <= 1
    assert (read.value is None) == (read.rule in ("missing", "out_of_range", "ambiguous"))


@given(st.text(max_size=200))
def test_split_keeps_the_reply_but_for_its_last_line(reply: str) -> None:
    rest, stated = split_inline_confidence(f"{reply}\nConfidence: 70")
    assert rest == reply
    assert stated.value == 0.7


endings = st.lists(
    st.sampled_from(["\n", "Confidence", "CONFİDENCE", " level", ":", "=", " 80", "80%", "* ", "> ", " ", "\t", "\x1c",
                     "x", "\u2028", " (0-100)", "y" * 295]), max_size=12,
).map("".join)  # fmt: skip


@given(endings)
def test_the_closing_line_is_found_where_a_search_through_the_end_finds_it(reply: str) -> None:
    match = _INLINE.search(reply, max(0, len(reply.rstrip()) - INLINE_LIMIT))
    wanted = (reply, MISSING) if match is None else (reply[: match.start()], read_stated(match["value"], "percent"))
    assert split_inline_confidence(reply) == wanted


def test_a_megabyte_of_numbers_is_read_from_its_end() -> None:
    assert read_stated("1," * 500_000 + "\nConfidence: 80%").value == 0.8
