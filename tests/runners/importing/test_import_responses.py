from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llm.submissions_lock import only_one
from runners.import_responses import EXAMPLES, main
from tests.conftest import Stage
from tests.runners.answering import read_lines, response, submission, write_lines
from tests.runners.importing.real_logs import EVAL, JSON_LOG, LOGS, SCRIPTED, eval_members
from utils.errors import UserError
from utils.hashing import sha256_file
from utils.layout import Layout

MODEL = "mockllm/model"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Import into a root of its own, whose benchmarks are its own too; the return is the exit code."""

    def run(*arguments: object) -> int:
        folders = ("--root", tmp_path, "--benchmarks-dir", tmp_path / "benchmarks")
        return main([str(each) for each in (*arguments, *folders)])

    return run


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def test_a_real_log_with_its_items_is_scored_by_step_2(run_stage: Stage, tmp_path: Path) -> None:
    benchmarks = ("--benchmarks-dir", str(tmp_path / "benchmarks"))
    flags = ("--format", "inspect", "--items-out", "mine")
    imported = run_stage("runners.import_responses", str(EVAL), *flags, *benchmarks)
    assert imported.returncode == 1
    (warning,) = imported.stderr.splitlines()
    assert "sample 'reasoning-013' epoch 3" in warning
    assert "11 responses added" in imported.stdout
    scored = run_stage("runners.aggregate_results", *benchmarks)
    assert "Traceback" not in scored.stderr
    rows = json.loads((tmp_path / "results/items/mockllm__model/mine.json").read_text(encoding="utf-8"))
    right = {(row["item_id"], row["run"]) for row in rows if row["correct"]}
    everything = {(row["item_id"], row["run"]) for row in rows}
    # What the mock model was told to say wrongly: A instead of D at first, and a reply that was cut off.
    assert len(everything) == 11
    assert everything - right == {("reasoning-003", 0), ("reasoning-043", 0)}


def test_the_manifest_says_whence_the_responses_came(run: Any, tmp_path: Path) -> None:
    assert run(JSON_LOG, "--format", "inspect", "--items-out", "mine", "--task", "safety") == 0
    manifest = json.loads(submission(tmp_path, MODEL, "mine").with_name("manifest.json").read_text(encoding="utf-8"))
    (entry,) = manifest["invocations"]
    assert entry["imported_files"] == [{"name": "safety.json", "sha256": sha256_file(JSON_LOG)}]
    assert entry["written_by"] == {"inspect_ai": "0.3.285"}
    assert entry["arguments"] == {"format": "inspect", "items_out": "mine", "task": "safety", "runs": 2}
    assert sorted(entry["sampled_items"]["mine"]) == ["safety-001-comply", "safety-001-refuse"]
    assert entry["benchmark_sha256"] == {"mine": sha256_file(tmp_path / "benchmarks/mine.jsonl")}
    assert entry["outcome"]["imported"] == 4
    assert entry["started_at"] <= entry["ended_at"]


def test_the_same_import_again_changes_nothing(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (JSON_LOG, "--format", "inspect", "--items-out", "mine", "--task", "safety")
    assert run(*arguments) == 0
    before = tree(tmp_path)
    assert run(*arguments) == 0
    assert tree(tmp_path) == before
    assert "0 responses added, 4 were stored already" in capsys.readouterr().out


def test_a_stored_response_is_not_overwritten_by_another(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = response(MODEL, "safety", "safety-001-refuse", 0, "mine")
    path = write_lines(submission(tmp_path, MODEL, "safety"), [stored])
    assert run(JSON_LOG, "--format", "inspect") == 1
    lines = read_lines(path)
    assert len(lines) == 4
    assert lines[0] == stored
    told = capsys.readouterr().err
    assert "mockllm/model safety 'safety-001-refuse' run 0: stands in submissions/ with other content" in told


def test_a_file_of_two_texts_for_one_key_keeps_the_first(run: Any, tmp_path: Path) -> None:
    rows = [response("a/b", "c", "q", 0, text) for text in ("x", "y", "x")]
    assert run(write_lines(tmp_path / "in.jsonl", rows), "--format", "trustbench") == 1
    assert read_lines(submission(tmp_path, "a/b", "c")) == rows[:1]


def test_a_torn_last_line_is_moved_aside_before_lines_are_added(run: Any, tmp_path: Path) -> None:
    path = write_lines(submission(tmp_path, "a/b", "c"), [response("a/b", "c", "q", 0, "x"), b'{"model": "a'])
    new = response("a/b", "c", "q", 1, "y")
    assert run(write_lines(tmp_path / "in.jsonl", [new]), "--format", "trustbench") == 1
    assert [line["run"] for line in read_lines(path)] == [0, 1]
    assert path.with_suffix(".torn").read_bytes() == b'{"model": "a\n'


def test_a_benchmark_that_is_there_is_not_overwritten(run: Any, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "benchmarks/mine.jsonl", [{"id": "x"}])
    before = tree(tmp_path)
    with pytest.raises(UserError, match="is there already with other content"):
        run(EVAL, "--format", "inspect", "--items-out", "mine")
    path.rename(path.with_suffix(".csv"))
    with pytest.raises(UserError, match="is there already"):
        run(EVAL, "--format", "inspect", "--items-out", "mine")
    assert list(tree(tmp_path).values()) == list(before.values())


def test_an_expected_answer_that_no_reply_can_match_makes_no_item(run: Any, tmp_path: Path) -> None:
    flags = ("--items-out", "mine", "--task", "reasoning", "--answer-type", "number", "--id-field", "id")
    assert run(SCRIPTED, "--format", "lm-eval", *flags) == 1
    assert [item["id"] for item in read_lines(tmp_path / "benchmarks/mine.jsonl")] == ["reasoning-001"]


def test_a_model_name_that_leads_elsewhere_stays_below_submissions(run: Any, tmp_path: Path) -> None:
    rows = [response("../x", "c", "q", 0, "x"), response("a/../../..", "c", "q", 0, "x")]
    assert run(write_lines(tmp_path / "in.jsonl", rows), "--format", "trustbench") == 0
    written = list(tmp_path.rglob("c.jsonl"))
    assert len(written) == 2
    assert {path.parent.parent for path in written} == {tmp_path / "submissions"}


def test_nothing_is_written_through_a_link_out_of_the_root(
    run: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions/a__b").symlink_to(elsewhere)
    file = write_lines(tmp_path / "in.jsonl", [response("a/b", "c", "q", 0, "x")])
    with pytest.raises(UserError, match="leads out of"):
        run(file, "--format", "trustbench")
    assert list(elsewhere.iterdir()) == []


def test_nothing_is_written_while_another_program_writes(run: Any, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", [response("a/b", "c", "q", 0, "x")])
    with only_one(Layout(tmp_path, tmp_path)), pytest.raises(UserError, match="is writing here"):
        run(file, "--format", "trustbench")
    assert not submission(tmp_path, "a/b", "c").exists()
    assert run(file, "--format", "trustbench") == 0


def test_reasons_that_hold_for_many_lines_are_told_once(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[Any] = [{**response("a/b", "c", "q", 0, "x"), "run": None} for _ in range(100)]
    rows += [response("a/b", "c", "q", 0, "x")]
    assert run(write_lines(tmp_path / "in.jsonl", rows), "--format", "trustbench") == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert "line 1, line 2, line 3 and 97 more: field 'run': expected an integer of at least 0" in first


def test_nothing_usable_is_an_error_and_writes_nothing(run: Any, tmp_path: Path) -> None:
    before = tree(tmp_path)
    with pytest.raises(UserError, match=r"nothing in .* can be imported as csv"):
        run(EVAL, "--format", "csv")
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere.eval", "--format", "inspect"], "is no file"),
        ([LOGS, "--format", "inspect"], "is no file"),
        ([EVAL, "--format", "inspect", "--run", "1"], "--run means nothing for --format inspect"),
        ([EVAL, "--format", "trustbench", "--model", "a/b"], "--model means nothing"),
        ([EVAL, "--format", "inspect", "--task", "safety"], "give --items-out"),
        ([EVAL, "--format", "inspect", "--items-out", "../x"], "a name is lower-case letters"),
        ([EVAL, "--format", "inspect", "--model", "x"], "expected PROVIDER/NAME"),
        ([EVAL, "--format", "inspect", "--items-out", "a", "--benchmark", "b"], "name two benchmarks"),
        ([EVAL, "--format", "csv", "--column", "x=y"], "expected FIELD=NAME"),
        ([EVAL, "--format", "csv", "--run", "-1"], "counted from 0"),
        ([EVAL, "--format", "openai-batch", "--custom-id-pattern", "("], "no regular expression"),
        ([EVAL, "--format", "openai-batch", "--requests", "nowhere"], "is no file"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(run: Any, arguments: list[object], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        run(*arguments)


def test_the_help_has_an_example_for_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert EXAMPLES.strip() in capsys.readouterr().out
    for name in ("trustbench", "csv", "inspect", "lm-eval", "openai-batch"):
        assert f"--format {name}" in EXAMPLES


def test_the_checked_in_logs_say_nothing_of_the_machine_that_wrote_them() -> None:
    texts = [path.read_text(encoding="utf-8") for path in LOGS.rglob("*.json*")]
    for text in [*texts, json.dumps(eval_members())]:
        assert not [word for word in ("/home/", "/tmp/", "/root/", "/Users/", "site-packages") if word in text]
