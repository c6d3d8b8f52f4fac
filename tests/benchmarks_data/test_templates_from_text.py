"""Puzzles of logic solved from their text alone: what is said, not what the template meant, decides the answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.instances import instances
from benchmarks.templates import TEMPLATES
from utils.items import LETTERS

ITEMS_EACH = 40
NAME = r"([A-Z][a-z]+)"


def rows(name: str) -> list[dict[str, Any]]:
    return instances(11, ITEMS_EACH, [made for made in TEMPLATES if made.name == name])


def answer(row: dict[str, Any]) -> str:
    expected: str = row["expected"]
    return row["choices"][LETTERS.index(expected)] if "choices" in row else expected


def sentences(text: str) -> list[str]:
    return re.findall(r"[^.?]+[.?]", text)


def order_solutions(row: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    first, *clues, _ = (sentence.strip() for sentence in sentences(row["prompt"]))
    people = re.findall(NAME, first)
    assert len(people) == 5
    for order in itertools.permutations(people):
        at = {name: place for place, name in enumerate(order)}
        if all(order_clue_holds(clue, at) for clue in clues):
            yield order


def order_clue_holds(clue: str, at: dict[str, int]) -> bool:
    who = [at[name] for name in re.findall(NAME, clue) if name in at]
    if "directly after" in clue:
        return who[0] - who[1] == 1
    if "at some point after" in clue:
        return who[1] < who[0] < who[2]
    if "between" in clue:
        return abs(who[0] - who[1]) == (2 if "one person" in clue else 3)
    if "neither first nor last" in clue:
        return who[0] in (1, 2, 3)
    assert "comes before" in clue
    return who[0] < who[1]


def test_the_order_of_five_follows_from_the_clues() -> None:
    for row in rows("order_of_five"):
        (order,) = order_solutions(row)
        place = ["first", "second", "third", "fourth"].index(re.findall(r"Who is the (\w+)", row["prompt"])[0])
        assert order[place] == answer(row)


def desk_clue_holds(clue: str, seat: dict[str, int]) -> bool:
    things = [word for word in re.findall(r"\w+", clue) if word in seat]
    desk = re.search(r"desk (\d)", clue)
    if desk:
        return seat[things[0]] != int(desk[1])
    one, other = (seat[thing] for thing in things)
    if "directly beside" in clue:
        return abs(one - other) == 1
    if "do not sit next to" in clue:
        return abs(one - other) > 1
    if "to the left of" in clue:
        return one < other
    assert "does not drink" in clue
    return one != other


def test_the_drink_follows_from_the_clues() -> None:
    for row in rows("desks_and_drinks"):
        first, second, *clues, question = (sentence.strip() for sentence in sentences(row["prompt"]))
        people, drinks = re.findall(NAME, first), re.findall(r"\w+", second.partition(": ")[2].replace(" or ", " "))
        asked = re.findall(NAME, question)[1]
        found = {
            drink
            for seats, cups in itertools.product(itertools.permutations(range(1, 5)), repeat=2)
            for seat in [dict(zip([*people, *drinks], [*seats, *cups], strict=True))]
            if all(desk_clue_holds(clue, seat) for clue in clues)
            for drink in drinks
            if seat[drink] == seat[asked]
        }
        assert found == {answer(row)}


def claim_holds(said: str, me: str, kind: dict[str, bool]) -> bool:
    named = [kind[name] for name in re.findall(NAME, said) if name in kind]
    if "or both" in said:
        return not named[0] or named[1]
    if "one of us three" in said:
        return list(kind.values()).count(False) == 1
    if "two of us three" in said:
        return list(kind.values()).count(False) >= 2
    if "and I are" in said:
        return (named[0] == kind[me]) == ("same" in said)
    if "same kind" in said:
        return named[0] == named[1]
    assert re.fullmatch(rf"{NAME} (lies|tells the truth)", said)
    return named[0] != said.endswith("lies")


def test_the_truth_tellers_follow_from_what_they_say() -> None:
    for row in rows("truth_tellers_and_liars"):
        said = re.findall(rf'{NAME} says: "([^"]+)\."', row["prompt"])
        people = [name for name, _ in said]
        (world,) = (
            kind
            for kinds in itertools.product((True, False), repeat=3)
            for kind in [dict(zip(people, kinds, strict=True))]
            if all(claim_holds(text, name, kind) == kind[name] for name, text in said)
        )
        named = {name for name in people if re.search(rf"\b{name}\b", answer(row))}
        assert (set(people) if answer(row) == "all three" else named) == {name for name in people if world[name]}


def test_the_box_follows_from_the_labels() -> None:
    for row in rows("one_true_label"):
        labels = re.findall(r'On the (\w+) box: "The \w+ is (not )?in ([^"]+)\."', row["prompt"])
        number = 1 if "Only one" in row["prompt"] else 2 if "Exactly two" in row["prompt"] else 3
        fitting = [
            f"the {box} box"
            for box, _, _ in labels
            if sum((f"the {box} box" in where) != bool(negated) for _, negated, where in labels) == number
        ]
        assert fitting == [answer(row)]


def rule_holds(rule: str, on: dict[str, bool]) -> bool:
    a, b = re.findall(r"\b[A-Z]\b", rule)
    if "both on" in rule:
        return on[a] and on[b]
    if "or both are" in rule:
        return on[a] or on[b]
    if "both off" in rule:
        return not (on[a] or on[b])
    if rule.startswith("one of"):
        return on[a] ^ on[b]
    assert re.fullmatch(r". is on and . is off", rule)
    return on[a] and not on[b]


def test_the_relay_follows_from_the_rules() -> None:
    for row in rows("relay_held_by_hand"):
        prompt = row["prompt"]
        on = {name: state == "on" for name, state in re.findall(r"switch ([A-D]) is (on|off)", prompt)}
        rules = dict(re.findall(r"([A-Z]) is on exactly when ([^.]+)\.", prompt))
        ((held, forced),) = re.findall(r"holds relay ([A-Z]) (on|off) by hand", prompt)
        on |= dict.fromkeys(rules, False) | {held: forced == "on"}
        for _ in range(len(rules)):  # each round settles at least one relay more
            on |= {name: rule_holds(rule, on) for name, rule in rules.items() if name != held}
        asked = re.findall(r"Is relay ([A-Z]) on", prompt)[0]
        assert answer(row) == ("yes" if on[asked] else "no")


def test_the_broken_part_follows_from_the_tests() -> None:
    for row in rows("broken_part_in_a_chain"):
        chain = re.findall(r"passes it on to the next: ([^.]+)\.", row["prompt"])[0].replace(" and ", ", ").split(", ")
        tests = re.findall(r"fed into the (\w+) (comes|does not come) out of the (\w+)\.", row["prompt"])
        assert len(tests) == 4
        fitting = [
            part
            for part in chain
            if all((part in chain[chain.index(a) : chain.index(b) + 1]) == (how != "comes") for a, how, b in tests)
        ]
        assert fitting == [answer(row)]


@pytest.mark.parametrize("name", ["oldest_if_it_can_be_told"])
def test_the_first_follows_from_the_comparisons(name: str) -> None:
    for row in rows(name):
        told = re.findall(rf"{NAME} is (?:older|taller|heavier|faster) than {NAME}\.", row["prompt"])
        people = {who for pair in told for who in pair}
        unbeaten = people - {low for _, low in told}
        assert answer(row) == (unbeaten.pop() if len(unbeaten) == 1 else "It cannot be determined")
