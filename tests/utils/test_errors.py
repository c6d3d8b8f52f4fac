"""The errors that a user reads: one printable line that says where, what and what next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import InputError, UserError, one_line, quoted

any_text = st.text(st.characters() | st.sampled_from("\n\r\t\0\x1b\u2028\u202e\ud800"), max_size=700)


@given(any_text, st.integers(1, 600))
def test_anything_becomes_one_printable_line_of_bounded_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert len(line) <= limit
    line.encode("utf-8")


@given(any_text)
def test_a_line_that_is_one_already_is_not_changed(text: str) -> None:
    once = one_line(text)
    assert one_line(once) == once


def test_what_can_be_read_stays_and_what_cannot_is_marked() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("red \x1b[31m é😀") == "red �[31m é😀"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


@given(any_text | st.lists(any_text) | st.dictionaries(any_text, st.integers()))
def test_a_quoted_value_is_one_short_printable_line(value: Any) -> None:
    assert quoted(value).isprintable()
    assert len(quoted(value)) <= 60


def test_a_quoted_value_shows_its_type() -> None:
    assert [quoted(value) for value in ("1", 1, None, ["a"], "a\nb")] == ["'1'", "1", "None", "['a']", "'a\\nb'"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "b/s.jsonl: is empty"),
        ({"line": 3}, "b/s.jsonl:3: is empty"),
        ({"field": "id"}, "b/s.jsonl: field 'id': is empty"),
        ({"line": 3, "field": "id"}, "b/s.jsonl:3: field 'id': is empty"),
        ({"line": 3, "field": "id", "hint": "run `x`"}, "b/s.jsonl:3: field 'id': is empty; run `x`"),
    ],
)
def test_an_input_error_says_where_what_and_what_next(parts: dict[str, Any], message: str) -> None:
    error = InputError(Path("b/s.jsonl"), "is empty", **parts)
    assert str(error) == message
    assert (error.path, error.problem) == (Path("b/s.jsonl"), "is empty")
    assert (error.line, error.field, error.hint) == (parts.get("line"), parts.get("field"), parts.get("hint", ""))
    assert isinstance(error, UserError)


@given(any_text, any_text)
def test_an_input_error_is_one_line_whatever_the_input_holds(problem: str, field: str) -> None:
    message = str(InputError("s.jsonl", problem, line=1, field=field))
    assert message.startswith("s.jsonl:1:")
    assert message.isprintable()
    assert len(message) <= 500
