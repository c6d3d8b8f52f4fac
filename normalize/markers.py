"""The words that announce an answer ("Answer:", "the answer is", "I choose"), and where they stand in a reply."""

from __future__ import annotations

import re
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from normalize.leads import string_finder
from normalize.literals import leading_strings

# At most six in a row: without a bound, "the the the..." costs the square of its length.
_QUALIFIER = (
    r"(?:final|correct|right|best|short|exact|numeric(?:al)?|most likely|my|the|overall"
    r"|complete|closest|only|true|proper)"
)
# The longest text that a marker's `before` matches: six times "most likely ", and "your ".
REACH = 80


class Marker(NamedTuple):
    """A wording that announces an answer: the regex `before + words + after`; the answer begins where it ends.

    Attributes:
        rule: the name of what it tells.
        before: matches at most `REACH` characters; "" when the marker begins with its words.
        words: begins with one of certain strings (`leading_strings`), which are looked for first.
        after: the rest.
        lead: the text with which each match of `before` ends, so far as it is certain.
        strict: the answer must stand at the very beginning of what follows.
        is_named: the answer stands in the marker itself: it begins wherever a match does, and matches may overlap.
    """

    rule: str
    before: str
    words: str
    after: str = ""
    lead: str = ""
    strict: bool = False
    is_named: bool = False


class LineMarker(NamedTuple):
    """A wording at the beginning of a line; one of `holds` stands on that line."""

    rule: str
    regex: str
    holds: tuple[str, ...]


_THINGS = r"(?:answer|choice|option|solution|result)"
_CORRECTING = (
    r"(?:actually|correction|wait|scratch that|on second thought|let me correct that|i mean|or rather"
    r"|i made (?:a mistake|an error)|sorry|my mistake|oops|hmm|no)"
)
LINE_MARKERS = (
    LineMarker(
        "answer_line",
        rf"[ \t>#*\-]*+(?:(?:so|therefore|thus|hence|and)[, ]+)?(?:{_QUALIFIER} ){{0,6}}"
        r"(?:answers?|ans|final|solution|result|conclusion|response|output|choice|option chosen|a)"
        r"(?: \((?:[^()\n]{0,30})\))?(?: is)?[ \t]*[:=][ \t]*",
        (":", "="),
    ),
    LineMarker("hash_marks", r"[ \t]*####[ \t]*(?:(?:final )?answer[ \t]*:?[ \t]*)?(?=\S)", ("####",)),
    LineMarker("answer_dash", r"[ \t]*(?:final )?answer[ \t]+[-=>]+[ \t]*", ("answer ", "answer\t")),
)
MARKERS = (
    Marker("boxed", "", r"\\(?:boxed|fbox)", r"\s*\{"),
    Marker("answer_line", r"(?<=[.!?)] )(?:final )?", "answer", r"[ \t]*[:=][ \t]*", lead=" "),
    Marker("answer_colon", rf"\b(?:{_QUALIFIER} ){{1,6}}", _THINGS, r"(?: is)?[ \t]*:[ \t]*", lead=" "),
    Marker(
        "answer_is",
        rf"\b(?:(?:the|my|our|your|so|this|that) )(?:{_QUALIFIER} ){{0,6}}",
        _THINGS,
        r"\b(?: (?:to|for|of|in|here|therefore|then|thus|must|would|should|will|that|i|we|question|problem|this"
        r"|the|your|final|choose|chose|get|is|be)){0,8}?,? (?:is|be|are|=)(?! not\b)"
        r"(?: (?:therefore|thus|then|hence|simply|just|clearly|indeed|definitely|actually))?[ \t]*:?[ \t]*",
        lead=" ",
    ),
    Marker(
        "i_choose",
        "",
        r"\bi(?:'d| would|'ll| will)? (?:choose|pick|select|go with|go for|say|answer|opt for|settle on)",
        r"(?: that)?(?: (?:option|answer|choice|the answer))?:?[ \t]+",
        strict=True,
    ),
    Marker(
        "option_is_right",
        r"(?:^|(?<=[\s(]))(?:option |choice |answer )?\(?[a-z]\)?",
        r" (?:is|seems|appears)(?: to be)?(?: the)? (?:correct|right|best|most)",
        strict=True,
        is_named=True,
    ),
    Marker(
        "correction",
        "",
        rf"\b{_CORRECTING}[,.:;!\- ]",
        rf"[,.:;!\- ]{{0,3}}(?:\b{_CORRECTING}[,.:;!\- ]{{1,4}}){{0,2}}"
        r"(?:it(?:'s| is)|that(?:'s| is)|that should be|it should be|this should be|should be|make that|make it"
        r"|i mean|the answer should be|i meant|it must be|i(?:'d| would) say)?:?[ \t]+",
        strict=True,
    ),
)

