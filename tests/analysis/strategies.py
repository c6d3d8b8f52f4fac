"""Hypothesis strategies for answers, confidences and clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray


@dataclass(frozen=True)
class Answers:
    """Answers with a confidence each, in clusters."""

    confidence: NDArray[np.float64]
    correct: NDArray[np.float64]
    clusters: NDArray[np.int64]


# Multiples of a tenth lie on the edges of bins, 0.05 is what models say, the rest is what log probabilities give.
CONFIDENCES = st.one_of(
    st.integers(0, 10).map(lambda tenths: tenths / 10),
    st.integers(0, 20).map(lambda twentieths: twentieths / 20),
    st.floats(0, 1, allow_subnormal=False),
)


@st.composite
def answers(draw: st.DrawFn, min_size: int = 1, max_size: int = 40) -> Answers:
    """Some answers; clusters are codes from 0 on without gaps."""
    size = draw(st.integers(min_size, max_size))
    confidence = draw(st.lists(CONFIDENCES, min_size=size, max_size=size))
    correct = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    clusters = draw(st.lists(st.integers(0, max(size // 2, 1)), min_size=size, max_size=size))
    codes = np.unique(np.array(clusters, dtype=np.int64), return_inverse=True)[1]
    return Answers(np.array(confidence, dtype=np.float64), np.array(correct, dtype=np.float64), codes)


@st.composite
def run_answers(draw: st.DrawFn, min_runs: int = 2) -> NDArray[np.int64]:
    """Answer codes of some items in some runs; -1 is unparsed."""
    n_items, n_runs = draw(st.integers(1, 12)), draw(st.integers(min_runs, 6))
    rows = st.lists(st.integers(-1, 2), min_size=n_runs, max_size=n_runs)
    return np.array(draw(st.lists(rows, min_size=n_items, max_size=n_items)), dtype=np.int64)
