"""Confidence from token log probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidence.logprob import sequence_confidence


def tokens(*logprobs: float) -> list[dict[str, object]]:
    return [{"token": "x", "logprob": value} for value in logprobs]


@pytest.mark.parametrize("absent", [None, []])
def test_without_tokens_there_is_none(absent: list[dict[str, object]] | None) -> None:
    assert sequence_confidence(absent) is None


def test_it_is_the_geometric_mean_of_the_probabilities() -> None:
    assert sequence_confidence(tokens(math.log(0.5), math.log(0.125))) == pytest.approx(0.25)


def test_length_alone_does_not_lower_it() -> None:
    assert sequence_confidence(tokens(*[math.log(0.9)] * 500)) == pytest.approx(0.9)


def test_a_token_of_probability_zero_makes_it_zero() -> None:
    assert sequence_confidence(tokens(-0.1, -math.inf)) == 0.0


def test_a_log_probability_above_zero_counts_as_certain() -> None:
    assert sequence_confidence(tokens(1e-9)) == 1.0


def test_not_a_number_is_undefined() -> None:
    assert sequence_confidence(tokens(-0.1, math.nan)) is None


@given(st.lists(st.floats(-1e6, 1e-6), min_size=1, max_size=50))
def test_it_is_a_probability_and_independent_of_order(values: list[float]) -> None:
    found = sequence_confidence(tokens(*values))
    assert found is not None
    assert 0 <= found <= 1
    assert found == sequence_confidence(tokens(*sorted(values)))
