"""What a template is: it draws numbers and names, asks a question, and answers it in two different ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

import numpy as np

T = TypeVar("T")
AnswerType = Literal["number", "choice", "boolean", "text"]


class Draws:
    """Random values from a numpy Generator.

    Only the generator's raw 64-bit words are used: numpy promises those of PCG64 to be the same in every version and on
    every machine, but not what the Generator's own methods make of them.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._bits = generator.bit_generator

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included (the bias of the remainder is below 2**-50)."""
        return low + int(self._bits.random_raw()) % (high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options in random order."""
        rest = list(options)
        return [rest.pop(self.integer(0, len(rest) - 1)) for _ in range(count)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All options in random order."""
        return self.some(options, len(options))

    def integers(self, count: int, low: int, high: int) -> list[int]:
        """`count` whole numbers from `low` to `high`; they may be equal."""
        return [self.integer(low, high) for _ in range(count)]


@dataclass(frozen=True)
class Question:
    """One question with its answer, worked out twice.

    Args:
        prompt: what is asked, without the options.
        answer: as an item's `expected`, but for `choice` the right option's text.
        second: the same by another computation, which shares no formula with the first.
        wrong: for `choice`, what likely mistakes give; the first three that differ from each other and the answer stand
            in the item.
        aliases: other forms of a `text` answer.
    """

    prompt: str
    answer: str
    second: str
    wrong: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


Draw = Callable[[Draws], Question | None]


@dataclass(frozen=True)
class Template:
    """A kind of question; `draw` gives None when what it drew makes no good one, and is then called again."""

    name: str
    category: str
    difficulty: int
    answer_type: AnswerType
    draw: Draw


def template(category: str, difficulty: int, answer_type: AnswerType) -> Callable[[Draw], Template]:
    """Make a template of a function, whose name it bears.

    The difficulty is set by the rule of the datasheet: 1 or 2 that many steps, 3 for 3-4, 4 for 5-6, 5 for 7 and more;
    a trap adds 1, up to 5.
    """
    return lambda draw: Template(draw.__name__, category, difficulty, answer_type, draw)


def fraction(value: Fraction) -> str:
    """`3/8`, or `2` when it is whole."""
    return str(value)


def decimal(value: Fraction, places: int | None = None) -> str:
    """A decimal in full, `2.5`; with `places`, that many digits after the point, `18.70`.

    Raises:
        ValueError: the value has no such form without rounding.
    """
    for digits in range(13) if places is None else [places]:
        scaled = value * 10**digits
        if scaled.denominator == 1:
            whole, rest = divmod(abs(scaled.numerator), 10**digits)
            sign = "-" if value < 0 else ""
            return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
    raise ValueError(f"{value} has no decimal of {'12' if places is None else places} digits")


def is_decimal(value: Fraction, places: int) -> bool:
    """Whether the value has at most `places` digits after the point."""
    return Fraction(value * 10**places).denominator == 1


def yes_no(value: bool) -> str:
    """The answer of a boolean question."""
    return "yes" if value else "no"


def clock(minutes: int) -> str:
    """Minutes after midnight as HH:MM on the 24-hour clock; the day is left out."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def clock_aliases(minutes: int) -> tuple[str, ...]:
    """Other ways of writing the same time: without the leading zero, and on the 12-hour clock."""
    hour, minute = minutes // 60 % 24, minutes % 60
    short = f"{hour}:{minute:02d}"
    half_day = f"{(hour - 1) % 12 + 1}:{minute:02d} {'am' if hour < 12 else 'pm'}"
    return tuple(form for form in (short, half_day) if form != clock(minutes))


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def times(number: int) -> str:
    """`twice`, `3 times`."""
    return "twice" if number == 2 else f"{number} times"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 box`, `3 boxes`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines with ` | ` between the cells, as in the hand-written items."""
    return "\n".join(" | ".join(str(cell) for cell in row) for row in [head, *rows])


def program(*lines: str) -> str:
    """A Python program and the question what it prints."""
    code = "\n".join(lines)
    return f"```python\n{code}\n```\n\nWhat does this Python program print?"
