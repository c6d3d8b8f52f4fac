"""The canonical form and the way back to the raw reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.text import HEAD_WINDOW, TAIL_WINDOW, canonical
from normalize.thinking import begins_line

CASES = [
    ("I\u2019m \u201cfine\u201d\u2014ok", 'I\'m "fine"-ok'),
    ("a\r\nb\rc", "a\nb\nc"),
    ("**Answer**: _5_", "Answer: 5"),
    ("2*3=6 and 2 * 3", "2*3=6 and 2 * 3"),
    ("5**2", "5**2"),
    ("**5**%", "5%"),
    ("* one\n* two", "* one\n* two"),
    ("snake_case", "snake_case"),
    ("use `x` here", "use x here"),
    ("```python\nx = 1\n```\nok", "\nx = 1\n\nok"),
    ("3\u00bd", "3 1/2"),
    ("\u00bd", "1/2"),
    ("10\u00b2", "10^2"),
    ("H\u2082O", "H2O"),
    ("\uff21\uff1a\u3000\uff11", "A: 1"),
    ("\u0663", "3"),
    ("x\u200by\u00adz\ufeff", "xyz"),
    ("a\x00b", "ab"),
    ("a\ud800b", "a\ufffdb"),
    ("\u2212 5", "- 5"),
    ("<think>secret</think>shown", "shown"),
    ("<think>never closed", ""),
    ("opened elsewhere</think>shown", "shown"),
    ("the `<think>` tag", "the <think> tag"),
    ("[THINK]secret[/THINK]shown", "shown"),
    ("<|channel|>analysis<|message|>x<|end|><|channel|>final<|message|>shown", "shown"),
]


@pytest.mark.parametrize(("raw", "wanted"), CASES)
def test_canonical_form(raw: str, wanted: str) -> None:
    assert canonical(raw).text == wanted


def test_plain_ascii_is_left_as_it_is() -> None:
    raw = "Plain text, 2 + 2 = 4.\n- item"
    assert canonical(raw).text is raw


def test_span_of_changed_text_is_the_raw_text_behind_it() -> None:
    raw = "**I can\u2019t** help"
    text = canonical(raw)
    start = text.text.index("I can't")
    assert raw[slice(*text.span(start, start + len("I can't")))] == "I can\u2019t"


def test_span_behind_removed_thinking_is_right() -> None:
    raw = "<think>a\nb</think>\nI refuse."
    text = canonical(raw)
    start = text.text.index("refuse")
    assert raw[slice(*text.span(start, start + 6))] == "refuse"


def test_middle_of_a_long_reply_is_passed_over() -> None:
    raw = "head " + "x" * 1_000_000 + " tail"
    text = canonical(raw)
    assert len(text.text) <= HEAD_WINDOW + TAIL_WINDOW + 2
    assert text.text.startswith("head")
    start = text.text.index("tail")
    assert raw[slice(*text.span(start, start + 4))] == "tail"


def test_long_thinking_does_not_push_the_answer_out_of_the_window() -> None:
    raw = "<think>" + "y" * 1_000_000 + "</think>The answer is 5."
    assert canonical(raw).text == "The answer is 5."


def test_fences_are_known_by_their_canonical_place() -> None:
    text = canonical("code:\n```\nx\n```")
    assert [text.text[:fence] for fence in text.fences] == ["code:\n", "code:\n\nx\n"]


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_every_span_lies_in_the_raw_reply(raw: str) -> None:
    text = canonical(raw)
    for start in range(0, len(text.text) + 1, 7):
        for end in range(start, len(text.text) + 1, 11):
            low, high = text.span(start, end)
            assert 0 <= low <= high <= len(raw)


@given(st.text(max_size=200))
def test_lower_case_keeps_the_offsets(raw: str) -> None:
    text = canonical(raw)
    assert len(text.lower) == len(text.text)


@given(st.text(alphabet="a1 \n*_`’‘“”–—'\"(.", max_size=60))
def test_plain_reply_is_read_as_one_with_rarer_characters_is(raw: str) -> None:
    common, rare = canonical(f"{raw}\n"), canonical(f"{raw}\n\u200b")
    assert (common.text, common.lower, common.fences) == (rare.text, rare.lower, rare.fences)


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_canonical_form_can_be_stored_and_has_one_kind_of_line_end(raw: str) -> None:
    text = canonical(raw).text
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\r" not in text
    assert "\x00" not in text


@given(st.text(alphabet="a \t\n\r\u2028", max_size=8), st.integers(0, 8))
def test_a_line_begins_where_nothing_but_blanks_stands_before(text: str, position: int) -> None:
    before = text[: min(position, len(text))]
    assert begins_line(text, len(before)) == (not before.rpartition("\n")[2].strip())
