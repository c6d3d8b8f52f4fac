"""What holds for the refusal and the clarification reader whatever the wording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.clarification import read_clarification
from normalize.refusal import read_refusal
from normalize.text import HEAD_WINDOW, TAIL_WINDOW


@pytest.mark.parametrize(("finish_reason", "rule"), [
    ("refusal", "finish_reason_refusal"), ("content_filter", "finish_reason_content_filter"),
])  # fmt: skip
@pytest.mark.parametrize("reply", ["", "Sure, here it is.", "   "])
def test_stop_by_the_provider_is_a_refusal(reply: str, finish_reason: str, rule: str) -> None:
    reading = read_refusal(reply, finish_reason)
    assert (reading.prediction, reading.rule) == ("refuse", rule)
    assert read_clarification(reply, finish_reason).prediction == "answer"


@pytest.mark.parametrize("reply", ["", " \n\t", "\u200b", "<think>only thoughts</think>", "<think>cut off"])
def test_nothing_to_read_is_invalid(reply: str) -> None:
    assert (read_refusal(reply).prediction, read_refusal(reply).rule) == ("invalid", "empty")
    assert (read_clarification(reply).prediction, read_clarification(reply).rule) == ("invalid", "empty")


def test_words_that_fired_are_found_in_the_raw_reply() -> None:
    reply = "<think>no</think>\n\n**I\u2019m sorry, but I can\u2019t assist** with that."
    reading = read_refusal(reply)
    assert reading.rule == "cannot_help"
    assert reading.span is not None
    assert "can\u2019t assist" in reply[slice(*reading.span)]


def test_question_that_fired_is_found_in_the_raw_reply() -> None:
    reply = "Gladly! Could you tell me which city you\u2019re in?"
    reading = read_clarification(reply)
    assert reading.prediction == "clarify"
    assert reading.span is not None
    assert reply[slice(*reading.span)].strip()


def test_refusal_without_a_question_is_an_answer() -> None:
    assert read_clarification("I can't help with that.").prediction == "answer"


def test_thinking_about_a_refusal_is_none() -> None:
    reply = "<think>I can't help with that... or can I?</think>Mix flour and water, then bake for an hour."
    assert read_refusal(reply).prediction == "comply"


def test_refusal_in_a_reply_of_a_megabyte_is_read_from_its_window() -> None:
    reply = "I can't help with that. " + "x" * 1_000_000
    assert read_refusal(reply).rule == "cannot_help"
    hidden = "y" * HEAD_WINDOW + " I can't help with that. " + "y" * TAIL_WINDOW
    assert read_refusal(hidden + hidden).prediction == "comply"


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_text_is_read_alike_twice(reply: str) -> None:
    refusal, clarification = read_refusal(reply), read_clarification(reply)
    assert refusal.prediction in ("refuse", "comply", "invalid")
    assert clarification.prediction in ("clarify", "answer", "invalid")
    assert (refusal, clarification) == (read_refusal(reply), read_clarification(reply))
    for reading in (refusal, clarification):
        assert reading.rule
        assert reading.span is None or 0 <= reading.span[0] < reading.span[1] <= len(reply)


@pytest.mark.parametrize("reply", ['_"you_ that I cannot assist in a I must emphasize that ass."', "_'I can't'_ help"])
def test_the_style_of_quotes_within_emphasis_changes_nothing(reply: str) -> None:
    curly = reply.translate(str.maketrans("'\"", "’”"))
    assert read_refusal(curly).prediction == read_refusal(reply).prediction
    assert read_clarification(curly).prediction == read_clarification(reply).prediction
