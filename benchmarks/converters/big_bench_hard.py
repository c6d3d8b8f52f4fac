"""BIG-Bench Hard: one file a task, whose targets are options, yes or no, numbers or words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmarks.converters.choices import choice_item
from benchmarks.converters.rows import Item, LeftOut, Row, text

_NUMBER = re.compile(r"-?\d+", re.ASCII)
_LETTERED = re.compile(r"\(([A-Z])\) ?(.*)")
_DASHED = re.compile(r"- ?(.*)")
_OPTIONS = "\nOptions:\n"

# Tasks whose answers are one of two words that the question itself names.
_TWO_WORDS = {"boolean_expressions": ("True", "False")}


def bbh(stem: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`input, target`: options are taken out of the input; the file's stem is the task and the category."""
    for number, row in enumerate(rows, 1):
        yield _item(stem, f"bbh-{stem}-{number}", text(row, "input"), text(row, "target"))


def _item(task: str, item_id: str, asked: str, target: str) -> Item | LeftOut:
    question, _mark, listed = asked.rpartition(_OPTIONS)
    if not question:
        question, options = asked, [(word, word) for word in _TWO_WORDS.get(task, ())]
    else:
        options = _options(listed)
        if not options:
            return LeftOut("options that cannot be read")
    names = [name for name, _ in options]
    if {name.casefold() for name in names} == {"yes", "no"}:
        options = []
    if options:
        if target not in names:
            return LeftOut("the answer is none of the options")
        return choice_item(item_id, question, [option for _, option in options], names.index(target), task)
    kind = "boolean" if target.casefold() in ("yes", "no") else "number" if _NUMBER.fullmatch(target) else "text"
    return {
        "id": item_id,
        "task": "reasoning",
        "prompt": question,
        "expected": target.casefold() if kind == "boolean" else target,
        "answer_type": kind,
        "category": task,
    }


def _options(listed: str) -> list[tuple[str, str]]:
    """Each option as the target names it, with its text; none when a line is no option or a letter is out of order."""
    lines = [line.strip() for line in listed.split("\n") if line.strip()]
    lettered = [_LETTERED.fullmatch(line) for line in lines]
    found = [(f"({match[1]})", match[2].strip()) for match in lettered if match]
    in_order = [f"({chr(ord('A') + index)})" for index in range(len(lines))]
    if [name for name, _ in found] == in_order:
        return found
    dashed = [_DASHED.fullmatch(line) for line in lines]
    return [(match[1].strip(), match[1].strip()) for match in dashed if match] if all(dashed) else []
