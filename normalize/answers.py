"""The final answer of a reply, in one canonical text, and whether it is the expected one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from normalize.commitments import Commitment, commitments, confidence_lines, readable_end
from normalize.matching import answers_match as answers_match
from normalize.matching import is_exact as is_exact
from normalize.reading import INVALID, Reading, Words
from normalize.refusal import REFUSING_FINISHES
from normalize.stretch import Value
from normalize.text import CanonicalText, canonical
from normalize.values import read_value

# Without a marker, a reply of at most this length (canonical characters, one line) is taken as an answer as it stands.
BARE_ANSWER_LIMIT = 80

# A longer sentence is a loop or a list, not a conclusion.
SENTENCE_LIMIT = 400

CUT_OFF = "length"

_OPTION_LINE = re.compile(r"\W{0,4}(?P<label>[a-z])[).:]\s+\S")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=\S)|\n+")


def read_answer(
    response: str, answer_type: str, choices: Sequence[str] = (), finish_reason: str | None = None
) -> Reading:
    """The answer that the reply commits itself to.

    The last commitment counts ("Answer: X", "the answer is X", a boxed X, or a correction of an earlier one); without
    one, a reply that is an answer as it stands, else what its last sentence says. The expected answer plays no part.

    Args:
        response: the raw reply.
        answer_type: `number`, `choice`, `boolean` or `text`.
        choices: the options, for `choice`.
        finish_reason: why the reply ended; with `length` only a commitment counts.

    Returns:
        The canonical answer: `1234.5`, `-7`, `1/3`, `12%`; a letter; `yes` or `no`; a short text in lower case
        (at most `matching.TEXT_LIMIT` characters). `invalid` when nothing is committed to (`no_answer`), several
        candidates are (`several_candidates`), what is announced is no answer of the type (`unreadable_answer`), the
        options are merely repeated (`repeats_options`), the reply is `empty`, or it was stopped.
    """
    if finish_reason in REFUSING_FINISHES:
        return Reading(INVALID, REFUSING_FINISHES[finish_reason])
    text = canonical(response)
    if not text.text.strip():
        return Reading(INVALID, "empty")
    committed = commitments(text)
    for commitment in committed:
        value = _read_commitment(text, commitment, answer_type, tuple(choices))
        if value is not None:
            return _reading(text, value, commitment.rule, commitment.value_start)
    if finish_reason == CUT_OFF:
        return Reading(INVALID, "cut_off")
    announced = max((entry.start for entry in committed if not entry.strict), default=-1)
    if answer_type == "choice" and _repeats_options(text):
        return Reading(INVALID, "repeats_options")
    for rule, start, end in _fallbacks(text):
        if start <= announced or (rule != "bare_answer" and end - start > SENTENCE_LIMIT):
            continue  # what was announced is no answer of this type ("none of the above"): nothing before it counts
        value = read_value(text.text[start:end], answer_type, tuple(choices), rule)
        if value is not None:
            return _reading(text, value, rule, start)
    return Reading(INVALID, "no_answer" if announced < 0 else "unreadable_answer")


def _read_commitment(
    text: CanonicalText, commitment: Commitment, answer_type: str, choices: tuple[str, ...]
) -> Value | None:
    rule = "strict" if commitment.strict else commitment.rule
    return read_value(text.text[commitment.value_start : commitment.value_end], answer_type, choices, rule)


def _reading(text: CanonicalText, value: Value, rule: str, offset: int) -> Reading:
    words = Words(text, offset + value.start, offset + value.end)
    if value.canonical is None:
        return Reading(INVALID, "several_candidates", words)
    return Reading(value.canonical, rule, words)


def _repeats_options(text: CanonicalText) -> bool:
    """Whether the reply ends in a list of options, as the question gave them."""
    labels = [match["label"] for match in map(_OPTION_LINE.match, text.lower.strip().split("\n")[-2:]) if match]
    return len(labels) == 2 and labels[0] != labels[1]


def _fallbacks(text: CanonicalText) -> list[tuple[str, int, int]]:
    """Where an answer may stand that nothing announces, in the order of trust."""
    end = readable_end(text)
    for start, stop in reversed(confidence_lines(text.lower)):
        if not text.lower[stop:end].strip():
            end = start
    stripped = text.lower[:end].strip()
    if not stripped:
        return []
    begin = text.lower.index(stripped[0]) if stripped else 0
    end = begin + len(stripped)
    places = []
    if "\n" not in stripped and len(stripped) <= BARE_ANSWER_LIMIT:
        places.append(("bare_answer", begin, end))
    sentences = _sentences(text.lower, begin, end)
    first_line_end = text.lower.find("\n", begin, end)
    last = sentences[-1]
    places.append(("last_sentence", *last))
    places.append(("first_line", begin, end if first_line_end < 0 else first_line_end))
    places += [("earlier_sentence", *sentence) for sentence in reversed(sentences[-4:-1])]
    return places


def _sentences(lower: str, begin: int, end: int) -> list[tuple[int, int]]:
    ends = list(_SENTENCE_END.finditer(lower, begin, end))
    starts = [begin, *(match.end() for match in ends)]
    stops = [*(match.start() for match in ends), end]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if lower[start:stop].strip()]
