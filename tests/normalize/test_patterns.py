"""The tables of patterns: each row fires on its own example, and has a weight on its side."""

from __future__ import annotations

import pytest

from normalize.clarification import TABLE as CLARIFICATION
from normalize.fit_weights import prior_model
from normalize.pattern_search import find_hits
from normalize.patterns import LinearModel, load_model, load_patterns
from normalize.refusal import TABLE as REFUSAL
from normalize.text import canonical

TABLES = (REFUSAL, CLARIFICATION)
ROWS = [(table, pattern.name) for table in TABLES for pattern in load_patterns(table)]


@pytest.mark.parametrize(("table", "name"), ROWS)
def test_row_fires_on_its_example(table: str, name: str) -> None:
    example = next(pattern.example for pattern in load_patterns(table) if pattern.name == name)
    assert name in {hit.name for hit in find_hits(table, canonical(example).lower.strip())}


@pytest.mark.parametrize("table", TABLES)
def test_names_are_unique_and_weighted(table: str) -> None:
    names = [pattern.name for pattern in load_patterns(table)]
    assert len(set(names)) == len(names)
    assert set(load_model(table).weights) == set(prior_model(table).weights) >= set(names)


@pytest.mark.parametrize(("table", "first"), [(REFUSAL, "refuse"), (CLARIFICATION, "clarify")])
def test_weights_speak_for_the_side_of_their_row(table: str, first: str) -> None:
    weights = load_model(table).weights
    for pattern in load_patterns(table):
        assert weights[pattern.name] >= 0 if pattern.side == first else weights[pattern.name] <= 0, pattern.name


def test_vote_is_the_sum_of_what_fired() -> None:
    model = LinearModel(-1.0, {"a": 2.0, "b": -0.5})
    assert model.total(["a", "b", "unknown"]) == 0.5


def test_hit_says_where_it_fired() -> None:
    text = "well, dear baker. i can't help with that."
    hit = next(hit for hit in find_hits(REFUSAL, text) if hit.name == "cannot_help")
    assert text[hit.start : hit.end] == "i can't help"
