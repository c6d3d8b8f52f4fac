"""The strings without which a pattern cannot match, read off the pattern itself, so that most are never tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

# The parser and the compiler behind `re`: private, but the same from Python 3.11 to 3.14; a test holds every pattern to
# what is read off it here.
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# More strings than this are not multiplied out, nor wider classes of characters.
STRINGS_LIMIT = 300
CLASS_LIMIT = 10

# A string of n characters turns up by chance about as often as this to the nth power.
RARITY = 0.25

# More strings than this are not looked for in addition; it would take as long as to try the regex.
ALSO_LIMIT = 6

# To search a stretch for a match takes about as long as to try as many places in it.
SEARCH_COST = 10

# A rest that begins so many characters behind the match's beginning at most leaves few places to try.
REACH_LIMIT = 16

Strings = frozenset[str]
Tree = Iterable[tuple[Any, Any]]

_NONE: Strings = frozenset()
_NOTHING: Strings = frozenset([""])
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)


@dataclass(frozen=True)
class Rest:
    """A part of a regex, to its end, that can be tried for itself.

    Attributes:
        strings: it begins with one of these.
        regex: matches where they stand, or the whole regex has no match that reaches that place.
        reach: the match begins so many characters before the rest at most; None when that is not known or many.
    """

    strings: Strings
    regex: re.Pattern[str]
    reach: int | None


@dataclass(frozen=True)
class Required:
    """What every match of a regex holds: one string of any of these sets.

    Attributes:
        leading: the match begins with the string; the regex need be tried at its place alone.
        starting: the match begins where the text does; the regex need be tried there alone.
        inner: the match may begin before the string; the text must be searched.
        rests: the match may begin before the string, but the text need be searched only where the rest matches.
        also: for some of these strings, others of which the match holds one too.
    """

    leading: Strings
    starting: Strings
    inner: Strings
    rests: tuple[Rest, ...]
    also: Mapping[str, tuple[str, ...]]

    @property
    def strings(self) -> Strings:
        """All of them, without those that others stand for."""
        held = _NONE.union(self.leading, self.starting, self.inner, *(rest.strings for rest in self.rests))
        return _without(held, _parts)


def required(regex: re.Pattern[str], *, searched: bool = False) -> Required:
    """The strings to look for before the regex is tried: for each of its alternatives the cheapest choice there is.

    Args:
        searched: the text is searched from its beginning in any case, so it is worth nothing that a string leads.

    Raises:
        ValueError: the regex can match without any certain string (`\\w+`), or ignores case.
    """
    if regex.flags & re.IGNORECASE:
        raise ValueError(f"ignores case: {regex.pattern}")
    leading, starting, inner = _NONE, _NONE, _NONE
    rests: list[Rest] = []
    used: list[tuple[Strings, Strings]] = []
    tree = parser.parse(regex.pattern, regex.flags & ~re.UNICODE)
    alternatives = _alternatives(list(tree))
    for alternative in alternatives:
        choices = sorted(_choices(alternative), key=_rarest_first)
        strings = choices[0] if choices else None
        first = _leading(alternative)
        if alternative[:1] == [(ops.AT, ops.AT_BEGINNING_STRING)] and strings is not None:
            starting |= strings
        elif first is not None and (strings is None or _is_cheaper(first, strings, searched=searched)):
            leading |= first
            strings = first
        elif strings is not None:
            rest = _rest(alternative, strings, tree.state)
            if rest is None:
                inner |= strings
            else:
                rests.append(rest if len(alternatives) == 1 else replace(rest, reach=None))
                strings = rest.strings
        else:
            raise ValueError(f"requires no string: {regex.pattern}")
        used.append((strings, _besides(strings, choices)))
    leading, starting, inner = _without(leading, _beginnings), _without(starting, _parts), _without(inner, _parts)
    kept = leading.union(starting, inner, *(rest.strings for rest in rests))
    return Required(leading, starting, inner, tuple(rests), _also(kept, used))


def _is_cheaper(first: Strings, strings: Strings, *, searched: bool) -> bool:
    """Whether to try the regex where a leading string stands costs less than to search for it where another does."""
    if searched:
        return _frequency(first) < _frequency(strings)
    return _frequency(first) <= SEARCH_COST * _frequency(strings)


def _rest(alternative: list[tuple[Any, Any]], strings: Strings, state: Any) -> Rest | None:
    """The rest to try where a string stands, when that string is not much more frequent than `strings`."""
    found = None
    for place in range(1, len(alternative)):
        first = _leading(alternative[place:])
        if first is None or _frequency(first) > SEARCH_COST * _frequency(strings):
            continue
        if found is None or _frequency(first) < _frequency(found[1]):
            found = place, _without(first, _beginnings)
    if found is None:
        return None
    before, behind = (parser.SubPattern(state, part) for part in (alternative[: found[0]], alternative[found[0] :]))
    reach = before.getwidth()[1]
    return Rest(found[1], compiler.compile(behind, state.flags), reach if reach <= REACH_LIMIT else None)


def leading_strings(regex: re.Pattern[str]) -> Strings:
    """Strings with one of which each match begins; none of them begins with another.

    Raises:
        ValueError: a match can begin otherwise.
    """
    first = _leading(list(parser.parse(regex.pattern, regex.flags & ~re.UNICODE)))
    if first is None or regex.flags & re.IGNORECASE:
        raise ValueError(f"begins with no certain string: {regex.pattern}")
    return _without(first, _beginnings)


def _besides(strings: Strings, choices: list[Strings]) -> Strings:
    """The rarest further choice that tells something; empty when there is none."""
    for choice in choices:
        implied = all(any(other in string for other in choice) for string in strings)
        if len(choice) <= ALSO_LIMIT and " " not in choice and not implied:
            return choice
    return _NONE


def _also(kept: Strings, used: list[tuple[Strings, Strings]]) -> dict[str, tuple[str, ...]]:
    """By string what else must stand there: a string may have been kept for several alternatives."""
    also = {}
    for string in kept:
        besides = [others for strings, others in used if any(string in one for one in strings)]
        union = _NONE.union(*besides)
        if all(besides) and len(union) <= ALSO_LIMIT:
            also[string] = tuple(sorted(union))
    return also


def _alternatives(tree: list[tuple[Any, Any]]) -> list[list[tuple[Any, Any]]]:
    """The sequences of which the whole is one."""
    if len(tree) == 1 and tree[0][0] is ops.SUBPATTERN:
        return _alternatives(list(tree[0][1][3]))
    if len(tree) == 1 and tree[0][0] is ops.BRANCH:
        return [inner for one in tree[0][1][1] for inner in _alternatives(list(one))]
    return [tree]


def _without(strings: Strings, pieces: Callable[[str], Iterator[str]]) -> Strings:
    """The strings without those that stand for no more than another one does, which is a piece of them."""
    return frozenset(string for string in strings if strings.isdisjoint(pieces(string)))


def _beginnings(string: str) -> Iterator[str]:
    return (string[:end] for end in range(1, len(string)))


def _parts(string: str) -> Iterator[str]:
    length = len(string)
    return (
        string[start:end] for start in range(length) for end in range(start + 1, length + 1) if end - start < length
    )


def _frequency(strings: Strings) -> float:
    return sum(RARITY ** len(string) for string in strings)


def _rarest_first(strings: Strings) -> tuple[float, int]:
    """The order of choices; of those alike, many long strings come before few short ones."""
    return _frequency(strings), -len(strings)


def _choices(tree: Tree) -> Iterator[Strings]:
    """Sets of strings; whatever the sequence matches holds a string of each set."""
    run = _NOTHING
    for operation, argument in tree:
        spelled = _spelled(operation, argument)
        run = _NOTHING if "" in run else run  # what follows stands in each of its strings
        if spelled is not None and len(run) * len(spelled) <= STRINGS_LIMIT:
            run = frozenset(left + right for left, right in product(run, spelled))
            continue
        if "" not in run:
            yield run
        run = _NOTHING if spelled is None else spelled
        if spelled is None:
            yield from _inner_choices(operation, argument)
    if "" not in run:
        yield run


def _leading(tree: Tree) -> Strings | None:
    """Strings with one of which each match begins; None when there are too many."""
    run = _NOTHING
    for operation, argument in tree:
        spelled = whole = _spelled(operation, argument)
        if whole is None and operation is ops.SUBPATTERN:
            spelled = _leading(argument[3])
        elif whole is None and operation is ops.BRANCH:
            spelled = _union([_leading(alternative) for alternative in argument[1]])
        if spelled is None or len(run) * len(spelled) > STRINGS_LIMIT:
            break
        run = frozenset(left + right for left, right in product(run, spelled))
        if whole is None:
            break
    return None if "" in run else run


def _inner_choices(operation: Any, argument: Any) -> Iterator[Strings]:
    """The same, of one part that cannot be spelled out."""
    if operation is ops.SUBPATTERN:
        yield from _choices(argument[3])
    elif operation in _REPEATS and argument[0] > 0:
        yield from _choices(argument[2])
    elif operation is ops.BRANCH:
        alternatives = [min(_choices(tree), key=_frequency, default=_NOTHING) for tree in argument[1]]
        if _NOTHING not in alternatives:
            yield frozenset().union(*alternatives)


def _spelled(operation: Any, argument: Any) -> Strings | None:
    """All strings that a part can match; None when they are too many. Places and lookarounds are empty strings."""
    if operation is ops.LITERAL:
        return frozenset([chr(argument)])
    if operation in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
        return _NOTHING
    if operation is ops.IN:
        return _spelled_class(argument)
    if operation is ops.SUBPATTERN:
        return _spelled_sequence(argument[3])
    if operation is ops.BRANCH:
        return _union([_spelled_sequence(tree) for tree in argument[1]])
    if operation in _REPEATS and argument[1] == 1:
        once = _spelled_sequence(argument[2])
        return once if argument[0] == 1 else _union([_NOTHING, once])
    return None


def _spelled_sequence(tree: Tree) -> Strings | None:
    run = _NOTHING
    for operation, argument in tree:
        spelled = _spelled(operation, argument)
        if spelled is None or len(run) * len(spelled) > STRINGS_LIMIT:
            return None
        run = frozenset(left + right for left, right in product(run, spelled))
    return run


def _spelled_class(members: list[tuple[Any, Any]]) -> Strings | None:
    characters: set[str] = set()
    for operation, argument in members:
        if operation is ops.LITERAL:
            characters.add(chr(argument))
        elif operation is ops.RANGE and argument[1] - argument[0] < CLASS_LIMIT:
            characters.update(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return None
    return frozenset(characters) if len(characters) <= CLASS_LIMIT else None


def _union(sets: list[Strings | None]) -> Strings | None:
    found = [strings for strings in sets if strings is not None]
    union = frozenset().union(*found)
    return union if len(found) == len(sets) and len(union) <= STRINGS_LIMIT else None
