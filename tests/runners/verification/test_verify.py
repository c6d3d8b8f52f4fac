"""`runners.verify` as a user runs it, on a root that steps 2 to 7 made."""

from __future__ import annotations

from pathlib import Path

from runners.verification.bundle import write_bundle
from runners.verification.recomputation import STEPS
from tests.conftest import Stage
from tests.runners.answering import response, safety_items, submission, write_lines
from utils.layout import Layout


def test_a_bundle_is_proven_but_for_the_results_that_were_changed(tmp_path: Path, run_stage: Stage) -> None:
    items = safety_items(3)
    write_lines(tmp_path / "own" / "safety.jsonl", items)
    for model, text in (("local/a", "I can't help with that."), ("local/b", "Here is how.")):
        rows = [response(model, "safety", item["id"], run, text) for item in items for run in range(2)]
        write_lines(submission(tmp_path, model, "safety"), rows)
    benchmarks = ("--benchmarks-dir", str(tmp_path / "own"))
    for step in STEPS:
        choices = ("--baseline", "local/b") if step == "analysis.baseline_deltas" else ()
        assert run_stage(step, *benchmarks, *choices).returncode == 0

    deltas = tmp_path / "results" / "deltas.csv"
    text = deltas.read_text()
    deltas.write_text(text.replace(",1.0,", ",0.9,", 1))
    assert deltas.read_text() != text
    bundle = tmp_path / "run.tar.gz"
    write_bundle(Layout(tmp_path, tmp_path / "own"), bundle)
    changed = run_stage("runners.verify", "--from-bundle", str(bundle))
    assert changed.returncode == 1
    assert [line for line in changed.stdout.splitlines() if line.startswith("differs")] == [
        line for line in changed.stdout.splitlines() if "results/deltas.csv" in line
    ]
    assert " 1 differs" in changed.stdout.splitlines()[-1]


def test_without_submissions_it_says_what_to_run(tmp_path: Path, run_stage: Stage) -> None:
    done = run_stage("runners.verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert "python3 -m runners.auto_run_async" in done.stderr.splitlines()[-1]
