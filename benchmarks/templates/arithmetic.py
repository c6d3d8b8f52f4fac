"""Templates of arithmetic word problems."""

from __future__ import annotations

from fractions import Fraction

from benchmarks.templates.question import Draws, Question, counted, decimal, template
from benchmarks.templates.words import NAMES

_GOODS = (
    ("A market gardener", "crates", "melons", "are bruised and thrown away", "remain"),
    ("A pottery", "pallets", "tiles", "crack in the kiln and are thrown away", "remain"),
    ("A library", "shelves", "books", "are lent out on the first day", "are still there in the evening"),
    ("A theatre", "rows", "seats", "are roped off for repairs", "can be sold"),
    ("A nursery", "trays", "seedlings", "die of frost", "survive"),
)
_MACHINES = (("printer", "pages"), ("filling machine", "bottles"), ("sewing robot", "buttons"), ("coin press", "coins"))


@template("arithmetic", 2, "number")
def rows_minus_losses(draws: Draws) -> Question:
    """Two steps: multiply, subtract."""
    owner, holders, things, lost, left = draws.pick(_GOODS)
    holder, each, gone = draws.integer(12, 48), draws.integer(13, 39), draws.integer(17, 99)
    counts = [each] * holder
    return Question(
        prompt=f"{owner} has {holder} {holders} with {each} {things} each. Of all these {things}, {gone} {lost}. How "
        f"many {things} {left}?",
        answer=str(holder * each - gone),
        second=str(sum(counts) - gone),
    )


@template("arithmetic", 4, "choice")
def price_up_then_down(draws: Draws) -> Question | None:
    """Two divisions and their factors (3 steps), and a trap: the percentages must not be added."""
    up, down = draws.pick((10, 15, 20, 25, 30, 40, 50)), draws.pick((5, 10, 15, 20, 25, 30, 40))
    thing = draws.pick(("coat", "bicycle", "desk", "camera", "tent", "lamp"))
    first = draws.integer(12, 90) * 10
    last = Fraction(first) * (100 + up) / 100 * (100 - down) / 100
    if up == down or last == first or not is_price(last):
        return None
    found = [price for price in range(10, 2000, 10) if price * (100 + up) * (100 - down) == last * 10000]
    mistakes = (
        last * 100 / (100 + up - down),
        last * (100 - up) / 100 * (100 + down) / 100,
        last * 100 / (100 + up),
        last * (100 + down) / 100,
        last * 100 / (100 - down),
    )
    return Question(
        prompt=f"A shop raises the price of a {thing} by {up} percent. A month later it takes {down} percent off the "
        f"new price, and the {thing} now costs {money(last)} euros. How many euros did it cost before both changes?",
        answer=money(Fraction(first)),
        second=" or ".join(money(Fraction(price)) for price in found),
        wrong=tuple(money(Fraction(round(value * 100), 100)) for value in mistakes),
    )


@template("arithmetic", 4, "number")
def machine_with_pauses(draws: Draws) -> Question | None:
    """Five steps: minutes of work, whole stretches, pauses between them, the last stretch, the sum."""
    machine, things = draws.pick(_MACHINES)
    rate, stretch, pause = draws.integer(12, 45), draws.integer(6, 15), draws.integer(2, 5)
    work = draws.integer(3 * stretch, 8 * stretch)
    wanted = rate * work
    pauses = (work - 1) // stretch
    return Question(
        prompt=f"A {machine} makes {rate} {things} in every minute that it runs. Each time it has run for {stretch} "
        f"minutes, it must cool for {pause} minutes before it runs again. How many minutes after it is first started "
        f"has it made {wanted:,} {things}?",
        answer=str(work + pauses * pause),
        second=str(_minutes_until(wanted, rate, stretch, pause)),
    )


@template("arithmetic", 5, "number")
def shares_of_the_rest(draws: Draws) -> Question | None:
    """Eight steps backwards: four times something is added and a share undone."""
    shares = draws.some(((1, 2, "half"), (1, 3, "a third"), (1, 4, "a quarter"), (2, 5, "two fifths")), 4)
    extras = draws.integers(4, 1, 6)
    rest = end = draws.integer(3, 20)
    for (top, bottom, _), extra in zip(reversed(shares), reversed(extras), strict=True):
        before = Fraction(rest + extra) * bottom / (bottom - top)
        if before.denominator != 1:
            return None
        rest = int(before)
    if rest > 900:
        return None
    who = draws.some(NAMES, 5)
    thing = draws.pick(("marbles", "stickers", "walnuts", "beads", "postcards"))
    gifts = [
        f"{'Then ' if turn else ''}{friend} gets {word} of {'what is left' if turn else 'them'} and {extra} more."
        for turn, (friend, (_, _, word), extra) in enumerate(zip(who[1:], shares, extras, strict=True))
    ]
    found = [start for start in range(1, 1000) if _left(start, shares, extras) == end]
    return Question(
        prompt=f"{who[0]} gives away a collection of {thing}. {' '.join(gifts)} In the end {who[0]} has "
        f"{counted(end, thing[:-1])} left. How many {thing} were there at first?",
        answer=str(rest),
        second=" or ".join(str(start) for start in found),
    )


def money(value: Fraction) -> str:
    """Euros: whole, or with two decimals."""
    return decimal(value) if value.denominator == 1 else decimal(value, 2)


def is_price(value: Fraction) -> bool:
    """Whether it is a whole number of cents."""
    return (value * 100).denominator == 1


def _minutes_until(wanted: int, rate: int, stretch: int, pause: int) -> int:
    made = minute = 0
    while made < wanted:
        if minute % (stretch + pause) < stretch:
            made += rate
        minute += 1
    return minute


def _left(start: int, shares: list[tuple[int, int, str]], extras: list[int]) -> Fraction | None:
    """What is left of `start` when every share is a whole number of things, else None."""
    rest = Fraction(start)
    for (top, bottom, _), extra in zip(shares, extras, strict=True):
        taken = rest * top / bottom + extra
        if taken.denominator != 1 or taken > rest:
            return None
        rest -= taken
    return rest


TEMPLATES = (rows_minus_losses, price_up_then_down, machine_with_pauses, shares_of_the_rest)
