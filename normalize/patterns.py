"""Tables of patterns as data: a rule's name, what it looks for and where, an example, and the weight of its firing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

# Where a pattern may fire: in the first 200 canonical characters as they stand; within a sentence that begins in the
# first 600, reaches into the last 400, or anywhere; in the whole text. A refusal stands at the beginning; an offer or a
# redirection, at the end.
ZONES = ("first", "head", "tail", "any", "whole")
FIRST, HEAD, TAIL = 200, 600, 400

STEM = 5
ALWAYS = ""  # the stem of rows that name no word
_WORD_CHARACTERS = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True)
class Pattern:
    """One row of a table.

    Attributes:
        name: the rule's name, unique in its table.
        side: which prediction its firing speaks for.
        zone: the part of the reply that is looked at, one of `ZONES`.
        words: the regex is tried only when one of these words occurs, which saves most of the time. Of a word, its
            first `STEM` letters count: "discr" stands for discriminate, discrimination and so on.
            A row without words is always tried.
        regex: applied to the canonical text in lower case.
        example: a reply, of our own writing, in which it fires.
    """

    name: str
    side: str
    zone: str
    words: tuple[str, ...]
    regex: re.Pattern[str]
    example: str


@dataclass(frozen=True)
class Hit:
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
        return self.bias + sum(self.weights.get(name, 0.0) for name in names)


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


@lru_cache(maxsize=8)
def _calls(table: str) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """For each stem, the numbers of the rows it calls up: of those that look at stretches, and at sentences."""
    stretches: dict[str, list[int]] = {ALWAYS: []}
    sentences: dict[str, list[int]] = {}
    for number, pattern in enumerate(load_patterns(table)):
        calls = stretches if pattern.zone in ("first", "whole") else sentences
        for word in pattern.words or (ALWAYS,):
            calls.setdefault(word, []).append(number)
    return stretches, sentences


def find_hits(table: str, lower: str) -> list[Hit]:
    """The first place where each pattern of the table fires, in the table's order.

    Args:
        lower: the reply's canonical text in lower case, stripped.
    """
    patterns = load_patterns(table)
    stretches, sentences = _calls(table)
    hits: dict[int, Hit] = {}
    called = set(stretches[ALWAYS])
    for start, sentence in _sentences(lower):
        stems = {word[:STEM] for word in sentence.translate(_WORD_CHARACTERS).split()}
        for stem in stems & stretches.keys():
            called.update(stretches[stem])
        for number in {number for stem in stems & sentences.keys() for number in sentences[stem]} - hits.keys():
            pattern = patterns[number]
            if _in_zone(pattern.zone, start, start + len(sentence), len(lower)):
                _search(pattern, number, sentence, start, hits)
    for number in called:
        pattern = patterns[number]
        _search(pattern, number, lower[:FIRST] if pattern.zone == "first" else lower, 0, hits)
    return [hits[number] for number in sorted(hits)]


def _search(pattern: Pattern, number: int, text: str, offset: int, hits: dict[int, Hit]) -> None:
    match = pattern.regex.search(text)
    if match is not None:
        hits[number] = Hit(pattern.name, match.start() + offset, match.end() + offset)


def _in_zone(zone: str, start: int, end: int, length: int) -> bool:
    return zone == "any" or (start < HEAD if zone == "head" else end > length - TAIL)


def _sentences(lower: str) -> list[tuple[int, str]]:
    """The sentences and lines with where they begin; an abbreviation may cut one short, which does no harm here."""
    found = []
    start = 0
    for line in lower.split("\n"):
        for mark in ("! ", "? "):
            line = line.replace(mark, f"{mark[0]}\x00")
        line = line.replace(". ", ".\x00")
        for sentence in line.split("\x00"):
            if sentence:
                found.append((start, sentence))
            start += len(sentence) + 1
    return found


def _pattern(row: Mapping[str, object], parts: Mapping[str, str]) -> Pattern:
    regex = str(row["regex"])
    for name, part in parts.items():
        regex = regex.replace(f"<{name}>", part)
    words = row["words"]
    assert isinstance(words, list)
    zone = str(row["zone"])
    assert zone in ZONES, zone
    return Pattern(
        name=str(row["name"]),
        side=str(row["side"]),
        zone=zone,
        words=tuple(str(word)[:STEM] for word in words),
        regex=re.compile(regex, re.MULTILINE),
        example=str(row["example"]),
    )
