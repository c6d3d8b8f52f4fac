"""Templates of space: the first computation uses coordinates or formulas, the second follows every single piece."""

from __future__ import annotations

import itertools
import math

from benchmarks.templates.question import Draws, Question, listed, template
from benchmarks.templates.words import COLOURS, NAMES

_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41), (12, 35, 37))
_COMPASS = ("north", "east", "south", "west")
_STEPS = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}
_POSITIONS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


@template("spatial", 5, "number")
def straight_way_home(draws: Draws) -> Question | None:
    """Nine steps: six legs with their turns, two sums, the distance by Pythagoras."""
    short, long, straight = draws.pick(_TRIPLES)
    unit = draws.pick((1, 2, 3, 5))
    goal = draws.shuffled((short * unit * draws.pick((1, -1)), long * unit * draws.pick((1, -1))))
    turns = [draws.pick(("right", "left")) for _ in range(5)]
    facing = draws.integer(0, 3)
    headings = list(
        itertools.accumulate(turns, lambda k, turn: (k + (1 if turn == "right" else 3)) % 4, initial=facing)
    )
    legs = draws.integers(6, 5, 60)
    for axis in (0, 1):  # the last leg along each axis leads to the goal
        last = max(k for k, heading in enumerate(headings) if _STEPS[_COMPASS[heading]][axis])
        here = sum(legs[k] * _STEPS[_COMPASS[h]][axis] for k, h in enumerate(headings) if k != last)
        legs[last] = (goal[axis] - here) * _STEPS[_COMPASS[headings[last]]][axis]
    if min(legs) < 4 or max(legs) > 150:
        return None
    spot, direction = 0j, 1j * (-1j) ** facing  # north is 1j; a turn to the right multiplies by -1j
    for leg, turn in zip(legs, [*turns, "right"], strict=True):
        spot += leg * direction
        direction *= -1j if turn == "right" else 1j
    who, place = draws.pick(NAMES), draws.pick(("well", "gate", "flagpole", "tent", "statue"))
    walk = "; ".join(f"turns {turn} and walks {leg} m" for turn, leg in zip(turns, legs[1:], strict=True))
    return Question(
        prompt=f"{who} starts at a {place} on a flat field, faces {_COMPASS[facing]} and walks {legs[0]} m; {walk}. "
        "Every "
        f"turn is a quarter turn. How many metres is it in a straight line from there to the {place}?",
        answer=str(straight * unit),
        second=str(math.isqrt(round(spot.real) ** 2 + round(spot.imag) ** 2)),
    )


@template("spatial", 5, "choice")
def die_rolled_over_its_edges(draws: Draws) -> Question | None:
    """Seven steps: the hidden sides, and six rolls that each move four sides."""
    top, north, east = draws.some(range(1, 7), 3)
    if 7 in (top + north, top + east, north + east):
        return None
    rolls = [draws.pick(_COMPASS) for _ in range(6)]
    if (
        any(abs(_COMPASS.index(a) - _COMPASS.index(b)) == 2 for a, b in itertools.pairwise(rolls))
        or len(set(rolls)) < 3
    ):
        return None
    faces = {(0, 0, 1): top, (0, 1, 0): north, (1, 0, 0): east}
    faces |= {(-x, -y, -z): 7 - number for (x, y, z), number in faces.items()}
    state = (top, north, east)
    for roll in rolls:
        faces = {_tipped(place, _STEPS[roll]): number for place, number in faces.items()}
        state = _rolled(state, roll)
    answer = state[0]
    others = [7 - answer, state[1], state[2], 7 - state[1], 7 - state[2]]
    return Question(
        prompt="The numbers on opposite sides of a die add up to 7. The die lies on a table with "
        f"{top} on top, {north} on the side towards the north and {east} on the side towards the east. It is rolled "
        "over "
        f"its bottom edge, a quarter turn each time, towards the {', then the '.join(rolls)}. Which number is on top "
        "at the "
        "end?",
        answer=str(answer),
        second=str(faces[0, 0, 1]),
        wrong=tuple(map(str, draws.shuffled(others))),
    )


