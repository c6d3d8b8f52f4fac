"""Templates of tables: the first computation goes by rows and fractions, the second counts single entries."""

from __future__ import annotations

import itertools
from fractions import Fraction

from benchmarks.templates.question import (
    Draws,
    Question,
    clock,
    clock_aliases,
    decimal,
    is_decimal,
    table,
    template,
)
from benchmarks.templates.words import MONTHS, NAMES, TOWNS

_TEAMS = (
    "Badgers",
    "Cranes",
    "Drakes",
    "Falcons",
    "Gulls",
    "Herons",
    "Jackals",
    "Magpies",
    "Pumas",
    "Ravens",
    "Wolves",
)
_SITES = ("Bridge", "Castle", "Garden", "Harbour", "Market", "Museum", "Station", "Tower")


@template("tables", 3, "number")
def gap_between_the_totals(draws: Draws) -> Question | None:
    """Four steps or so: the totals of the rows, the largest, the smallest, the difference."""
    sites, start = draws.some(_SITES, 4), draws.integer(0, 9)
    months = MONTHS[start : start + 3]
    what = draws.pick(("visitors", "bicycles counted", "lost objects handed in", "tickets checked"))
    counts = [draws.integers(3, 105, 480) for _ in sites]
    totals = sorted(map(sum, counts))
    if len(set(totals)) < 4:
        return None
    cells = {(site, k): count for site, row in zip(sites, counts, strict=True) for k, count in enumerate(row)}
    gaps = [sum(cells[one, k] - cells[other, k] for k in range(3)) for one, other in itertools.permutations(sites, 2)]
    return Question(
        prompt=table(("Place", *months), [(site, *row) for site, row in zip(sites, counts, strict=True)])
        + f"\n\nThe numbers are {what}. How much larger is the largest total of a place over the three months than the "
        "smallest one?",
        answer=str(totals[-1] - totals[0]),
        second=str(max(gaps)),
    )


@template("tables", 4, "choice")
def head_of_the_league(draws: Draws) -> Question | None:
    """Five steps: the points of four teams, the comparison; and the team with the most wins need not lead."""
    teams = draws.some(_TEAMS, 4)
    win, games = draws.pick((2, 3, 4)), draws.integer(10, 14)
    results = []
    for _ in teams:
        won = draws.integer(3, games - 4)
        drawn = draws.integer(1, games - won)
        results.append((won, drawn, games - won - drawn))
    fines = [draws.pick((0, 0, 1, 2, 3)) for _ in teams]
    points = [win * won + drawn - fine for (won, drawn, _), fine in zip(results, fines, strict=True)]
    most_wins = max(range(4), key=lambda k: results[k][0])
    best = max(points)
    if points.count(best) > 1 or sum(map(bool, fines)) != 2 or points[most_wins] == best:
        return None
    rounds = [
        [win] * won + [1] * drawn + [0] * lost + [-1] * fine
        for (won, drawn, lost), fine in zip(results, fines, strict=True)
    ]
    rows = [(team, *result, fine) for team, result, fine in zip(teams, results, fines, strict=True)]
    return Question(
        prompt=table(("Team", "won", "drawn", "lost", "penalty points"), rows)
        + f"\n\nA win brings {win} points, a draw 1 point and a defeat none; penalty points are taken away. Which team "
        "leads?",
        answer=teams[points.index(best)],
        second=max(zip(map(sum, rounds), teams, strict=True))[1],
        wrong=tuple(team for team, own in zip(teams, points, strict=True) if own != best),
    )


@template("tables", 4, "number")
def mean_over_groups(draws: Draws) -> Question | None:
    """Five steps: three products, their sum, the quotient; the mean of the means is a trap."""
    groups = draws.some(("north", "south", "east", "west", "central"), 3)
    sizes, means = draws.integers(3, 4, 40), draws.integers(3, 11, 60)
    thing, unit = draws.pick((("branch", "parcels a day"), ("farm", "eggs a day"), ("clinic", "visits a week")))
    mean = Fraction(sum(size * own for size, own in zip(sizes, means, strict=True)), sum(sizes))
    if not is_decimal(mean, 2) or mean == Fraction(sum(means), 3) or len(set(sizes)) < 3 or mean.denominator == 1:
        return None
    single = [own for size, own in zip(sizes, means, strict=True) for _ in range(size)]
    rows = list(zip(groups, sizes, means, strict=True))
    plural = thing + ("es" if thing == "branch" else "s")
    return Question(
        prompt=table(("Region", f"number of {plural}", f"mean {unit} of one {thing}"), rows)
        + f"\n\nHow many {unit} does a {thing} have on average over all three regions? Give the exact decimal.",
        answer=decimal(mean),
        second=decimal(Fraction(sum(single), len(single))),
    )


