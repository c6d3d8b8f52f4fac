"""Whether a model does better at what is shipped than at fresh items of the same templates."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.compare_fresh import gap, main, template_shares
from analysis.item_columns import columns_of_rows
from runners.aggregate_results import main as aggregate
from utils.errors import UserError

shares = st.dictionaries(st.sampled_from("abcdefgh"), st.fractions(0, 1, max_denominator=12))


def row(item: str, run: int, correct: bool) -> dict[str, object]:
    return {"model": "m/a", "benchmark": "b", "item_id": item, "run": run, "pair": None, "correct": correct}


def test_items_count_the_same_whatever_their_number_of_runs() -> None:
    rows = [row("i", 0, True), row("i", 1, True), row("i", 2, False), row("j", 0, False)]
    columns = columns_of_rows(rows, {("b", "i"): "t", ("b", "j"): "t"})
    assert template_shares(columns) == {"t": Fraction(1, 3)}


def test_the_gap_is_the_mean_difference_with_students_interval() -> None:
    shipped = {"a": Fraction(1), "b": Fraction(1, 2), "c": Fraction(3, 4), "only": Fraction(0)}
    fresh = {"a": Fraction(1, 2), "b": Fraction(1, 2), "c": Fraction(1, 4), "other": Fraction(1)}
    found = gap(shipped, fresh)
    assert found is not None
    assert (found.templates, found.shipped, found.fresh) == (3, 0.75, pytest.approx(5 / 12))
    low, high = stats.t.interval(0.95, 2, loc=-1 / 3, scale=stats.sem([-0.5, 0.0, -0.5]))
    assert (found.delta, found.low, found.high) == (pytest.approx(-1 / 3), pytest.approx(low), pytest.approx(high))


def test_without_a_shared_template_there_is_no_gap_and_with_one_no_interval() -> None:
    assert gap({"a": Fraction(1)}, {"b": Fraction(1)}) is None
    found = gap({"a": Fraction(1)}, {"a": Fraction(0)})
    assert found is not None
    assert (found.delta, found.low, found.high) == (-1.0, None, None)


@given(shares, shares)
def test_the_gap_changes_its_sign_with_the_order(one: dict[str, Fraction], other: dict[str, Fraction]) -> None:
    there, back = gap(one, other), gap(other, one)
    assert (there is None) == (back is None) == (not one.keys() & other.keys())
    if there is not None and back is not None:
        assert there.delta == pytest.approx(-back.delta)
        assert math.isclose(there.delta, there.fresh - there.shipped, abs_tol=1e-12)


def stored(root: Path, benchmarks: Path) -> None:
    """Responses of one model that knows two templates' shipped items, and half of the fresh ones."""
    folder = root / "submissions" / "demo__a"
    folder.mkdir(parents=True)
    benchmarks.mkdir()
    for name in ("reasoning", "fresh"):
        items = [
            {"id": f"{t}-{k}", "task": "reasoning", "prompt": f"{name} {t} {k}?", "expected": "1", "cluster": t}
            | {"answer_type": "number", "category": "c"}
            for t in ("one", "two")
            for k in range(2)
        ]
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (benchmarks / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        replies = [
            {"model": "demo/a", "benchmark": name, "item_id": item["id"], "run": 0}
            | {"response": "Answer: 1" if name == "reasoning" or item["id"].endswith("0") else "Answer: 2"}
            for item in items
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in replies), encoding="utf-8")


def test_the_stage_tells_each_models_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored(tmp_path, tmp_path / "benchmarks")
    aggregate(["--root", str(tmp_path), "--benchmarks-dir", str(tmp_path / "benchmarks")])
    capsys.readouterr()
    assert main(["fresh", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "demo/a: shipped 1.000, fresh 0.500, difference -0.500, 95% interval -0.500 to -0.500 (2 templates)" in out


def test_a_benchmark_that_was_not_asked_is_told_with_the_next_command(tmp_path: Path) -> None:
    stored(tmp_path, tmp_path / "benchmarks")
    aggregate(["--root", str(tmp_path), "--benchmarks-dir", str(tmp_path / "benchmarks")])
    with pytest.raises(UserError, match="auto_run_async --benchmarks reasoning other"):
        main(["other", "--root", str(tmp_path)])
