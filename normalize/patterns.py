"""Tables of patterns as data: a rule's name, what it looks for and where, an example, and the weight of its firing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from normalize.literals import required

FOLDER = Path(__file__).resolve().parent

# Where a pattern may fire: in the first 200 canonical characters as they stand; within a sentence that begins in the
# first 600, reaches into the last 400, or anywhere; in the whole text. A refusal stands at the beginning; an offer or a
# redirection, at the end.
ZONES = ("first", "head", "tail", "any", "whole")
FIRST, HEAD, TAIL = 200, 600, 400


@dataclass(frozen=True)
class Pattern:
    """One row of a table.

    Attributes:
        name: the rule's name, unique in its table.
        side: which prediction its firing speaks for.
        zone: the part of the reply that is looked at, one of `ZONES`.
        regex: applied to the canonical text in lower case.
        example: a reply, of our own writing, in which it fires.
    """

    name: str
    side: str
    zone: str
    regex: re.Pattern[str]
    example: str


class Hit(NamedTuple):
    """A pattern that fired, and where in the canonical text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class LinearModel:
    """A weighed vote: the sum of the weights of what fired, and of `bias`; above 0 is the table's first side."""

    bias: float
    weights: Mapping[str, float]

    def total(self, names: Iterable[str]) -> float:
        """The vote; a name without a weight counts nothing."""
        return self.bias + sum([self.weights.get(name, 0.0) for name in names])

    def vote(self, hits: Sequence[Hit]) -> tuple[bool, Hit | None]:
        """Whether the first side has it, and the weightiest hit that spoke for the side that has it, if any did."""
        weights = [self.weights.get(hit.name, 0.0) for hit in hits]
        first = self.bias + sum(weights) > 0
        if not weights:
            return first, None
        weight = max(weights) if first else min(weights)
        return first, hits[weights.index(weight)] if (weight > 0 if first else weight < 0) else None


@lru_cache(maxsize=8)
def load_patterns(table: str) -> tuple[Pattern, ...]:
    """The rows of `normalize/TABLE.toml`, in order."""
    content = tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))
    parts: dict[str, str] = content.get("parts", {})
    return tuple(_pattern(row, parts) for row in content["pattern"])


@lru_cache(maxsize=8)
def load_model(table: str) -> LinearModel:
    """The weights of `normalize/TABLE_weights.json`, which `normalize.fit_weights` wrote."""
    content = json.loads((FOLDER / f"{table}_weights.json").read_text(encoding="utf-8"))
    return LinearModel(float(content["bias"]), {name: float(weight) for name, weight in content["weights"].items()})


def shifted(hits: list[Hit], unstripped: str) -> list[Hit]:
    """The hits with their places in the text before it was stripped."""
    shift = len(unstripped) - len(unstripped.lstrip())
    return [Hit(name, start + shift, end + shift) for name, start, end in hits] if shift else hits


# Where a regex is tried once a string that it requires has been found: where the string stands, at the start of the
# stretch, or in the whole stretch.
AT_STRING, AT_START, SEARCH = range(3)

# A sentence ends with its line, or where a blank follows its mark; an abbreviation may cut one short, which does no
# harm here.
SENTENCE_ENDS = ("! ", "? ", ". ", "\n")


class _Search(NamedTuple):
    """A pattern as it is looked for once a string that it requires has been found.

    Attributes:
        number, name, zone: the pattern's.
        way: `AT_STRING`, `AT_START` or `SEARCH`.
        look: applies the regex to a stretch from a place on.
        also: one of these must stand in the stretch too, if there are any.
    """

    number: int
    name: str
    zone: str
    way: int
    look: Callable[[str, int], re.Match[str] | None]
    also: tuple[str, ...]


class _Finder(NamedTuple):
    """What finds the required strings of several patterns in one pass, and by string the patterns to look for then."""

    strings: AhoCorasick
    owners: list[list[_Search]]


class _Finders(NamedTuple):
    """How a table's patterns are found.

    Attributes:
        opening: for those of the first characters.
        text: for all others. Its first strings are `SENTENCE_ENDS`, the next those of patterns for the whole text.
        in_sentences: the number of its first string that belongs to patterns for sentences.
    """

    opening: _Finder
    text: _Finder
    in_sentences: int


# A required string as it is found: its number, and where it begins and ends.
_Found = tuple[int, int, int]

_Owners = dict[str, list[_Search]]


