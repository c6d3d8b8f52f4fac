"""Templates of short Python programs; the tests run each program as a third computation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from benchmarks.templates.question import Draws, Question, program, template

_WORDS = (
    "blanket", "captain", "chimney", "diamond", "dolphin", "factory", "gravity", "journey", "kingdom", "lantern",
    "machine", "monarch", "nightly", "orchard", "painter", "quickly", "rainbow", "scholar", "thunder", "village",
    "weather",
)  # fmt: skip
_PLACES = 3


@template("code_tracing", 4, "number")
def loop_that_adds_and_takes(draws: Draws) -> Question | None:
    """Six steps: so many turns of a loop with a condition."""
    start, step, turns = draws.integer(2, 15), draws.integer(2, 7), 6
    modulus, minus, base = draws.integer(2, 4), draws.integer(2, 9), draws.integer(0, 30)
    stop = start + step * (turns - 1) + draws.integer(1, step)
    values = range(start, stop, step)
    total = base
    for value in values:
        total += value if value % modulus == 1 else -minus
    hits = [value for value in values if value % modulus == 1]
    if step % modulus == 0 or not 2 <= len(hits) <= 4:
        return None
    # The hits form an arithmetic series whose step is the least common multiple.
    count = (values[-1] - hits[0]) // math.lcm(step, modulus) + 1
    series = count * (2 * hits[0] + (count - 1) * math.lcm(step, modulus)) // 2
    return Question(
        prompt=program(
            f"n, score = {start}, {base}",
            f"while n < {stop}:",
            f"    if n % {modulus} == 1:",
            "        score = score + n",
            "    else:",
            f"        score = score - {minus}",
            f"    n = n + {step}",
            "print(score)",
        ),
        answer=str(total),
        second=str(base + series - minus * (turns - count)),
    )


@template("code_tracing", 5, "number")
def two_functions_that_call_each_other(draws: Draws) -> Question | None:
    """Eight steps: so many values of two functions, each from values of the other."""
    factor, plus, add, minus = draws.integer(2, 3), draws.integer(1, 9), draws.integer(2, 9), draws.integer(1, 5)
    one, other = draws.some(("even", "odd", "left", "right", "up", "down", "black", "white"), 2)
    asked = draws.integer(5, 6)

    def first(n: int) -> int:
        return plus if n < 1 else factor * second(n - 1) - minus

    def second(n: int) -> int:
        return n + add if n < 2 else first(n - 1) + second(n - 2)

    firsts, seconds = [plus], [add, 1 + add]
    firsts.append(factor * seconds[0] - minus)
    for n in range(2, asked + 1):
        seconds.append(firsts[n - 1] + seconds[n - 2])
        firsts.append(factor * seconds[n - 1] - minus)
    if factor == 3 and asked == 6:
        return None
    return Question(
        prompt=program(
            f"def {one}(n):",
            "    if n < 1:",
            f"        return {plus}",
            f"    return {factor} * {other}(n - 1) - {minus}",
            "",
            f"def {other}(n):",
            "    if n < 2:",
            f"        return n + {add}",
            f"    return {one}(n - 1) + {other}(n - 2)",
            "",
            f"print({one}({asked}))",
        ),
        answer=str(first(asked)),
        second=str(firsts[asked]),
    )


@template("code_tracing", 3, "text")
def slices_of_a_word(draws: Draws) -> Question | None:
    """Three steps: two slices, one of them backwards, and a replaced letter."""
    word = draws.pick(_WORDS)
    low, high = draws.integer(1, 2), draws.integer(4, 6)
    back, stop = draws.integer(4, 6), draws.integer(0, 2)
    step = draws.integer(1, 2)
    forward, backward = word[low:high], word[back:stop:-step]
    out = forward + backward
    marks = [letter for letter in sorted(set(out)) if out.count(letter) > 1]
    if not marks:
        return None
    mark, put = draws.pick(marks), draws.pick(("o", "u", "x", "z"))
    if put in word:
        return None
    picked = [word[k] for k in range(low, high)] + [word[back - step * k] for k in range((back - stop - 1) // step + 1)]
    return Question(
        prompt=program(
            f'word = "{word}"',
            f"left = word[{low}:{high}]",
            f"right = word[{back}:{stop}:-{step}]",
            f'print((left + right).replace("{mark}", "{put}"))',
        ),
        answer=out.replace(mark, put),
        second="".join(put if letter == mark else letter for letter in picked),
    )


@template("code_tracing", 4, "choice")
def names_of_one_list(draws: Draws) -> Question | None:
    """Five steps (as many statements) and a trap: which names mean the same list."""
    values = draws.integers(_PLACES, 1, 9)
    copied = draws.pick(("a[:]", "list(a)", "a.copy()"))
    lines = _statements(draws)
    right = _sums(values, lines)
    a = list(values)
    b, c = a, list(a)
    for kind, name, place, number in lines:
        target = {"a": a, "b": b, "c": c}[name]
        if kind == "append":
            target.append(number)
        elif kind == "set":
            target[place] = number
        elif kind == "add":
            target[place] += number
        else:
            a = [*a, number]
    mistakes = [
        _sums(values, lines, **dict(zip(("b_is_copy", "c_is_same", "plus_in_place"), flags, strict=True)))
        for flags in itertools.product((False, True), repeat=3)
        if any(flags)
    ]
    return Question(
        prompt=program(f"a = {values}", "b = a", f"c = {copied}", *map(_line, lines), "print(sum(a), sum(b), sum(c))"),
        answer=right,
        second=f"{sum(a)} {sum(b)} {sum(c)}",
        wrong=tuple(dict.fromkeys(mistakes)),
    )


Statement = tuple[str, str, int, int]


def _statements(draws: Draws) -> list[Statement]:
    lines: list[Statement] = [
        (draws.pick(("append", "add", "set")), "b", draws.integer(0, 2), draws.integer(2, 9)),
        (draws.pick(("append", "add", "set")), "c", draws.integer(0, 2), draws.integer(2, 9)),
        ("plus", "a", 0, draws.integer(2, 9)),
    ]
    after = (draws.pick(("append", "add")), draws.pick("ab"), draws.integer(0, 2), draws.integer(2, 9))
    return [*draws.shuffled(lines), after]


def _line(statement: Statement) -> str:
    kind, name, place, number = statement
    return {
        "append": f"{name}.append({number})",
        "set": f"{name}[{place}] = {number}",
        "add": f"{name}[{place}] += {number}",
        "plus": f"a = a + [{number}]",
    }[kind]


def _sums(
    values: Sequence[int],
    lines: Sequence[Statement],
    b_is_copy: bool = False,
    c_is_same: bool = False,
    plus_in_place: bool = False,
) -> str:
    """What is printed by a model of names and numbered lists, which can hold one or more common misconceptions."""
    lists = {number: list(values) for number in range(4)}
    means = {"a": 0, "b": 1 if b_is_copy else 0, "c": 0 if c_is_same else 2}
    for kind, name, place, number in lines:
        if kind == "plus":
            new = means["a"] if plus_in_place else 3
            lists[new] = [*lists[means["a"]], number]
            means["a"] = new
        elif kind == "append":
            lists[means[name]].append(number)
        else:
            lists[means[name]][place] = number + (lists[means[name]][place] if kind == "add" else 0)
    return " ".join(str(sum(lists[means[name]])) for name in "abc")


TEMPLATES = (loop_that_adds_and_takes, two_functions_that_call_each_other, slices_of_a_word, names_of_one_list)
