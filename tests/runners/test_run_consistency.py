from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.consistency import COLUMNS
from runners.run_consistency import main
from tests.analysis.synthetic import item_row, item_rows, read_rows, write_results
from utils.layout import model_folder


def write_submission(root: Path, rows: list[dict[str, Any]], texts: dict[tuple[str, int], str] | None = None) -> None:
    """One submission file for the rows; the text is the prediction where no other is given."""
    given = texts or {}
    folder = root / "submissions" / model_folder(rows[0]["model"])
    folder.mkdir(parents=True)
    lines = [
        {name: row[name] for name in ("model", "benchmark", "item_id", "run")}
        | {"response": given.get((row["item_id"], row["run"]), row["prediction"])}
        for row in rows
    ]
    path = folder / f"{rows[0]['benchmark']}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def figures(root: Path) -> dict[str, dict[str, Any]]:
    rows = read_rows(root, "consistency")
    assert all(tuple(row) == COLUMNS for row in rows)
    return {row["metric"]: row for row in rows}


def measure(root: Path, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    write_results(root, rows)
    assert main(["--root", str(root)]) == 0
    return figures(root)


def test_agreement_of_answers_and_of_texts_are_told_apart(tmp_path: Path) -> None:
    rows = [item_row(item_id=item, run=run) for item in ("a", "b") for run in range(3)]
    write_submission(tmp_path, rows, {("b", 2): "It is 4."})
    found = measure(tmp_path, rows)
    assert (found["tara"]["value"], found["tarr"]["value"]) == (1.0, 0.5)
    assert (found["tara"]["n_items"], found["tara"]["n_runs"]) == (2, 3)


def test_equal_texts_that_cannot_be_read_do_not_agree(tmp_path: Path) -> None:
    rows = [item_row(item_id=item, run=run, prediction="invalid", correct=False) for item in "ab" for run in range(2)]
    write_submission(tmp_path, rows)
    found = measure(tmp_path, rows)
    assert (found["tara"]["value"], found["tarr"]["value"]) == (0.0, 0.0)


def test_flips_majorities_and_spread(tmp_path: Path) -> None:
    right = {"a": [True, True, False], "b": [True, True, True]}
    rows = [
        item_row(item_id=item, run=run, correct=ok, prediction="4" if ok else "5")
        for item, runs in right.items()
        for run, ok in enumerate(runs)
    ]
    write_submission(tmp_path, rows)
    found = measure(tmp_path, rows)
    assert found["flip_rate"]["value"] == 0.5
    assert found["majority_accuracy"]["value"] == 1.0
    assert found["run_accuracy_range"]["value"] == 0.5
    assert found["pass_at_1"]["value"] == found["pass_hat_1"]["value"] == pytest.approx(5 / 6)
    assert found["pass_at_3"]["value"] == 1.0
    assert found["pass_hat_3"]["value"] == 0.5


def test_one_run_leaves_agreement_undefined_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measure(tmp_path, item_rows("local/a", "safety", n_runs=1))
    told = capsys.readouterr()
    assert "one run" in told.out
    assert told.err == ""
    defined = {name for name, row in found.items() if row["value"] is not None}
    assert defined == {"majority_accuracy", "pass_at_1", "pass_hat_1"}


def test_items_that_lack_a_run_are_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row for row in item_rows("local/a", "safety", n_items=10) if (row["item_id"], row["run"]) != ("safety-003", 2)
    ]
    write_submission(tmp_path, rows)
    found = measure(tmp_path, rows)
    assert {row["n_items"] for row in found.values()} == {9}
    assert "1 items left out that lack one of the runs 0, 1, 2; 9 used" in capsys.readouterr().err
    items = {row["item_id"]: row for row in read_rows(tmp_path, "consistency_items")}
    assert len(items) == 10
    assert items["safety-003"]["run_2"] is None
    assert items["safety-003"]["run_1"] is not None


def test_predictions_stand_side_by_side(tmp_path: Path) -> None:
    rows = item_rows("local/a", "safety", n_items=2)
    measure(tmp_path, [*rows, *item_rows("local/b", "safety", n_items=2, n_runs=1)])
    found = read_rows(tmp_path, "consistency_items")
    identity = ["model", "benchmark", "task", "item_id", "category", "expected", "n_right", "flips", "distinct_answers"]
    assert all(list(row) == [*identity, "run_0", "run_1", "run_2"] for row in found)
    (first,) = (row for row in found if (row["model"], row["item_id"]) == ("local/a", rows[0]["item_id"]))
    assert [first[f"run_{run}"] for run in range(3)] == [row["prediction"] for row in rows[:3]]
    assert [row["run_1"] for row in found if row["model"] == "local/b"] == [None, None]


def test_items_that_flip_most_come_first_and_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = {"a": (True, True, True, True), "b": (True, False, True, True), "c": (False, True, False, True)}
    rows = [
        item_row(item_id=item, run=run, correct=ok, prediction="4" if ok else "5")
        for item, runs in right.items()
        for run, ok in enumerate(runs)
    ]
    measure(tmp_path, rows)
    found = [(row["item_id"], row["n_right"], row["flips"]) for row in read_rows(tmp_path, "consistency_items")]
    assert found == [("c", 2, 2), ("b", 3, 1), ("a", 4, 0)]
    told = capsys.readouterr().out
    assert "local/a on reasoning: c was right in 2 of 4 runs\nlocal/a on reasoning: b was right in 3 of 4" in told


def test_alpha_has_an_interval_that_the_seed_decides(tmp_path: Path) -> None:
    rows = item_rows("local/a", "safety")
    found = [measure(tmp_path, rows)["krippendorff_alpha"] for _ in range(2)]
    assert found[0] == found[1]
    assert -1 <= found[0]["ci_low"] < found[0]["value"] < found[0]["ci_high"] <= 1
    assert main(["--root", str(tmp_path), "--seed", "1"]) == 0
    assert figures(tmp_path)["krippendorff_alpha"]["ci_low"] != found[0]["ci_low"]


def test_without_submissions_only_the_agreement_of_texts_is_undefined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measure(tmp_path, item_rows("local/a", "safety"))
    assert found["tarr"]["value"] is None
    assert found["tara"]["value"] is not None
    assert "submissions/local__a/safety.jsonl" in capsys.readouterr().err


def test_bad_lines_of_a_submission_are_passed_over(tmp_path: Path) -> None:
    rows = [item_row(item_id="a", run=run) for run in range(2)]
    write_submission(tmp_path, rows)
    path = tmp_path / "submissions" / "local__a" / "reasoning.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "not json\n", encoding="utf-8")
    assert measure(tmp_path, rows)["tarr"]["value"] == 1.0