@lru_cache(maxsize=8)
def _finders(table: str) -> _Finders:
    opening: _Owners = {}
    sentences: _Owners = {}
    whole: _Owners = {}
    for number, pattern in enumerate(load_patterns(table)):
        owners = {"first": opening, "whole": whole}.get(pattern.zone, sentences)
        needed, regex = required(pattern.regex), pattern.regex
        for way, strings in ((AT_STRING, needed.leading), (AT_START, needed.starting), (SEARCH, needed.inner)):
            look = regex.search if way == SEARCH or pattern.zone == "whole" else regex.match
            for string in sorted(strings):
                search = _Search(number, pattern.name, pattern.zone, way, look, needed.also.get(string, ()))
                owners.setdefault(string, []).append(search)
    ends: list[tuple[str, list[_Search]]] = [(end, []) for end in SENTENCE_ENDS]
    # A string of both kinds is found twice.
    return _Finders(
        _finder(list(opening.items())),
        _finder([*ends, *whole.items(), *sentences.items()]),
        len(ends) + len(whole),
    )


def _finder(owners: list[tuple[str, list[_Search]]]) -> _Finder:
    strings = AhoCorasick([string for string, _ in owners], implementation=Implementation.DFA)
    return _Finder(strings, [searches for _, searches in owners])


def find_hits(table: str, lower: str) -> list[Hit]:
    """The first place where each pattern of the table fires, in the table's order.

    A pattern is tried only where a string stands that each of its matches holds.

    Args:
        lower: the reply's canonical text in lower case, stripped.
    """
    finders = _finders(table)
    hits: dict[int, Hit] = {}
    opening = lower[:FIRST]
    found = finders.opening.strings.find_matches_as_indexes(opening, overlapping=True)
    _search(finders.opening, found, opening, 0, ("first",), hits)
    _search_text(finders, lower, hits)
    return [hits[number] for number in sorted(hits)]


def _search_text(finders: _Finders, lower: str, hits: dict[int, Hit]) -> None:
    """Look at each sentence that holds a required string, and at the whole text."""
    finder, tail = finders.text, len(lower) - TAIL
    start = 0
    found: list[_Found] = []
    whole: dict[int, _Search] = {}
    for one in finder.strings.find_matches_as_indexes(lower, overlapping=True):
        string, place, stop = one
        if string >= finders.in_sentences:
            if place >= start:
                found.append(one)
        elif string >= len(SENTENCE_ENDS):
            for search in finder.owners[string]:
                whole[search.number] = search
        else:
            if found:
                _search(finder, found, lower[start : stop - 1], start, _zones(start, stop - 1 > tail), hits)
                found = []
            start = stop
    if found:
        _search(finder, found, lower[start:], start, _zones(start, in_tail=True), hits)
    for number, search in whole.items():
        if (match := search.look(lower, 0)) is not None:
            hits[number] = Hit(search.name, *match.span())


def _zones(start: int, in_tail: bool) -> tuple[str, ...]:
    """The zones to which a sentence belongs that begins at `start`."""
    if start < HEAD:
        return ("any", "head", "tail") if in_tail else ("any", "head")
    return ("any", "tail") if in_tail else ("any",)


def _search(
    finder: _Finder, found: list[_Found], stretch: str, start: int, zones: tuple[str, ...], hits: dict[int, Hit]
) -> None:
    """Try the patterns whose strings were found in a stretch that begins at `start`; earlier hits stay."""
    searched: set[int] = set()
    for string, place, _ in found:
        for number, name, zone, way, look, also in finder.owners[string]:
            if zone not in zones or number in searched:
                continue
            begin = 0 if way else place - start
            if number in hits and begin + start >= hits[number].start:
                continue
            if also and not _holds_any(stretch, also):
                continue
            if way == SEARCH:
                searched.add(number)
            match = look(stretch, begin)
            if match is not None:
                hits[number] = Hit(name, match.start() + start, match.end() + start)


def _holds_any(text: str, strings: tuple[str, ...]) -> bool:
    for string in strings:  # noqa: SIM110 - an `any` takes twice as long
        if string in text:
            return True
    return False


def _pattern(row: Mapping[str, object], parts: Mapping[str, str]) -> Pattern:
    regex = str(row["regex"])
    for name, part in parts.items():
        regex = regex.replace(f"<{name}>", part)
    zone = str(row["zone"])
    assert zone in ZONES, zone
    return Pattern(
        name=str(row["name"]),
        side=str(row["side"]),
        zone=zone,
        regex=re.compile(regex, re.MULTILINE),
        example=str(row["example"]),
    )
