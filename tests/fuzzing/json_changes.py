"""Changes to the values of a JSON document, which changes to its bytes rarely leave readable."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

# What stands where something else is expected.
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    "", " ", "\ud800", "\x00", "../x", "CON", "a/b", "=1+1", "\u202e", "e\u0301", "1e999", "٣", "9" * 5000, "x" * 300,
    [], {}, [None], [[]], [{}], {"": None}, ["a", 1], {"a": {"a": {}}},
)  # fmt: skip


def changed(data: bytes, longest: int, seed: int) -> bytes | None:
    """The document with one to three values changed; None where the bytes hold none, or it became too long.

    A document of several lines is one of JSON lines, of which one is changed.
    """
    chance = random.Random(seed)
    lines = data.splitlines() or [b""]
    place = chance.randrange(len(lines))
    whole = len(lines) == 1 or chance.random() < 0.2
    try:
        value = json.loads(data if whole else lines[place])
        for _ in range(chance.randint(1, 3)):
            value = _with_one_change(value, chance)
        new = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None
    if not whole:
        lines[place : place + 1] = [new] * chance.choice((0, 1, 1, 1, 1, 2))
        new = b"\n".join(lines)
    return new if len(new) <= longest else None


def _with_one_change(value: Any, chance: random.Random) -> Any:
    value = copy.deepcopy(value)
    places = _places(value)
    if not places:
        return copy.deepcopy(chance.choice(HOSTILE))
    outer, key = chance.choice(places)
    kind = chance.random()
    if kind < 0.5:
        outer[key] = copy.deepcopy(chance.choice(HOSTILE))
    elif kind < 0.65:
        del outer[key]
    elif kind < 0.8:  # another value of the same document, perhaps of another kind
        other, other_key = chance.choice(places)
        outer[key] = copy.deepcopy(other[other_key])
    elif kind < 0.9 and isinstance(outer, list):
        outer.insert(key, copy.deepcopy(outer[key]))
    elif kind < 0.9:
        outer[chance.choice(("", "\ud800", "../x", f"{key}2"))] = outer[key]
    else:
        outer[key] = [outer[key]] if chance.random() < 0.5 else {"a": outer[key]}
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each entry within the value, as the list or object it stands in and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *_places(value[key]))]
