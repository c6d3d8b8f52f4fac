"""Which number a stretch of a reply says: the one it begins with, or the last one, unless it lists candidates."""

from __future__ import annotations

import re

from normalize.numbers import FoundNumber, find_numbers, plain
from normalize.stretch import LOOSE, Value

_LIST_JOINT = re.compile(
    r"\s*(?:,|;|/|-|,? ?\bor\b|,? ?\band\b|\bto\b|\bvs\.?)\s*(?:also |maybe |possibly "
    r"|perhaps |even |about )?(?:[$€£]\s*)?"
)
_ALTERNATIVE = re.compile(r"\b(?:or|either|between)\b")
_OPENING = re.compile(
    r"[\s\"'(\[{<:=$€£¥≈~]*(?:(?:about|approximately|exactly|roughly|around|nearly|just|only"
    r"|equal to|equals|is|therefore|that|"
    r"a total of|total|the number|now|also|still|actually|be|x|n|y|=|\$|approx\.?|option|it's"
    r"|it is|there are|there were)[\s:=$]*)*"
)
_PARENTHESIS = re.compile(r"\([^()\n]*\)")
_FIRST_SENTENCE = re.compile(r"(?<=[^\s.][.!?;])\s+(?=[a-z(])|(?<=\w)\.\s*$")


def number_value(stretch: str, rule: str) -> Value | None:
    lower = plain(stretch.lower())
    shifted = lower != stretch.lower()  # LaTeX was rewritten: offsets inside the stretch no longer hold
    found = find_numbers(lower)
    if not found:
        return None
    chosen = _chosen_number(lower, found, rule)
    if chosen is None:
        return None
    canonical, first, last = chosen
    return Value(canonical, 0, len(stretch.rstrip())) if shifted else Value(canonical, first.start, last.end)


def _chosen_number(
    lower: str, found: list[FoundNumber], rule: str
) -> tuple[str | None, FoundNumber, FoundNumber] | None:
    """The number meant, or None for a list of candidates, with the first and the last number that speak."""
    opening = _OPENING.match(lower)
    begin = opening.end() if opening else 0
    if found[0].start <= begin + 1 and rule not in LOOSE:
        equals = _after_equals(lower, found)
        return _single(lower, found, 0) if equals is None else (equals.number.canonical, equals, equals)
    if rule == "strict":
        return None
    outside = [entry for entry in found if not _in_parentheses(lower, entry.start)] or found
    last = _after_equals(lower, outside) or outside[-1]
    index = outside.index(last)
    if index and _ALTERNATIVE.search(
        lower, outside[index - 1].start - 12 if outside[index - 1].start > 12 else 0, last.start
    ):
        joint = lower[outside[index - 1].end : last.start]
        if re.fullmatch(r"[^.!?]{0,25}\bor\b[^.!?]{0,10}|\s*and\s*", joint):
            return (None, outside[index - 1], last)
    return (last.number.canonical, last, last)


def _after_equals(lower: str, found: list[FoundNumber]) -> FoundNumber | None:
    """The number behind the last equals sign of a calculation."""
    equals = lower.rfind("=")
    if equals < 0 or (
        len([entry for entry in found if entry.end <= lower.index("=")]) == 1 and _is_result(lower, found)
    ):
        return None
    behind = [entry for entry in found if entry.start > equals]
    return behind[0] if behind and behind[0].start - equals <= 12 else None


def _is_result(lower: str, found: list[FoundNumber]) -> bool:
    """Whether the calculation stands behind its result: 12 = 3 * 4, but not x = 3."""
    first = lower.index("=")
    return found[0].end <= first and len([entry for entry in found if entry.start > first]) > 1


def _single(lower: str, found: list[FoundNumber], index: int) -> tuple[str | None, FoundNumber, FoundNumber]:
    first = found[index]
    values = {first.number.canonical}
    last = first
    for entry in found[index + 1 :]:
        between = lower[last.end : entry.start]
        if not _LIST_JOINT.fullmatch(_without_unit(between)):
            break
        values.add(entry.number.canonical)
        last = entry
    return (first.number.canonical, first, first) if len(values) == 1 else (None, first, last)


def _without_unit(between: str) -> str:
    """`between` without the unit of the number before it: in "3 apples or 4" the joint is "or"."""
    return re.sub(r"^\s*[a-z%°]+(?=\s+(?:or|to)\b)", "", between)


def _in_parentheses(lower: str, position: int) -> bool:
    return lower.count("(", 0, position) > lower.count(")", 0, position)
