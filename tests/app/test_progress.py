"""Step 1 as seen through its files: what was asked, answered and failed, how fast, and whether it still runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.dashboard.progress import Tally, invocations
from tests.app.page_reading import OpenPage, shown_code
from utils.layout import Layout

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
ITEMS = ["i0", "i1", "i2"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, tmp_path / "benchmarks")


def begin(layout: Layout, *, start: datetime = START, **entry: Any) -> Path:
    folder = layout.submissions / "openai__m"
    folder.mkdir(parents=True, exist_ok=True)
    started = {"started_at": start.isoformat(), "ended_at": None, "outcome": None, "arguments": {"runs": 2},
               "sampled_items": {"safety": ITEMS}}  # fmt: skip
    manifest = {"model": "openai/m", "invocations": [started | entry]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def answer(folder: Path, item: str, run: int, second: float, *, file: str = "safety.jsonl", cost: float = 0.5) -> None:
    line = {"item_id": item, "run": run, "response": "x", "cost_usd": cost,
            "created_at": (START + timedelta(seconds=second)).isoformat()}  # fmt: skip
    with (folder / file).open("a") as out:
        out.write(json.dumps(line) + "\n")


def tally(layout: Layout) -> Tally:
    return Tally(invocations(layout)[0][0])


def test_counts_what_is_done_failed_and_spent_and_how_long_it_will_take(layout: Layout) -> None:
    folder = begin(layout)
    answer(folder, "i0", 0, -60)  # of an earlier invocation: done, but neither new nor spent now
    answer(folder, "i1", 0, 10)
    answer(folder, "i2", 0, 20)
    answer(folder, "i0", 1, 15, file="safety.errors.jsonl")
    answer(folder, "i1", 0, 5, file="safety.errors.jsonl")  # failed at first, and was answered then
    answer(folder, "elsewhere", 0, 12, cost=0)  # of a larger sample
    found = tally(layout).read_on()
    assert (found.done, found.invocation.wanted, found.failed, found.fresh) == (3, 6, 1, 3)
    assert found.cost_usd == 1.0
    assert found.rate == pytest.approx(3 / 20)
    assert found.left_s == pytest.approx(2 / (3 / 20))


def test_reads_on_where_it_stopped_and_waits_for_a_line_that_is_being_written(layout: Layout) -> None:
    folder = begin(layout)
    reading = tally(layout)
    assert reading.read_on().done == 0
    answer(folder, "i0", 0, 1)
    with (folder / "safety.jsonl").open("a") as out:
        out.write('{"item_id": "i1", "run": 0, ')
    assert reading.read_on().done == 1
    with (folder / "safety.jsonl").open("a") as out:
        out.write('"response": "x"}\n')
    assert reading.read_on().done == 2


def test_a_file_that_was_replaced_is_counted_anew(layout: Layout) -> None:
    folder = begin(layout)
    reading = tally(layout)
    for run in range(2):
        answer(folder, "i0", run, 1)
    assert reading.read_on().done == 2
    (folder / "safety.jsonl").unlink()
    answer(folder, "i2", 0, 2)
    found = reading.read_on()
    assert (found.done, found.fresh) == (1, 1)


def test_an_invocation_without_an_end_is_under_way_until_nothing_happens_for_long(layout: Layout) -> None:
    answer(begin(layout), "i0", 0, 30)
    found = tally(layout).read_on()
    assert found.under_way(START + timedelta(seconds=60))
    assert not found.stale(START + timedelta(seconds=60))
    assert found.stale(START + timedelta(hours=1))
    begin(layout, ended_at=START.isoformat())
    ended = tally(layout).read_on()
    assert not ended.under_way(START)
    assert not ended.stale(START + timedelta(hours=1))


@pytest.mark.parametrize("content", ["", "[]", '{"model": "m", "invocations": []}', "[" * 100_000, '{"torn'])
def test_a_manifest_that_cannot_be_used_is_told(layout: Layout, content: str) -> None:
    (begin(layout) / "manifest.json").write_text(content)
    found, problems = invocations(layout)
    assert not found
    assert "manifest.json" in problems[0]


def test_the_page_shows_a_run_under_way(tmp_path: Path, open_page: OpenPage) -> None:
    layout = Layout(tmp_path, tmp_path / "benchmarks")
    folder = begin(layout, start=datetime.now(UTC) - timedelta(seconds=30))
    for item in ITEMS:
        answer(folder, item, 0, (datetime.now(UTC) - START).total_seconds())
    app = open_page("run", tmp_path)
    assert not app.exception
    assert any("Under way" in element.value for element in app.html)
    row = app.dataframe[0].value.iloc[0]
    assert (row["State"], row["Responses"], row["New"]) == ("being asked", "3 of 6", 3)


def test_the_page_tells_of_a_broken_manifest(root: Path, open_page: OpenPage) -> None:
    (root / "submissions/local__alpha-1/manifest.json").write_text("{")
    app = open_page("run", root)
    assert not app.exception
    assert "manifest.json" in shown_code(app)
    assert len(app.dataframe[0].value) == 2
