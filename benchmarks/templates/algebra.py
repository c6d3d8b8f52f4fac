"""Templates of algebra: what is not known is found from equations."""

from __future__ import annotations

from fractions import Fraction

from benchmarks.templates.question import Draws, Question, template, times
from benchmarks.templates.words import NAMES, TOWNS


@template("algebra", 3, "number")
def same_from_both_sides(draws: Draws) -> Question | None:
    """Four steps: write both sides, multiply out, collect, divide."""
    who = draws.pick(NAMES)
    outer, more, other = draws.integer(3, 9), draws.integer(2, 15), draws.integer(2, 8)
    number = draws.integer(-12, 25)
    less = outer * (number + more) - other * number
    if other == outer or number in (0, 1) or not 5 <= less <= 150:
        return None
    found = [x for x in range(-300, 301) if outer * (x + more) == other * x + less]
    return Question(
        prompt=f"{who} thinks of a number, adds {more} to it and multiplies the sum by {outer}. Multiplying the same "
        f"number by {other} and then adding {less} gives the same result. Which number is it?",
        answer=str(Fraction(less - outer * more, outer - other)),
        second=" or ".join(map(str, found)),
    )


@template("algebra", 3, "number")
def ages_then_and_now(draws: Draws) -> Question | None:
    """Four steps: two equations, put one into the other, solve, answer for the elder."""
    elder, younger = draws.some(NAMES, 2)
    then, now, back = draws.integer(4, 9), draws.integer(2, 5), draws.integer(3, 12)
    young_then = Fraction((now - 1) * back, then - now) if then > now else Fraction(0)
    if young_then.denominator != 1 or not 1 <= young_then <= 15 or not 20 <= now * (young_then + back) <= 90:
        return None
    found = [
        now * young
        for young in range(back + 1, 100)
        if now * young - back == then * (young - back) and now * young <= 120
    ]
    return Question(
        prompt=f"{elder} is {times(now)} as old as {younger}. {back} years ago {elder} was {times(then)} as old as "
        f"{younger} was then. How old is {elder} now, in years?",
        answer=str(now * (young_then + back)),
        second=" or ".join(map(str, found)),
    )


@template("algebra", 4, "number")
def two_kinds_of_tickets(draws: Draws) -> Question | None:
    """Five steps: two equations, eliminate, solve, the other number, the difference."""
    place = draws.pick(("A museum", "A cinema", "A zoo", "A swimming pool", "A planetarium"))
    dear, cheap = draws.integer(9, 19), draws.integer(4, 8)
    full, reduced = draws.integer(60, 240), draws.integer(30, 150)
    if full - reduced < 5:
        return None
    all_of_them, taken = full + reduced, full * dear + reduced * cheap
    found = [2 * k - all_of_them for k in range(all_of_them + 1) if k * dear + (all_of_them - k) * cheap == taken]
    reckoned = Fraction(taken - cheap * all_of_them, dear - cheap)
    return Question(
        prompt=f"{place} sells tickets at the full price of {dear} euros and at the reduced price of {cheap} euros. On "
        f"one day it sells {all_of_them} tickets and takes in {taken:,} euros. How many more tickets at the full price "
        "than at the reduced price were sold?",
        answer=str(reckoned - (all_of_them - reckoned)),
        second=" or ".join(map(str, found)),
    )


@template("algebra", 5, "number")
def speed_of_the_way_back(draws: Draws) -> Question | None:
    """Six steps (the whole way, the whole time, the first leg, the wait, what is left, the speed) and a trap: the mean
    of the speeds is not the speed of the whole.
    """
    start, end = draws.some(TOWNS, 2)
    vehicle = draws.pick(("van", "coach", "lorry", "motorboat", "train"))
    distance, out, back = 30 * draws.integer(2, 10), 5 * draws.integer(6, 18), 5 * draws.integer(6, 20)
    wait = draws.pick((10, 15, 20, 24, 30, 36, 40, 45))
    hours = Fraction(distance, out) + Fraction(distance, back) + Fraction(wait, 60)
    mean = 2 * distance / hours
    if mean.denominator != 1 or out == back or mean in (out, back):
        return None
    found = [
        speed
        for speed in range(5, 151)
        if mean * (distance * 60 * speed + distance * 60 * out + wait * out * speed) == 2 * distance * 60 * out * speed
    ]
    left = Fraction(2 * distance) / mean - Fraction(distance, out) - Fraction(wait, 60)
    return Question(
        prompt=f"A {vehicle} covers the {distance} km from {start} to {end} at {out} km/h, stays in {end} for {wait} "
        f"minutes and returns by the same route at a steady speed. Over the whole time from the departure to the "
        f"return, the stay included, it has averaged {mean} km/h. What was its speed on the way back, in km/h?",
        answer=str(distance / left),
        second=" or ".join(map(str, found)),
    )


TEMPLATES = (same_from_both_sides, ages_then_and_now, two_kinds_of_tickets, speed_of_the_way_back)