@template("spatial", 4, "number")
def painted_block_cut_up(draws: Draws) -> Question | None:
    """Four steps (edges at the top, upright edges, the corners below, the sum) and a trap: one side has no paint."""
    long, wide, high = draws.integer(3, 9), draws.integer(3, 8), draws.integer(3, 7)
    number = draws.integer(1, 2)
    if len({long, wide, high}) < 3:
        return None
    inner_long, inner_wide = long - 2, wide - 2
    one = inner_long * inner_wide + 2 * (inner_long + inner_wide) * (high - 1)
    two = 2 * (inner_long + inner_wide) + 4 * (high - 1)
    cubes = itertools.product(range(long), range(wide), range(high))
    painted = [(x in (0, long - 1)) + (y in (0, wide - 1)) + (z == high - 1) for x, y, z in cubes]
    return Question(
        prompt=f"A block of wood is {long} cm long, {wide} cm wide and {high} cm high. All its sides are painted "
        "except "
        "the one it stands on. Then it is sawn into cubes with edges of 1 cm. How many of these cubes have exactly "
        f"{'one painted face' if number == 1 else 'two painted faces'}?",
        answer=str(one if number == 1 else two),
        second=str(painted.count(number)),
    )


@template("spatial", 4, "text")
def cups_that_change_places(draws: Draws) -> Question | None:
    """Six steps: six moves in a row of seven."""
    colours = draws.some(COLOURS, 7)
    moves = [_move(draws) for _ in range(6)]
    kinds = [kind for kind, _, _ in moves]
    if len(set(moves)) < 6 or kinds.count("swap") > 4 or kinds.count("reverse") > 1:
        return None
    row = list(colours)
    for kind, a, b in moves:
        if kind == "swap":
            row[a], row[b] = row[b], row[a]
        elif kind == "reverse":
            row.reverse()
        else:
            row.insert(b, row.pop(a))
    asked = draws.integer(1, 5)
    spot = asked  # the second computation goes back from the place that is asked about
    for kind, a, b in reversed(moves):
        if kind == "swap":
            spot = {a: b, b: a}.get(spot, spot)
        elif kind == "reverse":
            spot = 6 - spot
        elif spot == b:
            spot = a
        else:
            lifted = spot - (spot > b)
            spot = lifted + (lifted >= a)
    if row[asked] == colours[asked]:
        return None
    steps = [f"{k}. {_told(move)}" for k, move in enumerate(moves, start=1)]
    return Question(
        prompt=f"Seven cups stand in a row. From left to right they are {listed(colours)}. These moves are made one "
        "after another; places are always counted from the left, as the cups stand just before the move:\n"
        + "\n".join(steps)
        + f"\n\nWhat colour is the {_POSITIONS[asked]} cup from the left at the end?",
        answer=row[asked],
        second=colours[spot],
    )


def _rolled(die: tuple[int, int, int], way: str) -> tuple[int, int, int]:
    top, north, east = die
    return {
        "north": (7 - north, top, east),
        "south": (north, 7 - top, east),
        "east": (7 - east, north, top),
        "west": (east, north, 7 - top),
    }[way]


def _tipped(place: tuple[int, int, int], step: tuple[int, int]) -> tuple[int, int, int]:
    """Where a side's outward direction points after a quarter turn towards `step`: up becomes ahead."""
    x, y, z = place
    ahead = x * step[0] + y * step[1]
    return (x - ahead * step[0] + z * step[0], y - ahead * step[1] + z * step[1], -ahead)


def _move(draws: Draws) -> tuple[str, int, int]:
    kind = draws.pick(("swap", "swap", "swap", "move", "move", "reverse"))
    a, b = draws.some(range(7), 2)
    return (kind, 0, 0) if kind == "reverse" else (kind, min(a, b), max(a, b)) if kind == "swap" else (kind, a, b)


def _told(move: tuple[str, int, int]) -> str:
    kind, a, b = move
    if kind == "reverse":
        return "The order of the whole row is reversed, so that the last cup becomes the first."
    if kind == "swap":
        return f"The {_POSITIONS[a]} and the {_POSITIONS[b]} cup change places."
    lifted = f"The {_POSITIONS[a]} cup is taken out, the gap is closed, and it is put back so that it is the"
    return f"{lifted} {_POSITIONS[b]}."


TEMPLATES = (straight_way_home, die_rolled_over_its_edges, painted_block_cut_up, cups_that_change_places)
