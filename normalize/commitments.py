"""Where a reply commits itself to an answer ("Answer: X", "the answer is X", a boxed X), and where it corrects it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from normalize.markers import RULES, STRICT, Mark, marks

# How much of the text behind a marker can belong to the answer (canonical characters).
VALUE_LIMIT = 400

CORRECTION = "correction"

# The last line as most prompts ask for it: no other marker can stand in it.
_AS_ASKED = re.compile(r"answer:[ \t]*(?P<value>[\w.,%$()/-]{1,80})\Z")

# A base model may go on and ask itself the next question; what follows is not about this item.
_NEXT_QUESTION = re.compile(r"\n[ \t]*(?:q|question|human|user|problem)(?: ?\d+)?[ \t]*[:.](?=[ \t\n])")
_CONFIDENCE = re.compile(
    r"^[ \t>#*\-]*(?:my )?confidence(?: level| score)?(?: \(0-100\))?[ \t]*[:=][^\n]*$", re.MULTILINE
)
_BRACE = re.compile(r"[{}]")


class Commitment(NamedTuple):
    """A place where the reply commits itself.

    Attributes:
        rule: the marker's name.
        start: where the marker begins, in the canonical text.
        value_start, value_end: the text behind it that holds the answer.
        strict: the answer must stand at the very beginning of that text.
    """

    rule: str
    start: int
    value_start: int
    value_end: int
    strict: bool


def commitments(lower: str, end: int) -> Iterator[Commitment]:
    """All places where the reply commits itself, the last first.

    A correction counts only behind another commitment: before it there is nothing to correct.

    Args:
        lower: the reply's canonical text in lower case.
        end: its `readable_end`.
    """
    # A reply is mostly read off its last line. But for what it encloses, no marker stretches over two lines, so that
    # those of the last line are the last; what it corrects may stand before.
    line = lower.rfind("\n", 0, end) + 1
    last: list[Commitment] = []
    if (asked := _AS_ASKED.match(lower, line, end)) is not None:
        last = [Commitment("answer_line", line, asked.start("value"), end, strict=False)]
    elif line:
        last = _between(lower, line, end)
        last = [] if any(entry.rule == CORRECTION for entry in last) else last
    yield from last
    yield from _correcting(_between(lower, 0, end), end)[len(last) :]


def _between(lower: str, begin: int, end: int) -> list[Commitment]:
    """The commitments in the lines from `begin` to `end`, the last first."""
    found = [entry for mark in marks(lower, begin, end) if (entry := _commitment(lower, end, mark)) is not None]
    if len(found) > 1:
        found.sort(key=_by_value, reverse=True)
    return found


def _correcting(found: list[Commitment], end: int) -> list[Commitment]:
    """Without the corrections that have nothing before them to correct."""
    first = min([entry.start for entry in found if entry.rule != CORRECTION], default=end)
    return [entry for entry in found if entry.rule != CORRECTION or entry.start > first]


def _by_value(entry: Commitment) -> tuple[int, int]:
    return entry.value_start, entry.start


def _commitment(lower: str, end: int, mark: Mark) -> Commitment | None:
    """What a marker commits the reply to; None when nothing stands behind it."""
    rule = RULES[mark.rule]
    value_start = mark.stop
    while value_start < end and lower[value_start] in " \t\n":  # on the next line when nothing follows on its own
        value_start += 1
    value_end = _closing_brace(lower, mark.stop) if rule == "boxed" else _value_end(lower, value_start, end)
    if not lower[value_start:value_end].strip():
        return None
    return Commitment(rule, mark.start, value_start, value_end, rule in STRICT)


def confidence_lines(lower: str) -> list[tuple[int, int]]:
    """The lines that state a confidence: their number is no answer."""
    return [match.span() for match in _CONFIDENCE.finditer(lower)] if "confidence" in lower else []


def readable_end(lower: str) -> int:
    """Where the part of the reply that is about this item ends."""
    for match in _NEXT_QUESTION.finditer(lower):
        if lower[: match.start()].strip():
            return match.start()
    return len(lower)


def _value_end(lower: str, start: int, end: int) -> int:
    newline = lower.find("\n", start, end)
    return min(start + VALUE_LIMIT, end if newline < 0 else newline)


def _closing_brace(lower: str, start: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(lower, start, start + VALUE_LIMIT):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.start()
    return _value_end(lower, start, len(lower))
