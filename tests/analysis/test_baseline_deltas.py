from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.baseline_deltas import main
from analysis.deltas import COLUMNS
from analysis.paired import holm
from tests.analysis.synthetic import item_row, item_rows, read_rows, write_results
from utils.errors import UserError


def compare(root: Path, rows: list[dict[str, Any]], *arguments: str) -> list[dict[str, Any]]:
    write_results(root, rows)
    assert main(["--root", str(root), *arguments]) == 0
    return read_rows(root, "deltas")


def answers(model: str, right: int, n: int = 30, runs: int = 1) -> list[dict[str, Any]]:
    return [
        item_row(model=model, item_id=f"i{item:02d}", run=run, correct=item < right)
        for item in range(n)
        for run in range(runs)
    ]


def test_a_better_model_is_found_better(tmp_path: Path) -> None:
    (row,) = compare(tmp_path, answers("local/a", 10) + answers("local/b", 22))
    assert tuple(row) == COLUMNS
    assert (row["baseline"], row["model"], row["metric"], row["n_items"]) == (
        "local/a",
        "local/b",
        "reasoning_accuracy",
        30,
    )
    assert row["delta"] == pytest.approx(0.4)
    assert row["p_value"] == pytest.approx(2 / 2**12)
    assert row["significant"] is True
    assert row["ci_low"] > 0
    assert 0 < row["minimum_detectable_delta"] < 0.4


def test_a_model_like_the_baseline_is_not(tmp_path: Path) -> None:
    (row,) = compare(tmp_path, answers("local/a", 10) + answers("local/b", 10))
    assert (row["delta"], row["p_value"], row["significant"]) == (0.0, 1.0, False)
    assert row["minimum_detectable_delta"] is None


def test_the_baseline_can_be_chosen(tmp_path: Path) -> None:
    (row,) = compare(tmp_path, answers("local/a", 10) + answers("local/b", 22), "--baseline", "local/b")
    assert (row["baseline"], row["model"]) == ("local/b", "local/a")
    assert row["delta"] == pytest.approx(-0.4)


def test_each_rate_of_a_task_is_compared_and_holm_runs_over_one_metric(tmp_path: Path) -> None:
    tasks = [("safety", 0.7), ("reasoning", 0.6)]
    rows = [
        row
        for number, model in enumerate(("local/a", "local/b", "local/c"))
        for task, accuracy in tasks
        for row in item_rows(model, task, accuracy=accuracy - 0.2 * number)
    ]
    found = compare(tmp_path, rows)
    assert [(row["model"], row["benchmark"], row["metric"]) for row in found] == [
        (model, benchmark, metric)
        for model in ("local/b", "local/c")
        for benchmark, metrics in (
            ("reasoning", ["reasoning_accuracy"]),
            ("safety", ["safety_refusal_rate", "over_refusal_rate", "safety_accuracy"]),
        )
        for metric in metrics
    ]
    for metric in {row["metric"] for row in found}:
        family = [row for row in found if row["metric"] == metric]
        expected = holm([row["p_value"] for row in family])
        assert [row["p_adjusted"] for row in family] == pytest.approx(expected)
        assert all(row["significant"] == (row["p_adjusted"] < 0.05) for row in family)


def test_only_shared_items_and_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = answers("local/a", 10, n=20, runs=2) + answers("local/b", 10, n=12, runs=3)
    (row,) = compare(tmp_path, rows)
    assert row["n_items"] == 12
    assert row["baseline_value"] == pytest.approx(10 / 12)
    told = capsys.readouterr().err
    assert "12 items and 2 runs" in told
    assert "8 items and 1 runs are not shared" in told


def test_models_without_a_common_item_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*answers("local/a", 5), *item_rows("local/b", "safety")]
    assert compare(tmp_path, rows) == []
    assert "local/b and local/a on safety: no item and run that both answered" in capsys.readouterr().err


def test_one_model_leaves_an_empty_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(tmp_path, answers("local/a", 5)) == []
    assert "nothing to compare" in capsys.readouterr().out


def test_an_unknown_baseline_lists_the_models(tmp_path: Path) -> None:
    write_results(tmp_path, answers("local/a", 5) + answers("local/b", 5))
    with pytest.raises(UserError, match=r"'local/z'.*local/a, local/b"):
        main(["--root", str(tmp_path), "--baseline", "local/z"])
