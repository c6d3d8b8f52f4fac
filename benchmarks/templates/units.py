"""Templates of units: the first computation converts at once, the second counts in the small unit."""

from __future__ import annotations

from fractions import Fraction

from benchmarks.templates.question import Draws, Question, clock, decimal, is_decimal, template, yes_no
from benchmarks.templates.words import NAMES, TOWNS

_PEOPLE = {3: "Three", 4: "Four", 5: "Five"}


@template("units", 4, "number")
def area_on_a_map(draws: Draws) -> Question | None:
    """Five steps: two lengths by the scale, to metres, their product, to hectares; the area's scale is squared."""
    thing = draws.pick(("field", "lake", "nature reserve", "vineyard", "car park"))
    scale = draws.pick((5_000, 10_000, 20_000, 25_000, 50_000))
    long, wide = Fraction(draws.integer(25, 95), 10), Fraction(draws.integer(12, 80), 10)
    hectares = long * scale / 100 * wide * scale / 100 / 10_000
    square_metres_of_one = Fraction(scale * scale, 100 * 100)  # what one square centimetre of the map shows
    if wide >= long or not is_decimal(hectares, 2) or not 2 <= hectares <= 3000:
        return None
    tiny_squares = long * 10 * wide * 10  # of one square millimetre each
    return Question(
        prompt=f"On a map drawn to the scale 1 : {scale:,}, a rectangular {thing} is {decimal(long)} cm long and "
        f"{decimal(wide)} cm wide. How many hectares does the real {thing} cover? (1 hectare is 10,000 square metres.) "
        "Give the exact number.",
        answer=decimal(hectares),
        second=decimal(tiny_squares * square_metres_of_one / 100 / 10_000),
    )


@template("units", 4, "number")
def cost_of_a_shared_drive(draws: Draws) -> Question | None:
    """Six steps: both ways, the fuel, its price, the toll, the sum, the share."""
    start, end = draws.some(TOWNS, 2)
    distance, use = 5 * draws.integer(20, 90), Fraction(draws.integer(45, 85), 10)
    price, toll, people = Fraction(draws.integer(150, 199), 100), draws.integer(4, 18), draws.integer(3, 5)
    share = (use * 2 * distance / 100 * price + 2 * toll) / people
    if not is_decimal(share, 2):
        return None
    millilitres = use * 10 * 2 * distance  # so many millilitres on each kilometre
    cents = millilitres * price / 10 + 200 * toll
    return Question(
        prompt=f"{_PEOPLE[people]} friends drive from {start} to {end} and back again in one car, {distance} km each "
        "way. The car "
        f"uses {decimal(use)} litres of petrol on 100 km, and a litre costs {decimal(price, 2)} euros. The bridge on "
        "the "
        f"way costs a toll of {toll} euros in each direction. They share all costs equally. How many euros does each "
        "of them pay? Give two decimals.",
        answer=decimal(share, 2),
        second=decimal(Fraction(cents, 100 * people), 2),
    )


@template("units", 4, "boolean")
def there_in_time(draws: Draws) -> Question | None:
    """Five steps: the speed, the time of the ride, the stop, the time of arrival, the comparison."""
    who, start, end = draws.pick(NAMES), *draws.some(TOWNS, 2)
    speed, distance, stop = draws.integer(4, 9), Fraction(draws.integer(60, 300), 10), draws.integer(5, 25)
    leave, gap = 5 * draws.integer(84, 190), draws.integer(-4, 4)
    minutes = distance * 1000 / speed / 60 + stop
    latest = leave + round(minutes) + gap
    if abs(latest - leave - minutes) < 1:
        return None
    metres, seconds = distance * 1000, 0
    while metres > 0:
        metres -= speed
        seconds += 1
    return Question(
        prompt=f"{who} sets out from {start} at {clock(leave)} and cycles the {decimal(distance)} km to {end} at a "
        "steady "
        f"{speed} metres per second, with one stop of {stop} minutes on the way. The last ferry leaves {end} at "
        f"{clock(latest)}. Does {who} get to {end} before the ferry leaves?",
        answer=yes_no(leave + minutes < latest),
        second=yes_no(leave * 60 + seconds + stop * 60 < latest * 60),
    )


@template("units", 3, "choice")
def tiles_for_a_floor(draws: Draws) -> Question | None:
    """Four steps: both sides to centimetres, how many along each, the product."""
    room = draws.pick(("kitchen", "bathroom", "corridor", "laundry", "cellar"))
    side = draws.pick((15, 20, 25, 30, 40, 45))
    along, across = draws.integer(8, 30), draws.integer(6, 24)
    long, wide = Fraction(along * side, 100), Fraction(across * side, 100)
    if along <= across:
        return None
    corners = [(x, y) for x in range(0, along * side, side) for y in range(0, across * side, side)]
    mistakes = (
        2 * (along + across),
        round(long * wide * 100 / side),
        along * across * 10,
        round(long * wide * 10_000 / side),
        along + across,
    )
    return Question(
        prompt=f"The floor of a {room} is {decimal(long, 2)} m long and {decimal(wide, 2)} m wide. It is laid with "
        "square "
        f"tiles that have sides of {side} cm; they fit without cutting, and the gaps between them do not count. How "
        "many "
        "tiles does the floor take?",
        answer=f"{long * wide / Fraction(side * side, 10_000)}",
        second=str(len(corners)),
        wrong=tuple(map(str, mistakes)),
    )


TEMPLATES = (area_on_a_map, cost_of_a_shared_drive, there_in_time, tiles_for_a_floor)
