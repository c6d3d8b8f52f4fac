"""Templates of logic with clues: the first answer is the arrangement that was drawn, the second what a search finds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from benchmarks.templates.question import Draws, Question, listed, template
from benchmarks.templates.words import NAMES

Order = tuple[str, ...]
Clue = tuple[str, Callable[[Order], bool]]
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@template("logic", 4, "text")
def order_of_five(draws: Draws) -> Question | None:
    """Five steps or more: four or five clues that must be put together."""
    order = tuple(draws.some(NAMES, 5))
    setting = draws.pick(("cross the finishing line", "arrive at a party", "hand in a test", "step off a ferry"))
    clues = _enough(draws, order, _order_clues(draws, order))
    asked = draws.integer(1, 3)
    if clues is None or not 4 <= len(clues) <= 5:
        return None
    found = {rank[asked] for rank in itertools.permutations(order) if all(holds(rank) for _, holds in clues)}
    people = listed(draws.shuffled(order))
    return Question(
        prompt=f"{people} {setting} one after another. {' '.join(text for text, _ in clues)} Who is the "
        f"{_ORDINALS[asked]} of the five?",
        answer=order[asked],
        second=" or ".join(sorted(found)),
    )


@template("logic", 5, "text")
def desks_and_drinks(draws: Draws) -> Question | None:
    """More than seven steps: six or more clues on two orders at once."""
    people, drinks = tuple(draws.some(NAMES, 4)), draws.some(("coffee", "tea", "milk", "water", "juice", "cocoa"), 4)
    whole = (*people, *drinks)
    clues = _enough(draws, whole, _desk_clues(draws, people, drinks), _two_orders)
    if clues is None or not 5 <= len(clues) <= 8:
        return None
    person = draws.integer(0, 3)
    if any(people[person] in text and drinks[person] in text for text, _ in clues):
        return None
    found = {
        world[4 + world.index(people[person])]
        for world in _two_orders(whole)
        if all(holds(world) for _, holds in clues)
    }
    return Question(
        prompt=f"{listed(draws.shuffled(people))} sit at four desks in a row, numbered 1 to 4 from left to right. Each "
        f"drinks something different: {listed(draws.shuffled(drinks), 'or')}. {' '.join(text for text, _ in clues)} "
        f"What does {people[person]} drink?",
        answer=drinks[person],
        second=" or ".join(sorted(found)),
    )


def _orders(whole: Order) -> list[Order]:
    return list(itertools.permutations(whole))


def _two_orders(whole: Order) -> list[Order]:
    return [
        (*left, *right) for left in itertools.permutations(whole[:4]) for right in itertools.permutations(whole[4:])
    ]


def _enough(
    draws: Draws, truth: Order, clues: list[Clue], orders: Callable[[Order], list[Order]] = _orders
) -> list[Clue] | None:
    """A few of the clues that leave `truth` alone, none of them to spare; None when all of them do not."""
    worlds = orders(truth)
    chosen: list[Clue] = []
    left = worlds
    for clue in draws.shuffled(clues):
        still = [world for world in left if clue[1](world)]
        if len(still) < len(left):
            left, chosen = still, [*chosen, clue]
    if left != [truth]:
        return None
    for clue in list(chosen):
        rest = [other for other in chosen if other is not clue]
        if sum(all(holds(world) for _, holds in rest) for world in worlds) == 1:
            chosen = rest
    return chosen


def _order_clues(draws: Draws, order: Order) -> list[Clue]:
    def before(a: str, b: str) -> Clue:
        return f"{a} comes before {b}.", lambda rank: rank.index(a) < rank.index(b)

    def right_after(a: str, b: str) -> Clue:
        return f"{a} comes directly after {b}.", lambda rank: rank.index(a) == rank.index(b) + 1

    def between(a: str, b: str, c: str) -> Clue:
        text = f"{a} comes at some point after {b} but before {c}."
        return text, lambda rank: rank.index(b) < rank.index(a) < rank.index(c)

    def apart(two: tuple[str, str], many: int) -> Clue:
        a, b = draws.shuffled(two)
        text = f"Exactly {'one person comes' if many == 1 else 'two people come'} between {a} and {b}."
        return text, lambda rank: abs(rank.index(a) - rank.index(b)) == many + 1

    def not_at(a: str, end: int) -> Clue:
        return f"{a} is neither first nor last.", lambda rank: rank.index(a) not in (0, end)

    a, b, c, d, e = order
    pair = draws.integer(0, 3)
    start = draws.integer(0, 2)
    later = draws.integer(0, 1)
    return [
        right_after(order[pair + 1], order[pair]),
        between(*draws.pick(((b, a, d), (c, a, e), (c, b, d), (d, b, e), (b, a, c)))),
        apart((order[start], order[start + 2]), 1),
        apart((order[later], order[later + 3]), 2),
        not_at(draws.pick((b, c, d)), 4),
        before(*draws.pick(((a, c), (b, d), (a, d), (c, e)))),
        before(*draws.pick(((a, b), (b, e), (d, e), (b, c)))),
    ]


def _desk_clues(draws: Draws, people: Order, drinks: Sequence[str]) -> list[Clue]:
    def sits_by(who: str, drink: str) -> Clue:
        text = f"{who} sits directly beside the one who drinks {drink}."
        return text, lambda world: abs(world.index(who) - world.index(drink) + 4) == 1

    def left_of(who: str, drink: str) -> Clue:
        text = f"{who} sits somewhere to the left of the one who drinks {drink}."
        return text, lambda world: world.index(who) < world.index(drink) - 4

    def drinks_not(who: str, drink: str) -> Clue:
        return f"{who} does not drink {drink}.", lambda world: world.index(who) != world.index(drink) - 4

    def beside(one: str, other: str) -> Clue:
        text = f"{one} and {other} do not sit next to each other."
        return text, lambda world: abs(world.index(one) - world.index(other)) != 1

    def desk_not(who: str, desk: int) -> Clue:
        return f"{who} does not sit at desk {desk + 1}.", lambda world: world.index(who) != desk

    def drink_not_at(drink: str, desk: int) -> Clue:
        return f"The {drink} is not at desk {desk + 1}.", lambda world: world.index(drink) - 4 != desk

    places = range(4)
    neighbours = [(people[k], drinks[m]) for k in places for m in places if abs(k - m) == 1]
    ordered = [(people[k], drinks[m]) for k in places for m in places if k < m]
    mixed = [(people[k], drinks[m]) for k in places for m in places if k != m]
    distant = [(people[k], people[m]) for k in places for m in places if k != m and abs(k - m) > 1]
    seats = [(people[k], m) for k in places for m in places if k != m]
    cups = [(drinks[k], m) for k in places for m in places if k != m]
    return [
        *(sits_by(*pair) for pair in draws.some(neighbours, 3)),
        *(left_of(*pair) for pair in draws.some(ordered, 3)),
        *(drinks_not(*pair) for pair in draws.some(mixed, 2)),
        *(beside(*pair) for pair in draws.some(distant, 2)),
        *(desk_not(*pair) for pair in draws.some(seats, 2)),
        *(drink_not_at(*pair) for pair in draws.some(cups, 2)),
    ]


TEMPLATES = (order_of_five, desks_and_drinks)
