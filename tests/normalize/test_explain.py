"""The command that shows how a reply is read."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from normalize import explain
from utils.errors import UserError


def run(monkeypatch: pytest.MonkeyPatch, text: bytes, *arguments: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert explain.main(arguments) == 0


def test_text_on_standard_input_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "I’m sorry, but I can’t help.".encode(), "--task", "safety")
    out = capsys.readouterr().out
    assert "prediction: refuse" in out
    assert "rule:       cannot_help" in out
    assert "can’t help<<<" in out


def test_control_characters_are_shown_not_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        monkeypatch, b"\x1b[31m\xff\nAnswer: B", "--task", "reasoning", "--answer-type", "choice", "--choices", "a", "b"
    )
    out = capsys.readouterr().out
    assert "prediction: B" in out
    assert "\x1b" not in out
    assert "\\x1b[31m" in out


def test_missing_task_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="--task"):
        run(monkeypatch, b"x")


@pytest.fixture
def stored(tmp_path: Path) -> list[str]:
    benchmarks, submissions = tmp_path / "benchmarks", tmp_path / "submissions" / "local__tiny"
    benchmarks.mkdir()
    submissions.mkdir(parents=True)
    item = {"id": "q1", "task": "reasoning", "prompt": "2+2?", "expected": "4", "answer_type": "number"}
    (benchmarks / "sums.jsonl").write_text(json.dumps(item) + "\n", encoding="utf-8")
    line = {"model": "local/tiny", "benchmark": "sums", "item_id": "q1", "run": 0, "response": "So the answer is 4."}
    (submissions / "sums.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    return [
        "--root",
        str(tmp_path),
        "--benchmarks-dir",
        str(benchmarks),
        "--model",
        "local/tiny",
        "--benchmark",
        "sums",
    ]


def test_stored_response_is_explained_with_its_item(stored: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.main([*stored, "--item", "q1"]) == 0
    out = capsys.readouterr().out
    assert "expected:   4" in out
    assert ">>>4<<<" in out
    assert "verdict:    exact" in out


@pytest.mark.parametrize(("arguments", "problem"), [
    (["--item", "q9"], "no item"), (["--item", "q1", "--run", "3"], "run 3"), ([], "--item"),
])  # fmt: skip
def test_what_is_not_stored_is_told(stored: list[str], arguments: list[str], problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        explain.main([*stored, *arguments])
