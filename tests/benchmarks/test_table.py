"""The table of our own speed fails where something became worse, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import table
from tests.benchmarks.table import Measure


@pytest.fixture
def ratios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ratios.json"
    monkeypatch.setattr(table, "RATIOS", path)
    monkeypatch.setattr(table, "REPOSITORY", tmp_path)
    return path


def seconds(monkeypatch: pytest.MonkeyPatch, *ours: float) -> None:
    """What is ours takes these seconds, one after the other, and the baseline a second a turn."""
    turns = iter(ours)
    measure = Measure("a reader", "a scan", lambda: next(turns), lambda: 1.0, 10, "replies")
    monkeypatch.setattr(table, "measures", lambda _: iter([measure]))


def test_the_least_of_the_turns_counts_and_is_written(ratios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds(monkeypatch, 9.0, 2.0, 3.0)
    assert table.main(["--write"]) == 0
    assert json.loads(ratios.read_text(encoding="utf-8")) == {"a reader": 2.0}


def test_what_became_worse_is_measured_again_and_then_fails(
    ratios: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ratios.write_text('{"a reader": 2.0}', encoding="utf-8")
    seconds(monkeypatch, 3.1, 3.1, 3.2, 3.3, 3.2, 3.1)
    assert table.main([]) == 1
    told = capsys.readouterr()
    assert "WORSE" in told.out
    assert "a reader" in told.err


def test_one_busy_moment_does_not_fail(ratios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ratios.write_text('{"a reader": 2.0}', encoding="utf-8")
    seconds(monkeypatch, 5.0, 5.0, 5.0, 5.0, 2.1, 5.0)
    assert table.main([]) == 0


def test_what_is_not_checked_in_is_told(
    ratios: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds(monkeypatch, 5.0, 5.0, 5.0)
    assert table.main([]) == 0
    assert "not checked in: a reader" in capsys.readouterr().err
