from __future__ import annotations

from pathlib import Path

import pytest

from analysis.calibration import METRICS
from analysis.confidence_calibration import BIN_COLUMNS, COLUMNS, CURVE_COLUMNS, RISK_COLUMNS, TABLES, main
from tests.analysis.synthetic import item_row, item_rows, read_rows, write_results
from tests.conftest import Stage
from utils.errors import UserError

FAST = ("--resamples", "100")


def test_every_source_of_confidence_has_every_metric(tmp_path: Path) -> None:
    write_results(tmp_path, [*item_rows("local/a", "safety"), *item_rows("openai/b", "reasoning", confidence=False)])
    assert main(["--root", str(tmp_path), *FAST]) == 0
    rows, bins = read_rows(tmp_path, "calibration"), read_rows(tmp_path, "calibration_bins")
    assert all(tuple(row) == COLUMNS for row in rows)
    assert all(tuple(row) == BIN_COLUMNS for row in bins)
    keys = [(row["model"], row["confidence"], row["metric"]) for row in rows]
    sources = ("verbalized", "logprob", "agreement")
    assert keys == [
        (model, source, name) for model in ("local/a", "openai/b") for source in sources for name in METRICS
    ]
    stated = [row for row in rows if (row["model"], row["confidence"]) == ("local/a", "verbalized")]
    assert all((row["n"], row["coverage"]) == (120, 1.0) for row in stated)
    unstated = [row for row in rows if row["model"] == "openai/b" or row["confidence"] == "logprob"]
    assert all((row["value"], row["n"], row["coverage"]) == (None, 0, 0.0) for row in unstated)
    assert sum(row["n"] for row in bins if row["confidence"] == "verbalized") == 120


def test_curves_stand_on_one_grid_and_risks_on_at_most_a_hundred_shares(tmp_path: Path) -> None:
    write_results(tmp_path, [*item_rows("local/a", "safety"), *item_rows("openai/b", "reasoning", confidence=False)])
    assert main(["--root", str(tmp_path), *FAST]) == 0
    curves, risks = read_rows(tmp_path, "calibration_curves"), read_rows(tmp_path, "risk_coverage")
    assert all(tuple(row) == CURVE_COLUMNS for row in curves)
    assert all(tuple(row) == RISK_COLUMNS for row in risks)
    for source in ("verbalized", "agreement"):
        own = [row for row in curves if row["confidence"] == source]
        assert [row["stated"] for row in own] == [at / 50 for at in range(51)]
        kept = [row for row in risks if row["confidence"] == source]
        assert [row["coverage"] for row in kept] == [percent / 100 for percent in range(1, 101)]
        known_rows = [row for row in read_rows(tmp_path, "calibration") if row["model"] == "local/a"]
        figures = {row["metric"]: row for row in known_rows if row["confidence"] == source}
        for percent in (50, 95):
            known, row = figures[f"accuracy_at_coverage_{percent}"], kept[percent - 1]
            assert [row["accuracy"], row["ci_low"], row["ci_high"]] == [
                known["value"],
                known["ci_low"],
                known["ci_high"],
            ]
    assert {(row["model"], row["confidence"]) for row in [*curves, *risks]} == {
        ("local/a", "verbalized"), ("local/a", "agreement"),
    }  # fmt: skip


def test_coverage_is_the_share_of_responses_that_have_a_confidence(tmp_path: Path) -> None:
    rows = [item_row(item_id=f"i{n}", confidence_verbalized=0.8 if n < 3 else None) for n in range(4)]
    write_results(tmp_path, rows)
    main(["--root", str(tmp_path), *FAST])
    found = read_rows(tmp_path, "calibration")[0]
    assert (found["confidence"], found["n"], found["coverage"]) == ("verbalized", 3, 0.75)


def test_nothing_to_calibrate_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(tmp_path, item_rows("local/a", "safety", confidence=False))
    assert main(["--root", str(tmp_path), *FAST]) == 0
    assert "nothing to calibrate" in capsys.readouterr().err
    assert read_rows(tmp_path, "calibration_bins") == []


def test_another_model_changes_no_interval(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    write_results(alone, item_rows("local/a", "safety"))
    write_results(together, [*item_rows("local/a", "safety"), *item_rows("aaa/first", "safety")])
    for root in (alone, together):
        main(["--root", str(root), *FAST])
    ours = [row for row in read_rows(together, "calibration") if row["model"] == "local/a"]
    assert ours == read_rows(alone, "calibration")


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    write_results(tmp_path, item_rows("local/a", "safety"))
    contents = []
    for seed in ("0", "0", "1"):
        main(["--root", str(tmp_path), "--seed", seed, *FAST])
        contents.append([(tmp_path / "results" / f"{name}.json").read_bytes() for name in TABLES])
    assert contents[0] == contents[1]
    assert contents[0][0] != contents[2][0]


def test_no_value_depends_on_the_seed(tmp_path: Path) -> None:
    write_results(tmp_path, item_rows("local/a", "safety"))
    values = []
    for seed in ("0", "1"):
        main(["--root", str(tmp_path), "--seed", seed, *FAST])
        values.append([row["value"] for row in read_rows(tmp_path, "calibration")])
    assert values[0] == values[1]


@pytest.mark.parametrize(("flag", "value"), [("--seed", "-1"), ("--resamples", "10")])
def test_unusable_arguments_are_told(tmp_path: Path, flag: str, value: str) -> None:
    with pytest.raises(UserError, match=flag):
        main(["--root", str(tmp_path), flag, value])


def test_without_results_the_stage_names_the_command_to_run(run_stage: Stage) -> None:
    done = run_stage("analysis.confidence_calibration")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "run `python3 -m runners.aggregate_results` first" in done.stderr
