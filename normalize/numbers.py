"""Numbers as models write them (separators, units, fractions, LaTeX, words) and one canonical text for each value."""

from __future__ import annotations

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from normalize.number_pattern import ABBREVIATED, DENOMINATORS, SCALES, SMALL, number_matches

# Beyond this many digits a number is not expanded: "1e999999999" must cost no more than "7".
MAX_DIGITS = 60

# A power of ten beyond it is read as this one.
LARGEST_EXPONENT = 999_999

# All digits that a reply can hold: in Python's own context, numbers of more than 28 would be rounded.
_EXACT = Context(prec=100_000, Emax=MAX_EMAX, Emin=MIN_EMIN)

_LATEX = (
    (re.compile(r"<<[^<>\n]{0,80}>>"), ""),  # GSM8K's calculator annotations
    (re.compile(r"(?<=\d)\s*\\[dt]?frac\s*\{\s*(-?[\d.,]+)\s*\}\s*\{\s*(-?[\d.,]+)\s*\}"), r" \1/\2"),
    (re.compile(r"\\[dt]?frac\s*\{\s*(-?[\d.,]+)\s*\}\s*\{\s*(-?[\d.,]+)\s*\}"), r"\1/\2"),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"\1/\2"),
    (re.compile(r"\\(?:text|mathrm|textbf|mathbf|operatorname|mbox)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"(?<=\d)(?:\{,\}|\\[,!])(?=\d)"), ","),
    (re.compile(r"\\(?:left|right|displaystyle|[,;:! ])"), " "),
    (re.compile(r"\\([$%#&_])"), r"\1"),
    (re.compile(r"\\(?:approx|sim)\b"), " "),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?"), " degrees"),
    (re.compile(r"\\[()\[\]]"), " "),
)


class Number(NamedTuple):
    """A number as read: its exact value, whether it was written with a percent sign, and with how many decimals."""

    value: Fraction | Decimal
    percent: bool = False
    decimals: int | None = 0

    @property
    def canonical(self) -> str:
        """One text for each value: `1234`, `-2.5`, `1/3`, `12%`; a decimal when it terminates as it was written."""
        text = _decimal_text(self.value) if isinstance(self.value, Decimal) else _fraction_text(self.value)
        return f"{text}%" if self.percent else text


class FoundNumber(NamedTuple):
    """A number and where it stands in the text that was searched."""

    number: Number
    start: int
    end: int


def plain(text: str) -> str:
    """`text` with LaTeX number markup written plainly; for values, which are short."""
    if not ("\\" in text or "<<" in text or "{,}" in text):  # one of these stands in whatever is rewritten
        return text
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    return text


def find_numbers(text: str) -> list[FoundNumber]:
    """All numbers in `text` (lower case, `plain`), in order."""
    found = []
    for match in number_matches(text):
        number = _number(match)
        if number is not None:
            found.append(FoundNumber(number, match.start(), match.end()))
    return found


@lru_cache(maxsize=4096)
def parse_number(text: str) -> Number | None:
    """The number that the whole of `text` is (with currency, unit or percent sign), else None."""
    found = find_numbers(plain(text.lower()).strip())
    return found[0].number if len(found) == 1 else None


def numbers_match(prediction: Number, expected: Number) -> bool:
    """Whether the prediction is the expected number, allowing for rounding.

    Equal values match, whatever their form (1/3 and 2/6, 0.5 and 50%); so do 50% and 50, as a question about percent
    may be answered without the sign. Otherwise both are rounded (half up) to the fewer of their decimals, where a
    fraction has endless ones; they match when they are then equal and the coarser of them has at least two decimals,
    or is the expected answer with at least one. Whole numbers match only when they are equal.
    """
    if prediction.percent == expected.percent:
        return _close(prediction, expected)
    return any(_close(left, right) for left, right in _readings(prediction, expected))


def _readings(prediction: Number, expected: Number) -> list[tuple[Number, Number]]:
    """What a number and a percentage may be compared as."""
    if prediction.percent:
        return [(Number(prediction.value, False, prediction.decimals), expected), (_unit(prediction), expected)]
    return [(prediction, Number(expected.value, False, expected.decimals)), (prediction, _unit(expected))]


def _unit(percent: Number) -> Number:
    value = exact_value(percent.value)
    return Number(value / 100 if value is not None else percent.value, False, _shifted(percent.decimals))


def _shifted(decimals: int | None) -> int | None:
    return None if decimals is None else decimals + 2


def _close(prediction: Number, expected: Number) -> bool:
    if prediction.decimals == expected.decimals == 0:
        return prediction.value == expected.value
    left, right = exact_value(prediction.value), exact_value(expected.value)
    if left is None or right is None:
        return prediction.value == expected.value
    if left == right:
        return True
    known = [decimals for decimals in (prediction.decimals, expected.decimals) if decimals is not None]
    if not known:
        return False
    coarser = min(known)
    enough = coarser >= 2 or (coarser >= 1 and expected.decimals == coarser)
    return enough and _round_half_up(left, coarser) == _round_half_up(right, coarser)


def _round_half_up(value: Fraction, decimals: int) -> int:
    scaled = abs(value) * 10**decimals
    rounded: int = math.floor(scaled + Fraction(1, 2))
    return rounded if value >= 0 else -rounded


def exact_value(value: Fraction | Decimal) -> Fraction | None:
    """The value as a fraction; None when it has too many digits to expand."""
    if not isinstance(value, Decimal):
        return value
    return (
        Fraction(value)
        if abs(value.adjusted()) <= MAX_DIGITS and len(value.as_tuple().digits) <= 4 * MAX_DIGITS
        else None
    )


def _number(match: re.Match[str]) -> Number | None:
    written = match.group()
    if written.isdecimal() and len(written) <= MAX_DIGITS:  # as most are
        return Number(Decimal(written))
    percent = bool(match["percent"] or match["percent2"])
    if match["words"] is not None:
        spoken = _words_value(match["words"])
        return None if spoken is None else _exact_number(spoken, percent)
    sign = -1 if (match["sign"] or "").startswith("-") or match["sign2"] else 1
    scale = SCALES.get(match["scale"] or "", 1) * ABBREVIATED.get(match["abbreviated"] or "", 1)
    if match["mixed_top"] is not None or match["top"] is not None:
        fraction = _fraction(match)
        return None if fraction is None else _exact_number(sign * scale * fraction, percent)
    if match["base"] is not None:
        base, raised = int(match["base"]), int(match["raised"])
        if abs(raised) * len(match["base"]) > MAX_DIGITS or (base == 0 and raised < 0):
            return None
        return _exact_number(Fraction(sign * scale) * Fraction(base) ** raised, percent)
    digits = _plain_digits(match["number"])
    exponent = int(match["power"] or match["exponent"] or 0)
    value = _EXACT.multiply(Decimal(digits), Decimal(sign * scale))
    value = _EXACT.scaleb(value, _within(value.adjusted() + _within(exponent)) - value.adjusted())
    decimals = len(digits.partition(".")[2]) - exponent
    return Number(value, percent, max(0, decimals) if scale == 1 else 0)


def _within(exponent: int) -> int:
    return max(-LARGEST_EXPONENT, min(LARGEST_EXPONENT, exponent))


def _exact_number(value: Fraction, percent: bool) -> Number:
    return Number(value, percent, 0 if value.denominator == 1 else None)


def _fraction(match: re.Match[str]) -> Fraction | None:
    if match["mixed_top"] is not None:
        whole, top, bottom = (Fraction(match[name][:MAX_DIGITS]) for name in ("whole", "mixed_top", "mixed_bottom"))
        return None if bottom == 0 else whole + top / bottom
    top, bottom = (Fraction(_plain_digits(match[name])[:MAX_DIGITS]) for name in ("top", "bottom"))
    return None if bottom == 0 else top / bottom


def _plain_digits(text: str) -> str:
    """Digits without separators of thousands; two or more dots can only be such separators."""
    text = text.replace(",", "").replace("'", "").replace(" ", "")
    text = text.replace(".", "") if text.count(".") > 1 else text
    return f"0{text}" if text.startswith(".") else text


def _words_value(text: str) -> Fraction | None:
    for minus in ("minus ", "negative "):
        if text.startswith(minus):
            value = _words_value(text.removeprefix(minus))
            return None if value is None else -value
    words = text.replace("-", " ").split()
    if _denominator(words[-1]) is None:
        return _whole_words(words)
    before, _, part = text.replace("-", " ").rpartition(" and ")
    *top, bottom = part.split()
    count = _whole_words(top)
    whole = _whole_words(before.split()) if before else Fraction(0)
    if count is None or whole is None:
        return None
    return whole + (count or 1) / Fraction(_denominator(bottom) or 1)


def _denominator(word: str) -> int | None:
    return DENOMINATORS.get(word) or DENOMINATORS.get(word.removesuffix("s"))


def _whole_words(words: list[str]) -> Fraction | None:
    """The whole number that the words say; None when they are a list ("two three")."""
    total, current = Fraction(0), Fraction(0)
    before = ""
    for word in words:
        if word in SMALL:
            if before in SMALL and not (SMALL[before] >= 20 and 1 <= SMALL[word] <= 9):
                return None
            current += SMALL[word]
        elif word in ("hundred", "dozen"):
            current = (current or Fraction(1)) * SCALES[word]
        elif word in SCALES:
            total += (current or Fraction(1)) * SCALES[word]
            current = Fraction(0)
        before = word
    return total + current


def _decimal_text(value: Decimal) -> str:
    if value == 0:
        return "0"
    if abs(value.adjusted()) > MAX_DIGITS:
        return f"{_EXACT.normalize(value):E}".replace("E+", "e").replace("E", "e")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fraction_text(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
