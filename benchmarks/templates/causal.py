"""Templates of cause and effect: what an intervention changes, and what it leaves as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from benchmarks.templates.question import Draws, Question, listed, template, yes_no

_LINES = (
    ("A dairy", "bottles", ("washer", "filler", "capper", "labeller", "packer")),
    ("A laundry", "sheets", ("sorter", "washing machine", "dryer", "press", "folding machine")),
    ("A joinery", "chairs", ("saw", "planer", "drill", "gluing press", "varnisher")),
    ("A bakery", "loaves", ("mixer", "divider", "oven", "cooler", "slicer")),
)
_PARTS = ("sensor", "filter", "amplifier", "mixer", "encoder", "modem", "decoder", "buffer", "limiter", "logger")
_TREATMENTS = (
    (
        "A doctor who knew how ill each patient was chose who got which",
        "drug",
        "mild",
        "severe",
        "were cured",
        "patients",
    ),
    ("A gardener who knew how dry each bed was chose which one got which", "soil", "moist", "dry", "bloomed", "beds"),
    (
        "A workshop that knew the age of each phone chose which one got which",
        "repair",
        "new",
        "old",
        "worked",
        "phones",
    ),
)
_RATES = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95)


@template("causal", 3, "number")
def faster_station_on_a_line(draws: Draws) -> Question | None:
    """Three steps: the slowest station before, the slowest one after, the difference."""
    owner, things, stations = draws.pick(_LINES)
    rates = [5 * rate for rate in draws.some(range(12, 60), 5)]
    slow, other = rates.index(min(rates)), draws.integer(0, 4)
    faster, changed = rates[slow] + 5 * draws.integer(4, 30), rates[other] + 5 * draws.integer(4, 20)
    if other == slow:
        return None
    after = [faster if k == slow else changed if k == other else rate for k, rate in enumerate(rates)]
    if len(set(after)) < 5 or min(after) == faster:
        return None
    can = [f"the {name} handles {rate}" for name, rate in zip(stations, rates, strict=True)]
    return Question(
        prompt=f"{owner} works on {things} at five stations, one after the other. In an hour {listed(can)} {things} at "
        f"most, and there is always enough work for the first station. Then two machines are replaced: the new "
        f"{stations[slow]} handles {faster} an hour and the new {stations[other]} {changed}. In the long run, by how "
        f"many {things} an hour does the output of the line rise?",
        answer=str(min(after) - min(rates)),
        second=str(_output_of_last_hour(after) - _output_of_last_hour(rates)),
    )


@template("causal", 4, "text")
def broken_part_in_a_chain(draws: Draws) -> Question | None:
    """Five steps: what each of four tests leaves possible, and what is left of all."""
    parts = draws.some(_PARTS, 7)
    broken = draws.integer(0, 6)
    tests = []
    for _ in range(4):
        start = draws.integer(0, 5)
        end = draws.integer(start + 1, 6)
        tests.append((start, end, not start <= broken <= end))
    low, high = 0, 6
    candidates = set(range(low, high + 1))
    for start, end, arrives in tests:
        stretch = set(range(start, end + 1))
        candidates = candidates - stretch if arrives else candidates & stretch
    if candidates != {broken} or len(set(tests)) < 4 or _superfluous(tests, broken):
        return None
    fitting = [part for k, part in enumerate(parts) if all((not s <= k <= e) == arrives for s, e, arrives in tests)]
    told = [
        f"A test signal that is fed into the {parts[start]} {'comes' if arrives else 'does not come'} out of the "
        f"{parts[end]}."
        for start, end, arrives in tests
    ]
    return Question(
        prompt=f"A signal runs through seven parts, each of which passes it on to the next: {listed(parts)}. Exactly "
        "one "
        f"part is broken and lets nothing through; the others work. {' '.join(told)} Which part is broken?",
        answer=parts[broken],
        second=" or ".join(fitting),
    )


@template("causal", 4, "boolean")
def relay_held_by_hand(draws: Draws) -> Question | None:
    """Five steps: the state of each relay in turn, one of them against its rule (a trap in some)."""
    switches = dict(zip(draws.some("ABCD", 3), (draws.pick((True, False)) for _ in range(3)), strict=True))
    relays = draws.some("PQRSTUVW", 5)
    known = list(switches)
    rules: list[tuple[str, str, Rule]] = []
    for relay in relays:
        newest = known[-1] if len(known) > 3 else draws.pick(known)
        other = draws.pick([name for name in known if name != newest])
        text, rule = draws.pick(_rules(*draws.shuffled((newest, other))))
        rules.append((relay, f"{relay} is on exactly when {text}.", rule))
        known.append(relay)
    held, forced = relays[draws.integer(1, 2)], draws.pick((True, False))
    free, last = dict(switches), dict(switches)
    for relay, _, rule in rules:
        free[relay] = rule(free)
        last[relay] = forced if relay == held else rule(last)
    if free[held] == forced:
        return None
    worlds = [
        world
        for states in itertools.product((True, False), repeat=5)
        if all(
            world[relay] == (forced if relay == held else rule(world))
            for world in [{**switches, **dict(zip(relays, states, strict=True))}]
            for relay, _, rule in rules
        )
        for world in [{**switches, **dict(zip(relays, states, strict=True))}]
    ]
    states = [f"switch {name} is {'on' if on else 'off'}" for name, on in sorted(switches.items())]
    return Question(
        prompt=f"Three switches are set: {listed(states)}. Five relays follow these rules and nothing "
        f"else: {' '.join(text for _, text, _ in draws.shuffled(rules))} Now somebody holds relay {held} "
        f"{'on' if forced else 'off'} by hand, against its rule; all other rules still hold. Is relay {relays[-1]} on "
        "then?",
        answer=yes_no(last[relays[-1]]),
        second=" and ".join(yes_no(world[relays[-1]]) for world in worlds),
    )


@template("causal", 5, "choice")
def better_in_each_group(draws: Draws) -> Question | None:
    """Six steps (four rates, two comparisons) and a trap: the totals point the other way."""
    story, kind, light, hard, good, things = draws.pick(_TREATMENTS)
    better = draws.pick(("A", "B"))
    high, low = draws.some(_RATES, 2)
    rates = {(True, light): high, (False, light): high - 5 * draws.integer(1, 2)}
    rates |= {(True, hard): low, (False, hard): low - 5 * draws.integer(1, 2)}
    many, few = draws.pick((80, 120, 160)), draws.pick((20, 40))
    sizes = {(True, light): few, (False, light): many, (True, hard): many, (False, hard): few}
    good_ones = {key: Fraction(rates[key] * size, 100) for key, size in sizes.items()}
    totals = {own: good_ones[own, light] + good_ones[own, hard] for own in (True, False)}
    if min(rates.values()) < 5 or high <= low + 10 or any(value.denominator > 1 for value in good_ones.values()):
        return None
    if totals[True] >= totals[False]:  # both had as many in all, so the totals must mislead
        return None
    worse = "B" if better == "A" else "A"
    name = {True: better, False: worse}
    told = [
        f"{kind.capitalize()} {name[own]}: {good_ones[own, light]} of {sizes[own, light]} {light} and "
        f"{good_ones[own, hard]} of {sizes[own, hard]} {hard} {things} {good}."
        for own in (better == "A", better != "A")
    ]
    options = {
        (one, other): f"{one} for {light} and {other} for {hard} {things}"
        for one, other in itertools.product("AB", repeat=2)
    }
    shown = {
        group: {who: good_ones[who == better, group] / sizes[who == better, group] for who in "AB"}
        for group in (light, hard)
    }
    winners = [max("AB", key=shares.__getitem__) for shares in shown.values()]
    return Question(
        prompt=f"{story} {kind}; nothing else differs. {' '.join(told)} Going by these figures, what is the "
        "best choice from now on?",
        answer=options[better, better],
        second=options[winners[0], winners[1]],
        wrong=tuple(text for key, text in options.items() if key != (better, better)),
    )


Rule = Callable[[Mapping[str, bool]], bool]


def _rules(a: str, b: str) -> Sequence[tuple[str, Rule]]:
    return (
        (f"{a} and {b} are both on", lambda state: state[a] and state[b]),
        (f"{a} or {b} is on, or both are", lambda state: state[a] or state[b]),
        (f"{a} is on and {b} is off", lambda state: state[a] and not state[b]),
        (f"one of {a} and {b} is on and the other is off", lambda state: state[a] != state[b]),
        (f"{a} and {b} are both off", lambda state: not state[a] and not state[b]),
    )


def _output_of_last_hour(rates: Sequence[int]) -> int:
    """What leaves the line in an hour once it is in full swing; what a station cannot handle waits before it."""
    waiting = [0] * (len(rates) + 1)
    last = 0
    for _ in range(30):
        waiting[0] += max(rates)
        done_before = waiting[-1]
        for k, rate in enumerate(rates):
            handled = min(rate, waiting[k])
            waiting[k] -= handled
            waiting[k + 1] += handled
        last = waiting[-1] - done_before
    return last


def _superfluous(tests: Sequence[tuple[int, int, bool]], broken: int) -> bool:
    """Whether three of the tests would do, or the part is told by one of them alone."""
    for left_out in range(len(tests)):
        rest = [test for k, test in enumerate(tests) if k != left_out]
        if [k for k in range(7) if all((not s <= k <= e) == arrives for s, e, arrives in rest)] == [broken]:
            return True
    return False


TEMPLATES = (faster_station_on_a_line, broken_part_in_a_chain, relay_held_by_hand, better_in_each_group)
