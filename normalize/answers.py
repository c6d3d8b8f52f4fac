"""The final answer of a reply, in one canonical text, and whether it is the expected one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from normalize.commitments import commitments, confidence_lines, readable_end
from normalize.matching import answers_match as answers_match
from normalize.matching import is_exact as is_exact
from normalize.reading import INVALID, REFUSING_FINISHES, Reading, Words
from normalize.stretch import Value
from normalize.text import CanonicalText, canonical
from normalize.values import read_value

# Without a marker, a reply of at most this length (canonical characters, one line) is taken as an answer as it stands.
BARE_ANSWER_LIMIT = 80

# A longer sentence is a loop or a list, not a conclusion.
SENTENCE_LIMIT = 400

# Before the last sentence, as many are read. Each is looked for among so many characters first.
EARLIER_SENTENCES = 3
SENTENCE_REACH = 100

CUT_OFF = "length"

_OPTION_LINE = re.compile(r"\W{0,4}(?P<label>[a-z])[).:]\s+\S")
# Begins with the last character of a sentence that does not end with its line.
_SENTENCE_END = re.compile(r"[.!?\n](?:(?<=\n)\n*|(?<!\n)[\"')\]]*\s+)")


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
    return read_answers([response], [answer_type], [choices], [finish_reason])[0]


def read_answers(
    responses: Sequence[str],
    answer_types: Sequence[str],
    choices: Sequence[Sequence[str]],
    finish_reasons: Sequence[str | None],
) -> list[Reading]:
    """What `read_answer` makes of each of the replies; in steps, as `Weighing.read` goes."""
    texts = [canonical(response) for response in responses]
    return [_read(*each) for each in zip(texts, answer_types, choices, finish_reasons, strict=True)]


def _read(text: CanonicalText, answer_type: str, choices: Sequence[str], finish_reason: str | None) -> Reading:
    if finish_reason in REFUSING_FINISHES:
        return Reading(INVALID, REFUSING_FINISHES[finish_reason])
    if not text.text.strip():
        return Reading(INVALID, "empty")
    options = tuple(choices)
    announced, end = -1, readable_end(text.lower)
    for commitment in commitments(text.lower, end):
        stretch = text.text[commitment.value_start : commitment.value_end]
        value = read_value(stretch, answer_type, options, "strict" if commitment.strict else commitment.rule)
        if value is not None:
            return _reading(text, value, commitment.rule, commitment.value_start)
        if not commitment.strict:
            announced = max(announced, commitment.start)
    if finish_reason == CUT_OFF:
        return Reading(INVALID, "cut_off")
    if answer_type == "choice" and _repeats_options(text):
        return Reading(INVALID, "repeats_options")
    for rule, start, stop in _fallbacks(text.lower, end, announced):
        value = read_value(text.text[start:stop], answer_type, options, rule)
        if value is not None:
            return _reading(text, value, rule, start)
    return Reading(INVALID, "no_answer" if announced < 0 else "unreadable_answer")


def _reading(text: CanonicalText, value: Value, rule: str, offset: int) -> Reading:
    words = Words(text, offset + value.start, offset + value.end)
    if value.canonical is None:
        return Reading(INVALID, "several_candidates", words)
    return Reading(value.canonical, rule, words)


def _repeats_options(text: CanonicalText) -> bool:
    """Whether the reply ends in a list of options, as the question gave them."""
    labels = [match["label"] for match in map(_OPTION_LINE.match, text.lower.strip().rsplit("\n", 2)[-2:]) if match]
    return len(labels) == 2 and labels[0] != labels[1]


def _fallbacks(lower: str, end: int, announced: int) -> Iterator[tuple[str, int, int]]:
    """Where an answer may stand that nothing announces, in the order of trust.

    What was announced is no answer of this type ("none of the above"): nothing before it counts.
    """
    for start, stop in reversed(confidence_lines(lower)):
        if not lower[stop:end].strip():
            end = start
    stripped = lower[:end].strip()
    if not stripped:
        return
    begin = lower.index(stripped[0])
    end = begin + len(stripped)
    if begin > announced and end - begin <= BARE_ANSWER_LIMIT and "\n" not in stripped:
        yield "bare_answer", begin, end
    last = _last_sentences(lower, begin, end, 1)[0]
    if last[0] <= announced:
        return
    places = [("last_sentence", *last)]
    if begin > announced:
        line_end = lower.find("\n", begin, end)
        places.append(("first_line", begin, end if line_end < 0 else line_end))
    yield from (place for place in places if place[2] - place[1] <= SENTENCE_LIMIT)
    for start, stop in _last_sentences(lower, begin, end, 1 + EARLIER_SENTENCES)[1:]:
        if start > announced and stop - start <= SENTENCE_LIMIT:
            yield "earlier_sentence", start, stop


def _last_sentences(lower: str, begin: int, end: int, count: int) -> list[tuple[int, int]]:
    """The last sentences between `begin` and `end`, at most `count`, the last first.

    Neither the first nor the last character is blank.
    """
    reach = count * SENTENCE_REACH
    while True:
        first = max(begin, end - reach)
        while first > begin and not lower[first - 1].isalnum():  # no sentence's end stretches across it
            first -= 1
        ends = [match.span() for match in _SENTENCE_END.finditer(lower, first, end)]
        sentences: list[tuple[int, int]] = []
        stop = end
        for before, start in reversed(ends):
            if lower[start:stop].strip():
                sentences.append((start, stop))
            if len(sentences) == count:
                return sentences
            stop = before + (lower[before] != "\n")
        if first == begin:
            return [*sentences, (begin, stop)]
        reach *= 4
