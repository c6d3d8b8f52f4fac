"""Every answer of the reasoning items is worked out anew: from its `check`, and from its program if it has one."""

from __future__ import annotations

import contextlib
import datetime
import io
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from normalize.score import score
from utils.items import LETTERS, parse_item
from utils.layout import REPOSITORY

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (REPOSITORY / "benchmarks/reasoning.jsonl").read_text("utf-8").splitlines()
]
HAND_WRITTEN = [row for row in ROWS if not row["id"].startswith("reasoning-t-")]
FROM_TEMPLATES = [row for row in ROWS if row["id"].startswith("reasoning-t-")]
CHECKED = [row for row in ROWS if "check" in row]
PROGRAMS = [row for row in ROWS if "```python" in row["prompt"]]
LEADING = ["id", "task", "prompt", "expected", "answer_type"]
FURTHER = ["choices", "category", "cluster", "aliases", "difficulty", "check"]
# What a check may use: pure functions, so that a check cannot read a file or depend on the day it runs.
ALLOWED = (abs, all, any, enumerate, int, len, list, max, min, next, pow, range, sorted, set, str, sum, tuple, zip)


def derived(check: str) -> Any:
    names = {function.__name__: function for function in ALLOWED}
    modules = {"math": math, "itertools": itertools, "datetime": datetime, "Fraction": Fraction}
    return eval(check, {"__builtins__": names, **modules})


def agrees(row: dict[str, Any], value: Any) -> bool:
    """Whether a derived value (or a program's output) is the row's answer."""
    expected = row["expected"]
    if row["answer_type"] == "boolean":
        return str(value) == {"yes": "True", "no": "False"}[expected]
    if row["answer_type"] == "choice":
        expected = row["choices"][LETTERS.index(expected)]
    if isinstance(value, bool):
        return False
    return value == expected if isinstance(value, str) else Fraction(value) == Fraction(expected)


def other_answers(row: dict[str, Any]) -> list[str]:
    if row["answer_type"] == "choice":
        return [letter for letter in LETTERS[: len(row["choices"])] if letter != row["expected"]]
    if row["answer_type"] == "boolean":
        return ["no" if row["expected"] == "yes" else "yes"]
    if row["answer_type"] == "number":
        return [str(Fraction(row["expected"]) + step) for step in (1, -1, Fraction(1, 100))]
    return [row["expected"] + "x", row["expected"][1:]]


def printed(program: str) -> str:
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen):
        exec(program, {})
    return screen.getvalue().strip()


def failing(rows: list[dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> list[str]:
    return [row["id"] for row in rows if not holds(row)]


def test_the_check_gives_the_expected_answer() -> None:
    assert failing(CHECKED, lambda row: agrees(row, derived(row["check"]))) == []


def test_the_check_gives_no_other_answer() -> None:
    def holds(row: dict[str, Any]) -> bool:
        value = derived(row["check"])
        return not any(agrees({**row, "expected": other}, value) for other in other_answers(row))

    assert failing(CHECKED, holds) == []


@pytest.mark.parametrize("row", PROGRAMS, ids=lambda row: row["id"])
def test_the_program_in_the_prompt_prints_the_expected_answer(row: dict[str, Any]) -> None:
    (program,) = re.findall(r"```python\n(.*?)\n```", row["prompt"], re.DOTALL)
    assert agrees(row, printed(program))


def test_only_one_option_is_right() -> None:
    def holds(row: dict[str, Any]) -> bool:
        value = derived(row["check"])
        return sum(agrees({**row, "expected": letter}, value) for letter in LETTERS[: len(row["choices"])]) == 1

    assert failing([row for row in CHECKED if "choices" in row], holds) == []


def test_every_number_and_choice_has_a_check() -> None:
    kinds = ("number", "choice")
    assert [row["id"] for row in HAND_WRITTEN if row["answer_type"] in kinds and "check" not in row] == []


def test_half_of_the_items_are_hand_written_and_half_are_from_templates() -> None:
    assert len(HAND_WRITTEN) == len(FROM_TEMPLATES) == 200
    assert [row["id"] for row in HAND_WRITTEN] == [f"reasoning-{k:03d}" for k in range(1, 201)]
    assert all("cluster" not in row for row in HAND_WRITTEN)


def test_the_categories_are_of_like_size() -> None:
    sizes = Counter(row["category"] for row in ROWS)
    assert len(sizes) == 12
    assert min(sizes.values()) >= 32
    assert max(sizes.values()) <= 36


@pytest.mark.parametrize("rows", [HAND_WRITTEN, FROM_TEMPLATES], ids=["hand-written", "templates"])
def test_guessing_one_letter_or_one_word_gains_nothing(rows: list[dict[str, Any]]) -> None:
    letters = Counter(row["expected"] for row in rows if row["answer_type"] == "choice")
    words = Counter(row["expected"] for row in rows if row["answer_type"] == "boolean")
    assert set(letters) == set("ABCD")
    assert max(letters.values()) - min(letters.values()) <= 1
    assert words["yes"] == words["no"] == words.total() / 2


def test_weak_and_strong_models_both_find_items_of_their_level() -> None:
    levels = Counter(row["difficulty"] for row in ROWS)
    assert set(levels) == {1, 2, 3, 4, 5}
    assert levels[1] + levels[2] >= 40
    assert levels[4] + levels[5] >= len(ROWS) / 4


def test_the_expected_answer_is_read_as_right_and_another_one_as_wrong() -> None:
    def is_read_as_right(row: dict[str, Any], answer: str) -> bool:
        item = parse_item(row, Path("reasoning.jsonl"), 1)
        return score(item, f"It follows from what is given.\n\nAnswer: {answer}").correct

    for row in ROWS:
        for right in [row["expected"], *row.get("aliases", [])]:
            assert is_read_as_right(row, right), row["id"]
        # Only the first: a number rounded to the expected one's digits, or 8:34 for 08:34, is meant to be right.
        assert not is_read_as_right(row, other_answers(row)[0]), row["id"]


def test_fields_stand_in_the_order_of_the_contract() -> None:
    assert [row["id"] for row in ROWS if list(row) != LEADING + [name for name in FURTHER if name in row]] == []


def test_prompts_leave_options_and_the_answer_format_to_the_runner() -> None:
    for row in ROWS:
        assert not re.search(r"^\(?[A-D][).]\s", row["prompt"], re.MULTILINE), row["id"]
        assert "Answer:" not in row["prompt"], row["id"]
