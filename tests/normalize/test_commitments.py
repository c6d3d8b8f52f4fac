"""Where a reply commits itself: markers are found where their words stand, and none is missed by that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize.commitments import _between, _correcting, commitments
from normalize.markers import LAST_CONSIDERED, LINE_MARKERS, MARKERS, REACH, RULES, marks


def whole(rule: str) -> re.Pattern[str]:
    """One regex for all that tells a rule."""
    parts = [f"^{line.regex}" for line in LINE_MARKERS if line.rule == rule]
    for marker in MARKERS:
        if marker.rule == rule:
            regex = f"{marker.before}{marker.words}{marker.after}"
            parts.append(f"(?={regex})" if marker.is_named else regex)
    return re.compile("|".join(parts), re.MULTILINE)


WHOLE = {rule: whole(rule) for rule in RULES}
WORDS = (
    "the", "my", "your", "so", "that", "best", "most likely", "final", "correct", "answer", "answer", "choice",
    "option", "result", "answers", "a", "b)", "(c)", "i'd", "i will", "pick", "say", "go with", "is", "are", "=", "is:",
    "not", "to", "be", "seems", "the best", "right", "of", "question", "therefore", "choose", "actually", "wait,",
    "no.", "hmm", "it's", "that should be", "i mean", "sorry", "correction:", "make that", "\\boxed{", "\\fbox}", "{x}",
    "}", "####", "##", "final answer:", "->", "=>", "ans", "result,", "5", "12.", "yes", "q:", ">", "-", "*", "(", ")",
    ":", ";", ",",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["answer: ", "the answer is ", "\n", "\n\n", ". ", "! ", "\t", "my best answer: ", "wait, it's "]),
)
REPLIES = st.lists(st.tuples(PIECES, st.sampled_from([" ", " ", " ", "", "\n"])).map("".join), max_size=40).map("".join)


def searched(lower: str, end: int) -> list[tuple[str, int, int]]:
    """What `marks` promises, the slow way: each regex at each place."""
    return [
        (rule, *match.span())
        for rule, regex in WHOLE.items()
        for match in list(regex.finditer(lower, 0, end))[-LAST_CONSIDERED:]
    ]


@settings(max_examples=100)
@given(REPLIES, st.integers(0, 40))
def test_looking_where_the_words_stand_finds_what_looking_everywhere_finds(lower: str, cut: int) -> None:
    end = max(0, len(lower) - cut) if cut < 10 else len(lower)
    assert [(RULES[mark.rule], mark.start, mark.stop) for mark in marks(lower, 0, end)] == searched(lower, end)


@pytest.mark.parametrize("rule", RULES)
def test_no_wording_of_a_marker_is_missed(rule: str) -> None:
    @settings(max_examples=25)
    @given(st.from_regex(WHOLE[rule]).map(str.lower))
    def check(lower: str) -> None:
        assert [(RULES[mark.rule], mark.start, mark.stop) for mark in marks(lower, 0, len(lower))] == searched(
            lower, len(lower)
        )

    check()


def test_no_text_before_the_words_of_a_marker_is_longer_than_is_looked_through() -> None:
    longest = "your " + "most likely " * 6
    assert len(longest) <= REACH
    assert [mark.start for mark in marks(f"{longest}answer is 5", 0, len(longest) + 11)] == [0]


@settings(max_examples=100)
@given(REPLIES)
def test_the_last_line_is_read_as_it_is_among_the_others(lower: str) -> None:
    end = len(lower)
    assert list(commitments(lower, end)) == _correcting(_between(lower, 0, end), end)


@pytest.mark.parametrize("reply", ["answer: 5\nanswer: 6", "the answer is\nanswer: (b)", "answer: 1\nwait, it's 2"])
def test_what_announces_the_last_answer_comes_first(reply: str) -> None:
    first = next(commitments(reply, len(reply)))
    assert reply[first.value_start : first.value_end] == reply.rpartition(" ")[2]
