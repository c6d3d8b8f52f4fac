"""Confidence from agreement among the runs of one item."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidence.agreement import INVALID, leave_one_out

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


def shares(predictions: list[str], items: list[int] | None = None) -> list[float | None]:
    """The shares, of runs of one item or of these."""
    names = sorted(set(predictions))
    codes = np.array([names.index(each) for each in predictions], np.intp)
    invalid = names.index(INVALID) if INVALID in names else None
    found = leave_one_out(np.array(items or [0] * len(predictions), np.intp), codes, invalid)
    return [None if np.isnan(value) else value for value in found.tolist()]


@pytest.mark.parametrize(("predictions", "wanted"), CASES)
def test_share_of_the_other_runs(predictions: list[str], wanted: list[float | None]) -> None:
    assert shares(predictions) == wanted


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", INVALID])), max_size=12))
def test_the_runs_of_another_item_make_no_difference(runs: list[tuple[int, str]]) -> None:
    together = shares([prediction for _, prediction in runs], [item for item, _ in runs])
    for item in range(4):
        own = [place for place, (each, _) in enumerate(runs) if each == item]
        assert [together[place] for place in own] == shares([runs[place][1] for place in own])


@given(st.lists(st.sampled_from(["a", "b", "c", "invalid"]), min_size=2, max_size=12))
def test_it_is_the_share_by_definition(predictions: list[str]) -> None:
    for index, own in enumerate(predictions):
        others = predictions[:index] + predictions[index + 1 :]
        agreeing = sum(own != "invalid" and other == own for other in others)
        assert shares(predictions)[index] == agreeing / len(others)
