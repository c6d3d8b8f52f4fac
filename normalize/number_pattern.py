"""Numbers as they are written, in digits and in words: one regex, and where in a text it need be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from normalize.leads import places, string_finder

_UNITS_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SMALL = {word: value for value, word in enumerate(_UNITS_WORDS)} | {
    word: 10 * value for value, word in enumerate(_TENS_WORDS, 2)
}
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
ABBREVIATED = {"k": 10**3, "bn": 10**9, "mn": 10**6}
DENOMINATORS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100,
}  # fmt: skip

_SMALL_WORD = "|".join(sorted(SMALL, key=len, reverse=True))
_SCALE_WORD = "|".join(SCALES)
_DENOMINATOR_WORD = "|".join(f"{word}s?" for word in DENOMINATORS)
_WORDS = (
    rf"(?:(?:minus|negative) )?(?:{_SMALL_WORD}|an?(?= (?:{_SCALE_WORD}|{_DENOMINATOR_WORD})\b)"
    rf"|(?:{_SCALE_WORD})(?= and ))"
    rf"(?:(?:[ -]|(?<=hundred) and |(?<=thousand) and |(?<=million) and )(?:{_SMALL_WORD}|{_SCALE_WORD})(?!\w))*"
    rf"(?:[ -](?:and (?:an? |(?:{_SMALL_WORD})[ -])?|a )?(?:{_DENOMINATOR_WORD}))?"
    rf"|(?:one[ -])?half(?= of\b|$|[.,])"
)
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d{1,3}(?:'\d{3})+(?!\d)"
    r"|\d{1,3}(?: \d{3})+(?![\d.,]*\d)|\d+)"
)
_DECIMAL = rf"(?:{_DIGITS}(?:\.\d+)?|\.\d+)"
_POWER = (
    r"(?:[ ]?(?:x|\*|×|·|\\times|\\cdot)[ ]?10[ ]?(?:\^"
    r"|\*\*)[ ]?[({]?(?P<power>[-+]?\d{1,6})[)}]?|e(?P<exponent>[-+]?\d{1,9}))"
)
NUMBER = re.compile(
    rf"(?<![\w.])(?<![a-z]-)(?<!\d:)(?<!\d/)(?P<sign>(?<![\w)])[-+](?=[\d.$€£¥₹])|(?<![\w)])(?<![\w)]\s)[-+]\s)?(?:[$€£¥₹]\s?)?(?P<sign2>-)?"
    rf"(?:(?P<whole>\d+)(?:[ ]|[ ]?and[ ])(?P<mixed_top>\d+)[ ]?/[ ]?(?P<mixed_bottom>\d+)(?![\w/])"
    rf"|(?P<top>{_DECIMAL})[ ]?/[ ]?(?P<bottom>-?{_DECIMAL})(?![\w/])"
    rf"|(?P<base>\d{{1,6}})[ ]?(?:\^|\*\*)[ ]?[{{(]?(?P<raised>-?\d{{1,3}})[}})]?"
    rf"|(?P<number>{_DECIMAL})(?![\d.,]*[:/]\d)(?:{_POWER})?)"
    rf"(?:[ -]?(?P<scale>{_SCALE_WORD})s?\b|(?P<abbreviated>k|bn|mn)\b|(?:st|nd|rd|th)\b)?"
    rf"(?P<percent>\s?%|\s?percent\b|\s?per cent\b)?"
    rf"|(?<![\w-])(?P<words>{_WORDS})(?![\w])(?P<percent2>\s?%|\s?percent\b|\s?per cent\b)?"
)  # fmt: skip

# Before its first digit a number has at most a sign and a currency, a blank behind each of them, a sign, and a dot.
_BEFORE_DIGIT = frozenset("+-$€£¥₹.")
_BEFORE_DIGIT_LIMIT = 6
# A number in words begins with one of the needed, or with these before it.
_BEFORE_WORD = ("minus ", "negative ", "a ", "an ")
_BEFORE_WORD_LIMIT = len("negative an ")
_NEEDED = string_finder([*"0123456789", *SMALL, *SCALES, *DENOMINATORS])
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
# In a text of so few characters the regex is tried everywhere.
_SHORT = 24


def number_matches(text: str) -> Iterator[re.Match[str]]:
    """The matches of `NUMBER` in `text`, in order; it is tried only where a digit or the word of a number stands."""
    if len(text) <= _SHORT or (not text.isascii() and _OTHER_DIGIT.search(text)):
        return NUMBER.finditer(text)
    return _matches(text, places(_NEEDED, text))


def _matches(text: str, needed: list[int]) -> Iterator[re.Match[str]]:
    behind = 0
    for place in needed:
        if place < behind:
            continue
        for start in _starts(text, place, behind):
            match = NUMBER.match(text, start)
            if match is not None:
                yield match
                behind = match.end()
                break


def _starts(text: str, place: int, first: int) -> Sequence[int]:
    """Where, from `first` on, a number may begin whose first digit or needed word stands at `place`."""
    joined = text[place - 1] if place else " "
    if joined.isalnum() or joined == "_":
        return ()
    start = place
    if text[place].isdigit():
        first = max(first, place - _BEFORE_DIGIT_LIMIT)
        while start > first and (text[start - 1] in _BEFORE_DIGIT or text[start - 1].isspace()):
            start -= 1
        while text[start].isspace():
            start += 1
    elif text.endswith(_BEFORE_WORD, first, place):
        start = max(first, place - _BEFORE_WORD_LIMIT)
    return range(start, place + 1)