@template("tables", 5, "choice")
def bill_after_discount(draws: Draws) -> Question | None:
    """Eight steps: two tables joined for each order, the discount of each, the sum for one person."""
    people, goods = draws.some(NAMES, 3), draws.some(("hinge", "hose", "ladder", "lock", "rope", "shovel", "valve"), 3)
    prices = [Fraction(draws.integer(8, 60), 4) for _ in goods]
    limit, off = draws.pick((30, 40, 50)), draws.pick((10, 20))
    orders = [(who, draws.integer(0, 2), draws.integer(2, 9)) for who in draws.shuffled([*people, *people, people[0]])]
    bills = [_bill(orders, prices, person, limit, off) for person in people]
    own = [count * prices[k] for who, k, count in orders if who == people[0]]
    above = [full for full in own if full >= limit]
    if len(set(prices)) < 3 or limit in own or not 0 < len(above) < len(own) or not is_decimal(bills[0], 2):
        return None
    cents = [
        round(prices[k] * 100) * (100 - (off if count * prices[k] > limit else 0))
        for who, k, count in orders
        for _ in range(count)
        if who == people[0]
    ]
    total = sum(own, Fraction(0))
    mistakes = (total, total * (100 - off) / 100, bills[1], bills[2], total - sum(above) * off / 200)
    rows = [(k, who, goods[good], count) for k, (who, good, count) in enumerate(orders, start=1)]
    listed = table(("Article", "euros apiece"), [(g, decimal(p, 2)) for g, p in zip(goods, prices, strict=True)])
    return Question(
        prompt=table(("Order", "customer", "article", "number"), rows)
        + f"\n\n{listed}\n\nAn order that comes to more than {limit} euros is reduced by {off} percent; each order "
        f"counts by itself. How many euros does {people[0]} pay for all orders together?",
        answer=decimal(bills[0], 2),
        second=decimal(Fraction(sum(cents), 10_000), 2),
        wrong=tuple(decimal(Fraction(round(value * 100), 100), 2) for value in mistakes),
    )


@template("tables", 5, "text")
def latest_train_in_time(draws: Draws) -> Question | None:
    """Seven steps or more: for each of four trains the next bus that can be caught, and whether it is in time."""
    start, change, end = draws.some(TOWNS, 3)
    first, walk = draws.integer(7 * 60, 15 * 60), draws.integer(6, 14)
    trains = [(first + 22 * k + draws.integer(0, 12), draws.integer(38, 66)) for k in range(4)]
    ride = draws.integer(24, 47)
    buses = [first + 55 + 26 * k + draws.integer(0, 14) for k in range(4)]
    reach = [(leave, leave + needs) for leave, needs in trains]
    limit = buses[draws.integer(1, 2)] + ride + draws.integer(1, 9)
    fits = [leave for leave, at in reach for bus in buses if bus >= at + walk and bus + ride <= limit]
    if not fits or max(fits) in (reach[0][0], reach[-1][0]) or sorted(at for _, at in reach) != [at for _, at in reach]:
        return None
    minute = reach[-1][0]
    while not _caught(minute, dict(reach), buses, walk, limit - ride):
        minute -= 1
    trains_table = table((f"Train leaves {start}", f"reaches {change}"), [(clock(a), clock(b)) for a, b in reach])
    buses_table = table((f"Bus leaves {change}", f"reaches {end}"), [(clock(b), clock(b + ride)) for b in buses])
    return Question(
        prompt=f"{trains_table}\n\n{buses_table}\n\nThe walk from the train to the bus stop in {change} takes {walk} "
        f"minutes. {draws.pick(NAMES)} has to be in {end} no later than {clock(limit)} and wants to leave {start} as "
        "late "
        "as possible. At what time does the right train leave? Give it as HH:MM.",
        answer=clock(max(fits)),
        second=clock(minute),
        aliases=clock_aliases(max(fits)),
    )


def _bill(orders: list[tuple[str, int, int]], prices: list[Fraction], person: str, limit: int, off: int) -> Fraction:
    total = Fraction(0)
    for who, good, count in orders:
        full = count * prices[good]
        if who == person:
            total += full * (100 - off) / 100 if full > limit else full
    return total


def _caught(leave: int, reach: dict[int, int], buses: list[int], walk: int, last_bus: int) -> bool:
    """Whether a train leaves at that minute and the first bus after the walk is early enough."""
    if leave not in reach:
        return False
    later = [bus for bus in buses if bus - reach[leave] >= walk]
    return bool(later) and min(later) <= last_bus


TEMPLATES = (
    gap_between_the_totals,
    head_of_the_league,
    mean_over_groups,
    bill_after_discount,
    latest_train_in_time,
)
