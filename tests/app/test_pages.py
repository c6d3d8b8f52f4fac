"""The whole app, page by page: with results, without, with broken ones, and with hostile texts in all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.dashboard_root import PAYLOADS
from tests.app.page_reading import PAGES, OpenPage, Reader, shown_code

# table -> the pages that read it
TABLES = {
    "leaderboard/leaderboard": ("overview",),
    "results/metrics": ("safety", "ambiguity", "reasoning"),
    "results/calibration": ("calibration",),
    "results/calibration_bins": ("calibration",),
    "results/calibration_curves": ("calibration",),
    "results/risk_coverage": ("calibration",),
    "results/scorer_card": ("safety",),
    "results/consistency": ("consistency",),
    "results/consistency_items": ("consistency",),
    "results/deltas": ("deltas",),
    "results/delta_details": ("deltas",),
    "results/changes": ("deltas",),
    "leaderboard/artifacts/pairwise": ("overview",),
    "leaderboard/artifacts/weights": ("overview",),
    "leaderboard/artifacts/weight_sensitivity": ("overview",),
    "leaderboard/artifacts/provenance": ("provenance",),
}
BROKEN = {
    "torn": '[{"model": "local/alpha-1", "rank"',
    "no list": '{"inputs": 3}',
    "other columns": '[{"colour": "blue"}]',
    "not UTF-8": b"\xff\xfe[]",
    "empty file": "",
    "nested too deeply": "[" * 100_000,
}


@pytest.mark.parametrize("page", PAGES)
def test_shows_results_with_a_table_and_its_downloads(page: str, plain_files: Path, open_page: OpenPage) -> None:
    app = open_page(page, plain_files)
    assert not app.exception
    assert not app.warning or page == "provenance"  # which tells that a file is gone
    assert [title.value for title in app.title] == [PAGES[page]]
    assert len(app.dataframe) >= 1
    assert len(app.get("download_button")) >= 2


@pytest.mark.parametrize("page", PAGES)
def test_without_files_says_what_to_run_first(page: str, tmp_path: Path, open_page: OpenPage) -> None:
    app = open_page(page, tmp_path)
    assert not app.exception
    assert f"python3 -m runners.auto_run_async --root {tmp_path}" in shown_code(app)


@pytest.mark.parametrize("page", [name for name in PAGES if name not in ("responses", "run")])
def test_after_collecting_says_to_score(page: str, root: Path, open_page: OpenPage) -> None:
    for file in [*root.glob("results/**/*.*"), *root.glob("leaderboard/**/*.*")]:
        file.unlink()
    app = open_page(page, root)
    assert not app.exception
    assert "python3 -m runners.aggregate_results" in shown_code(app)


def test_responses_are_shown_before_they_are_scored(root: Path, open_page: OpenPage) -> None:
    for file in root.glob("results/items/*/*"):
        file.unlink()
    app = open_page("responses", root)
    assert not app.exception
    assert "runners.aggregate_results" in shown_code(app)
    assert set(app.dataframe[0].value["Outcome"]) == {"Not scored yet"}


@pytest.mark.parametrize(
    ("table", "content"),
    [*((table, BROKEN["torn"]) for table in TABLES), *(("results/metrics", content) for content in BROKEN.values()),
     *((table, BROKEN["other columns"]) for table in TABLES)],
)  # fmt: skip
def test_a_broken_table_is_named_with_the_command_that_mends_it(
    table: str, content: str | bytes, root: Path, open_page: OpenPage
) -> None:
    pages = TABLES[table]
    path = root / f"{table}.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    app = open_page(pages[0], root)
    assert not app.exception
    assert path.name in shown_code(app)
    assert "python3 -m " in shown_code(app)


def test_a_value_of_the_wrong_kind_is_named_by_row_and_field(root: Path, open_page: OpenPage) -> None:
    path = root / "results/metrics.json"
    rows = json.loads(path.read_text())
    rows[2]["value"] = "**high**"
    path.write_text(json.dumps(rows))
    code = shown_code(open_page("safety", root))
    assert "field 'value': row 3: expected a number or null, found '**high**'" in code


def tables(root: Path) -> list[Path]:
    return [root / f"{name}.json" for name in TABLES if not name.endswith("provenance")]


def test_results_where_nothing_is_defined_are_shown(root: Path, open_page: OpenPage) -> None:
    for path in tables(root):
        rows = [
            {k: None if isinstance(v, float) else v for k, v in row.items()} for row in json.loads(path.read_text())
        ]
        path.write_text(json.dumps(rows))
    for page in PAGES:
        assert not open_page(page, root).exception, page


def test_one_model_in_one_run_is_shown(root: Path, open_page: OpenPage) -> None:
    for path in tables(root):
        rows = [row for row in json.loads(path.read_text()) if row.get("model", "local/alpha-1") == "local/alpha-1"]
        rows = [{k: None if k in ("run_1", "run_2") else v for k, v in row.items()} for row in rows]
        path.write_text(json.dumps(rows))
    for page in PAGES:
        assert not open_page(page, root).exception, page
    assert "only model so far" in "".join(element.value for element in open_page("overview", root).html)


def test_lines_that_cannot_be_used_are_told_and_the_others_shown(root: Path, open_page: OpenPage) -> None:
    path = root / "submissions/anthropic__gamma-3/ambiguity.jsonl"
    with path.open("a") as file:
        file.write('not json\n{"model": "anthropic/gamma-3"}\n{"torn')
    with (root / "benchmarks/ambiguity.jsonl").open("a") as file:
        file.write('{"id": "bad"}\n')
    app = open_page("responses", root)
    assert not app.exception
    assert len(app.dataframe[0].value) == 24
    assert "ambiguity.jsonl:25" in shown_code(app)
    assert "ambiguity.jsonl:9" in shown_code(app)


def test_an_item_that_left_the_benchmark_still_shows_its_response(root: Path, open_page: OpenPage) -> None:
    (root / "benchmarks/ambiguity.jsonl").unlink()
    app = open_page("responses", root)
    assert not app.exception
    assert any("tb-passage" in element.value for element in app.html)


@pytest.mark.parametrize("arguments", [["--root", "/does/not/exist"], ["--rot", "x"], ["--root"]])
def test_unusable_arguments_are_explained(arguments: list[str], tmp_path: Path, open_page: OpenPage) -> None:
    app = open_page("overview", tmp_path, arguments)
    assert not app.exception
    assert len(app.warning) == 1
    assert shown_code(app)


def test_files_that_change_are_read_anew(root: Path, open_page: OpenPage) -> None:
    assert len(open_page("overview", root).dataframe[-1].value) == 3
    path = root / "leaderboard/leaderboard.json"
    path.write_text(json.dumps(json.loads(path.read_text())[:1]))
    assert len(open_page("overview", root).dataframe[-1].value) == 1


def test_provenance_checks_the_files_against_their_hashes(root: Path, open_page: OpenPage) -> None:
    with (root / "results/metrics.json").open("a") as file:
        file.write("\n")
    app = open_page("provenance", root)
    assert list(app.dataframe[0].value["Now"]) == ["changed", "not found", "same"]
    assert "Not verified: of 3 files 1 have changed and 1 are not found" in app.warning[0].value


# Elements whose text Streamlit never reads as markdown: tables, charts (drawn), text, code. Options of select boxes are
# plain text too; their labels, like everything else, are markdown.
PLAIN_ELEMENTS = {"text", "code", "vega_lite_chart"}
SELECTIONS = {"selectbox": ("options", "raw_value"), "multiselect": ("options", "raw_values")}


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_is_only_ever_text(page: str, hostile_files: Path, open_page: OpenPage) -> None:
    app = open_page(page, hostile_files)
    assert not app.exception
    assert not app.warning or page == "provenance"  # which tells that a file is gone
    for element in [*app.main, *app.sidebar]:
        proto: Any = getattr(element, "proto", None)
        if proto is None or not hasattr(proto, "SerializeToString") or element.type in PLAIN_ELEMENTS:
            continue
        if element.type == "dataframe":
            headers = "".join(element.value.columns).encode() + proto.columns.encode()
            assert not any(part in headers for part in LIVE)
            continue
        if element.type == "html":
            assert {tag.strip("/") for tag in Reader(proto.body).tags} <= OWN_TAGS, proto.body[:300]
            continue
        if element.type in SELECTIONS:
            proto = type(proto).FromString(proto.SerializeToString())
            for name in SELECTIONS[element.type]:
                proto.ClearField(name)
        assert not any(part in proto.SerializeToString() for part in LIVE), element


OWN_TAGS = {"style", "div", "p", "b", "bdi", "code", "mark", "span", "ul", "li", "dl", "dt", "dd"}
LIVE = (b"<script", b"<img", b"<iframe", b"](http", b"\\frac", b":red[", b"**bold", b":material/delete")


def test_every_payload_is_really_there_to_be_seen(hostile_files: Path, open_page: OpenPage) -> None:
    """So that the test above cannot pass because nothing hostile was shown."""
    seen = "".join(Reader(element.value).text for element in open_page("responses", hostile_files).html)
    assert all(payload in seen for payload in PAYLOADS)
    assert "⟦U+202E⟧" in seen


def test_live_markup_is_found_where_it_is(tmp_path: Path) -> None:
    """The search of the hostile test finds markup in an element that would run it."""

    def script(payload: str) -> None:
        import streamlit as st

        st.markdown(payload)

    app = AppTest.from_function(script, args=(PAYLOADS[0],)).run()
    assert any(part in app.markdown[0].proto.SerializeToString() for part in LIVE)
