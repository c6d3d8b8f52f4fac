"""Which option a stretch of a reply names: by letter, by its text, or by its number."""

from __future__ import annotations

import re
from functools import lru_cache

from normalize.matching import REMEMBERED, comparable
from normalize.quantities import number_value
from normalize.stretch import LOOSE, Value
from utils.items import LETTERS

_LETTER = re.compile(
    r"(?P<named>\b(?:[Oo]ption|[Cc]hoice|[Ll]etter|[Aa]nswer|OPTION"
    r"|CHOICE)s?[ :]*[(\[\"']?(?P<n>[A-Za-z])[)\]\"']?(?![\w'])"
    r"|[(\[](?P<p>[A-Za-z])[)\]]"
    r"|(?<![\w'.])(?P<d>[A-Za-z])(?:[)\]:]|\.(?!\w))(?!\w)"
    r"|(?<![\w'])(?P<u>[A-Z])(?![\w'])"
    r"|^\W*(?P<w>[a-z])\W*$)"
)
# What stands in each text that names an option by letter: a capital alone, a letter alone and a mark, a naming word, or
# nothing but one letter.
_LONE_LETTER = re.compile(r"[A-Z)\]:.](?:(?<=[A-Z])(?<!\w.)(?!\w)|(?<=\b[A-Za-z].))")
_ONE_LETTER = re.compile(r"\W*[a-z]\W*")
_NAMING_WORDS = ("ption", "hoice", "etter", "nswer", "PTION", "HOICE")
_NEGATED = re.compile(
    r"\b(?:not|isn't|rather than|instead of|unlike|except|than|incorrect|eliminates?"
    r"|rules? out)\s+(?:the )?(?:option |choice |answer )?[\"'(\[]*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=REMEMBERED)
def _texts(choices: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([comparable(choice) for choice in choices])


@lru_cache(maxsize=REMEMBERED)
def _numbers(choices: tuple[str, ...]) -> tuple[str | None, ...]:
    """The number that each option says, or None."""
    values = [number_value(choice, "answer_line") for choice in choices]
    return tuple([None if value is None else value.canonical for value in values])


def choice_value(stretch: str, choices: tuple[str, ...], rule: str) -> Value | None:
    letters = LETTERS[: len(choices)] if choices else LETTERS
    whole = _whole_option(stretch, choices)
    if whole is not None:
        return whole
    found = _letters(stretch, letters, choices)
    if rule in LOOSE:
        return _loose_choice(stretch, choices, found)
    if found and (rule != "strict" or found[0].start <= 12):
        return _one_of(found, stretch)
    return _option_text(stretch, choices)


def _letters(stretch: str, letters: str, choices: tuple[str, ...]) -> list[Value]:
    """The options that are named by letter, in order; a lone "A" or "I" before a word is English, not an option."""
    found: list[Value] = []
    if not _may_name_letter(stretch):
        return found
    for match in _LETTER.finditer(stretch):
        raw = next(group for name, group in match.groupdict().items() if name != "named" and group)
        letter = raw.upper()
        if letter not in letters or _NEGATED.search(stretch, 0, match.start()):
            continue
        if match["u"] and letter in "AI" and _is_word(stretch, match.end(), letter, choices):
            continue
        found.append(Value(letter, match.start(), match.end()))
    return found


def _may_name_letter(stretch: str) -> bool:
    return (
        _LONE_LETTER.search(stretch) is not None
        or any(map(stretch.__contains__, _NAMING_WORDS))
        or _ONE_LETTER.fullmatch(stretch) is not None
    )


def _is_word(stretch: str, end: int, letter: str, choices: tuple[str, ...]) -> bool:
    rest = comparable(stretch[end:])
    if not rest:
        return False
    own = _texts(choices)[LETTERS.index(letter)] if LETTERS.index(letter) < len(choices) else ""
    return (
        bool(re.match(r"[ ]+[a-z]", stretch[end:]))
        and not re.match(r"\s+(?:is|because|since|as|and|or)\b", stretch[end:])
        and not (own and rest.startswith(own))
    )


def _one_of(found: list[Value], stretch: str) -> Value:
    """The option named, or the list of candidates: letters joined by or, and, a comma or a slash."""
    first = found[0]
    for entry in found[1:]:
        if entry.canonical == first.canonical:
            continue
        between = stretch[first.end : entry.start]
        if re.fullmatch(
            r"[\s\"'()\[\].*]*(?:,|/|&|\bor\b|\band\b|,? ?(?:and|or)(?:/or)?(?: also| maybe| possibly"
            r"| perhaps)?)[\s\"'()\[\]*]*(?:option |choice )?[\s\"'()\[\]*]*",
            between,
        ) or re.search(r"^[^.;!?]{0,120}\b(?:or|and)\b[\s\"'(\[]*(?:option |choice )?[\"'(\[]*$", between):
            return Value(None, first.start, entry.end)
        break
    return first


def _whole_option(stretch: str, choices: tuple[str, ...]) -> Value | None:
    """The option whose text the stretch is."""
    said = comparable(stretch)
    texts = _texts(choices)
    return Value(LETTERS[texts.index(said)], 0, len(stretch)) if said and texts.count(said) == 1 else None


def _option_text(stretch: str, choices: tuple[str, ...]) -> Value | None:
    """The one option whose text occurs in the stretch as whole words; of options within each other, the longest."""
    said = f" {comparable(stretch)} "
    texts = _texts(choices)
    named = [index for index, text in enumerate(texts) if text and f" {text} " in said]
    longest = [
        index
        for index in named
        if not any(other != index and f" {texts[index]} " in f" {texts[other]} " for other in named)
    ]
    if not longest:
        return _option_number(stretch, choices)
    if len(longest) > 1:
        return (
            Value(None, 0, len(stretch))
            if re.search(r"\b(?:or|and|either|both)\b|,|/", stretch, re.IGNORECASE)
            else None
        )
    return Value(LETTERS[longest[0]], 0, len(stretch))


def _option_number(stretch: str, choices: tuple[str, ...]) -> Value | None:
    """The option that is the number which the stretch says."""
    numbers = _numbers(choices)
    value = number_value(stretch, "answer_line") if any(numbers) else None
    if value is None or value.canonical is None:
        return None
    same = [index for index, number in enumerate(numbers) if number == value.canonical]
    return Value(LETTERS[same[0]], value.start, value.end) if len(same) == 1 else None


def _loose_choice(stretch: str, choices: tuple[str, ...], found: list[Value]) -> Value | None:
    """An option in running text: one letter and no other, or one option's text and no other."""
    letters = {entry.canonical for entry in found}
    if len(letters) == 1:
        return found[-1]
    if len(letters) > 1:
        return None
    value = _option_text(stretch, choices)
    return value if value is not None and value.canonical is not None else None
