"""Where the patterns of a table fire in a reply: each is tried only where a string stands that its matches hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from normalize.leads import string_finder
from normalize.literals import Rest, required
from normalize.patterns import FIRST, HEAD, TAIL, Hit, Pattern, load_patterns

# A sentence ends with its line, or where a blank follows its mark; an abbreviation may cut one short, which does no
# harm here.
SENTENCE_ENDS = ("! ", "? ", ". ", "\n")

# Of more strings, none is looked for in the whole text.
ALSO_IN_TEXT = 1

_Look = Callable[[str, int], "re.Match[str] | None"]


class _Search(NamedTuple):
    """A pattern as it is looked for once a string that it requires has been found.

    Attributes:
        number, name: the pattern's.
        look: applies the regex to a stretch from a place on.
        also: one of these must stand in the stretch too, if there are any.
        rest: matches where the string stands, or to look is in vain; None when there is nothing to try first.
        reach: how far before the string a match begins at most, when these places alone are tried instead of all.
        at_string: the regex is tried where the string stands alone, not from the beginning of the stretch.
        is_search: what `look` finds is the first match in the stretch; else, a match at one place.
    """

    number: int
    name: str
    look: _Look
    also: tuple[str, ...]
    rest: _Look | None
    reach: int | None
    at_string: bool
    is_search: bool


_Owners = dict[str, list[_Search]]


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
        also: other strings, one of which the text holds, or those that take them are of no use.
        takes: of each of its strings, the place in `also` of what it takes; -1 when it takes nothing.
        by_zone: of `text`, the patterns of each string that are looked for in a sentence; one entry for each sum of
            `IN_HEAD` and `IN_TAIL`.
    """

    opening: _Finder
    text: _Finder
    in_sentences: int
    also: list[tuple[str, ...]]
    takes: list[int]
    by_zone: list[list[list[_Search]]]


# Where a sentence lies: it begins within the head, it reaches into the tail.
IN_HEAD, IN_TAIL = 1, 2

# A required string as it is found: its number, and where it begins.
_Found = tuple[int, int]


@lru_cache(maxsize=8)
def _finders(table: str) -> _Finders:
    opening: _Owners = {}
    sentences: _Owners = {}
    whole: _Owners = {}
    for number, pattern in enumerate(load_patterns(table)):
        owners = {"first": opening, "whole": whole}.get(pattern.zone, sentences)
        for string, search in _searches(number, pattern):
            owners.setdefault(string, []).append(search)
    ends: list[tuple[str, list[_Search]]] = [(end, []) for end in SENTENCE_ENDS]
    # A string of both kinds is found twice.
    text = _finder([*ends, *whole.items(), *sentences.items()])
    zones = [pattern.zone for pattern in load_patterns(table)]
    by_zone = [
        [[search for search in searches if zones[search.number] in _zones(place)] for searches in text.owners]
        for place in range(1 + IN_HEAD + IN_TAIL)
    ]
    also = [_also(searches) for searches in text.owners]
    distinct = sorted({strings for strings in also if strings})
    takes = [distinct.index(strings) if strings else -1 for strings in also]
    return _Finders(_finder(list(opening.items())), text, len(ends) + len(whole), distinct, takes, by_zone)


def _also(searches: Sequence[_Search]) -> tuple[str, ...]:
    """Strings of which each of the searches takes one; empty when one of them takes none.

    So it is, too, when there are many: to look for them in the whole text would take longer than in some sentences.
    """
    union = tuple(dict.fromkeys(string for search in searches for string in search.also))
    return union if all(search.also for search in searches) and len(union) <= ALSO_IN_TEXT else ()


def _searches(number: int, pattern: Pattern) -> Iterator[tuple[str, _Search]]:
    """Each string that the pattern requires, sorted by kind, with how the pattern is looked for where it stands."""
    regex, whole = pattern.regex, pattern.zone == "whole"
    needed = required(regex, searched=whole)

    def search(string: str, *, tried: bool, at_string: bool = False, rest: Rest | None = None) -> tuple[str, _Search]:
        look = regex.match if tried else regex.search
        ahead, reach = (rest.regex.match, rest.reach) if rest else (None, None)
        also = needed.also.get(string, ())
        return string, _Search(number, pattern.name, look, also, ahead, reach, at_string, not tried)

    yield from (search(string, tried=not whole, at_string=not whole) for string in sorted(needed.leading))
    yield from (search(string, tried=not whole) for string in sorted(needed.starting))
    yield from (search(string, tried=False) for string in sorted(needed.inner))
    for rest in needed.rests:
        yield from (search(string, tried=rest.reach is not None, rest=rest) for string in sorted(rest.strings))


