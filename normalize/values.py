"""What a stretch of a reply says as an answer: a number, an option, yes or no, or a short text."""

from __future__ import annotations

import re
from functools import lru_cache

from normalize.leads import LeadRegex
from normalize.matching import canonical_text
from normalize.numbers import plain
from normalize.options import choice_value
from normalize.quantities import number_value
from normalize.stretch import LOOSE, Value

# Stretches of at most as many characters ("B", "252", "yes") are few and often the same; what they say is remembered.
SHORT = 40


def read_value(stretch: str, answer_type: str, choices: tuple[str, ...], rule: str) -> Value | None:
    """The answer in `stretch` (case kept), or None when it holds none of that type."""
    read = _read_shortly if len(stretch) <= SHORT else _read
    return read(stretch, answer_type, choices if answer_type == "choice" else (), rule)


def _read(stretch: str, answer_type: str, choices: tuple[str, ...], rule: str) -> Value | None:
    if answer_type == "number":
        return number_value(stretch, rule)
    if answer_type == "choice":
        return choice_value(stretch, choices, rule)
    if answer_type == "boolean":
        return _boolean_value(stretch, rule)
    return _text_value(stretch, rule)


_read_shortly = lru_cache(maxsize=4096)(_read)

_YES = r"yes|yep|yeah|yup|true|correct|right|affirmative|indeed|valid|certainly|absolutely|definitely|of course"
_NO = (
    r"no|nope|nah|false|incorrect|wrong|negative|invalid|untrue|not true|not correct|not right"
    r"|not valid|not the case|never|neither"
)
_BOOLEAN = LeadRegex(re.compile(
    rf"(?<![\w'])(?:(?P<no>(?:isn't|is not|not|aren't|wasn't) (?:necessarily |entirely "
    rf"|strictly |quite |actually )?(?:true|correct|right|valid|the case)|{_NO})"
    rf"|(?P<yes>{_YES}))(?![\w'])"
))  # fmt: skip
_UNDECIDED = LeadRegex(re.compile(
    r"\b(?:yes (?:and|or|/) ?no|true or false|both yes|yes/no|maybe|cannot be determined"
    r"|can't be determined|cannot determine|it depends|impossible to (?:say|tell|determine)"
    r"|unknown|uncertain|unclear|not sure|undetermined)\b"
))  # fmt: skip


def _boolean_value(stretch: str, rule: str) -> Value | None:
    lower = stretch.lower()
    if rule not in LOOSE and (undecided := _UNDECIDED.search(lower)) is not None:
        return Value(None, undecided.start(), undecided.end())
    found = list(_BOOLEAN.finditer(lower))
    if not found:
        return None
    if rule == "strict" and found[0].start() > 3:
        return None
    if rule in LOOSE:
        return _loose_boolean(lower, found, rule)
    match = found[0]
    return Value("no" if match["no"] else "yes", match.start(), match.end())


def _loose_boolean(lower: str, found: list[re.Match[str]], rule: str) -> Value | None:
    """Yes or no at the beginning of a sentence, or a sentence that calls the statement true or false."""
    opening = (
        found[0]
        if re.fullmatch(r"\W*(?:so|therefore|thus|hence|in conclusion|and|well)?\W*", lower[: found[0].start()])
        else None
    )
    said = {bool(match["no"]) for match in found}
    if opening is not None and re.match(
        r"yes|no|yep|nope|true|false|correct|incorrect|yeah|absolutely|definitely", opening.group()
    ):
        return Value("no" if opening["no"] else "yes", opening.start(), opening.end())
    strong = [
        match
        for match in found
        if not re.fullmatch(r"right|no|never|neither|of course|indeed|certainly", match.group())
    ]
    if rule == "first_line" or not strong or len(said) > 1:
        return None
    return Value("no" if strong[-1]["no"] else "yes", strong[-1].start(), strong[-1].end())


_REASON = re.compile(
    r"(?:,|;|\s-)?\s+(?:because|since|as (?:it|he|she|they|this|the)|which (?:is|was|are|means)|so that|due to)\b",
    re.IGNORECASE,
)
_REASON_WORDS = ("because", "since", "as ", "which ", "so that", "due to")
_TEXT_SENTENCE_END = re.compile(r"[.!?](?<![A-Z].)(?<!\b(?:St|Mr|Dr|Mt|Jr|vs|No).)(?<!\bMrs.)[\"')\]]*\s+(?=[A-Z\"'(])")


def _text_value(stretch: str, rule: str) -> Value | None:
    if rule in ("earlier_sentence", "first_line"):
        return None
    end = len(stretch)
    sentence_end = _TEXT_SENTENCE_END.search(stretch)
    if sentence_end is not None and stretch[: sentence_end.start()].strip():
        end = sentence_end.start() + 1
    reason = _REASON.search(stretch, 0, end) if _may_give_reason(stretch) else None
    if reason is not None and stretch[: reason.start()].strip():
        end = reason.start()
    canonical = canonical_text(plain(stretch[:end]) if "\\" in stretch else stretch[:end])
    if not canonical or (rule == "last_sentence" and len(canonical) > 60):
        return None
    return Value(canonical, 0, len(stretch[:end].rstrip()))


def _may_give_reason(stretch: str) -> bool:
    """Whether it holds what each reason does; beyond ASCII, letters have more than two cases."""
    lower = stretch.lower()
    return not lower.isascii() or any(map(lower.__contains__, _REASON_WORDS))
