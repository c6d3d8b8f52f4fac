"""Who is better than whom, and whether other weights would change the leader: each pair once, in words that hold."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.app.page_reading import OpenPage, Reader

PAIR, WEIGHTS = "Compared with", "Leads in"


def table_with(app: AppTest, column: str) -> list[dict[str, object]]:
    (found,) = (frame.value for frame in app.dataframe if column in frame.value)
    return found.to_dict("records")


def words(app: AppTest) -> str:
    return "".join(Reader(element.value).text for element in app.html)


def test_each_two_models_are_compared_once_the_higher_first(plain_files: Path, open_page: OpenPage) -> None:
    rows = table_with(open_page("overview", plain_files), PAIR)
    assert [(row["Model"], row["Compared with"]) for row in rows] == [
        ("local/alpha-1", "openai/beta-2"), ("local/alpha-1", "anthropic/gamma-3"),
        ("openai/beta-2", "anthropic/gamma-3"),
    ]  # fmt: skip
    assert [row["Told apart"] for row in rows] == ["yes", "the other way round", "the other way round"]


def test_ties_count_half_and_what_is_not_known_is_not_told(root: Path, open_page: OpenPage) -> None:
    path = root / "leaderboard/artifacts/pairwise.json"
    pairs = json.loads(path.read_text())
    changed = [{**row, "better": 0.9 if row["model"].startswith("local") else None, "tied": 0.2} for row in pairs]
    path.write_text(json.dumps(changed))
    rows = table_with(open_page("overview", root), PAIR)
    assert [row["Chance that it is better"] for row in rows] == ["100.0%", "100.0%", "–"]
    assert rows[-1]["Told apart"] == "–"


def test_weights_that_change_the_leader_are_named_and_those_that_cannot(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("overview", plain_files)
    assert len(table_with(app, WEIGHTS)) == 3
    text = words(app)
    assert "when Safety, now 20.0% of the score, counts above 60.0% (anthropic/gamma-3 then leads)." in text
    assert "No weight of Ambiguity or Reasoning or Calibration or Consistency" in text


def test_a_leaderboard_without_these_tables_is_shown(root: Path, open_page: OpenPage) -> None:
    for name in ("pairwise", "weights", "weight_sensitivity"):
        (root / f"leaderboard/artifacts/{name}.json").unlink()
    app = open_page("overview", root)
    assert not app.exception
    assert not app.warning
    assert not [frame for frame in app.dataframe if {PAIR, WEIGHTS} & set(frame.value)]


def test_differences_tell_the_items_won_and_lost_where_their_details_are_there(root: Path, open_page: OpenPage) -> None:
    assert {row["Won : lost"] for row in table_with(open_page("deltas", root), "Baseline")} == {"3 : 1"}
    for name in ("delta_details", "changes"):
        (root / f"results/{name}.json").unlink()
    app = open_page("deltas", root)
    assert not app.exception
    assert "Won : lost" not in app.dataframe[0].value
    assert len(app.dataframe) == 1
