"""Confidence from agreement among the runs of one item."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidence.agreement import leave_one_out

CASES = [
    ([], []),
    (["a"], [None]),
    (["a", "a"], [1.0, 1.0]),
    (["a", "b"], [0.0, 0.0]),
    (["a", "a", "b"], [0.5, 0.5, 0.0]),
    (["invalid", "invalid", "a"], [0.0, 0.0, 0.0]),
    (["invalid", "a", "a"], [0.0, 0.5, 0.5]),
    (["invalid"], [None]),
]


@pytest.mark.parametrize(("predictions", "wanted"), CASES)
def test_share_of_the_other_runs(predictions: list[str], wanted: list[float | None]) -> None:
    assert leave_one_out(predictions) == wanted


@given(st.lists(st.sampled_from(["a", "b", "c", "invalid"]), min_size=2, max_size=12))
def test_it_is_the_share_by_definition(predictions: list[str]) -> None:
    for index, own in enumerate(predictions):
        others = predictions[:index] + predictions[index + 1 :]
        agreeing = sum(own != "invalid" and other == own for other in others)
        assert leave_one_out(predictions)[index] == agreeing / len(others)
