"""What has not changed is not scored again; whatever did change is, and so is a table that is not as it was made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runners.aggregate_results import main
from runners.scoring_engines import kept_tables, range_scoring
from runners.scoring_engines.kept_tables import CODE, scorer_fingerprint
from tests.runners.answering import read_lines, response, safety_items, submission, write_lines
from utils.errors import DONE, PARTLY_FAILED
from utils.items import Item
from utils.layout import REPOSITORY
from utils.responses import Fields

MODELS = ("local/a", "local/b")
TEXT = "I can't help with that."

Step = Callable[..., int]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_lines(tmp_path / "own" / "safety.jsonl", safety_items(2))
    for model in MODELS:
        lines = [response(model, "safety", item["id"], 0, TEXT) for item in safety_items(2)]
        write_lines(submission(tmp_path, model, "safety"), lines)
    return tmp_path


@pytest.fixture
def step(root: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    """Run step 2 on the root; the return is how many responses it scored."""
    scored: list[str] = []
    read = range_scoring.read_responses

    def counting(items: Sequence[Item], received: Sequence[Fields]) -> object:
        scored.extend(item.id for item in items)
        return read(items, received)

    monkeypatch.setattr(range_scoring, "read_responses", counting)

    def run(*options: str, ending: int = DONE) -> int:
        scored.clear()
        assert main(["--root", str(root), "--benchmarks-dir", str(root / "own"), *options]) == ending
        return len(scored)

    return run


def results(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (root / "results").rglob("*") if path.is_file()}


def test_nothing_is_scored_again_when_nothing_changed_and_the_results_are_the_same(root: Path, step: Step) -> None:
    assert step() == 8
    made = results(root)
    assert step() == 0
    assert results(root) == made
    assert step("--fresh") == 8
    assert results(root) == made


def test_a_file_that_grew_is_scored_again_and_the_others_are_not(root: Path, step: Step) -> None:
    step()
    path = submission(root, MODELS[0], "safety")
    write_lines(path, [*read_lines(path), response(MODELS[0], "safety", "s000-refuse", 1, TEXT)])
    assert step() == 5


def test_a_change_that_leaves_size_and_time_of_a_file_alone_is_seen(root: Path, step: Step) -> None:
    step()
    path = submission(root, MODELS[0], "safety")
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"can't help", b"shall help"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert step() == 4


def test_a_changed_benchmark_is_scored_again(root: Path, step: Step) -> None:
    step()
    items = safety_items(2)
    items[0]["expected"] = "comply"
    write_lines(root / "own" / "safety.jsonl", items)
    assert step() == 8


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
@pytest.mark.parametrize("what", ["changed", "gone"])
def test_a_table_that_was_changed_or_deleted_is_made_anew(root: Path, step: Step, suffix: str, what: str) -> None:
    step()
    made = results(root)
    table = root / "results" / "items" / "local__a" / f"safety.{suffix}"
    if what == "gone":
        table.unlink()
    else:
        table.write_bytes(table.read_bytes().replace(b"refuse", b"comply", 1))
    assert step() == 4
    assert results(root) == made


@pytest.mark.parametrize("folder", CODE)
def test_the_fingerprint_of_the_scorer_changes_with_all_code_that_scoring_can_reach(
    tmp_path: Path, folder: str
) -> None:
    for each in CODE:
        shutil.copytree(REPOSITORY / each, tmp_path / each, ignore=shutil.ignore_patterns("__pycache__"))
    before = scorer_fingerprint(tmp_path)
    assert before == scorer_fingerprint()
    changed = next(path for path in sorted((tmp_path / folder).rglob("*.py")) if path.stat().st_size > 100)
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert scorer_fingerprint(tmp_path) != before


def test_all_is_scored_again_by_other_readers(root: Path, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    step()
    monkeypatch.setattr(kept_tables, "scorer_fingerprint", lambda _: "another")
    assert step() == 8


def test_problems_are_told_again_without_scoring_again(
    root: Path, step: Step, capsys: pytest.CaptureFixture[str]
) -> None:
    path = submission(root, MODELS[0], "safety")
    path.write_bytes(path.read_bytes() + b"not json\n")
    assert step(ending=PARTLY_FAILED) == 8
    told = capsys.readouterr()
    assert step(ending=PARTLY_FAILED) == 0
    assert capsys.readouterr() == told
    assert "safety.jsonl:5: is not valid JSON" in told.err


@pytest.mark.parametrize("entry", [b"", b"[]", b'{"key": 1}', b'{"key": null, "tables": 7}', b"\xff"])
def test_a_damaged_record_is_passed_over(root: Path, step: Step, entry: bytes) -> None:
    step()
    (root / ".cache" / "scored" / "local__a" / "safety.json").write_bytes(entry)
    assert step() == 4


def test_a_record_of_another_model_says_nothing_about_this_one(root: Path, step: Step) -> None:
    step()
    kept = root / ".cache" / "scored"
    shutil.copy(kept / "local__a" / "safety.json", kept / "local__b" / "safety.json")
    assert step() == 4


def test_nothing_is_kept_through_a_link_out_of_the_root(
    root: Path, step: Step, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / ".cache").symlink_to(elsewhere)
    assert step() == 8
    assert not list(elsewhere.iterdir())
