"""Whether a canonical answer is the expected one: exactly, or allowing what the answer's type allows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from normalize.equivalence import compare, formula, is_marked
from normalize.numbers import Number, numbers_match, parse_number
from normalize.reading import INVALID
from normalize.text import fold
from utils.items import LETTERS

# Longer texts are no short answers; the prediction is cut, and so is what it is compared with.
TEXT_LIMIT = 400

# Of so many texts what is read off them is remembered: an item's expected answer and options are read again with each
# of its responses.
REMEMBERED = 4096

Match = Literal["equal", "equivalent", "different", "timed_out"]

_TRUE = frozenset(("yes", "true", "y", "t", "correct", "right", "valid", "1"))
_FALSE = frozenset(("no", "false", "n", "f", "incorrect", "wrong", "invalid", "0"))
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)")
_ARTICLES = re.compile(r"\b(?:the|an?)\b")
_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
# A number in which more counts than its digits: the square root of 2 is not 2.
_NOT_PLAIN = re.compile(r"\\(?:sqrt|pi\b|log|ln|sin|cos|tan|exp)|[√π!]|\bsqrt\b|\bpi\b")
_DIGITS = re.compile(r"[-+]?[\d.,/%]+")
_LEAD = re.compile(r"^(?:it(?:'s| is| was)|this is|that is|they are|he is|she is|he was|she was|called)\s+(?=\S)")
_PUNCTUATION = re.compile(r"[^\w\s%+/.-]|(?<!\d)[.](?!\d)|(?<!\w)[-/]|[-/](?!\w)")


def match_kind(
    prediction: str, expected: str, answer_type: str, aliases: Sequence[str] = (), choices: Sequence[str] = ()
) -> Match:
    """How the prediction (as `read_answer` gives it) matches the expected answer or one of its aliases.

    `equal` when `answers_match` needs no more than strings and numbers; for numbers and texts of which one is a
    formula, `equivalent` when `equivalence.compare` finds both the same. `timed_out` tells that it could not in its
    time, and that nothing else matched.
    """
    if prediction == INVALID:
        return "different"
    candidates = (expected, *aliases)
    for candidate in candidates:
        if _matches(prediction, candidate, answer_type, tuple(choices) if answer_type == "choice" else ()):
            return "equal"
    if answer_type in ("choice", "boolean"):
        return "different"
    found: Match = "different"
    for candidate in candidates:
        if (formulas := _formulas(prediction, canonical_text(candidate))) is not None:
            said, wanted = formulas
            outcome = compare(wanted, said)
            if outcome == "equivalent":
                return outcome
            found = "timed_out" if outcome == "timed_out" else found
    return found


def answers_match(
    prediction: str, expected: str, answer_type: str, aliases: Sequence[str] = (), choices: Sequence[str] = ()
) -> bool:
    """Whether the prediction (as `read_answer` gives it) is the expected answer or one of its aliases.

    Numbers: `numbers.numbers_match`. Choices: the same letter; an expected option may also be given by its text.
    Booleans: yes and true, no and false. Texts: equal but for case, accents, articles, punctuation and spaces; numbers
    in words equal their digits; formulas that are the same mathematics are equal. `invalid` matches nothing.
    """
    return match_kind(prediction, expected, answer_type, aliases, choices) in ("equal", "equivalent")


def is_exact(prediction: str, expected: str, answer_type: str, choices: Sequence[str] = ()) -> bool:
    """Whether the prediction is literally the expected answer, once that is in canonical form."""
    return prediction != INVALID and prediction == canonical_answer(expected, answer_type, choices)


def canonical_answer(expected: str, answer_type: str, choices: Sequence[str] = ()) -> str:
    """An expected answer in the form that `read_answer` gives predictions in."""
    return _canonical_answer(expected, answer_type, tuple(choices) if answer_type == "choice" else ())


@lru_cache(maxsize=REMEMBERED)
def _canonical_answer(expected: str, answer_type: str, choices: tuple[str, ...]) -> str:
    if answer_type == "number":
        number = _expected_number(expected)
        return expected.strip() if number is None else number.canonical
    if answer_type == "choice":
        return _letter(expected, choices) or expected.strip()
    if answer_type == "boolean":
        said = comparable(expected)
        return "yes" if said in _TRUE else "no" if said in _FALSE else said
    return canonical_text(expected)


@lru_cache(maxsize=REMEMBERED)
def canonical_text(text: str) -> str:
    """A short text in lower case, on one line, without quotes, leading article and closing punctuation.

    A text that is just the word `invalid` is put in double quotes, lest it be taken for the absence of an answer.
    """
    plain = " ".join(fold(text).lower().split())
    previous = None
    while plain != previous:
        previous = plain
        plain = plain.strip(" \t\"'`*_<>").rstrip(".,;:!? ").lstrip(",;:!?. ") if plain not in (".", "") else ""
        if plain and plain[0] in "([{" and plain[-1] in ")]}" and plain[1:-1].count(plain[0]) == 0:
            plain = plain if "," in plain and formula(plain) else plain[1:-1]  # (0,1) is not [0,1]
        plain = _ARTICLE.sub("", plain)
    plain = plain[:TEXT_LIMIT].rstrip()
    return f'"{plain}"' if plain == INVALID else plain


@lru_cache(maxsize=REMEMBERED)
def comparable(text: str) -> str:
    """The words of a text for comparison: no case, accents, articles or punctuation; numbers in digits stay."""
    lower = fold(text).lower()
    if "." in lower:
        lower = _INITIALS.sub("", lower)
    bare = lower
    if not lower.isascii():
        bare = "".join([c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c)])
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub(" ", bare)).split())


def _formulas(prediction: str, expected: str) -> tuple[str, str] | None:
    """Both in LaTeX, when both are mathematics, and not both a mere number or letter."""
    said, said_is_marked = _formula(prediction)
    wanted, wanted_is_marked = _formula(expected)
    if said is None or wanted is None or not (said_is_marked or wanted_is_marked):
        return None
    return said, wanted


@lru_cache(maxsize=REMEMBERED)
def _formula(text: str) -> tuple[str | None, bool]:
    """The text as `formula` gives it, and whether it `is_marked`."""
    written = formula(text)
    return written, written is not None and is_marked(written)


@lru_cache(maxsize=REMEMBERED)
def _expected_number(expected: str) -> Number | None:
    """The number that is expected; None when it is no number, or more counts in it than its digits."""
    return None if _NOT_PLAIN.search(expected) else parse_number(fold(expected))


@lru_cache(maxsize=REMEMBERED)
def _matches(prediction: str, expected: str, answer_type: str, choices: tuple[str, ...]) -> bool:
    if prediction == canonical_answer(expected, answer_type, choices):
        return True
    if answer_type == "number":
        left, right = parse_number(prediction), _expected_number(expected)
        return left is not None and right is not None and numbers_match(left, right)
    if answer_type in ("choice", "boolean"):
        return False
    return _texts_match(canonical_text(prediction), canonical_text(expected))


def _texts_match(prediction: str, expected: str) -> bool:
    if _formulas(prediction, expected) is not None:
        return "".join(prediction.split()) == "".join(expected.split())  # in a formula, every sign counts
    left, right = parse_number(prediction), parse_number(expected)
    if left is not None and right is not None and _DIGITS.fullmatch(prediction) and _DIGITS.fullmatch(expected):
        return numbers_match(left, right)
    said, wanted = comparable(_LEAD.sub("", prediction)), comparable(_LEAD.sub("", expected))
    if not said or not wanted:
        return prediction == expected
    if said == wanted or _joined(said) == _joined(wanted):
        return True
    return (
        left is not None
        and right is not None
        and _is_number(said)
        and _is_number(wanted)
        and numbers_match(left, right)
    )


def _joined(words: str) -> str:
    """Without the joints of a list and without spaces and hyphens: "ice-cream" is "ice cream"."""
    return re.sub(r"\band\b|[\s-]", "", words)


def _is_number(words: str) -> bool:
    """Whether the words are a number and nothing else; a unit would make "5 km" equal "5 miles"."""
    return re.fullmatch(r"[-+\d.,/%]+|[a-z -]+", words) is not None


def _letter(expected: str, choices: Sequence[str]) -> str | None:
    bare = expected.strip().strip("()[]. ")
    if len(bare) == 1 and bare.upper() in LETTERS:
        return bare.upper()
    same = [index for index, choice in enumerate(choices) if comparable(choice) == comparable(expected)]
    return LETTERS[same[0]] if len(same) == 1 else None
