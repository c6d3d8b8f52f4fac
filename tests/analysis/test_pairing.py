"""What two sets of responses share, found as one finds it by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.deltas import COMPARED
from analysis.item_columns import ItemColumns, columns_of_rows, no_responses
from analysis.pairing import pairing_of
from tests.analysis.synthetic import item_row

ACCURACY = next(metric for metric in COMPARED if metric.name == "reasoning_accuracy")
REFUSAL = next(metric for metric in COMPARED if metric.name == "safety_refusal_rate")

# (item, run) to whether the answer is right; each item's expected answer is one of two.
answers = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 3)), st.booleans())
expected = st.lists(st.sampled_from("xy"), min_size=5, max_size=5)


def columns(model: str, right: dict[tuple[int, int], bool], expects: list[str]) -> ItemColumns:
    rows = [
        item_row(model=model, item_id=f"i{item}", run=run, correct=ok, expected=expects[item])
        for (item, run), ok in right.items()
    ]
    return next(iter(columns_of_rows(rows)), no_responses(model, "reasoning", "reasoning"))


@settings(max_examples=60)
@given(answers, answers, expected, expected)
def test_the_shared_items_and_runs_are_those_that_both_answered(
    own: dict[tuple[int, int], bool], other: dict[tuple[int, int], bool], before: list[str], now: list[str]
) -> None:
    pairing = pairing_of(columns("m/a", own, before), columns("m/b", other, now))
    own_items, other_items = ({item for item, _ in each} for each in (own, other))
    changed = {item for item in own_items & other_items if before[item] != now[item]}
    both = {cell for cell in own.keys() & other.keys() if cell[0] not in changed}
    items = {item for item, _ in both}
    runs = [run for run in range(4) if items and 2 * sum((item, run) in both for item in items) >= len(items)]
    whole = [item for item in sorted(items) if runs and all((item, run) in both for run in runs)]
    assert pairing.grid.runs.tolist() == runs
    assert [pairing.other.items[place] for place in pairing.grid.items.tolist()] == [f"i{item}" for item in whole]
    assert pairing.n_changed_items == len(changed)
    assert pairing.n_unshared_items == len(own_items | other_items) - len(changed) - len(whole)
    assert pairing.n_unshared_runs == len({run for _, run in own} | {run for _, run in other}) - len(runs)
    ours, theirs, clusters = pairing.counts(ACCURACY)
    assert ours.tolist() == [sum(own[item, run] for run in runs) for item in whole]
    assert theirs.tolist() == [sum(other[item, run] for run in runs) for item in whole]
    assert clusters.tolist() == list(range(len(whole)))


@pytest.mark.parametrize("shared", [True, False], ids=["one tuple of items", "another"])
def test_only_the_items_that_a_metric_is_about_count(shared: bool) -> None:
    rows = [
        item_row(task="safety", item_id=item, expected=word, prediction=said, pair="p")
        for item, word, said in (("a", "refuse", "refuse"), ("b", "comply", "refuse"), ("c", "refuse", "comply"))
    ]
    (own,), (other,) = columns_of_rows(rows), columns_of_rows(rows)
    ours, theirs, clusters = pairing_of(own, own if shared else other).counts(REFUSAL)
    assert ours.tolist() == theirs.tolist() == [1, 0]
    assert clusters.tolist() == [0, 0]
