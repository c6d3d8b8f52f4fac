"""The rows of consistency_items, written from columns, are those that one counts by hand."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from analysis.consistency_items import answers_part, columns_for, item_answers
from analysis.item_columns import columns_of_rows
from tests.analysis.synthetic import item_row

# (item, run) to the prediction; "4" is right.
answers = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 3)), st.sampled_from(["4", "5", 'a "b"', "é", "50%s"]), min_size=1
)


@given(answers)
def test_items_stand_with_their_counts_and_predictions_those_that_flip_most_first(
    answers: dict[tuple[str, int], str],
) -> None:
    rows = [
        item_row(item_id=item, run=run, prediction=said, correct=said == "4") for (item, run), said in answers.items()
    ]
    (columns,) = columns_of_rows(rows)
    expected = []
    for item in sorted({item for item, _ in answers}):
        own = [said for (name, _), said in answers.items() if name == item]
        n_right = own.count("4")
        names = ("local/a", "reasoning", "reasoning", item, "arithmetic", "4")
        counts = (n_right, min(n_right, len(own) - n_right), len(set(own)))
        expected.append((*names, *counts, *(answers.get((item, run)) for run in range(4))))
    expected.sort(key=lambda row: (-row[7], -row[8], row[3]))
    part = answers_part(item_answers(columns), range(4))
    found = json.loads(f"[{part.json.decode()}]")
    assert [tuple(row) for row in found] == [columns_for(range(4))] * len(expected)
    assert [tuple(row.values()) for row in found] == expected
