"""The readers of replies: refusals, questions back, answers, stated confidences, numbers and formulas."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from confidence.stated import read_stated, split_inline_confidence
from normalize.answers import read_answer
from normalize.clarification import read_clarification
from normalize.equivalence import formula, is_marked
from normalize.matching import answers_match, canonical_answer, is_exact
from normalize.numbers import find_numbers, numbers_match, parse_number
from normalize.patterns import load_patterns
from normalize.reading import Reading
from normalize.refusal import read_refusal
from normalize.text import canonical
from tests.fuzzing.target import Target, text_of
from utils.items import ANSWER_TYPES
from utils.layout import REPOSITORY

CHOICES = ("red", "blue", "green or teal", "42")
FINISHES = (None, "stop", "length", "refusal", "content_filter", "other")
_CURLY = str.maketrans("'\"", "’”")


def check_canonical(data: bytes) -> None:
    """The canonical form can be stored, keeps its offsets in lower case, and leads back into the raw reply."""
    raw = text_of(data)
    text = canonical(raw)
    assert text == canonical(raw)
    assert len(text.text) == len(text.lower)
    text.text.encode("utf-8")
    assert "\r" not in text.text
    assert "\0" not in text.text
    for start in range(0, len(text.text), 1 + len(text.text) // 20):
        low, high = text.span(start, len(text.text))
        assert 0 <= low <= high <= len(raw)


def check_refusal(data: bytes) -> None:
    """Refusals: one of three predictions, alike twice and in the other style of quotes."""
    _check_reading(data, read_refusal, ("refuse", "comply", "invalid"))


def check_clarification(data: bytes) -> None:
    """Questions back: the same."""
    _check_reading(data, read_clarification, ("clarify", "answer", "invalid"))


def _check_reading(data: bytes, read: Callable[[str, str | None], Reading], allowed: tuple[str, ...]) -> None:
    finish, reply = FINISHES[(data[:1] or b"\0")[0] % len(FINISHES)], text_of(data[1:])
    reading = read(reply, finish)
    assert reading.prediction in allowed
    assert reading == read(reply, finish)
    _check_span(reading, reply)
    for other in _other_styles(reply):
        assert read(other, finish).prediction == reading.prediction, f"another style reads otherwise: {other!r}"


def _check_span(reading: Reading, reply: str) -> None:
    assert reading.rule
    if reading.span is not None:
        assert 0 <= reading.span[0] <= reading.span[1] <= len(reply)


def _other_styles(reply: str) -> Iterator[str]:
    """The same reply as other programs write it; beyond ASCII, or among marks, a change can mean something."""
    if reply.isascii() and "`" not in reply:
        yield reply.translate(_CURLY)
        if "\r" not in reply:
            yield reply.replace("\n", "\r\n")


def check_answer(data: bytes) -> None:
    """Answers of each type: deterministic, in canonical form, and exact only where they match."""
    option = (data[:1] or b"\0")[0]
    answer_type, finish, reply = ANSWER_TYPES[option % 4], FINISHES[option // 4 % len(FINISHES)], text_of(data[1:])
    choices = CHOICES if answer_type == "choice" else ()
    reading = read_answer(reply, answer_type, choices, finish)
    assert reading == read_answer(reply, answer_type, choices, finish)
    _check_span(reading, reply)
    found = reading.prediction
    for other in _other_styles(reply):
        assert read_answer(other, answer_type, choices, finish).prediction == found, f"another style: {other!r}"
    if found == "invalid":
        return
    if "<" in found or "[" in found:  # an answer may hold a tag of thinking, which is dropped where it is read again
        return
    assert canonical_answer(found, answer_type, choices) == found
    assert is_exact(found, found, answer_type, choices)
    if answer_type == "choice":
        assert found in "ABCD"
    elif answer_type == "boolean":
        assert found in ("yes", "no")
    elif answer_type == "number":
        assert parse_number(found) is not None
    if answer_type != "text":  # texts may be formulas, which another process compares
        assert answers_match(found, found, answer_type, (), choices)


def check_confidence(data: bytes) -> None:
    """Stated confidences: from 0 to 1 or none, alike twice; splitting off the closing line keeps the reply."""
    text = text_of(data)
    for scale in ("percent", "unknown"):
        stated = read_stated(text, scale)
        assert stated == read_stated(text, scale)
        assert stated.value is None or 0.0 <= stated.value <= 1.0
        assert (stated.value is None) == (stated.rule in ("missing", "out_of_range", "ambiguous"))
    rest, inline = split_inline_confidence(text)
    assert text.startswith(rest)
    assert inline.value is None or 0.0 <= inline.value <= 1.0


def check_numbers(data: bytes) -> None:
    """Numbers: what is found lies in the text, is read alike from its canonical form, and matches itself."""
    text = text_of(data)[:2000]
    end = 0
    for found in find_numbers(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        again = parse_number(found.number.canonical)
        assert again is not None, f"{found.number} is written {found.number.canonical}"
        assert numbers_match(again, found.number)


def check_formula(data: bytes) -> None:
    """Formulas: alike twice, and in a form that the comparison takes."""
    text = text_of(data).lower()
    written = formula(text)
    assert written == formula(text)
    if written is not None:
        assert written.isascii()
        is_marked(written)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(inner)


def _examples(table: str, file: str) -> Iterator[bytes]:
    """Our own wordings of the tests, and the examples of a table of patterns."""
    examples = [pattern.example for pattern in load_patterns(table)] if table else []
    path: Path = REPOSITORY / "tests" / file
    wordings = list(_strings(tomllib.loads(path.read_text(encoding="utf-8"))))
    yield from (text.encode("utf-8", "surrogatepass") for text in [*examples, *wordings])


def refusal_seeds() -> Iterator[bytes]:
    yield from (b"\0" + text for text in _examples("refusal", "normalize/refusal_wordings.toml"))


def clarification_seeds() -> Iterator[bytes]:
    yield from (b"\0" + text for text in _examples("clarification", "normalize/clarification_wordings.toml"))


def answer_seeds() -> Iterator[bytes]:
    for number, text in enumerate(_examples("", "normalize/answers.toml")):
        yield bytes([number % 4]) + text


def confidence_seeds() -> Iterator[bytes]:
    yield from _examples("", "confidence/stated.toml")


_MARKS = [
    "**",
    "__",
    "`",
    "```",
    "~~~",
    "\r\n",
    "\u200b",
    "\u202e",
    "’",
    "“",
    "—",
    "<think>",
    "</think>",
    "\ufeff",
    "é",
]
_ANSWERS = ["Answer:", "\\boxed{", "}", "####", "\\frac{", "the answer is ", "$", "%", "e9", "½", "/", ",000", "minus "]
_SURE = ["%", " out of 10", "/100", "confidence:", "between ", "at least ", "likely", "1e9", "٣", "point five", "0."]
_LATEX = ["\\frac{", "\\sqrt{", "^{", "}", "\\pi", "\\left(", "!", "=", "\\cdot", "\\infty", "matrix", "\\begin{"]
TARGETS = (
    Target("canonical", check_canonical, refusal_seeds, _MARKS, longest=20_000),
    Target("refusal", check_refusal, refusal_seeds, _MARKS),
    Target("clarification", check_clarification, clarification_seeds, [*_MARKS, "?", "do you mean "]),
    Target("answers", check_answer, answer_seeds, [*_MARKS, *_ANSWERS]),
    Target("confidence", check_confidence, confidence_seeds, [*_MARKS, *_SURE]),
    Target("numbers", check_numbers, confidence_seeds, [*_ANSWERS, *_SURE]),
    Target("formulas", check_formula, answer_seeds, [*_ANSWERS, *_LATEX]),
)