# In this order rules are tried whose markers begin and end alike.
RULES = (
    "boxed", "answer_line", "answer_colon", "answer_is", "hash_marks", "answer_dash", "i_choose", "option_is_right",
    "correction",
)  # fmt: skip
STRICT = frozenset(marker.rule for marker in MARKERS if marker.strict)

# Of each rule, as many of its last places are read; only a reply that runs in circles has more.
LAST_CONSIDERED = 20


class Mark(NamedTuple):
    """Where a marker stands.

    Attributes:
        rule: its place among `RULES`.
        start, stop: where it begins, and where the answer may begin.
    """

    rule: int
    start: int
    stop: int


class _Look(NamedTuple):
    """How a marker is looked for where one of its strings was found.

    Attributes:
        rule: the marker's, as its place among `RULES`.
        match: applies what begins with the string, or the regex of a whole line, at a place.
        before: what must end where the string begins; None when there is no such thing.
        skip: characters of the string that belong to `before`.
        is_named, is_line: what kind of marker it is.
    """

    rule: int
    match: re.Pattern[str]
    before: re.Pattern[str] | None = None
    skip: int = 0
    is_named: bool = False
    is_line: bool = False


def _looks() -> tuple[AhoCorasick, list[list[_Look]]]:
    """What finds the markers' strings in one pass, and by string what to look for there."""
    owners: dict[str, list[_Look]] = {}
    for marker in MARKERS:
        before = rf"(?={marker.before}\Z)" if marker.is_named else rf"{marker.before}\Z"
        look = _Look(
            RULES.index(marker.rule),
            re.compile(marker.words + marker.after),
            re.compile(before) if marker.before else None,
            len(marker.lead),
            is_named=marker.is_named,
        )
        for string in sorted(leading_strings(re.compile(marker.words))):
            owners.setdefault(marker.lead + string, []).append(look)
    for line in LINE_MARKERS:
        look = _Look(RULES.index(line.rule), re.compile(line.regex), is_line=True)
        for string in line.holds:
            owners.setdefault(string, []).append(look)
    return string_finder(owners), list(owners.values())


_STRINGS, _OWNERS = _looks()


def marks(lower: str, begin: int, end: int) -> list[Mark]:
    """The markers from `begin`, where a line begins, to `end`, by rule and then by place.

    They are those that a search for each whole regex would find from left to right, none within another.
    """
    found: list[Mark] = []
    line_end = [begin] * len(RULES)  # of the line that was looked at last
    for string, shifted, _ in _STRINGS.find_matches_as_indexes(lower[begin:end], overlapping=True):
        place = begin + shifted
        for rule, regex, before, skip, is_named, is_line in _OWNERS[string]:
            start = place + skip
            if is_line:
                if place < line_end[rule]:
                    continue
                start = lower.rfind("\n", begin, place) + 1 or begin
                newline = lower.find("\n", place, end)
                line_end[rule] = end if newline < 0 else newline
            match = regex.match(lower, start, end)
            if match is None:
                continue
            if before is None:
                found.append(Mark(rule, start, match.end()))
                continue
            for begun in before.finditer(lower, max(0, start - REACH), start):
                first = begun.start()
                found.append(Mark(rule, first, first if is_named else match.end()))
    return found if len(found) < 2 else _last_apart(found)


def _last_apart(found: list[Mark]) -> list[Mark]:
    """In order, without those that begin within the one before; of each rule the last `LAST_CONSIDERED`."""
    by_rule: dict[int, list[Mark]] = {}
    for mark in sorted(set(found)):
        apart = by_rule.setdefault(mark.rule, [])
        if not apart or mark.start >= apart[-1].stop:
            apart.append(mark)
    return [mark for apart in by_rule.values() for mark in apart[-LAST_CONSIDERED:]]