def _finder(owners: list[tuple[str, list[_Search]]]) -> _Finder:
    return _Finder(string_finder(string for string, _ in owners), [searches for _, searches in owners])


def _zones(place: int) -> tuple[str, ...]:
    """The zones to which a sentence belongs."""
    return ("any", *(("head",) if place & IN_HEAD else ()), *(("tail",) if place & IN_TAIL else ()))


def find_hits(table: str, lower: str) -> list[Hit]:
    """The first place where each pattern of the table fires, in the table's order.

    A pattern is tried only where a string stands that each of its matches holds.

    Args:
        lower: the reply's canonical text in lower case, stripped.
    """
    finders = _finders(table)
    hits: dict[int, Hit] = {}
    opening = lower[:FIRST]
    if matches := finders.opening.strings.find_matches_as_indexes(opening, overlapping=True):
        _search(finders.opening.owners, [(string, place) for string, place, _ in matches], opening, 0, hits)
    _search_text(finders, lower, hits)
    return [hits[number] for number in sorted(hits)] if len(hits) > 1 else list(hits.values())


def _search_text(finders: _Finders, lower: str, hits: dict[int, Hit]) -> None:
    """Look at each sentence that holds a required string, and at the whole text."""
    n_ends, in_sentences = len(SENTENCE_ENDS), finders.in_sentences
    also, takes, by_zone = finders.also, finders.takes, finders.by_zone
    tail = len(lower) - TAIL
    start = 0
    found: list[_Found] = []
    whole: list[_Found] = []
    useful: dict[int, bool] = {-1: True}
    for string, place, stop in finders.text.strings.find_matches_as_indexes(lower, overlapping=True):
        if string < n_ends:
            if found:
                owners = by_zone[(start < HEAD) * IN_HEAD + (stop - 1 > tail) * IN_TAIL]
                _search(owners, found, lower[start : stop - 1], start, hits)
                found = []
            start = stop
            continue
        taken = takes[string]
        if taken not in useful:
            useful[taken] = _holds_any(lower, also[taken])
        if useful[taken]:
            if string < in_sentences:
                whole.append((string, place))
            elif place >= start:
                found.append((string, place))
    if found:
        _search(by_zone[(start < HEAD) * IN_HEAD + IN_TAIL], found, lower[start:], start, hits)
    if whole:
        _search(finders.text.owners, whole, lower, 0, hits)


def _search(owners: list[list[_Search]], found: list[_Found], stretch: str, start: int, hits: dict[int, Hit]) -> None:
    """Try the patterns whose strings were found in a stretch that begins at `start`; earlier hits stay."""
    searched: set[int] = set()
    for string, place in found:
        for number, name, look, also, rest, reach, at_string, is_search in owners[string]:
            if number in searched:
                continue
            begin = place - start if at_string else 0
            if number in hits and begin + start >= hits[number].start:
                continue
            if also and not _holds_any(stretch, also):
                continue
            if rest is not None and rest(stretch, place - start) is None:
                continue
            match = look(stretch, begin) if reach is None else _match_before(look, stretch, place - start, reach)
            if is_search or (reach is not None and match is not None):  # nothing earlier will be found in this stretch
                searched.add(number)
            if match is not None:
                hits[number] = Hit(name, match.start() + start, match.end() + start)


def _match_before(look: _Look, stretch: str, place: int, reach: int) -> re.Match[str] | None:
    """The first match that begins at most `reach` characters before the place, or there."""
    for begin in range(max(0, place - reach), place + 1):
        if (match := look(stretch, begin)) is not None:
            return match
    return None


def _holds_any(text: str, strings: tuple[str, ...]) -> bool:
    for string in strings:  # noqa: SIM110 - an `any` takes twice as long
        if string in text:
            return True
    return False


def shifted(hits: list[Hit], unstripped: str) -> list[Hit]:
    """The hits with their places in the text before it was stripped."""
    shift = len(unstripped) - len(unstripped.lstrip())
    return [Hit(name, start + shift, end + shift) for name, start, end in hits] if shift else hits
