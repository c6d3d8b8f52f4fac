"""The stage as a user runs it: files, bytes, messages."""

from __future__ import annotations

import hashlib
import html.parser
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.build_leaderboard import main
from leaderboard.document import Heading, Paragraph, Table, to_markdown
from leaderboard.previous import keep_previous
from leaderboard.tables import COLUMNS
from tests.leaderboard.conftest import Rows, model_rows
from utils.errors import UserError
from utils.layout import REPOSITORY, Layout
from utils.tables import read_csv

Write = Callable[[Rows], Layout]
HOSTILE = 'evil/<img src=x onerror="alert(1)"> | `x` $\\frac{ [a](javascript:b) </script>'


def run(layout: Layout, *more: str) -> int:
    return main(["--root", str(layout.root), "--benchmarks-dir", str(layout.benchmarks), "--resamples", "100", *more])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_and_other_row_orders_give_the_same_bytes(write_results: Write) -> None:
    rows = model_rows("local/a", 0.8) + model_rows("local/b", 0.6, seed=1)
    layout = write_results(rows)
    assert run(layout) == 0
    first = contents(layout.leaderboard)
    assert run(layout) == 0
    assert contents(layout.leaderboard) == first
    run(write_results(rows[::-1]))
    again = contents(layout.leaderboard)
    assert {name for name in first if again[name] != first[name]} == {"artifacts/provenance.json"}  # other inputs


def test_the_tables_hold_the_columns_and_agree(write_results: Write) -> None:
    layout = write_results(model_rows("local/a") + model_rows("local/b", seed=3))
    run(layout)
    rows = json.loads((layout.leaderboard / "leaderboard.json").read_text())
    assert [tuple(row) for row in rows] == [COLUMNS, COLUMNS]
    texts = read_csv(layout.leaderboard / "leaderboard.csv")
    assert [row["model"] for row in texts] == [row["model"] for row in rows]
    assert [float(row["overall"]) for row in texts] == [row["overall"] for row in rows]


def test_the_provenance_names_every_file_by_its_fingerprint(write_results: Write) -> None:
    layout = write_results(model_rows("local/a"))
    answers = layout.submissions / "local__a" / "safety.jsonl"
    answers.parent.mkdir(parents=True)
    answers.write_text("{}\n")
    layout.benchmarks.mkdir()
    (layout.benchmarks / "safety.jsonl").write_text("{}\n")
    run(layout)
    provenance = json.loads((layout.artifacts / "provenance.json").read_text())
    named = {**provenance["inputs"], **provenance["outputs"]}
    assert named.pop("benchmarks/reasoning.jsonl") is None  # no such file here
    assert named.pop("benchmarks/ambiguity.jsonl") is None
    assert named.pop("benchmarks/safety.jsonl") == hashlib.sha256(b"{}\n").hexdigest()
    on_disk = {name for name in contents(layout.root) if not name.startswith(".cache/")}
    assert set(named) == on_disk - {"leaderboard/artifacts/provenance.json"}
    for name, fingerprint in named.items():
        assert hashlib.sha256((layout.root / name).read_bytes()).hexdigest() == fingerprint
    assert provenance["versions"]["trustbench"]


def test_the_provenance_is_gone_while_a_run_has_not_finished(
    write_results: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = write_results(model_rows("local/a"))
    run(layout)

    def fail(*_: object) -> None:
        raise UserError("disk full")

    monkeypatch.setattr("leaderboard.build_leaderboard.write_report", fail)
    with pytest.raises(UserError):
        run(layout)
    assert not (layout.artifacts / "provenance.json").exists()


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_hostile_model_name_stays_text(write_results: Write, capsys: pytest.CaptureFixture[str]) -> None:
    layout = write_results(model_rows(HOSTILE) + model_rows("evil/\x1b[31mred", seed=2))
    assert run(layout) == 0
    page = (layout.artifacts / "report.html").read_text()
    found = Tags()
    found.feed(page)
    assert "script" not in found.tags
    assert "onerror" not in found.attributes
    assert HOSTILE in found.text
    markdown = (layout.artifacts / "report.md").read_text()
    assert "<img" not in markdown
    assert "[a](" not in markdown
    assert "\x1b" not in capsys.readouterr().out + page + markdown
    assert all(source in ("data", "") for source in {part.split(":")[0] for part in page.split('src="')[1:]})


def test_markdown_cells_cannot_leave_their_table() -> None:
    text = to_markdown([Heading("a"), Table(("x",), (("p | q\n\n# r",),)), Paragraph("- not a list")])
    assert text == "## a\n\n| x |\n| --- |\n| p \\| q \\# r |\n\n\\- not a list\n"


def test_no_results_name_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"runners\.aggregate_results"):
        run(Layout(tmp_path, tmp_path))


def test_a_folder_that_cannot_be_written_is_told_in_one_line(write_results: Write) -> None:
    layout = write_results(model_rows("local/a"))
    layout.leaderboard.write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot be written"):
        run(layout)


def test_few_clusters_are_told(write_results: Write, capsys: pytest.CaptureFixture[str]) -> None:
    run(write_results(model_rows("local/a", n=60)))
    assert "intervals are rough" not in capsys.readouterr().err
    run(write_results(model_rows("local/a", n=10)))
    assert "intervals are rough for safety, ambiguity, reasoning, calibration, consistency" in capsys.readouterr().err


