"""Converted items without those that the validator would call an error, each counted with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checks import answers, identical_prompts, repeated_ids
from benchmarks.converters.rows import Item, LeftOut
from utils.errors import InputError
from utils.items import parse_item

_HERE = Path("converted")
_REASONS = {"id": "an id that stood before", "prompt": "a prompt that stood before", "choices": "two equal options"}


@dataclass(frozen=True)
class Conversion:
    """The items that can be used, and for each reason how many rows make none."""

    items: tuple[Item, ...]
    left_out: tuple[tuple[str, int], ...]


def usable(converted: Iterable[Item | LeftOut]) -> Conversion:
    """The valid items in their order. A pair that has lost a twin is a pair no longer."""
    left_out: Counter[str] = Counter()
    items: dict[int, Item] = {}
    lines = []
    for number, value in enumerate(converted, 1):
        if isinstance(value, LeftOut):
            left_out[value.reason] += 1
            continue
        try:
            lines.append((number, parse_item(value, _HERE, number)))
            items[number] = value
        except InputError as error:
            left_out[f"no valid {error.field or 'item'}"] += 1
    for check in (repeated_ids, answers, identical_prompts):
        for problem in list(check(lines)):
            if problem.line in items:
                del items[problem.line]
                left_out[_REASONS.get(problem.field or "", f"no valid {problem.field}")] += 1
        lines = [(number, item) for number, item in lines if number in items]
    members = Counter(item.pair for _, item in lines if item.pair is not None)
    whole = (_without_broken_pair(item, members) for item in items.values())
    return Conversion(tuple(whole), tuple(sorted(left_out.items())))


def _without_broken_pair(item: Item, members: Counter[str]) -> Item:
    if "pair" in item and members[item["pair"]] != 2:
        return {field: value for field, value in item.items() if field != "pair"}
    return item
