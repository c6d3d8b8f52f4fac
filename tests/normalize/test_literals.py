"""The strings that a pattern requires, and that trying it only where they stand misses nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize.clarification import TABLE as CLARIFICATION
from normalize.literals import Rest, required
from normalize.pattern_search import find_hits
from normalize.patterns import FIRST, Hit, Pattern, load_patterns
from normalize.refusal import TABLE as REFUSAL

TABLES = (REFUSAL, CLARIFICATION)
PATTERNS = [pattern for table in TABLES for pattern in load_patterns(table)]
NEEDED = {pattern.regex: required(pattern.regex, searched=pattern.zone == "whole") for pattern in PATTERNS}


def unfiltered(table: str, lower: str) -> list[Hit]:
    """What `find_hits` promises, the slow way: each pattern on each stretch."""
    hits = []
    for pattern in load_patterns(table):
        for start, stretch in stretches(pattern, lower):
            if match := pattern.regex.search(stretch):
                hits.append(Hit(pattern.name, match.start() + start, match.end() + start))
                break
    return hits


def stretches(pattern: Pattern, lower: str) -> list[tuple[int, str]]:
    if pattern.zone in ("first", "whole"):
        return [(0, lower[:FIRST] if pattern.zone == "first" else lower)]
    found, start = [], 0
    for part in re.split(r"(?<=[!?.]) |\n", lower):
        end = start + len(part)
        zones = {"any": True, "head": start < 600, "tail": end > len(lower) - 400}
        if part and zones[pattern.zone]:
            found.append((start, part))
        start = end + 1
    return found


# Replies in the patterns' own words, so that many fire, or nearly do.
PIECES = st.one_of(
    st.sampled_from([pattern.example.lower() for pattern in PATTERNS]),
    st.sampled_from(sorted({string for needed in NEEDED.values() for string in needed.strings})),
    st.sampled_from(sorted({string for n in NEEDED.values() for others in n.also.values() for string in others})),
    st.sampled_from([" ", ". ", "! ", "?", "\n", "\n\n- ", "1. ", '"', "i ", " the loaf", "é", "🍞", "x" * 150]),
)
REPLIES = st.lists(PIECES, max_size=12).map("".join).map(str.strip)


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=60)
@given(lower=REPLIES)
def test_trying_few_patterns_finds_what_trying_all_finds(table: str, lower: str) -> None:
    assert find_hits(table, lower) == unfiltered(table, lower)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_match_holds_a_required_string(pattern: Pattern) -> None:
    needed = NEEDED[pattern.regex]
    assert needed.strings

    @settings(max_examples=4)
    @given(st.from_regex(pattern.regex))
    def check(text: str) -> None:
        match = pattern.regex.search(text)
        assert match is not None
        held = match.group()
        found = [string for string in needed.leading if held.startswith(string)]
        found += [string for string in needed.starting if match.start() == 0 and string in held]
        found += [string for string in needed.inner if string in held]
        found += [string for rest in needed.rests for string in rest.strings if leads_to(rest, string, match)]
        assert any(not needed.also.get(string) or any(map(held.__contains__, needed.also[string])) for string in found)

    check()


def leads_to(rest: Rest, string: str, match: re.Match[str]) -> bool:
    """Whether the rest matches where the string stands in the match, as near to its beginning as it says."""
    last = match.end() if rest.reach is None else match.start() + rest.reach
    places = [place for place in range(match.start(), last + 1) if match.string.startswith(string, place)]
    return any(rest.regex.match(match.string, place) for place in places)


@pytest.mark.parametrize(("regex", "leading", "starting", "inner"), [
    (r"\bcan(?:not|'t) (?:help|assist)", {"cannot help", "can't help", "cannot assist", "can't assist"}, (), ()),
    (r"\A\W*(?:no|never)\b", (), {"no", "never"}, ()),
    (r"(?:[a-z]+ is (?:bad|wrong))+", (), (), {" is bad", " is wrong"}),
    (r"(?:\Adear |best (?:regards|wishes))", {"best regards", "best wishes"}, {"dear "}, ()),
    (r"do(?! not)(?:es)? [a-z]{1,9}", {"do ", "does "}, (), ()),
])  # fmt: skip
def test_strings_are_read_off_the_pattern(
    regex: str, leading: Collection[str], starting: Collection[str], inner: Collection[str]
) -> None:
    needed = required(re.compile(regex))
    assert (needed.leading, needed.starting, needed.inner) == tuple(map(frozenset, (leading, starting, inner)))


@pytest.mark.parametrize(("regex", "strings", "rest", "reach"), [
    (r"[a-z]+ is (?:bad|wrong)\b", {" is bad", " is wrong"}, r" is (?:bad|wrong)\b", None),
    (r"\bi(?: [a-z]{3})? (?:can't|won't) help", {"can't help", "won't help"}, r" ?(?:can't|won't) help", 5),
    (r"^\W{0,6}(?:step )?1[.)]\s", {"1.", "1)"}, r"1[.)]\s", 11),
    (r"[a-z]+ no|\W\dyes", {" no"}, r" no", None),
])  # fmt: skip
def test_the_rest_of_a_pattern_is_tried_where_it_can_begin(
    regex: str, strings: Collection[str], rest: str | None, reach: int | None
) -> None:
    found = required(re.compile(regex)).rests[0]
    assert all(any(string in one for one in found.strings) for string in strings)
    assert found.reach == reach
    for text in ("i can't help", "we won't say", "that is bad", "is wrongly", "1. one", "1.one", "say no"):
        for place in range(len(text)):
            if rest is not None and text.startswith(tuple(found.strings), place):
                assert (found.regex.match(text, place) is None) == (re.compile(rest).match(text, place) is None)


@pytest.mark.parametrize(("regex", "also"), [
    (r"\bwho\b.{0,80}\?", {"who": ("?",)}),
    (r"(?:what|how).{0,40}you think|\bwe think", {"you think": ("how", "what")}),
    (r"dear .*you|dear .*me", {"dear ": ("me", "you")}),
    (r"dear .*you|dear", {}),
    (r"not.*[abcdefg]", {}),
    (r"not\b .*", {}),
])  # fmt: skip
def test_what_else_must_stand_there_is_read_off_too(regex: str, also: object) -> None:
    assert required(re.compile(regex)).also == also


@pytest.mark.parametrize("regex", [r"\w+", r"(?:a|\d*)", r"(?i)no"])
def test_pattern_without_a_string_is_refused(regex: str) -> None:
    with pytest.raises(ValueError, match=r"requires no string|ignores case"):
        required(re.compile(regex))