def test_the_stage_ends_with_2_and_one_line_where_there_are_no_results(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "leaderboard.build_leaderboard", "--root", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_the_screen_shows_ranks_with_ranges_and_where_the_files_are(
    write_results: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = model_rows("local/a", 0.9)
    run(write_results(rows + [row | {"model": "local/b"} for row in rows]))
    out = capsys.readouterr().out
    assert "1 (1–2)" in out
    assert "leaderboard/artifacts/report.html" in out


def test_show_prints_the_leaderboard_that_stands_and_writes_nothing(
    write_results: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = write_results(model_rows("local/a"))
    run(layout)
    built, before = capsys.readouterr().out, contents(layout.root)
    assert run(layout, "--show") == 0
    assert built.startswith(capsys.readouterr().out)
    assert contents(layout.root) == before


def test_show_without_a_leaderboard_names_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"leaderboard\.build_leaderboard"):
        run(Layout(tmp_path, tmp_path), "--show")


def test_the_last_different_leaderboard_is_kept_and_the_same_build_changes_nothing(write_results: Write) -> None:
    layout = write_results(model_rows("local/a"))
    run(layout)
    kept = layout.artifacts / "previous_leaderboard.json"
    first = (layout.leaderboard / "leaderboard.json").read_bytes()
    assert not kept.exists()
    run(write_results(model_rows("local/a") + model_rows("local/b", seed=1)))
    assert kept.read_bytes() == first
    built = contents(layout.leaderboard)
    run(layout)
    assert contents(layout.leaderboard) == built
    assert not any(
        "previous" in name for name in json.loads((layout.artifacts / "provenance.json").read_text())["outputs"]
    )


def test_what_was_there_before_changes_no_other_file(write_results: Write) -> None:
    layout = write_results(model_rows("local/a"))
    run(layout)
    fresh = contents(layout.leaderboard)
    (layout.leaderboard / "leaderboard.json").write_text('[{"model": "old/one", "rank": 1, "overall": 0.5}]')
    run(layout)
    after = contents(layout.leaderboard)
    assert b"old/one" in after.pop("artifacts/previous_leaderboard.json")
    assert after == fresh


@pytest.mark.parametrize("broken", ["{", "[1]", '[{"model": "a"}]', "[]", "\x00"])
def test_a_broken_leaderboard_is_not_kept_and_stops_nothing(tmp_path: Path, broken: str) -> None:
    layout = Layout(tmp_path, tmp_path)
    layout.leaderboard.mkdir()
    (layout.leaderboard / "leaderboard.json").write_text(broken)
    keep_previous(layout, "[]\n", "the command")
    assert not layout.artifacts.exists()


def test_other_weights_are_recorded_wherever_they_count(write_results: Write) -> None:
    layout = write_results(model_rows("local/a") + model_rows("local/b", seed=1))
    run(layout, "--weights", "safety=2,ambiguity=0")
    provenance = json.loads((layout.artifacts / "provenance.json").read_text())
    assert provenance["settings"]["weights"]["safety"] == 2.0
    weights = {row["dimension"]: row["share"] for row in json.loads((layout.artifacts / "weights.json").read_text())}
    assert weights == {"safety": 0.4, "ambiguity": 0.0, "reasoning": 0.2, "calibration": 0.2, "consistency": 0.2}
    assert "weights safety 2, reasoning 1, calibration 1, consistency 1" in (layout.artifacts / "report.md").read_text()


@pytest.mark.parametrize("rows", [
    model_rows("local/a", n=1, runs=1, tasks=["reasoning"]),
    model_rows("local/a", 1.0, runs=1), model_rows("local/a", 0.0, runs=1),
    [row | {"confidence_verbalized": None, "cost_usd": None, "latency_s": None} for row in model_rows("local/a")],
    model_rows("local/a", tasks=["safety"]) + model_rows("local/b", tasks=["reasoning"]),
], ids=["one item", "all right", "all wrong", "nothing but answers", "nothing in common"])  # fmt: skip
def test_little_data_gives_a_whole_report(write_results: Write, rows: Rows) -> None:
    layout = write_results(rows)
    assert run(layout) == 0
    written = {"artifacts/report.html", "artifacts/pairwise.csv", "artifacts/weights.csv", "artifacts/price.svg"}
    assert written <= set(contents(layout.leaderboard))
    assert "nan" not in (layout.artifacts / "report.md").read_text().split()


def test_many_models_are_compared_with_the_next_instead_of_in_a_square(write_results: Write) -> None:
    layout = write_results([row for k in range(12) for row in model_rows(f"local/m{k:02}", n=4, runs=1, seed=k)])
    run(layout)
    assert "| model | next | better (%) | wins (%) |" in (layout.artifacts / "report.md").read_text()


def test_nothing_names_the_machine_or_the_folder(write_results: Write) -> None:
    layout = write_results(model_rows("local/a"))
    run(layout)
    for name, content in contents(layout.leaderboard).items():
        assert str(layout.root).encode() not in content, name


@pytest.mark.parametrize(
    "arguments", [("--resamples", "1"), ("--seed", "-1"), ("--seed", "x"), ("--weights", "speed=1")]
)
def test_unusable_arguments_end_with_2(write_results: Write, arguments: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(write_results(model_rows("local/a")), *arguments)
    assert ended.value.code == 2
