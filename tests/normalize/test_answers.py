"""The final answer of a reply; the table of wordings is answers.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.answers import read_answer

WORDINGS = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))
OPTIONS = ("red", "blue", "green", "yellow")
CASES = [(answer_type, reply, wanted) for answer_type, rows in WORDINGS.items() for reply, wanted in rows]


@pytest.mark.parametrize(("answer_type", "reply", "wanted"), CASES)
def test_answer_is_read_in_any_wording(answer_type: str, reply: str, wanted: str) -> None:
    choices = OPTIONS if answer_type == "choice" else ()
    assert read_answer(reply, answer_type, choices).prediction == wanted


def test_span_leads_back_to_the_raw_reply() -> None:
    reply = "<think>\u2026</think>\r\n**Answer:** \u201c(B)\u201d maybe"
    reading = read_answer(reply, "choice", OPTIONS)
    assert reading.span is not None
    assert reply[slice(*reading.span)] == "(B)"


def test_reply_cut_off_before_an_answer_is_invalid() -> None:
    reading = read_answer("First we add 3 and 4, which gives 7. Then we", "number", finish_reason="length")
    assert (reading.prediction, reading.rule) == ("invalid", "cut_off")


def test_committed_answer_counts_although_the_reply_was_cut_off() -> None:
    assert read_answer("Answer: 7\n\nTo see why, we", "number", finish_reason="length").prediction == "7"


@pytest.mark.parametrize("finish_reason", ["refusal", "content_filter"])
def test_stopped_reply_holds_no_answer(finish_reason: str) -> None:
    assert read_answer("Answer: 7", "number", finish_reason=finish_reason).prediction == "invalid"


def test_announced_answer_that_is_none_is_not_replaced_by_an_earlier_mention() -> None:
    reading = read_answer("(A) looks warm.\nSo the answer is (none of them).", "choice", OPTIONS)
    assert (reading.prediction, reading.rule) == ("invalid", "unreadable_answer")


def test_only_the_ends_of_a_long_reply_are_read() -> None:
    reply = "x " * 500_000 + "Answer: 5" + " y" * 500_000 + "\nAnswer: 6"
    assert read_answer(reply, "number").prediction == "6"


@pytest.mark.parametrize(("behind", "wanted"), [(0, "3"), (3, "3"), (4, "invalid")])
def test_of_a_reply_that_announces_nothing_the_last_four_sentences_are_read(behind: int, wanted: str) -> None:
    other = f" The old mill by the river has stood there {'for so long ' * 8}that nobody knows who built it."
    reply = other * 20 + " There were 3 of them." + other * behind
    assert read_answer(reply, "number").prediction == wanted


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_come_back_as_they_were_written(number: int) -> None:
    assert read_answer(f"Answer: {number}", "number").prediction == str(number)
    assert read_answer(f"Answer: {number:,}", "number").prediction == str(number)


@given(st.text(max_size=300), st.sampled_from(["number", "choice", "boolean", "text"]))
def test_any_text_is_read_without_an_error_and_storably(reply: str, answer_type: str) -> None:
    reading = read_answer(reply, answer_type, OPTIONS if answer_type == "choice" else ())
    assert reading.prediction.encode("utf-8")
    assert reading.span is None or 0 <= reading.span[0] <= reading.span[1] <= len(reply)


@given(st.text(max_size=300))
def test_text_answers_are_bounded_and_stable(reply: str) -> None:
    first = read_answer(f"Answer: {reply}", "text")
    assert len(first.prediction) <= 402
    assert first == read_answer(f"Answer: {reply}", "text")
