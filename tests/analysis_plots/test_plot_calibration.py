"""The reliability diagrams as a user gets them: which files, the same bytes, and nothing a name can break."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from analysis import figures
from analysis.figures import house_style, made_by, shown
from analysis.panels import REFERENCE, Panel, Sheet, curve
from analysis.plot_calibration import (
    BIN_COLUMNS,
    CURVE_COLUMNS,
    METRIC_COLUMNS,
    RISK_COLUMNS,
    STAGE,
    gather,
    gather_risks,
    main,
    plot_name,
)
from analysis.reliability_diagram import SOURCES, Bin, Reliability, draw_diagram, draw_overview
from utils.errors import InputError, UserError
from utils.layout import REPOSITORY
from utils.tables import write_table

Write = Callable[..., None]
HOSTILE = "../../evil/$\\frac{x}$ <script>alert(1)</script> ]]> -- \N{FIRE}\N{CJK UNIFIED IDEOGRAPH-4E2D}"


@pytest.fixture
def write_calibration(tmp_path: Path) -> Write:
    """Writes calibration tables in which each model states a confidence in words, and nothing else."""

    def write(*models: str, empty: bool = False) -> None:
        key = {"benchmark": "safety", "task": "safety", "confidence": "verbalized"}
        interval = {"ci_low": 0.4, "ci_high": 0.9}
        bins: list[dict[str, Any]] = [
            {"model": model, **key, "bin_low": low / 10, "bin_high": (low + 1) / 10, "n": n, **interval,
             "mean_confidence": low / 10 + 0.05, "accuracy": 0.7}
            for model in models
            for low, n in ((6, 3), (8, 30))
        ]  # fmt: skip
        metrics = [
            {
                "model": model,
                **key,
                "metric": "ece_equal_width_10",
                "value": 0.1234,
                "n": 33,
                "coverage": 0.5,
                **interval,
            }
            for model in models
        ]
        curves: list[dict[str, Any]] = [
            {
                "model": model,
                **key,
                "stated": at / 50,
                "density": 1.0,
                **interval,
                "accuracy": at / 50 if at > 25 else None,
            }
            for model in models
            for at in range(51)
        ]
        risks: list[dict[str, Any]] = [
            {"model": model, **key, "coverage": percent / 100, "n": percent, "accuracy": 0.7, **interval}
            for model in models
            for percent in range(1, 101)
        ]
        if empty:
            curves, risks = [], []
            bins = [row | {"n": 0, "mean_confidence": None, "accuracy": None} for row in bins]
            metrics = [
                row | {"value": None, "ci_low": None, "ci_high": None, "n": 0, "coverage": 0.0} for row in metrics
            ]
        write_table(tmp_path / "results", "calibration_bins", BIN_COLUMNS, bins)
        write_table(tmp_path / "results", "calibration", METRIC_COLUMNS, metrics)
        write_table(tmp_path / "results", "calibration_curves", CURVE_COLUMNS, curves)
        write_table(tmp_path / "results", "risk_coverage", RISK_COLUMNS, risks)

    return write


def draw(root: Path) -> dict[str, bytes]:
    assert main(["--root", str(root)]) == 0
    return {path.name: path.read_bytes() for path in (root / "results" / "plots").iterdir()}


def words(figure: Any) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_two_runs_give_the_same_bytes_with_any_number_of_processes(
    tmp_path: Path, write_calibration: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_calibration("local/a")
    alone = draw(tmp_path)
    monkeypatch.setattr(figures, "FIGURES_A_PROCESS", 1)
    monkeypatch.setattr(figures, "available_cores", lambda: 2)
    assert draw(tmp_path) == alone


def test_another_process_with_other_settings_gives_the_same_bytes(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration("local/a")
    here = draw(tmp_path)
    settings = tmp_path / "matplotlibrc"
    settings.write_text(
        "font.size: 30\naxes.grid: True\nsvg.fonttype: none\nxtick.direction: in\nlines.markeredgewidth: 5\n"
    )
    environment = {"PATH": "", "MATPLOTLIBRC": str(settings), "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", STAGE, "--root", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "results" / "plots").iterdir()} == here
    assert (tmp_path / ".cache" / "matplotlib").is_dir()


def test_there_is_a_diagram_for_each_pair_and_an_overview(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration("local/a")
    drawn = ("local__a__safety", "local__a__safety__risk-coverage", "overview")
    names = {f"{name}.{kind}" for name in drawn for kind in ("png", "svg")}
    assert set(draw(tmp_path)) == names


def test_the_figures_of_a_model_that_is_gone_are_removed_and_no_other_file(
    tmp_path: Path, write_calibration: Write
) -> None:
    write_calibration("local/a", "local/gone")
    draw(tmp_path)
    own = tmp_path / "results" / "plots" / "local__mine__safety.png"
    own.write_bytes(b"a picture of the user's")
    write_calibration("local/a")
    left = draw(tmp_path)
    assert own.name in left
    assert not [name for name in left if "gone" in name]


def test_a_hostile_name_chooses_no_path_and_breaks_no_figure(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration(HOSTILE)
    before = set(tmp_path.rglob("*"))
    draw(tmp_path)
    made = {path for path in set(tmp_path.rglob("*")) - before if ".cache" not in path.parts}
    assert {path.parent for path in made if path.is_file()} == {tmp_path / "results" / "plots"}
    for path in made:
        if path.suffix == ".svg":
            tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(path.read_bytes()).iter()}
            assert "script" not in tags


def test_names_that_could_meet_stay_apart() -> None:
    pairs = [("a/b", "c__d"), ("a/b__c", "d"), ("a/b_", "c"), ("a/b", "c")]
    assert len({plot_name(model, benchmark) for model, benchmark in pairs}) == len(pairs)


def test_a_diagram_tells_the_error_with_its_interval_and_n() -> None:
    bins = (Bin(0.8, 0.9, 30, 0.85, 0.7, 0.5, 0.8),)
    found = Reliability(bins, ece=0.15, ece_low=0.05, ece_high=0.25, n=30, coverage=0.6)
    with house_style():
        text = words(draw_diagram("local/a", "safety", {"verbalized": found}))
    assert "ECE 15.0 % (95 %: 5.0 to 25.0)" in text
    assert "n = 30, given for 60 % of answers" in text
    assert text.count("no confidence given") == 4  # two panels, in the subtitle and inside


def test_what_looks_alike_is_one_artist_however_many_panels_and_points_there_are() -> None:
    bins = tuple(Bin(at / 10, (at + 1) / 10, 30 * at, at / 10, 0.5, 0.4, 0.6) for at in range(1, 10))
    found = {("local/a", name, source.name): Reliability(bins) for name in "ab" for source in SOURCES}
    with house_style():
        one, two = draw_overview(["local/a"], ["a"], found), draw_overview(["local/a"], ["a", "b"], found)
    kinds = (matplotlib.collections.Collection, matplotlib.lines.Line2D)
    assert [len(one.findobj(kind)) for kind in kinds] == [len(two.findobj(kind)) for kind in kinds]


def test_a_curve_breaks_where_it_is_not_known() -> None:
    points = [(0.0, 1.0, 0.5, 1.5), (1.0, None, None, None), (2.0, 2.0, None, None), (3.0, 3.0, 2.0, 4.0)]
    with house_style():
        sheet = Sheet(4, 4)
        curve(sheet, Panel(0, 0, 4, 4, (0, 4), (0, 4)), REFERENCE, [*points, (4.0, 4.0, 3.0, 5.0)])
        (line,) = sheet.finished().findobj(matplotlib.collections.LineCollection)
        (band,) = sheet.figure.findobj(matplotlib.collections.PolyCollection)
    assert [path.vertices.tolist() for path in line.get_paths()] == [[[0, 1]], [[2, 2], [3, 3], [4, 4]]]
    assert [len(path.vertices) for path in band.get_paths()] == [5]  # the band of two places, closed


def test_without_confidence_every_panel_says_so(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration("local/a", empty=True)
    assert "local__a__safety.png" in draw(tmp_path)
    with house_style():
        assert "no confidence\ngiven" in words(draw_overview(["local/a"], ["safety"], {}))


def test_sources_differ_without_their_colour() -> None:
    assert len({source.marker for source in SOURCES}) == len({source.line for source in SOURCES}) == len(SOURCES)


def test_many_models_take_several_pages(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration(*(f"local/{index}" for index in range(9)))
    assert {"overview.png", "overview-2.png"} <= set(draw(tmp_path))


def test_empty_tables_draw_nothing_and_say_so(
    tmp_path: Path, write_calibration: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write_calibration()
    assert main(["--root", str(tmp_path)]) == 0
    assert "no model gave a confidence" in capsys.readouterr().err


def test_a_missing_table_names_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"analysis\.confidence_calibration"):
        main(["--root", str(tmp_path)])


def test_a_figure_is_known_by_the_stage_that_made_it(tmp_path: Path, write_calibration: Write) -> None:
    write_calibration("local/a")
    draw(tmp_path)
    path = tmp_path / "results" / "plots" / "overview.svg"
    assert made_by(path, STAGE)
    assert not made_by(path, "another.stage")


def test_long_names_are_cut_in_the_middle() -> None:
    assert shown("a" * 100 + "z", 11) == "aaaaa\N{HORIZONTAL ELLIPSIS}aaaaz"
    assert shown("a\n\x1bb") == "a \N{REPLACEMENT CHARACTER}b"


def test_bins_are_sorted_whatever_the_order_of_the_rows() -> None:
    key = {"model": "local/a", "benchmark": "safety", "confidence": "verbalized"}
    rest = {"n": 5, "mean_confidence": 0.5, "accuracy": 0.5, "ci_low": None, "ci_high": None}
    rows = [key | rest | {"bin_low": low, "bin_high": low + 0.1} for low in (0.7, 0.1, 0.4)]
    assert gather(rows, [], []) == gather(rows[::-1], [], [])


def test_curves_and_risks_are_sorted_whatever_the_order_of_the_rows() -> None:
    key = {"model": "local/a", "benchmark": "safety", "confidence": "verbalized", "ci_low": None, "ci_high": None}
    curves = [key | {"stated": at, "accuracy": at} for at in (0.5, 0.1, 0.9)]
    risks = [key | {"coverage": share, "accuracy": 0.5} for share in (1.0, 0.2, 0.6)]
    summary = [key | {"metric": "ece_equal_width_10", "value": 0.1, "coverage": 1.0}]
    (found,) = gather([], summary, curves).values()
    assert [point.stated for point in found.curve] == [0.1, 0.5, 0.9]
    (by_source,) = gather_risks(risks).values()
    assert [point.coverage for point in by_source["verbalized"]] == [0.2, 0.6, 1.0]


@pytest.mark.parametrize("name", ["calibration", "calibration_bins", "calibration_curves", "risk_coverage"])
def test_a_word_where_a_number_should_stand_is_told(tmp_path: Path, write_calibration: Write, name: str) -> None:
    write_calibration("local/a")
    path = tmp_path / "results" / f"{name}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"ci_low": 0.4', '"ci_low": "x"', 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 1: expected a number"):
        main(["--root", str(tmp_path)])
