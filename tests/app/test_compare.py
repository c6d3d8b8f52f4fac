"""Any two models: the differences are those of step 7 either way round, and the filters and texts follow the URL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leaderboard.dashboard import compare_figures, data
from leaderboard.dashboard.since import changes
from tests.app.page_reading import OpenPage, Reader
from utils.layout import Layout

ALPHA, BETA, GAMMA = "local/alpha-1", "openai/beta-2", "anthropic/gamma-3"
PAIR = {"model": BETA, "other": GAMMA, "benchmark": "safety"}


@pytest.fixture
def layout(root: Path) -> Layout:
    return Layout(root, root / "benchmarks")


def test_a_stored_comparison_is_turned_round(layout: Layout) -> None:
    (as_asked, stored), (turned, _) = (
        compare_figures.differences(layout, first, second, "safety") for first, second in ((BETA, ALPHA), (ALPHA, BETA))
    )
    assert stored
    (row,), (other) = as_asked.to_dict("records"), turned.to_dict("records")[0]
    assert (other["delta"], other["ci_low"], other["ci_high"]) == (-row["delta"], -row["ci_high"], -row["ci_low"])
    assert (other["value"], other["baseline_value"]) == (row["baseline_value"], row["value"])
    assert (other["model"], other["baseline"], other["p_value"]) == (ALPHA, BETA, row["p_value"])


def test_other_pairs_are_computed_and_turn_round_alike(layout: Layout) -> None:
    (rows, stored), (turned, _) = (
        compare_figures.differences(layout, first, second, "safety") for first, second in ((BETA, GAMMA), (GAMMA, BETA))
    )
    assert not stored
    by_metric = rows.set_index("metric")
    assert "safety_accuracy" in by_metric.index
    assert set(rows.columns) >= set(data.DELTAS.columns)
    for metric, row in turned.set_index("metric").iterrows():
        assert row["delta"] == pytest.approx(-by_metric.loc[metric, "delta"])
        assert row["p_value"] == pytest.approx(by_metric.loc[metric, "p_value"])


def test_won_and_lost_are_those_that_only_one_has_right(layout: Layout) -> None:
    rows = compare_figures.pairs(layout, BETA, GAMMA, "safety")
    assert len(rows) == 24
    for row in rows.to_dict("records"):
        expected = {(True, True): "both", (True, False): "won", (False, True): "lost", (False, False): "neither"}
        assert row["verdict"] == expected[bool(row["correct"]), bool(row["correct_other"])]
    turned = compare_figures.pairs(layout, GAMMA, BETA, "safety")
    assert (rows["verdict"] == "won").sum() == (turned["verdict"] == "lost").sum()


def test_the_filters_and_the_texts_follow_the_url(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("compare", plain_files, **PAIR, differing="True", category="everyday")
    assert not app.exception
    shown = app.dataframe[1].value
    assert len(shown)
    assert set(shown["Category"]) == {"everyday"}
    assert (shown["Model"] != shown["Compared with"]).all()
    passages = [Reader(element.value) for element in app.html if "tb-passage" in element.value]
    assert any(read.marked for read in passages)


def test_two_models_without_a_benchmark_in_common_are_told_so(root: Path, open_page: OpenPage) -> None:
    for task in ("ambiguity", "reasoning"):
        (root / f"submissions/openai__beta-2/{task}.jsonl").unlink()
    (root / "submissions/anthropic__gamma-3/safety.jsonl").unlink()
    app = open_page("compare", root, model=BETA, other=GAMMA)
    assert not app.exception
    assert "no benchmark in common" in app.info[0].value


def test_one_model_alone_is_told_so(root: Path, open_page: OpenPage) -> None:
    for folder in ("openai__beta-2", "anthropic__gamma-3"):
        for file in (root / "submissions" / folder).iterdir():
            file.unlink()
    app = open_page("compare", root)
    assert not app.exception
    assert "takes two" in app.info[0].value


def test_changes_tell_of_models_that_came_went_and_moved() -> None:
    before = [
        {"model": "a", "rank_low": 1, "rank_high": 1, "overall": 0.5},
        {"model": "b", "rank_low": 2, "rank_high": 2, "overall": 0.4},
        {"model": "same", "rank_low": 3, "rank_high": 3, "overall": None},
    ]
    now = [{**before[0], "rank_high": 2}, {"model": "c", "rank_low": 1, "rank_high": 1}, before[2]]
    found = {row["model"]: row["change"] for row in changes(now, before)}
    assert found == {"a": "other rank", "b": "gone", "c": "new"}
    moved = changes([{**before[0], "overall": 0.51}, *before[1:]], before)
    assert [(row["model"], row["change"], round(row["overall"], 6)) for row in moved] == [("a", "other scores", 0.01)]


def test_a_broken_earlier_build_is_told_and_the_rest_shown(root: Path, open_page: OpenPage) -> None:
    path = root / "leaderboard/artifacts/previous_leaderboard.json"
    path.write_text("{torn")
    app = open_page("overview", root)
    assert not app.exception
    assert len(app.warning) == 1
    path.write_text(json.dumps([7, {"model": None}, {"rank": "x"}]))
    assert not open_page("overview", root).exception
