"""Makes items from the templates: from a seed, the same ones on every machine, each of them once."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.templates import TEMPLATES
from benchmarks.templates.question import Draws, Question, Template
from utils.errors import UserError
from utils.items import LETTERS

SHIPPED_SEED = 2026  # of the items `reasoning-t-...` in benchmarks/reasoning.jsonl
SHIPPED_EACH = 4
OPTIONS = 4
_TRIES = 20_000  # draws for one question; the most demanding template needs some 300 on average

Row = dict[str, Any]


def instances(seed: int, each: int, templates: Sequence[Template] = TEMPLATES) -> list[Row]:
    """`each` items of every template, none of which asks what a shipped one asks (unless the seed is the shipped one).

    Args:
        seed: 0 or more.
        each: how many of each template.

    Raises:
        UserError: a template does not have that many different questions.
        AssertionError: the two computations of an answer differ.
    """
    return [row for made in templates for row in _of_template(made, seed, each)]


def _of_template(made: Template, seed: int, each: int) -> Iterator[Row]:
    """The items of one template: the right options spread evenly over the letters, as many yes as no."""
    taken = set() if seed == SHIPPED_SEED else set(_shipped_prompts(made))
    entropy = [seed, int.from_bytes(hashlib.sha256(made.name.encode()).digest()[:8], "big")]
    draws = Draws(np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy))))
    wanted: list[str] = []
    for number in range(1, each + 1):
        wanted = wanted or draws.shuffled(("yes", "no") if made.answer_type == "boolean" else LETTERS[:OPTIONS])
        question = _fresh(made, draws, wanted[0], taken)
        if question is None:
            raise UserError(
                f"template '{made.name}' has no more than {number - 1} different questions left; give a smaller "
                "--per-template"
            )
        assert question.answer == question.second, f"{made.name}: {question}"
        taken.add(question.prompt)
        yield _row(made, number, question, wanted.pop(0), draws)


@functools.cache
def _shipped_prompts(made: Template) -> frozenset[str]:
    return frozenset(row["prompt"] for row in _of_template(made, SHIPPED_SEED, SHIPPED_EACH))


def _fresh(made: Template, draws: Draws, wanted: str, taken: set[str]) -> Question | None:
    for _ in range(_TRIES):
        question = made.draw(draws)
        if question is None or question.prompt in taken:
            continue
        if made.answer_type == "boolean" and question.answer != wanted:
            continue
        if made.answer_type == "choice" and len(_wrong(question)) < OPTIONS - 1:
            continue
        return question
    return None


def _wrong(question: Question) -> list[str]:
    """The first wrong options that differ from each other and from the right one."""
    return [text for text in dict.fromkeys(question.wrong) if text != question.answer][: OPTIONS - 1]


def _row(made: Template, number: int, question: Question, letter: str, draws: Draws) -> Row:
    row: Row = {
        "id": f"reasoning-t-{made.name}-{number}",
        "task": "reasoning",
        "prompt": question.prompt,
        "expected": letter if made.answer_type == "choice" else question.answer,
        "answer_type": made.answer_type,
    }
    if made.answer_type == "choice":
        options = draws.shuffled(_wrong(question))
        options.insert(LETTERS.index(letter), question.answer)
        row["choices"] = options
    row |= {"category": made.category, "cluster": made.name}
    if question.aliases:
        row["aliases"] = list(question.aliases)
    return {**row, "difficulty": made.difficulty}
