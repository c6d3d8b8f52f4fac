"""Where a reply commits itself to an answer ("Answer: X", "the answer is X", a boxed X), and where it corrects it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from normalize.text import CanonicalText

# How much of the text behind a marker can belong to the answer (canonical characters).
VALUE_LIMIT = 400

# Of each marker, as many of its last places are read; only a reply that runs in circles has more.
LAST_CONSIDERED = 20

# At most six in a row: without a bound, "the the the..." costs the square of its length.
_QUALIFIER = (
    r"(?:final|correct|right|best|short|exact|numeric(?:al)?|most likely|my|the|overall"
    r"|complete|closest|only|true|proper)"
)
_MARKERS: tuple[tuple[str, re.Pattern[str], bool], ...] = (
    # name, pattern (the value begins where it ends), and whether the value must follow at once
    ("boxed", re.compile(r"\\(?:boxed|fbox)\s*\{"), False),
    ("answer_line", re.compile(
        rf"(?:^[ \t>#*\-]*(?:(?:so|therefore|thus|hence|and)[, ]+)?(?:{_QUALIFIER} ){{0,6}}"
        r"(?:answers?|ans|final|solution|result|conclusion|response|output|choice|option chosen|a)"
        r"(?: \((?:[^()\n]{0,30})\))?(?: is)?|(?<=[.!?)] )(?:final )?answer)[ \t]*[:=][ \t]*",
        re.MULTILINE), False),
    ("answer_colon", re.compile(
        rf"\b(?:{_QUALIFIER} ){{1,6}}(?:answer|choice|option|result|solution)(?: is)?[ \t]*:[ \t]*"), False),
    ("answer_is", re.compile(
        rf"\b(?:(?:the|my|our|your|so|this|that) )(?:{_QUALIFIER} ){{0,6}}(?:answer|choice|option|solution|result)\b"
        r"(?: (?:to|for|of|in|here|therefore|then|thus|must|would|should|will|that|i|we|question|problem|this"
        r"|the|your|final|choose|chose|get|is|be)){0,8}?,? (?:is|be|are|=)(?! not\b)"
        r"(?: (?:therefore|thus|then|hence|simply|just|clearly|indeed|definitely|actually))?[ \t]*:?[ \t]*"), False),
    ("hash_marks", re.compile(r"^[ \t]*####[ \t]*(?:(?:final )?answer[ \t]*:?[ \t]*)?(?=\S)", re.MULTILINE), False),
    ("answer_dash", re.compile(r"^[ \t]*(?:final )?answer[ \t]+[-=>]+[ \t]*", re.MULTILINE), False),
    ("i_choose", re.compile(
        r"\bi(?:'d| would|'ll| will)? (?:choose|pick|select|go with|go for|say|answer|opt for|settle on)(?: that)?"
        r"(?: (?:option|answer|choice|the answer))?:?[ \t]+"), True),
    ("option_is_right", re.compile(
        r"(?=(?:^|(?<=[\s(]))(?:option |choice |answer )?\(?[a-z]\)? (?:is|seems|appears)(?: to be)?(?: the)? "
        r"(?:correct|right|best|most))"), True),
    ("correction", re.compile(
        r"(?:\b(?:actually|correction|wait|scratch that|on second thought|let me correct that|i mean|or rather"
        r"|i made (?:a mistake|an error)|sorry|my mistake|oops|hmm|no)[,.:;!\- ]{1,4}){1,3}"
        r"(?:it(?:'s| is)|that(?:'s| is)|that should be|it should be|this should be|should be|make that|make it"
        r"|i mean|the answer should be|i meant|it must be|i(?:'d| would) say)?:?[ \t]+"), True),
)  # fmt: skip

# Of each marker, the texts of which one must stand in the reply for it to match: most replies hold none, and a look for
# them costs a hundredth of the pattern.
_ANSWER_WORDS = (" answer", " choice", " option", " result", " solution")
_NEEDED: dict[str, tuple[str, ...]] = {
    "answer_colon": _ANSWER_WORDS,
    "answer_is": _ANSWER_WORDS,
    "hash_marks": ("####",),
    "answer_dash": ("answer ", "answer\t"),
    "i_choose": (
        " choose", " pick", " select", " go with", " go for", " say", " answer", " opt for", " settle on",
    ),
    "option_is_right": (" correct", " right", " best", " most"),
    "correction": (
        "actually", "correction", "wait", "scratch that", "on second thought", "let me correct that", "i mean",
        "or rather", "i made", "sorry", "my mistake", "oops", "hmm",
        "no,", "no.", "no:", "no;", "no!", "no-", "no ",
    ),
}  # fmt: skip

# A base model may go on and ask itself the next question; what follows is not about this item.
_NEXT_QUESTION = re.compile(r"\n[ \t]*(?:q|question|human|user|problem)(?: ?\d+)?[ \t]*[:.](?=[ \t\n])")
_CONFIDENCE = re.compile(
    r"^[ \t>#*\-]*(?:my )?confidence(?: level| score)?(?: \(0-100\))?[ \t]*[:=][^\n]*$", re.MULTILINE
)


@dataclass(frozen=True)
class Commitment:
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


def commitments(text: CanonicalText) -> list[Commitment]:
    """All places where the reply commits itself, the last first.

    A correction counts only behind another commitment: before it there is nothing to correct.
    """
    lower = text.lower
    end = _end_of_reply(lower)
    found = []
    for rule, pattern, strict in _MARKERS:
        if rule in _NEEDED and not any(needed in lower for needed in _NEEDED[rule]):
            continue
        for match in deque(pattern.finditer(lower, 0, end), maxlen=LAST_CONSIDERED):
            value_start = _value_start(lower, match.end(), end)
            value_end = _closing_brace(lower, match.end()) if rule == "boxed" else _value_end(lower, value_start, end)
            if lower[value_start:value_end].strip():
                found.append(Commitment(rule, match.start(), value_start, value_end, strict))
    found.sort(key=lambda entry: (entry.value_start, entry.start), reverse=True)
    first = min((entry.start for entry in found if entry.rule != "correction"), default=end)
    return [entry for entry in found if entry.rule != "correction" or entry.start > first]


def readable_end(text: CanonicalText) -> int:
    """Where the part of the reply that is about this item ends."""
    return _end_of_reply(text.lower)


def confidence_lines(lower: str) -> list[tuple[int, int]]:
    """The lines that state a confidence: their number is no answer."""
    return [match.span() for match in _CONFIDENCE.finditer(lower)]


def _end_of_reply(lower: str) -> int:
    for match in _NEXT_QUESTION.finditer(lower):
        if lower[: match.start()].strip():
            return match.start()
    return len(lower)


def _value_start(lower: str, position: int, end: int) -> int:
    """Behind the marker, on the next line when nothing follows on its own."""
    while position < end and lower[position] in " \t\n":
        position += 1
    return position


def _value_end(lower: str, start: int, end: int) -> int:
    newline = lower.find("\n", start, end)
    return min(start + VALUE_LIMIT, end if newline < 0 else newline)


def _closing_brace(lower: str, start: int) -> int:
    depth = 1
    for position in range(start, min(len(lower), start + VALUE_LIMIT)):
        depth += {"{": 1, "}": -1}.get(lower[position], 0)
        if depth == 0:
            return position
    return _value_end(lower, start, len(lower))
