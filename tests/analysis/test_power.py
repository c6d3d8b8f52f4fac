from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.power import main
from tests.analysis.synthetic import item_row, item_rows, write_results
from utils.errors import UserError


def plan(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def figures(told: str, runs: int) -> list[list[str]]:
    """The cells of the rows of so many runs: runs, items, responses, cost, least detectable."""
    cells = [line.replace(",", "").split() for line in told.splitlines()]
    return [row for row in cells if row[:1] == [str(runs)]]


def priced(model: str, price: float | None, **design: Any) -> list[dict[str, Any]]:
    return [row | {"cost_usd": price} for row in item_rows(model, "reasoning", n_items=60, **design)]


def test_without_results_the_assumptions_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    told = plan(capsys, "--delta", "0.03", "--accuracy", "0.5", "--correlation", "0", "--run-share", "0.5")
    assert "assumed" in told
    assert "correlated by 0," in told
    # 7.849 = (1.95996 + 0.84162)^2 times 0.25 + 0.25/K, over 0.03 squared
    assert figures(told, 1) == [["1", "4361", "8722", "unknown", "0.099"]]
    assert figures(told, 5) == [["5", "2617", "26170", "unknown", "0.077"]]
    assert "still take 2,181 items" in told


def test_the_usual_table_needs_no_flags(capsys: pytest.CaptureFixture[str]) -> None:
    told = plan(capsys)
    assert [len(figures(told, runs)) for runs in (1, 2, 3, 5, 10)] == [1] * 5
    assert "0.03 with 80% power" in told
    assert "--price-per-response" in told


def test_results_give_noise_and_price(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, priced("openai/a", 0.01) + priced("openai/b", 0.03, accuracy=0.8))
    for place in (tmp_path, tmp_path / "results"):
        told = plan(capsys, "--delta", "0.1", "--from", str(place), "--runs", "4")
        (row,) = figures(told, 4)
        assert "reasoning_accuracy on reasoning, measured: openai/a and openai/b; 60 items, 3 runs" in told
        assert int(row[2]) == 2 * 4 * int(row[1])
        assert row[3] == f"${0.02 * int(row[2]):.2f}"
        assert "not measured" not in told
    assert told == plan(capsys, "--delta", "0.1", "--from", "results", "--root", str(tmp_path), "--runs", "4")


def test_an_unknown_price_is_said_and_one_can_be_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, priced("openai/a", 0.01) + priced("openai/b", None))
    assert figures(plan(capsys, "--from", str(tmp_path)), 1)[0][3] == "unknown"
    told = plan(capsys, "--from", str(tmp_path), "--price-per-response", "0.5")
    (row,) = figures(told, 1)
    assert float(row[3].lstrip("$")) == 0.5 * int(row[2])


def test_each_headline_metric_has_a_plan_or_the_one_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        row for model in ("x/a", "x/b", "x/c") for task in ("safety", "reasoning") for row in item_rows(model, task)
    ]
    write_results(tmp_path, rows)
    told = plan(capsys, "--from", str(tmp_path))
    assert "reasoning_accuracy on reasoning" in told
    assert "safety_accuracy on safety, measured: x/a and x/b and x/c, mean of 3 pairs" in told
    told = plan(capsys, "--from", str(tmp_path), "--metric", "over_refusal_rate", "--models", "x/a", "x/b")
    assert "over_refusal_rate on safety, measured: x/a and x/b; 20 items" in told
    assert len(figures(told, 1)) == 1


def test_one_model_or_one_run_leaves_something_to_assume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, item_rows("local/a", "reasoning", n_runs=1))
    told = plan(capsys, "--from", str(tmp_path))
    assert "not measured: the correlation with another model and the variance between runs" in told
    write_results(tmp_path, item_rows("local/b", "reasoning", n_runs=1))
    told = plan(capsys, "--from", str(tmp_path))
    assert "not measured: the variance between runs" in told


def test_a_small_pilot_and_one_without_variance_are_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, [item_row(model=m, item_id=f"i{n}", run=r) for m in "ab" for n in range(9) for r in (0, 1)])
    told = plan(capsys, "--from", str(tmp_path))
    assert figures(told, 1)[0][1:3] == ["6", "12"]
    assert "Measured on 9 items only" in told
    assert "No variance between items" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--metric", "accuracy"], r"no such metric; expected one of .*reasoning_accuracy"),
        (["--metric", "safety_accuracy"], r"no benchmark with safety_accuracy has two items"),
        (["--models", "local/z"], r"--models 'local/z': not in these results; here are: local/a"),
        (["--benchmarks", "gsm8k"], r"--benchmarks 'gsm8k': not in these results; here are: reasoning"),
        (["--accuracy", "0.5"], r"--accuracy: with --from this is measured"),
    ],
)
def test_what_cannot_be_planned_is_told(tmp_path: Path, arguments: list[str], told: str) -> None:
    write_results(tmp_path, item_rows("local/a", "reasoning"))
    with pytest.raises(UserError, match=told):
        main(["--from", str(tmp_path), *arguments])


def test_no_results_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--from .*nowhere: is not there; name a results/ folder"):
        main(["--from", str(tmp_path / "nowhere")])


@pytest.mark.parametrize("arguments", [["--delta", "0"], ["--delta", "x"], ["--power", "1"], ["--items", "0"]])
def test_impossible_numbers_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert arguments[0] in capsys.readouterr().err
