"""How sure a model says it is: a percentage, a fraction, a mark out of ten, or a word from a published scale.

Nothing is guessed: what is missing, out of range or open to two readings has no value, and the rule says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from normalize.leads import LeadRegex
from normalize.numbers import FoundNumber, exact_value, find_numbers
from normalize.text import canonical

Scale = Literal["percent", "unknown"]

# A reply to "how sure are you?" is short; of a longer one, the end is read (canonical characters).
READ_LIMIT = 2_000
# A closing line `Confidence: N` is no longer than this, with what comes before it on the line (characters).
INLINE_LIMIT = 300

# Kent 1964, "Words of Estimative Probability", Studies in Intelligence 8(4): the middle of each range, with the
# synonyms that he lists. Words outside his scale ("confident", "possible", "unlikely") have no value.
WORDS = {
    "certain": 1.0,
    "certainty": 1.0,
    "almost certain": 0.93,
    "almost certainly": 0.93,
    "virtually certain": 0.93,
    "all but certain": 0.93,
    "highly probable": 0.93,
    "highly likely": 0.93,
    "probable": 0.75,
    "probably": 0.75,
    "likely": 0.75,
    "chances about even": 0.5,
    "chances are about even": 0.5,
    "about even": 0.5,
    "even chance": 0.5,
    "even odds": 0.5,
    "50/50": 0.5,
    "50-50": 0.5,
    "fifty-fifty": 0.5,
    "fifty fifty": 0.5,
    "probably not": 0.3,
    "doubtful": 0.3,
    "highly doubtful": 0.07,
    "almost certainly not": 0.07,
    "virtually impossible": 0.07,
    "almost impossible": 0.07,
    "impossible": 0.0,
}


@dataclass(frozen=True)
class StatedConfidence:
    """A stated confidence.

    Attributes:
        value: from 0 to 1, or None when none can be told.
        rule: how it was read (`percent`, `number_of_100`, `decimal`, `out_of_100`, `out_of_ten`, `fraction`, `words`,
            `complement` of a stated chance of being wrong), or why it was not (`missing`, `out_of_range`, `ambiguous`).
    """

    value: float | None
    rule: str


MISSING = StatedConfidence(None, "missing")
OUT_OF_RANGE = StatedConfidence(None, "out_of_range")
AMBIGUOUS = StatedConfidence(None, "ambiguous")

_WORD = LeadRegex(re.compile(
    r"(?<![\w/.-])(?:"
    + "|".join(re.escape(word) for word in sorted(WORDS, key=len, reverse=True))
    + r")(?![\w/]|-\w|\.\d)"
))  # fmt: skip
# Modifiers that the scale has no place for: the word behind them is not the scale's.
_MODIFIED = LeadRegex(re.compile(
    r"(?:\bnot|n't|\bnever|\bno|\bhardly|\bfar from|\bless than|\bmore than|\bvery|\bfairly"
    r"|\bquite|\bpretty|\bextremely|\bmore|\bless|\bmost|\bsomewhat|\brather|\bmoderately"
    r"|\breasonably|\bslightly|\bmore or less|\bnearly|\bun|\bim|\bto be"
    r"|\bbecome)[ -](?:\w+ )?$"
))  # fmt: skip
# Words that speak of confidence without a number that anyone has published for them.
_VAGUE = LeadRegex(re.compile(
    r"\b(?:confiden(?:t|ce)|sure|uncertain|unsure|certain|high|low|medium|moderate|unlikely"
    r"|improbable|possibl[ey]|maybe|"
    r"perhaps|unclear|(?:don't|do not|can't|cannot) (?:know|tell|say)|no idea|likel|probab|strong|weak|guess)"
))  # fmt: skip
_LABEL = LeadRegex(re.compile(
    r"\b(?:confidence(?: (?:level|score|rating|estimate|value))?|probability|certainty"
    r"|likelihood)(?: \([^()\n]{0,40}\))?\s*(?:is|of|:|=|-|at|would be"
    r"|that my answer is correct is)+\s*"
))  # fmt: skip
_BOUND = LeadRegex(re.compile(
    r"(?:\b(?:at least|at most|more than|less than|over|under|above|below|up to|no more than"
    r"|no less than|between|greater than|fewer than|anywhere from|from|not|n't|minimum(?: of)?"
    r"|maximum(?: of)?|or more|or higher|or less|or so above)|[<>≥≤])\s*(?:a |an |about )?$"
))  # fmt: skip
_AFTER_BOUND = re.compile(r"\s*%?\s*(?:\+|or (?:more|higher|above|less|lower|below|greater)|and (?:above|up)|plus\b)")
_RANGE = re.compile(r"\s*%?\s*(?:-|to|and|or|~|through)\s*")
_OUT_OF = re.compile(
    r"\s*(?:out of|of|over|on a scale (?:of|from) (?:0|1|zero|one)(?: to |-)|in)\s*(?:a (?:possible )?)?$"
)
_WRONG = re.compile(
    r"[^.!?\n]{0,40}?\b(?:i(?:'m| am)|it(?:'s| is)|this is|that|answer is|being|to be"
    r"|of) (?:\w+ )?(?:wrong|incorrect|mistaken|error|false|not (?:correct|right))\b"
    r"|\s*(?:doubt\b|uncertain|unsure|error|margin)"
)
_SCALE_TALK = re.compile(
    r"\b(?:on|in) (?:a|the) (?:scale|range) (?:of|from)?\s*\(?(?:0|zero|1|one)\s*(?:%"
    r"|percent)?\s*(?:to|-|and)\s*(?:100|10|1|a hundred|one hundred|ten|one)(?:\.0)?\s*(?:%"
    r"|percent)?\)?|\(0\s*(?:-|to)\s*100\)|\b0\s*(?:-|to)\s*100\b"
)
_SCALE_TALK_WORDS = ("scale", "range", "100")
_EXPLICIT = ("percent", "complement", "out_of_100", "out_of_ten", "fraction")

_INLINE = re.compile(
    r"(?:^|\n)[ \t>*_#`\-]*confidence(?: (?:level"
    r"|score))?(?: \(0 ?- ?100\))?[ \t*_`]*[:=][ \t*_`]*(?P<value>[^\n]*)\s*\Z",
    re.IGNORECASE,
)


def read_stated(text: str, scale: Scale = "unknown") -> StatedConfidence:
    """The confidence that a reply to "how sure are you?" states.

    `85%`, `85/100`, `8 out of 10`, `0.85`, `eighty-five percent` and the words of Kent's scale have one reading. A
    bare number has the asked scale's: with `percent`, 85 is 0.85 and 1 is 0.01, but a decimal fraction (`0.9`) is
    ambiguous, for 0.9% and 90% are both possible. On an unknown scale `0.9` and `1.0` are fractions, 85 is of 100, and
    a whole number from 1 to 10 is ambiguous (1% or certain? 9% or nine out of ten?). A range, a bound ("over 90%") and
    several different figures are ambiguous; what lies outside 0 to 100% is out of range.

    Args:
        text: the reply; thinking, markdown and typographic variety are passed over.
        scale: `percent` when a number from 0 to 100 was asked for.
    """
    lower = canonical(text).lower[-READ_LIMIT:]
    if any(map(lower.__contains__, _SCALE_TALK_WORDS)):
        lower = _SCALE_TALK.sub(" ", lower)
    if not lower.strip():
        return MISSING
    labels = list(_LABEL.finditer(lower))
    if labels:
        labelled = _read(lower[labels[-1].end() :].partition("\n")[0], scale)
        if labelled.rule != "missing":
            return labelled
    return _read(lower, scale)


def split_inline_confidence(response: str, scale: Scale = "percent") -> tuple[str, StatedConfidence]:
    """The reply without its closing line `Confidence: N`, and what that line states.

    Without such a line the reply comes back as it is, and the confidence is `missing`.
    """
    end = len(response.rstrip())
    before = response.rfind("\n", 0, end)  # no line but the last that has anything on it can be that line
    start = before if before > 0 else 0
    match = _INLINE.match(response, start) if end - start <= INLINE_LIMIT else None
    if match is None:
        return response, MISSING
    return response[: match.start()], read_stated(match["value"], scale)


def _read(lower: str, scale: Scale) -> StatedConfidence:
    even = _WORD.search(lower)
    if even is not None and WORDS[even.group()] == 0.5:
        lower = lower[: even.start()] + " " * len(even.group()) + lower[even.end() :]
        found = [StatedConfidence(0.5, "words")]
    else:
        found = []
    numbers = find_numbers(lower)
    found += [
        _figure(lower, numbers, index, scale)
        for index in range(len(numbers))
        if not _is_denominator(lower, numbers, index)
    ]
    explicit = [
        entry for entry in found if entry.rule in (*_EXPLICIT, "words") or entry.rule == "explicit_out_of_range"
    ]
    if any(entry.rule == "range" for entry in found):
        return AMBIGUOUS
    if explicit:
        return _agreed(explicit)
    if found:
        return _agreed(found)
    return _words(lower)


def _agreed(found: Iterable[StatedConfidence]) -> StatedConfidence:
    """The one reading that all figures share; `ambiguous` when they differ."""
    readings = list(found)
    if len({entry.value for entry in readings}) > 1:
        return AMBIGUOUS
    rule = readings[0].rule
    return OUT_OF_RANGE if rule == "explicit_out_of_range" else StatedConfidence(readings[0].value, rule)


def _is_denominator(lower: str, numbers: list[FoundNumber], index: int) -> bool:
    return index > 0 and _OUT_OF.fullmatch(lower[numbers[index - 1].end : numbers[index].start]) is not None


def _figure(lower: str, numbers: list[FoundNumber], index: int, scale: Scale) -> StatedConfidence:
    """What one number says; rule `range` marks a bound or a range, which is ambiguous whatever else is said."""
    entry = numbers[index]
    following = numbers[index + 1] if index + 1 < len(numbers) else None
    if _BOUND.search(lower[max(0, entry.start - 24) : entry.start]) or _AFTER_BOUND.match(lower, entry.end):
        return StatedConfidence(None, "range")
    if following is not None and _RANGE.fullmatch(lower[entry.end : following.start]):
        return StatedConfidence(None, "range")
    written = lower[entry.start : entry.end]
    value = exact_value(entry.number.value)
    if value is None:
        return OUT_OF_RANGE
    if entry.number.percent:
        return _explicit(value / 100, "complement" if _WRONG.match(lower[entry.end :]) else "percent")
    if "/" in written:
        written_bottom = written.rpartition("/")[2].strip()
        return _explicit(value, {"100": "out_of_100", "10": "out_of_ten"}.get(written_bottom, "fraction"))
    if following is not None and _OUT_OF.fullmatch(lower[entry.end : following.start]):
        bottom = exact_value(following.number.value)
        if not bottom:
            return AMBIGUOUS
        return _explicit(value / bottom, {100: "out_of_100", 10: "out_of_ten"}.get(int(bottom), "fraction"))
    if value.denominator != 1 and entry.number.decimals is None:
        return _explicit(value, "fraction")
    return _bare(value, "." in written, scale)


def _explicit(value: Fraction, rule: str) -> StatedConfidence:
    if not 0 <= value <= 1:
        return StatedConfidence(None, "explicit_out_of_range")
    return StatedConfidence(float(1 - value if rule == "complement" else value), rule)


def _bare(value: Fraction, has_point: bool, scale: Scale) -> StatedConfidence:
    """A number without a sign of its scale."""
    if not 0 <= value <= 100:
        return OUT_OF_RANGE
    if value == 0:
        return StatedConfidence(0.0, "number_of_100" if scale == "percent" else "decimal")
    if scale == "percent":
        return AMBIGUOUS if has_point and value <= 1 else StatedConfidence(float(value / 100), "number_of_100")
    if value <= 1:
        return StatedConfidence(float(value), "decimal") if has_point else AMBIGUOUS
    return AMBIGUOUS if value <= 10 else StatedConfidence(float(value / 100), "number_of_100")


def _words(lower: str) -> StatedConfidence:
    found = []
    for match in _WORD.finditer(lower):
        before = lower[max(0, match.start() - 24) : match.start()]
        found.append(AMBIGUOUS if _MODIFIED.search(before) else StatedConfidence(WORDS[match.group()], "words"))
    if found:
        return _agreed(found)
    return AMBIGUOUS if _VAGUE.search(lower) else MISSING
