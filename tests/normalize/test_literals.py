"""The strings that a pattern requires, and that trying it only where they stand misses nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize.clarification import TABLE as CLARIFICATION
from normalize.literals import required
from normalize.patterns import FIRST, Hit, Pattern, find_hits, load_patterns
from normalize.refusal import TABLE as REFUSAL

TABLES = (REFUSAL, CLARIFICATION)
PATTERNS = [pattern for table in TABLES for pattern in load_patterns(table)]
NEEDED = {pattern.regex: required(pattern.regex) for pattern in PATTERNS}


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
        assert any(not needed.also.get(string) or any(map(held.__contains__, needed.also[string])) for string in found)

    check()


@pytest.mark.parametrize(("regex", "leading", "starting", "inner"), [
    (r"\bcan(?:not|'t) (?:help|assist)", {"cannot help", "can't help", "cannot assist", "can't assist"}, (), ()),
    (r"\A\W*(?:no|never)\b", (), {"no", "never"}, ()),
    (r"[a-z]+ is (?:bad|wrong)", (), (), {" is bad", " is wrong"}),
    (r"(?:\Adear |best (?:regards|wishes))", {"best regards", "best wishes"}, {"dear "}, ()),
    (r"do(?! not)(?:es)? [a-z]{1,9}", {"do ", "does "}, (), ()),
])  # fmt: skip
def test_strings_are_read_off_the_pattern(
    regex: str, leading: Collection[str], starting: Collection[str], inner: Collection[str]
) -> None:
    needed = required(re.compile(regex))
    assert (needed.leading, needed.starting, needed.inner) == tuple(map(frozenset, (leading, starting, inner)))


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
