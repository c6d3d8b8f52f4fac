from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.baseline_deltas import main
from analysis.changes import CHANGE_COLUMNS
from analysis.deltas import COLUMNS, DETAIL_COLUMNS
from analysis.gates import ANY, SIGNIFICANT, Gate, failures, gates_from
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


def test_the_details_say_how_each_difference_was_found(tmp_path: Path) -> None:
    compare(tmp_path, answers("local/a", 10) + answers("local/b", 22) + answers("local/c", 7))
    rows = read_rows(tmp_path, "delta_details")
    assert [tuple(row) for row in rows] == [DETAIL_COLUMNS] * 2
    assert [(row["model"], row["n_won"], row["n_lost"], row["n_tied"]) for row in rows] == [
        ("local/b", 12, 0, 18),
        ("local/c", 0, 3, 27),
    ]
    assert {row["test"] for row in rows} == {"mcnemar_exact"}
    assert {(row["family"], row["family_size"]) for row in rows} == {
        ("reasoning_accuracy of all models and benchmarks", 2)
    }
    assert {(row["n_runs"], row["n_clusters"]) for row in rows} == {(1, 30)}
    assert rows[0]["items_needed"] < 30 < rows[1]["items_needed"]


def test_fewer_over_refusals_are_won(tmp_path: Path) -> None:
    def asked(model: str, refused: int) -> list[dict[str, Any]]:
        words = ["refuse" if item < refused else "comply" for item in range(10)]
        return [
            item_row(
                model=model, benchmark="safety", task="safety", item_id=f"s{item}", expected="comply",
                prediction=word, correct=word == "comply",
            )
            for item, word in enumerate(words)
        ]  # fmt: skip

    compare(tmp_path, asked("local/a", 8) + asked("local/b", 3))
    won = {row["metric"]: (row["n_won"], row["n_lost"]) for row in read_rows(tmp_path, "delta_details")}
    assert won == {"over_refusal_rate": (5, 0), "safety_accuracy": (5, 0)}


def test_runs_and_clusters_take_the_permutation_test(tmp_path: Path) -> None:
    compare(tmp_path, [row for model in ("local/a", "local/b") for row in item_rows(model, "safety", n_runs=1)])
    tests = {row["metric"]: row["test"] for row in read_rows(tmp_path, "delta_details")}
    # The pairs are clusters of the whole; of the items that expect a refusal each is one by itself.
    assert tests["safety_accuracy"] == "cluster_permutation"
    assert tests["safety_refusal_rate"] == "mcnemar_exact"


def since(root: Path, earlier: list[dict[str, Any]], now: list[dict[str, Any]], *arguments: str) -> int:
    write_results(root / "earlier", earlier)
    write_results(root, now)
    return main(["--root", str(root), "--against", str(root / "earlier"), *arguments])


def test_a_model_that_changed_is_found_against_its_earlier_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = answers("local/a", 10) + answers("local/b", 10) + answers("local/gone", 3)
    now = answers("local/a", 10) + answers("local/b", 24) + answers("local/new", 3)
    assert since(tmp_path, earlier, now) == 0
    same, better = read_rows(tmp_path, "changes")
    assert tuple(better) == CHANGE_COLUMNS
    assert (same["baseline"], same["model"], same["delta"], same["p_value"]) == ("local/a@earlier", "local/a", 0.0, 1.0)
    assert (better["model"], better["significant"], better["n_won"]) == ("local/b", True, 14)
    told = capsys.readouterr()
    assert "local/gone is only in the earlier results" in told.err
    assert "local/new is only in the present results" in told.err
    assert "local/b on reasoning: reasoning_accuracy 0.333 -> 0.800" in told.out


def test_what_a_name_holds_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = answers("evil/\x1b[31m", 5)
    since(tmp_path, rows, rows, "--fail-under", "reasoning_accuracy=0.5")
    told = capsys.readouterr()
    assert "evil/" in told.out
    assert "\x1b" not in told.out + told.err


def test_a_results_folder_of_any_name_can_be_compared_with(tmp_path: Path) -> None:
    write_results(tmp_path, answers("local/a", 10))
    write_results(tmp_path / "old", answers("local/a", 9))
    kept = tmp_path / "kept-2024"
    (tmp_path / "old" / "results").rename(kept)
    assert main(["--root", str(tmp_path), "--against", str(kept)]) == 0
    assert read_rows(tmp_path, "changes")[0]["delta"] == pytest.approx(1 / 30)


def test_items_that_expect_another_answer_now_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = answers("local/a", 10)
    now[0]["expected"] = "5"
    since(tmp_path, answers("local/a", 10), now)
    (row,) = read_rows(tmp_path, "changes")
    assert (row["n_items"], row["n_changed_items"], row["n_unshared_items"]) == (29, 1, 0)
    assert "1 items expect another answer now" in capsys.readouterr().err


def test_changes_of_a_benchmark_in_only_one_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since(tmp_path, answers("local/a", 5) + item_rows("local/a", "safety"), answers("local/a", 5))
    assert {row["benchmark"] for row in read_rows(tmp_path, "changes")} == {"reasoning"}
    assert "local/a then and now on safety: no item and run that both answered" in capsys.readouterr().err


