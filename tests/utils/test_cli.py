"""What every stage's command line has in common, seen as a user sees it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from utils.cli import layout_from, positive_int, run_stage, shown, stage_parser, warn
from utils.errors import InputError, UserError
from utils.layout import REPOSITORY


def parser() -> argparse.ArgumentParser:
    return stage_parser("some.stage", "Does 100% of some work.", "python3 -m some.stage --root x")


def leave(main: Callable[[Sequence[str] | None], int], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    """The exit code, what stands on stdout, and what on stderr."""
    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    printed = capsys.readouterr()
    return caught.value.code, printed.out, printed.err


def raising(error: BaseException) -> Callable[[Sequence[str] | None], int]:
    def main(argv: Sequence[str] | None = None) -> int:
        raise error

    return main


def in_a_process(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_without_flags_the_repository_is_the_root() -> None:
    layout = layout_from(parser().parse_args([]))
    assert (layout.root, layout.benchmarks) == (REPOSITORY, REPOSITORY / "benchmarks")


def test_the_folders_can_be_named_and_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layout = layout_from(parser().parse_args(["--root", "r", "--benchmarks-dir", "b"]))
    assert (layout.root, layout.benchmarks) == (tmp_path / "r", tmp_path / "b")
    assert layout_from(parser().parse_args(["--root", "r"])).benchmarks == REPOSITORY / "benchmarks"


def test_help_says_what_the_stage_does_its_defaults_and_a_command_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert caught.value.code == 0
    for part in (
        "usage: python3 -m some.stage",
        "Does 100% of some work.",
        "--root DIR",
        "--benchmarks-dir DIR",
        "example: python3 -m some.stage --root x",
    ):
        assert part in text
    assert text.count("(default: ") == 2


@pytest.mark.parametrize("arguments", [["--roo", "x"], ["--unknown"], ["extra"], ["--root"]])
def test_unusable_arguments_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(arguments)
    assert caught.value.code == 2
    assert "python3 -m some.stage: error: " in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 1])
def test_a_stage_leaves_with_its_own_exit_code(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    def main(argv: Sequence[str] | None = None) -> int:
        print("done")
        return code

    assert leave(main, capsys) == (code, "done\n", "")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("no such model; see --help"), "error: no such model; see --help\n"),
        (InputError("s.jsonl", "is empty", line=3), "error: s.jsonl:3: is empty\n"),
        (UserError("two\nlines \x1b[31m \ud800"), "error: two lines �[31m �\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_exit_code_2(
    error: UserError, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(raising(error), capsys) == (2, "", line)


def test_an_interruption_is_one_line_and_exit_code_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(raising(KeyboardInterrupt()), capsys) == (130, "", "interrupted; what was finished is kept\n")


def test_help_shows_the_defaults_that_say_something() -> None:
    made = parser()
    made.add_argument("--runs", type=int, default=3, help="how often")
    made.add_argument("--quiet", action="store_true", help="say nothing")
    made.add_argument("--models", help="which; default: all")
    told = " ".join(made.format_help().split())
    assert "how often (default: 3)" in told
    assert "None" not in told
    assert "False" not in told


def test_a_user_sees_no_traceback() -> None:
    process = in_a_process(
        "from utils.cli import run_stage; from utils.errors import UserError\n"
        "def main(argv):\n    print('begun')\n    raise UserError('é is missing')\nrun_stage(main)"
    )
    assert (*process.communicate(timeout=60), process.returncode) == ("begun\n", "error: é is missing\n", 2)


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise on Windows")
def test_a_reader_that_leaves_early_is_no_failure() -> None:
    process = in_a_process(
        "import sys; from utils.cli import run_stage\n"
        "def main(argv):\n    sys.stdin.read(0)\n"
        "    for number in range(100_000):\n        print('a line of output', number)\n    return 0\nrun_stage(main)"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 0
    process.stderr.close()


@pytest.mark.parametrize("text", ["1", "20", " 7 "])
def test_a_count_is_at_least_1(text: str) -> None:
    assert positive_int(text) == int(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "many"])
def test_any_other_count_is_told_as_an_argument_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = parser()
    command.add_argument("--items", type=positive_int)
    with pytest.raises(SystemExit) as caught:
        command.parse_args([f"--items={text}"])
    assert caught.value.code == 2
    assert "argument --items: " in capsys.readouterr().err


def test_a_path_is_shown_as_a_user_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shown(tmp_path / "here" / "results" / "t.csv") == str(Path("results/t.csv"))
    assert shown(tmp_path / "elsewhere") == str(tmp_path / "elsewhere")


def test_a_warning_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    warn("left out:\na\x1bb")
    assert capsys.readouterr() == ("", "warning: left out: a�b\n")


def test_a_fault_of_ours_is_one_line_without_what_the_exception_holds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(_: Sequence[str] | None) -> int:
        raise ExceptionGroup("several", [ValueError("sk-secret")])

    monkeypatch.delenv("TRUSTBENCH_TRACEBACK", raising=False)
    with pytest.raises(SystemExit) as ended:
        run_stage(faulty)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert "unexpected ValueError" in line
    assert "secret" not in line
    monkeypatch.setenv("TRUSTBENCH_TRACEBACK", "1")
    with pytest.raises(ExceptionGroup):
        run_stage(faulty)
