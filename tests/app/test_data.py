"""The tables behind the pages: checked, of the right kinds, and read anew when they change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from leaderboard.dashboard import collected, data, scored
from leaderboard.dashboard.next_steps import STAGES, command, next_stage
from leaderboard.dashboard.raw_lines import quick_index
from leaderboard.dashboard.widgets import csv_bytes, json_bytes
from utils.errors import InputError, UserError
from utils.layout import REPOSITORY, Layout
from utils.responses import Response

MODEL, BENCHMARK = "local/alpha-1", "safety"


@pytest.fixture
def layout(root: Path) -> Layout:
    return Layout(root=root, benchmarks=root / "benchmarks")


def test_numbers_are_floats_truths_are_booleans_and_undefined_is_missing(layout: Layout) -> None:
    path = layout.results / "deltas.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([rows[0] | {"p_value": None, "significant": None}, rows[0] | {"significant": True}]))
    frame = data.load(layout, data.DELTAS)
    assert pd.isna(frame["p_value"][0])
    assert pd.isna(frame["significant"][0])
    assert frame.to_dict("records")[1]["significant"] is True
    assert frame["n_items"].dtype == "float64"


def test_a_frame_can_be_changed_without_changing_the_next_one(layout: Layout) -> None:
    frame = data.load(layout, data.LEADERBOARD)
    frame["overall"] = 0.0
    assert (data.load(layout, data.LEADERBOARD)["overall"] > 0).all()


@pytest.mark.parametrize("table", [data.LEADERBOARD, data.METRICS, data.CALIBRATION, data.DELTAS], ids=lambda t: t.name)
def test_a_download_is_the_stage_s_own_file_byte_for_byte(layout: Layout, table: data.Table) -> None:
    path = data.path_of(layout, table)
    assert json_bytes(data.load(layout, table)) == path.read_bytes()
    assert csv_bytes(data.load(layout, table)) == path.with_suffix(".csv").read_bytes()


def test_a_downloaded_cell_cannot_run_as_a_formula() -> None:
    assert csv_bytes(pd.DataFrame({"prediction": ["=1+1", "-5"]})) == b"prediction\n'=1+1\n-5\n"


def test_a_missing_table_names_its_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run `python3 -m leaderboard\.build_leaderboard` first"):
        data.load(Layout(tmp_path, tmp_path), data.LEADERBOARD)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"model": 3}, "field 'model': row 1: expected a string or null, found 3"),
        ({"delta": "1"}, "field 'delta': row 1: expected a number or null, found '1'"),
        ({"delta": True}, "field 'delta': row 1: expected a number or null, found True"),
        ({"significant": 1}, "field 'significant': row 1: expected true or false or null, found 1"),
    ],
)
def test_another_kind_of_value_is_refused(layout: Layout, row: dict[str, object], problem: str) -> None:
    path = layout.results / "deltas.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([rows[0] | row]))
    with pytest.raises(InputError, match=problem):
        data.load(layout, data.DELTAS)


def test_parquet_and_csv_hold_the_same_items_as_json(layout: Layout) -> None:
    folder = layout.item_tables / "local__alpha-1"
    from_json = scored.load_items(layout, MODEL, BENCHMARK)
    pd.read_json(folder / "safety.json", dtype=False).to_parquet(folder / "safety.parquet")
    (folder / "safety.json").unlink()
    columns = list(data.ITEMS.columns)
    pd.testing.assert_frame_equal(scored.load_items(layout, MODEL, BENCHMARK)[columns], from_json[columns])
    (folder / "safety.parquet").unlink()
    pd.testing.assert_frame_equal(scored.load_items(layout, MODEL, BENCHMARK)[columns], from_json[columns])


@pytest.mark.parametrize("suffix", ["json", "parquet", "csv"])
def test_broken_item_tables_are_told_whatever_their_form(layout: Layout, suffix: str) -> None:
    folder = layout.item_tables / "local__alpha-1"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / f"safety.{suffix}").write_bytes(b"model,run\nx,one\n")
    with pytest.raises(InputError, match=rf"safety\.{suffix}"):
        scored.load_items(layout, MODEL, BENCHMARK)


def test_responses_are_found_by_model_and_read_by_item_and_run(layout: Layout) -> None:
    found = collected.submissions(layout)
    assert list(found) == ["anthropic/gamma-3", "local/alpha-1", "openai/beta-2"]
    submission = collected.index(found[MODEL][BENCHMARK])
    assert len(submission.places) == 24
    response = collected.read_one(submission, ("safety-3", 2))
    assert isinstance(response, Response)
    assert (response.item_id, response.run) == ("safety-3", 2)
    assert collected.read_one(submission, ("safety-3", 9)) is None


def test_a_response_that_was_replaced_while_the_page_was_drawn_is_not_shown_for_another(layout: Layout) -> None:
    path = layout.submissions / "local__alpha-1/safety.jsonl"
    submission = collected.index(path)
    path.write_text("\n".join(reversed(path.read_text().splitlines())) + "\n")
    assert collected.read_one(submission, ("safety-0", 0)) is None
    response = collected.read_one(collected.index(path), ("safety-0", 0))
    assert response is not None
    assert response.item_id == "safety-0"


def test_an_id_that_utf8_cannot_hold_is_found_as_the_tables_store_it(layout: Layout) -> None:
    path = layout.submissions / "local__alpha-1/safety.jsonl"
    line = json.loads(path.read_text().splitlines()[0])
    path.write_text(json.dumps(line | {"item_id": "a\ud800\0"}) + "\n")
    submission = collected.index(path)
    assert list(submission.places) == [("a\\ud800\\x00", 0)]
    assert collected.read_one(submission, ("a\\ud800\\x00", 0)) is not None


def test_words_are_sought_in_prompt_response_and_confidence_reply(layout: Layout) -> None:
    submission = collected.index(layout.submissions / "local__alpha-1/safety.jsonl")
    items = collected.benchmark(layout, BENCHMARK).items
    assert collected.containing(submission, "QUESTION 4", items) == {("safety-4", run) for run in range(3)}
    assert len(collected.containing(submission, "80%", items)) == 24
    assert collected.containing(submission, "nowhere", items) == frozenset()


def test_the_next_command_is_the_first_whose_output_is_missing(layout: Layout, tmp_path: Path) -> None:
    empty = Layout(tmp_path, tmp_path / "none")
    assert next_stage(empty, "analysis.baseline_deltas").module == "runners.auto_run_async"
    assert next_stage(layout, "leaderboard.build_leaderboard").module == "analysis.plot_calibration"
    assert [next_stage(layout, stage.module).module for stage in STAGES][:4] == [s.module for s in STAGES][:4]


def test_commands_name_the_folders_only_where_they_are_not_the_usual_ones(tmp_path: Path) -> None:
    usual = Layout(REPOSITORY, REPOSITORY / "benchmarks")
    assert command("runners.run_consistency", usual) == "python3 -m runners.run_consistency"
    spaced = Layout(tmp_path / "my root", usual.benchmarks)
    assert command("runners.run_consistency", spaced).endswith(f"--root '{tmp_path}/my root'")


@pytest.mark.parametrize("files", ["plain_files", "hostile_files"])
def test_a_long_file_is_indexed_by_its_keys_alone_with_the_same_result(
    files: str, request: pytest.FixtureRequest
) -> None:
    for path in request.getfixturevalue(files).glob("submissions/*/*.jsonl"):
        assert quick_index(path)[0] == collected.index(path).places


def test_a_quick_index_tells_of_lines_that_cannot_be_used_and_keeps_the_first_of_a_key(layout: Layout) -> None:
    path = layout.submissions / "local__alpha-1/safety.jsonl"
    before = collected.index(path).places
    first = path.read_text().splitlines()[0]
    with path.open("a") as file:
        file.write(f'not json\n{first}\n{{"model": "local/alpha-1", "torn')
    places, problems = quick_index(path)
    assert places == before
    assert [problem.partition(" ")[0] for problem in problems] == [f"{path}:25:", f"{path}:27:"]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("words", ["ÉTÉ", 'say "no"', "a\nb", "back\\slash", "and/or", "needle"])
def test_words_are_found_however_their_line_is_written(layout: Layout, words: str, ascii_only: bool) -> None:
    path = layout.submissions / "local__alpha-1/safety.jsonl"
    plain = json.loads(path.read_text().splitlines()[0])
    lines = [plain | {"run": run, "response": text} for run, text in enumerate((f"x {words} y", "nothing", "x"))]
    lines[2]["confidence_response"] = words.lower()
    lines[1]["seed"] = words  # not a text that is searched
    path.write_text("".join(json.dumps(line, ensure_ascii=ascii_only) + "\n" for line in lines))
    key = plain["item_id"]
    assert collected.containing(collected.index(path), words, {}) == {(key, 0), (key, 2)}