def test_changes_of_an_earlier_call_do_not_stay(tmp_path: Path) -> None:
    since(tmp_path, answers("local/a", 5), answers("local/a", 5))
    assert main(["--root", str(tmp_path)]) == 0
    assert not list((tmp_path / "results").glob("changes.*"))


@pytest.mark.parametrize("content", ["{", "[1]", '[{"model": "local/a"}]'])
def test_broken_earlier_results_are_told_in_one_line(tmp_path: Path, content: str) -> None:
    write_results(tmp_path, answers("local/a", 5))
    table = tmp_path / "old" / "items" / "local__a" / "reasoning.json"
    table.parent.mkdir(parents=True)
    table.write_text(content)
    with pytest.raises(UserError, match=r"^--against: .*reasoning.json") as told:
        main(["--root", str(tmp_path), "--against", str(tmp_path / "old")])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("field", "value"), [("expected", None), ("run", "first"), ("correct", "yes"), ("model", 3)])
def test_earlier_results_of_another_form_are_told(tmp_path: Path, field: str, value: object) -> None:
    old = answers("local/a", 5)
    write_results(tmp_path, old)
    write_results(tmp_path / "old", old)
    path = tmp_path / "old" / "results" / "items" / "local__a" / "reasoning.json"
    path.write_text(json.dumps([*old[:-1], old[-1] | {field: value}]))
    with pytest.raises(UserError, match=r"^--against.* (score these submissions|to write it) anew"):
        main(["--root", str(tmp_path), "--against", str(tmp_path / "old")])


@pytest.mark.parametrize("place", ["nowhere", "file", "empty"])
def test_a_place_without_results_is_told(tmp_path: Path, place: str) -> None:
    write_results(tmp_path, answers("local/a", 5))
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"^--against .*name a results/ folder"):
        main(["--root", str(tmp_path), "--against", str(tmp_path / place)])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-under", "reasoning_accuracy=-0.2"], 0),
        (["--fail-under", "reasoning_accuracy=-0.1"], 0),  # a loss of just what is allowed
        (["--fail-under", "reasoning_accuracy=-0.05"], 1),
        (["--fail-under", "reasoning_accuracy=-0.05", "--fail-when", "significant"], 0),
        (["--fail-under", "reasoning_accuracy=-0.2", "--fail-under", "reasoning_accuracy=0"], 1),
        (["--fail-under", "safety_accuracy=-0.5"], 1),  # nothing to compare
    ],
)
def test_a_gate_closes_below_its_delta(tmp_path: Path, arguments: list[str], code: int) -> None:
    write_results(tmp_path, answers("local/a", 13) + answers("local/b", 10))
    assert main(["--root", str(tmp_path), *arguments]) == code


def test_a_gate_on_a_loss_beyond_chance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, answers("local/a", 25) + answers("local/b", 10))
    gate = ["--fail-under", "reasoning_accuracy=-0.02", "--fail-when", "significant"]
    assert main(["--root", str(tmp_path), *gate]) == 1
    assert "gate not met: --fail-under reasoning_accuracy=-0.02: local/b on reasoning" in capsys.readouterr().out


def test_a_gate_looks_at_the_changes_and_at_the_baseline_if_it_is_named(tmp_path: Path) -> None:
    now = answers("local/a", 20) + answers("local/b", 10)
    gate = ["--fail-under", "reasoning_accuracy=-0.02"]
    assert since(tmp_path, now, now, *gate) == 0
    assert since(tmp_path, now, now, *gate, "--baseline", "local/a") == 1
    assert since(tmp_path, answers("local/a", 25) + answers("local/b", 10), now, *gate) == 1


@pytest.mark.parametrize("text", ["accuracy=0", "reasoning_accuracy", "reasoning_accuracy=", "reasoning_accuracy=nan"])
def test_an_unusable_gate_is_told(tmp_path: Path, text: str) -> None:
    write_results(tmp_path, answers("local/a", 5))
    with pytest.raises(UserError, match=r"expected METRIC=DELTA with"):
        main(["--root", str(tmp_path), "--fail-under", text])


def test_an_unknown_metric_lists_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no such metric.*over_refusal_rate.*reasoning_accuracy"):
        gates_from(["accuracy=0"])


@pytest.mark.parametrize(("least", "fails"), [(-0.2, False), (-0.05, True), (0.0, True)])
def test_a_rise_of_over_refusals_is_a_loss(least: float, fails: bool) -> None:
    row = {
        "baseline": "local/a", "model": "local/b", "benchmark": "safety", "metric": "over_refusal_rate",
        "baseline_value": 0.1, "value": 0.2, "delta": 0.1, "ci_low": 0.06, "ci_high": 0.14, "significant": True,
    }  # fmt: skip
    for fail_when in (ANY, SIGNIFICANT):
        assert bool(failures(Gate("over_refusal_rate", least), [row], fail_when)) is fails


def test_what_must_improve_closes_the_gate_when_it_surely_did_not() -> None:
    row = {
        "baseline": "local/a", "model": "local/b", "benchmark": "r", "metric": "reasoning_accuracy",
        "baseline_value": 0.5, "value": 0.5, "delta": 0.0, "ci_low": -0.01, "ci_high": 0.01, "significant": False,
    }  # fmt: skip
    assert failures(Gate("reasoning_accuracy", 0.02), [row], SIGNIFICANT)
    assert not failures(Gate("reasoning_accuracy", 0.005), [row], SIGNIFICANT)
