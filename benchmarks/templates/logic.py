"""Templates of logic: the first answer is what was drawn or is known from the books, the second what a search finds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from benchmarks.templates.question import Draws, Question, listed, template, yes_no
from benchmarks.templates.words import COLOURS, NAMES, NONSENSE

# Two premises about A, B and C and a conclusion, with the verdict of Aristotle's syllogisms (every kind has members).
# X and Y stand for the two kinds of the conclusion, M for the kind that stands in both premises.
_FORMS = (
    (("all", "M", "Y"), ("all", "X", "M"), ("all", "X", "Y"), True),  # Barbara
    (("no", "M", "Y"), ("all", "X", "M"), ("no", "X", "Y"), True),  # Celarent
    (("all", "M", "Y"), ("some", "X", "M"), ("some", "X", "Y"), True),  # Darii
    (("no", "Y", "M"), ("some", "X", "M"), ("some not", "X", "Y"), True),  # Festino
    (("all", "Y", "M"), ("some not", "X", "M"), ("some not", "X", "Y"), True),  # Baroco
    (("all", "M", "Y"), ("all", "M", "X"), ("some", "X", "Y"), True),  # Darapti
    (("some not", "M", "Y"), ("all", "M", "X"), ("some not", "X", "Y"), True),  # Bocardo
    (("all", "Y", "M"), ("all", "X", "M"), ("some", "X", "Y"), False),  # undistributed middle
    (("all", "Y", "M"), ("some", "X", "M"), ("some", "X", "Y"), False),
    (("all", "M", "Y"), ("no", "X", "M"), ("no", "X", "Y"), False),  # illicit major
    (("some", "M", "Y"), ("all", "X", "M"), ("some", "X", "Y"), False),
    (("all", "M", "Y"), ("all", "M", "X"), ("all", "X", "Y"), False),  # illicit minor
    (("some not", "M", "Y"), ("all", "X", "M"), ("some not", "X", "Y"), False),
    (("all", "M", "Y"), ("some not", "X", "M"), ("some not", "X", "Y"), False),
)


@template("logic", 3, "boolean")
def nonsense_syllogism(draws: Draws) -> Question:
    """Two steps (join the premises, look for a counterexample) and a trap: most fallacies sound valid."""
    kinds = dict(zip("XMY", draws.some(NONSENSE, 3), strict=True))
    major, minor, conclusion, follows = draws.pick(_FORMS)
    premises = draws.shuffled((major, minor))
    first, second, claim = (_sentence(form, kinds) for form in (*premises, conclusion))
    return Question(
        prompt=f"{first[0].upper()}{first[1:]}. {second[0].upper()}{second[1:]}. There is at least one "
        f"{kinds['X'][0]}, one {kinds['M'][0]} and one {kinds['Y'][0]}. Does it follow for certain that {claim}?",
        answer=yes_no(follows),
        second=yes_no(_holds_in_every_world(major, minor, conclusion)),
    )


@template("logic", 4, "choice")
def truth_tellers_and_liars(draws: Draws) -> Question | None:
    """Six steps: suppose one speaker's kind, follow it through the three statements, then the other kind."""
    people = draws.some(NAMES, 3)
    kinds = tuple(draws.pick((True, False)) for _ in people)
    statements = [_statement(draws, speaker, people, kinds) for speaker in range(3)]
    worlds = [
        world
        for world in itertools.product((True, False), repeat=3)
        if all(claim(world) == told for (_, claim), told in zip(statements, world, strict=True))
    ]
    if len(worlds) != 1 or len({text for text, _ in statements}) < 3:
        return None
    said = [f'{name} says: "{text}"' for name, (text, _) in zip(people, statements, strict=True)]
    others = [world for world in itertools.product((True, False), repeat=3) if world != kinds]
    near = sorted(others, key=lambda world: sum(a != b for a, b in zip(world, kinds, strict=True)))
    return Question(
        prompt=f"On an island everybody either always tells the truth or always lies. {' '.join(said)} Who of the "
        "three "
        "tells the truth?",
        answer=_tellers(people, kinds),
        second=" / ".join(_tellers(people, world) for world in worlds),
        wrong=tuple(_tellers(people, world) for world in draws.some(near[:5], 3)),
    )


