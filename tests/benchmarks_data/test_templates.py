"""Each template over many seeds: both computations agree, and what it asks is a valid, readable item."""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.checks import answers, leaked_answers
from benchmarks.instances import OPTIONS, instances
from benchmarks.templates import TEMPLATES
from benchmarks.templates.question import Draws, Template, clock_aliases, decimal
from benchmarks.templates.words import NAMES
from utils.items import ANSWER_TYPES, LETTERS, parse_item

SEEDS = range(30)

# Words before a number of one, or a plural after it, that would betray a sentence put together by a machine.
CLUMSY = re.compile(
    r"(?<![.\d])1 (?!and\b|to\b|is\b|on\b|from\b|point\b)[a-z]+s\b|\ba [aeio][a-z]"
    r"|[{}]|\bNone\b|\bFraction\b|  +[A-Z]|\.\.|,,| ,|\( "
)
FITTING = ("a one", "a once")


def draws(seed: int) -> Draws:
    return Draws(np.random.Generator(np.random.PCG64(seed)))


@pytest.fixture(scope="module")
def rows_of() -> dict[str, list[dict[str, Any]]]:
    """The items of each template, one of every seed."""
    return {made.name: [instances(seed, 1, [made])[0] for seed in SEEDS] for made in TEMPLATES}


@pytest.mark.parametrize("made", TEMPLATES, ids=lambda made: made.name)
class TestEveryTemplate:
    def test_both_computations_agree(self, made: Template) -> None:
        # What `instances` picks is asserted there; here is also what it passes over.
        source = draws(1)
        found = [question for question in (made.draw(source) for _ in range(300)) if question is not None]
        assert [question for question in found if question.answer != question.second] == []

    def test_its_items_are_valid(self, made: Template, rows_of: dict[str, list[dict[str, Any]]]) -> None:
        lines = [(k, parse_item(row, Path("t.jsonl"), k)) for k, row in enumerate(rows_of[made.name], start=1)]
        assert list(answers(lines)) == []
        assert list(leaked_answers(lines)) == []
        assert {item.cluster for _, item in lines} == {made.name}
        assert {item.answer_type for _, item in lines} == {made.answer_type}
        assert made.answer_type in ANSWER_TYPES
        assert 1 <= made.difficulty <= 5

    def test_its_options_differ_and_one_is_right(
        self, made: Template, rows_of: dict[str, list[dict[str, Any]]]
    ) -> None:
        for row in rows_of[made.name]:
            options = row.get("choices", [])
            assert len({" ".join(option.casefold().split()) for option in options}) == len(options)
            assert len(options) == (OPTIONS if made.answer_type == "choice" else 0)
            assert all(option.strip() for option in options)

    def test_its_prompts_read_well(self, made: Template, rows_of: dict[str, list[dict[str, Any]]]) -> None:
        for row in rows_of[made.name]:
            text = re.sub(r"```.*?```", "", row["prompt"], flags=re.DOTALL)
            clumsy = [match[0] for match in CLUMSY.finditer(text) if not match[0].startswith(FITTING)]
            assert clumsy == [], row["prompt"]
            assert re.search(r"[?.]$", row["prompt"]), row["prompt"]

    def test_other_seeds_ask_other_questions(self, made: Template, rows_of: dict[str, list[dict[str, Any]]]) -> None:
        prompts = [row["prompt"] for row in rows_of[made.name]]
        assert len(set(prompts)) > 0.8 * len(prompts)
        if made.answer_type in ("number", "text"):
            assert len({row["expected"] for row in rows_of[made.name]}) >= 5

    def test_neither_yes_nor_a_letter_is_always_right(
        self, made: Template, rows_of: dict[str, list[dict[str, Any]]]
    ) -> None:
        counts = Counter(row["expected"] for row in rows_of[made.name])
        if made.answer_type == "boolean":
            assert min(counts["yes"], counts["no"]) >= len(SEEDS) // 6
        if made.answer_type == "choice":
            assert set(counts) == set(LETTERS[:OPTIONS])


def test_the_programs_print_what_is_expected(rows_of: dict[str, list[dict[str, Any]]]) -> None:
    rows = [row for rows in rows_of.values() for row in rows if "```python" in row["prompt"]]
    assert len(rows) >= 4 * len(SEEDS)
    for row in rows:
        (program,) = re.findall(r"```python\n(.*?)\n```", row["prompt"], re.DOTALL)
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            exec(program, {})
        letter = row["expected"]
        expected = row["choices"][LETTERS.index(letter)] if "choices" in row else letter
        assert screen.getvalue().strip() == expected


def test_the_names_are_different_words() -> None:
    assert len({name.casefold() for name in NAMES}) == len(NAMES) >= 60


def test_every_template_has_a_name_of_its_own_and_they_cover_twelve_categories() -> None:
    assert len({made.name for made in TEMPLATES}) == len(TEMPLATES) >= 50
    assert len({made.category for made in TEMPLATES}) == 12


def test_at_least_a_quarter_of_the_templates_is_hard() -> None:
    assert sum(made.difficulty >= 4 for made in TEMPLATES) >= len(TEMPLATES) / 4


class TestDraws:
    def test_a_seed_gives_these_very_numbers_on_every_machine(self) -> None:
        source = draws(5)
        assert source.integers(6, 1, 100) == [33, 62, 93, 31, 10, 40]
        assert source.shuffled("abcdef") == ["a", "b", "c", "f", "e", "d"]

    def test_both_ends_are_reached_and_nothing_beyond(self) -> None:
        source = draws(0)
        assert set(source.integers(200, -2, 2)) == {-2, -1, 0, 1, 2}

    def test_some_options_are_different_ones(self) -> None:
        source = draws(0)
        assert all(len(set(source.some(range(5), 4))) == 4 for _ in range(50))


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("5/2", None, "2.5"), ("3", None, "3"), ("-1/8", None, "-0.125"), ("5/2", 2, "2.50"), ("-1/20", 2, "-0.05")],
)
def test_a_decimal_is_written_in_full(value: str, places: int | None, text: str) -> None:
    assert decimal(Fraction(value), places) == text


@pytest.mark.parametrize(("value", "places"), [("1/3", None), ("1/8", 2)])
def test_a_decimal_is_never_rounded(value: str, places: int | None) -> None:
    with pytest.raises(ValueError, match="decimal"):
        decimal(Fraction(value), places)


@pytest.mark.parametrize(
    ("minutes", "aliases"),
    [(0, ("0:00", "12:00 am")), (545, ("9:05", "9:05 am")), (720, ("12:00 pm",)), (1439, ("11:59 pm",))],
)
def test_a_time_may_be_given_in_other_ways(minutes: int, aliases: tuple[str, ...]) -> None:
    assert clock_aliases(minutes) == aliases
