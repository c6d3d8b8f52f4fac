"""Regexes that are tried only where their matches can begin find all that they would find anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confidence import stated
from confidence.stated import split_inline_confidence
from normalize import numbers, options, values
from normalize.leads import LeadRegex
from normalize.number_pattern import DENOMINATORS, NUMBER, SCALES, SMALL, number_matches
from normalize.numbers import plain

LED = {
    name: found
    for module in (stated, values)
    for name, found in vars(module).items()
    if isinstance(found, LeadRegex)
}  # fmt: skip
GLUE = ["", " ", " ", "-", ".", "'", "\n", "é", "\ud800", "≤", "x"]


@pytest.mark.parametrize("name", LED)
def test_a_regex_with_leads_finds_what_it_finds_alone(name: str) -> None:
    led = LED[name]

    @settings(max_examples=40)
    @given(st.lists(st.one_of(st.from_regex(led.regex), st.sampled_from(GLUE)), max_size=6).map("".join))
    def check(text: str) -> None:
        spans = [match.span() for match in led.regex.finditer(text)]
        assert [match.span() for match in led.finditer(text)] == spans
        first = led.search(text)
        assert (None if first is None else first.span()) == (spans[0] if spans else None)

    check()


@pytest.mark.parametrize("regex", [r"\w+", r"(?:no|.x)", "a*b?", "(?i)no"])
def test_a_regex_without_leads_is_refused(regex: str) -> None:
    with pytest.raises(ValueError, match="begins with no certain string"):
        LeadRegex(re.compile(regex))


def plainly(text: str) -> str:
    for regex, replacement in numbers._LATEX:
        text = regex.sub(replacement, text)
    return text


# A quick look that spares a regex, and what it must say of all that the regex matches.
LOOKS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "options": (options._LETTER, options._may_name_letter),
    "reasons": (values._REASON, values._may_give_reason),
    "scales": (stated._SCALE_TALK, lambda text: any(word in text for word in stated._SCALE_TALK_WORDS)),
    "closing lines": (stated._INLINE, lambda text: len(text) > 300 or split_inline_confidence(text)[0] != text),
} | {f"latex {number}": (regex, lambda t: plain(t) == plainly(t)) for number, (regex, _) in enumerate(numbers._LATEX)}


@pytest.mark.parametrize("name", LOOKS)
def test_a_quick_look_passes_over_nothing_that_a_regex_matches(name: str) -> None:
    regex, passes = LOOKS[name]

    @settings(max_examples=25)
    @given(st.from_regex(regex))
    def check(text: str) -> None:
        assert passes(text)

    check()


NUMERALS = [
    "5", "12", "-", "+", "$", "€ ", ".", ",", ",000", "/", " / ", "^", "**", "e3", " x 10^", "%", " percent", "k", "st",
    "minus ", "negative ", "a ", "an ", "one ", " and ", "-half", "half of", "two thirds", ":", "(", "é", "½", "٣",
    "\u00a0", "\ud800", "the mill stands by the old river ", *SMALL, *SCALES, *DENOMINATORS,
]  # fmt: skip


@pytest.mark.parametrize("sign", ["", "-", "+ ", "- $", "+ € -", "- $ -.", ".", "minus ", "negative a ", "an ", "a "])
def test_a_number_begins_with_its_sign_and_currency(sign: str) -> None:
    for number in ("5", "1,234", "five", "hundred", "eighth", "half of"):
        text = f"The mill by the old river has cost {sign}{number} a day"
        assert [match.span() for match in number_matches(text)] == [match.span() for match in NUMBER.finditer(text)]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(NUMERALS), st.sampled_from(["", " "])).map("".join), max_size=20).map("".join)
)
def test_numbers_are_found_wherever_they_begin(text: str) -> None:
    assert [match.span() for match in number_matches(text)] == [match.span() for match in NUMBER.finditer(text)]