@template("logic", 4, "choice")
def one_true_label(draws: Draws) -> Question | None:
    """Five steps: try each of four places, count its true labels, and compare."""
    colours = draws.some(COLOURS, 4)
    prize = draws.pick(("ring", "letter", "passport", "coin"))
    number, place = draws.pick((1, 2, 3)), draws.integer(0, 3)
    labels = [draws.pick(((True, draws.some(range(4), 2)), (False, draws.some(range(4), 1)))) for _ in range(4)]
    named = [frozenset(where) if says else frozenset(range(4)) - set(where) for says, where in labels]
    if len(set(named)) < 4 or [k for k in range(4) if sum(k in places for places in named) == number] != [place]:
        return None
    texts = []
    for box, (says, where) in enumerate(labels):
        names = listed([f"the {colours[k]} box" for k in where], "or")
        texts.append(f'On the {colours[box]} box: "The {prize} is {"" if says else "not "}in {names}."')
    counts = [[says == (k in where) for says, where in labels].count(True) for k in range(4)]
    amount = {1: "Only one of the four labels is", 2: "Exactly two of the labels are", 3: "Three of the labels are"}
    rest = "the others are false" if number < 3 else "one is false"
    return Question(
        prompt=f"A {prize} lies in one of four boxes, and each box bears a label. {' '.join(texts)} {amount[number]} "
        f"true; {rest}. Which box holds the {prize}?",
        answer=f"the {colours[place]} box",
        second=" / ".join(f"the {colours[k]} box" for k in range(4) if counts[k] == number),
        wrong=tuple(f"the {colours[k]} box" for k in range(4) if k != place),
    )


def _sentence(form: tuple[str, str, str], kinds: dict[str, tuple[str, str]]) -> str:
    quantity, left, right = form
    if quantity == "some not":
        return f"some {kinds[left][1]} are not {kinds[right][1]}"
    return f"{quantity} {kinds[left][1]} are {kinds[right][1]}"


def _holds_in_every_world(*forms: tuple[str, str, str]) -> bool:
    """Whether every set of beings with members of all kinds that fits the first two forms fits the third."""
    beings = list(itertools.product((True, False), repeat=3))

    def fits(form: tuple[str, str, str], world: Sequence[tuple[bool, ...]]) -> bool:
        quantity, left, right = form
        rights = [being["XMY".index(right)] for being in world if being["XMY".index(left)]]
        return {"all": all(rights), "no": not any(rights), "some": any(rights), "some not": not all(rights)}[quantity]

    worlds = [
        [being for being, stands in zip(beings, mask, strict=True) if stands]
        for mask in itertools.product((True, False), repeat=8)
    ]
    full = [world for world in worlds if all(any(being[k] for being in world) for k in range(3))]
    return all(fits(forms[2], world) for world in full if fits(forms[0], world) and fits(forms[1], world))


def _statement(
    draws: Draws, speaker: int, people: Sequence[str], kinds: Sequence[bool]
) -> tuple[str, Callable[[Sequence[bool]], bool]]:
    """Something that the speaker can say, being of that kind: true for a truth-teller, false for a liar."""
    one, other = draws.shuffled([k for k in range(3) if k != speaker])
    possible: list[tuple[str, Callable[[Sequence[bool]], bool]]] = [
        (f"{people[one]} lies.", lambda world: not world[one]),
        (f"{people[one]} tells the truth.", lambda world: world[one]),
        (f"{people[one]} and {people[other]} are of the same kind.", lambda world: world[one] == world[other]),
        (f"{people[one]} and I are of the same kind.", lambda world: world[one] == world[speaker]),
        (f"{people[one]} and I are of different kinds.", lambda world: world[one] != world[speaker]),
        ("Exactly one of us three lies.", lambda world: sum(world) == 2),
        ("At least two of us three lie.", lambda world: sum(world) <= 1),
        (
            f"{people[one]} lies, or {people[other]} tells the truth, or both.",
            lambda world: not world[one] or world[other],
        ),
    ]
    return draws.pick([said for said in possible if said[1](kinds) == kinds[speaker]])


def _tellers(people: Sequence[str], kinds: Sequence[bool]) -> str:
    telling = [name for name, tells in zip(people, kinds, strict=True) if tells]
    if len(telling) == 3:
        return "all three"
    return f"only {telling[0]}" if len(telling) == 1 else listed(telling) if telling else "none of them"


TEMPLATES = (nonsense_syllogism, truth_tellers_and_liars, one_true_label)
