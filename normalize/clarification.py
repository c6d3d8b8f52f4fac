"""Whether a reply asks back or answers: named patterns and the place of its questions, weighed by a linear model.

To clarify is to ask for what the user must say before the request can be done; a statement that something is missing
("please paste the text") asks too. An answer with an offer behind it, an answer under a stated assumption, a question
for the sake of style, and a reply that both answers and asks are answers: the user has something to go on. So is a
refusal: it is no answer to the request, but it does not ask for anything either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from normalize.leads import RareRegex
from normalize.pattern_search import find_hits, shifted
from normalize.patterns import Hit
from normalize.reading import Reading
from normalize.text import CanonicalText
from normalize.weighing import Weighing

CLARIFY = "clarify"
ANSWER = "answer"
TABLE = "clarification"

SHORT, LONG, VERY_LONG = 350, 900, 1800  # canonical characters; a reply that asks back is short
QUESTIONS_CONSIDERED = 100
OPENING = 250  # canonical characters within which a question counts as asked at once

_OPENER = (
    r"(?:are|is|was|were|do|does|did|can|could|would|will|should|shall|have|has|had|may|might"
    r"|what|what's|which|who|who's|"
    r"whose|whom|where|when|why|how)"
)
_LEAD = (
    r"(?:(?:and|so|but|also|now|great|sure|okay|ok|hi|hello|sorry|thanks|first"
    r"|just to (?:clarify|confirm|be (?:sure|clear)))[,!.]? )*"
)
_ASKS = re.compile(
    rf"[\W_]*{_LEAD}(?:clarif\w+ questions?\W+)?(?:{_OPENER}|(?:to|of|in|as of|for|on|from|at"
    rf"|over|by|with|about|until|since) "
    rf"(?:which|what|whom|where)|for how|in terms of|by )\b"
)
# A reply that is one question and no more, with or without its question mark.
_BARE = re.compile(
    rf"[^\w\"]*{_LEAD}(?:clarif\w+ questions?\W+)?(?:{_OPENER}|(?:to|of|in|as of|for|on|from|at"
    rf"|over|by|with) (?:which|what|whom))"
    r"\b[^.!\n]{3,}"
)
# Questions that ask for nothing: offers, small talk, questions for the sake of style, a suggestion in the form of one.
_IDLE = RareRegex(
    re.compile(
        r"(?<!what )(?<!which )(?<!how )would you like (?:me to|to (?:know|learn|hear|try|see"
        r"|explore|read|discuss|talk|do|start"
        r"|proceed)|more|any|some|additional)"
        r"|(?:do you )?want (?:me to|to (?:know|learn|hear|see|explore))|shall (?:i|we)\b|anything else|something else"
        r"|(?:how|what) (?:can|may|could|else can) i (?:help|assist|do|serve)|can i help"
        r"|do you have any (?:other |more |further |additional )*"
        r"(?:questions|favou?rite)|what (?:do|would) you think|your (?:thoughts|take|opinion)"
        r"|(?:have|did) you (?:ever|read|see|seen|hear|heard|know|notice)"
        r"|how about|what about|why not\b|who (?:doesn't|wouldn't|knows|would have)|(?:could"
        r"|can) possibly|sounds? good|right\?|isn't (?:it|that)"
        r"|ready to|guess what|do(?:es)? (?:that|this|it|any of these) (?:help|make sense|work"
        r"|sound|resonate|answer)|would (?:that|this) (?:help|be|work)"
        r"|what (?:resonates|brings|if)\b|is (?:that|this) (?:what|okay|ok|helpful)|next move"
        r"|pretty cool|why did the|so why\b"
    )
)
# What a reply that is nothing but a question must not be: an offer at the counter, or a suggestion.
_SERVICE = re.compile(
    r"(?:how|what) (?:can|may|could|else can) i (?:help|assist|do|serve)|can i help"
    r"|anything else|how about|what about|why not\b"
)
_PERSONAL = re.compile(r"\b(?:you|your|you're|you'd|i|me|my|we|us)\b")
# Begins with the line's break, for which a text is searched fastest.
_LIST_LINE = re.compile(r"\n[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+[^\n]*[^?\n]$", re.MULTILINE)
_SENTENCE_BREAKS = ".!?\n:;"
_REQUESTS = {
    "please_provide",
    "which_do_you_mean",
    "which_or_what",
    "is_missing",
    "need_more",
    "clarifying_label",
    "tells_what_is_needed",
}


def read_clarification(response: str, finish_reason: str | None = None) -> Reading:
    """Whether the reply asks the user for something that it needs first.

    Args:
        response: the raw reply.
        finish_reason: why it ended; `refusal` and `content_filter` are read as answers, whatever the text is.

    Returns:
        `clarify` or `answer` with the weightiest rule that fired for it (`nothing_asked` when none did), or `invalid`
        with rule `empty` when there is nothing to read.
    """
    return read_clarifications([response], [finish_reason])[0]


def read_clarifications(responses: Sequence[str], finish_reasons: Sequence[str | None]) -> list[Reading]:
    """What `read_clarification` makes of each of the replies."""
    return _WEIGHING.read(responses, finish_reasons)


def clarification_hits(text: CanonicalText) -> list[Hit]:
    """All that speaks for or against a question back in the reply."""
    lower = text.lower.strip()
    hits = find_hits(TABLE, lower)
    hits += _structure(lower, [hit.name for hit in hits])
    if text.fences:
        hits.append(Hit("code_block", 0, 0))
    return shifted(hits, text.lower)


def _structure(lower: str, fired: Sequence[str]) -> list[Hit]:
    """What the place and number of the questions, the length and the lists say."""
    length = len(lower)
    asked, idle = _questions(lower) if "?" in lower else ([], [])
    bare = length < SHORT and _is_bare_question(lower)
    hits = []
    if bare:
        hits.append(Hit("bare_question", 0, length))
    if asked:
        hits += _places(asked, lower)
    if idle and not bare:
        hits.append(Hit("idle_question", *idle[-1]))
    if sum([stop - start for start, stop in asked]) > 0.5 * length:
        hits.append(Hit("mostly_questions", asked[0][0], asked[-1][1]))
    asks = bool(asked) or bare or not _REQUESTS.isdisjoint(fired)
    if not asks:
        hits.append(Hit("no_question_and_no_request", 0, 0))
    elif length < SHORT:
        hits.append(Hit("short_and_asking", 0, 0))
    if length > LONG:
        hits.append(Hit("long_reply", 0, 0))
    if length > VERY_LONG:
        hits.append(Hit("very_long_reply", 0, 0))
    if lower.count("\n") >= 2 and len(_LIST_LINE.findall("\n" + lower)) >= 3:
        hits.append(Hit("list_of_statements", 0, 0))
    return hits


def _is_bare_question(lower: str) -> bool:
    """Whether the reply is one question and no more."""
    return _BARE.fullmatch(lower) is not None and _SERVICE.search(lower) is None and not _all_quoted(lower)


def _places(asked: list[tuple[int, int]], lower: str) -> list[Hit]:
    """What it says that questions, of which there is one at least, stand where they do."""
    hits = []
    if asked[0][0] < OPENING:
        hits.append(Hit("asks_at_once", *asked[0]))
    if asked[-1][1] >= _end(lower):
        hits.append(Hit("ends_by_asking", *asked[-1]))
    if len(asked) >= 3:
        hits.append(Hit("several_questions", asked[0][0], asked[-1][1]))
    return hits


def _end(lower: str) -> int:
    return len(lower.rstrip(" \"')*_"))


def _questions(lower: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The questions that ask for something, and the idle ones.

    Questions inside quotes are somebody else's. One that names neither the user nor the speaker may be part of an
    answer ("ask the seller: has it been repaired?"), unless the reply begins or ends with it.
    """
    asked, idle = [], []
    last = _end(lower) - 1
    position = lower.find("?")
    for _ in range(QUESTIONS_CONSIDERED):
        if position < 0:
            break
        start = max(lower.rfind(mark, 0, position) for mark in _SENTENCE_BREAKS) + 1
        question = lower[start : position + 1]
        if _inside_quotes(lower, position) or _is_reported(lower, start):
            pass
        elif _IDLE.search(question):
            idle.append((start, position + 1))
        elif _PERSONAL.search(question) or (_ASKS.match(question) and (start <= 1 or position >= last)):
            asked.append((start + len(question) - len(question.lstrip()), position + 1))
        position = lower.find("?", position + 1)
    return asked, idle


def _is_reported(lower: str, start: int) -> bool:
    """Whether the question is one that somebody else asks: "ask the seller: ...", "the poem asks: ..."."""
    return lower[start - 1 : start] == ":" and "ask" in lower[max(0, start - 20) : start]


def _inside_quotes(lower: str, position: int) -> bool:
    line_start = lower.rfind("\n", 0, position) + 1
    return lower.count('"', line_start, position) % 2 == 1


def _all_quoted(lower: str) -> bool:
    return lower.startswith('"') and lower.endswith('"') and lower.count('"') == 2


_WEIGHING = Weighing(
    TABLE, clarification_hits, for_it=CLARIFY, against=ANSWER, when_stopped=ANSWER,
    no_words_for="asks_without_words", no_words_against="nothing_asked",
)  # fmt: skip
