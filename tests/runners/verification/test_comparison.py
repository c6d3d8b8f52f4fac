"""Results beside those that the submissions give: each difference has its line, and what cannot be compared says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runners.verification.comparison import PROVENANCE, compare
from utils.item_rows import ITEM_COLUMNS, write_item_table
from utils.layout import Layout

VERSIONS = {"matplotlib": "3.11.0", "python": "3.11.7"}
FILES = {
    "results/metrics.csv": "a,b\n1,2\n3,4\n",
    "results/plots/overview.png": "png",
    "leaderboard/leaderboard.json": "[]\n",
    PROVENANCE: json.dumps({"inputs": {}, "outputs": {"results/metrics.csv": "0"}, "versions": VERSIONS}),
}
ROW = {
    **dict.fromkeys(ITEM_COLUMNS),
    "model": "local/a",
    "benchmark": "b",
    "item_id": "i",
    "run": 0,
    "prediction": "4",
}


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Layout, Layout]:
    found, again = (Layout(root=tmp_path / name, benchmarks=tmp_path) for name in ("found", "again"))
    for name, text in FILES.items():
        (found.root / name).parent.mkdir(parents=True, exist_ok=True)
        (found.root / name).write_text(text)
    write_item_table(found.item_tables / "local__a", "b", [ROW])
    shutil.copytree(found.root, again.root)
    return found, again


def states(roots: tuple[Layout, Layout]) -> dict[str, str]:
    return {finding.what: finding.state for finding in compare(*roots)}


def test_equal_files_are_proven(roots: tuple[Layout, Layout]) -> None:
    found = states(roots)
    assert set(found.values()) == {"proven"}
    assert set(FILES) | {f"results/items/local__a/b.{kind}" for kind in ("csv", "json", "parquet")} == set(found)


@pytest.mark.parametrize("name", [name for name in FILES if name != PROVENANCE])
def test_a_changed_file_differs(roots: tuple[Layout, Layout], name: str) -> None:
    (roots[0].root / name).write_text("a,b\n1,2\n3,5\n")
    assert states(roots)[name] == "differs"


def test_the_first_line_that_differs_is_named(roots: tuple[Layout, Layout]) -> None:
    (roots[0].root / "results/metrics.csv").write_text("a,b\n1,2\n3,5\n")
    assert [finding.detail for finding in compare(*roots) if finding.state == "differs"] == ["differs from line 3 on"]


def test_a_missing_file_differs_and_one_too_many_too(roots: tuple[Layout, Layout]) -> None:
    (roots[0].root / "results/metrics.csv").rename(roots[0].root / "results/other.csv")
    found = states(roots)
    assert (found["results/metrics.csv"], found["results/other.csv"]) == ("differs", "differs")


def test_parquet_is_compared_by_its_rows(roots: tuple[Layout, Layout]) -> None:
    name = "results/items/local__a/b.parquet"
    write_item_table(roots[0].item_tables / "local__a", "b", [{**ROW, "prediction": "5"}])
    assert states(roots)[name] == "differs"
    (roots[0].root / name).write_bytes(b"PAR1")
    assert states(roots)[name] == "differs"


def test_the_earlier_leaderboard_and_changes_are_not_on_record(roots: tuple[Layout, Layout]) -> None:
    names = ("leaderboard/artifacts/previous_leaderboard.json", "results/changes.csv")
    for name in names:
        (roots[0].root / name).write_text("x")
    found = states(roots)
    assert [found[name] for name in names] == ["not on record", "not on record"]


def test_plots_of_another_library_are_told_but_are_no_difference(roots: tuple[Layout, Layout]) -> None:
    (roots[0].root / "results/plots/overview.png").write_text("another")
    assert states(roots)["results/plots/overview.png"] == "differs"
    other = json.dumps({"inputs": {}, "outputs": {}, "versions": {**VERSIONS, "matplotlib": "3.10.0"}})
    (roots[0].root / PROVENANCE).write_text(other)
    (finding,) = [finding for finding in compare(*roots) if finding.what == "results/plots/overview.png"]
    assert finding.state == "not on record"
    assert "matplotlib 3.10.0, here 3.11.0" in finding.detail


def test_a_wrong_fingerprint_on_record_differs(roots: tuple[Layout, Layout]) -> None:
    (roots[0].root / PROVENANCE).write_text(FILES[PROVENANCE].replace('"0"', '"1"'))
    assert states(roots)[PROVENANCE] == "differs"
