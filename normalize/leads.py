"""Regexes that are tried only where a string stands that their matches begin with, or hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation

from normalize.literals import leading_strings, required


class LeadRegex:
    """A regex that finds what it would find anyway, in less time where few places hold what its matches begin with.

    Raises:
        ValueError: a match can begin otherwise than with certain strings.
    """

    def __init__(self, regex: re.Pattern[str]) -> None:
        strings = leading_strings(regex)
        self.regex = regex
        self.finder = string_finder(strings)
        self.is_ascii = all(map(str.isascii, strings))

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches in `text`, in order."""
        if not (self.is_ascii or text.isascii()):
            return self.regex.finditer(text)
        return self._matches(text, places(self.finder, text))

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in `text`."""
        if not (self.is_ascii or text.isascii()):
            return self.regex.search(text)
        starts = places(self.finder, text)
        return next(self._matches(text, starts), None) if starts else None

    def _matches(self, text: str, starts: list[int]) -> Iterator[re.Match[str]]:
        behind = 0
        for start in starts:
            if start >= behind and (match := self.regex.match(text, start)) is not None:
                yield match
                behind = match.end()


class RareRegex:
    """A regex that seldom matches: a text is searched only when a string stands in it that each match holds."""

    def __init__(self, regex: re.Pattern[str]) -> None:
        self.regex = regex

    @cached_property
    def _strings(self) -> AhoCorasick:
        return string_finder(sorted(required(self.regex).strings))

    def search(self, text: str) -> re.Match[str] | None:
        """What the regex's own search finds."""
        return self.regex.search(text) if self._strings.find_matches_as_indexes(text) else None


def string_finder(strings: Iterable[str]) -> AhoCorasick:
    """What finds all of the strings in one pass over a text."""
    return AhoCorasick(list(strings), implementation=Implementation.DFA)


def places(finder: AhoCorasick, text: str) -> list[int]:
    """Where strings, all ASCII, begin in the text, in order."""
    if not text.isascii():  # lone surrogates, for one, cannot be searched
        text = text.encode("ascii", "replace").decode("ascii")  # a question mark for each character beyond
    found = finder.find_matches_as_indexes(text, overlapping=True)
    return sorted({start for _, start, _ in found}) if found else []
