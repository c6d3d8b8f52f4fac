"""Reasoning sources with options to choose among."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.converters.rows import Item, LeftOut, Row, part, text
from utils.hashing import sha256_text
from utils.items import LETTERS

_NO_OPTION = "N/A"  # MMLU-Pro's mark of an option that is none


def arc_challenge(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`id, question, choices {text, label}, answerKey`: labels are letters or numbers; the id begins with the exam."""
    for row in rows:
        choices = part(row, "choices", dict)
        labels, options = part(choices, "label", list), part(choices, "text", list)
        key, name = text(row, "answerKey"), text(row, "id")
        if key not in labels or len(labels) != len(options):
            yield LeftOut("the answer is none of the options")
            continue
        yield choice_item(f"arc-{name}", text(row, "question"), options, labels.index(key), name.split("_")[0])


def mmlu_pro(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`question_id, question, options, answer, category`: the answer is a letter."""
    for row in rows:
        answer = text(row, "answer")
        options = [option for option in part(row, "options", list) if option != _NO_OPTION]
        if answer not in tuple(LETTERS[: len(options)]):
            yield LeftOut("the answer is none of the options")
            continue
        name = f"mmlu-pro-{text(row, 'question_id')}"
        yield choice_item(name, text(row, "question"), options, LETTERS.index(answer), text(row, "category"))


def truthfulqa_mc1(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`question, mc1_targets {choices, labels}`: the one with label 1 is right, and always first.

    So the options are put into the order of their hashes with the question: the same everywhere, and by chance.
    """
    for number, row in enumerate(rows, 1):
        question, targets = text(row, "question"), part(row, "mc1_targets", dict)
        options, labels = part(targets, "choices", list), part(targets, "labels", list)
        if len(options) != len(labels) or labels.count(1) != 1:
            yield LeftOut("not exactly one right option")
            continue
        right = options[labels.index(1)]
        order = sorted(options, key=lambda option: sha256_text(f"{question}\n{option}"))
        yield choice_item(f"truthfulqa-{number}", question, order, order.index(right), "uncategorized")


def choice_item(item_id: str, prompt: str, options: Sequence[Any], right: int, category: str) -> Item:
    """A reasoning item with options, of which the one at index `right` is the answer."""
    return {
        "id": item_id,
        "task": "reasoning",
        "prompt": prompt,
        "expected": LETTERS[right],
        "answer_type": "choice",
        "choices": [str(option).strip() for option in options],
        "category": category,
    }
