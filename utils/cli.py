"""What every stage's command line has in common: the flags, the exit codes, and errors in one line."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from utils.errors import INTERRUPTED, UNUSABLE_INPUT, UserError, one_line
from utils.layout import REPOSITORY, Layout, check_inside
from utils.remote_files import place_of

TRACEBACK_VARIABLE = "TRUSTBENCH_TRACEBACK"


class HelpWithDefaults(argparse.ArgumentDefaultsHelpFormatter):
    """Shows each default that says something; the help of the others says itself what goes for them."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        says_nothing = action.default in (None, False, []) or "default:" in (action.help or "")
        return action.help if says_nothing else super()._get_help_string(action)


def stage_parser(stage: str, description: str, example: str) -> argparse.ArgumentParser:
    """A parser with the flags that all stages share.

    Args:
        stage: the module, as in `python3 -m STAGE`.
        description: what it does, reads and writes.
        example: a command line to paste.
    """
    parser = argparse.ArgumentParser(
        prog=f"python3 -m {stage}",
        description=description,
        epilog=f"example: {example}",
        formatter_class=HelpWithDefaults,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=REPOSITORY,
        metavar="DIR",
        help="folder under which submissions/, results/ and leaderboard/ lie",
    )
    parser.add_argument(
        "--benchmarks-dir",
        type=Path,
        default=REPOSITORY / "benchmarks",
        metavar="DIR",
        help="folder of the benchmarks, NAME.jsonl or NAME.csv",
    )
    return parser


def layout_from(arguments: argparse.Namespace) -> Layout:
    """The folders that `--root` and `--benchmarks-dir` name.

    Raises:
        UserError: a link below the root leads out of it.
    """
    layout = Layout(root=arguments.root.absolute(), benchmarks=arguments.benchmarks_dir.absolute())
    check_inside(layout)
    return layout


def add_submissions_flag(parser: argparse.ArgumentParser) -> None:
    """The flag of the stages that read responses from other places, too."""
    parser.add_argument(
        "--submissions",
        type=place_of,
        metavar="URL",
        help="where the submissions lie, if not in ROOT/submissions: a folder, or what fsspec opens (s3://..., gs://...)",
    )


def run_stage(main: Callable[[Sequence[str] | None], int]) -> None:
    """Run a stage's `main` and leave with its exit code; what a user can mend is told in one line, not a traceback."""
    try:
        code = main(None)
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        code = UNUSABLE_INPUT
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left: not our failure, and nothing more can be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        print(f"error: {_unexpected(error)}", file=sys.stderr)
        code = UNUSABLE_INPUT
    sys.exit(code)


def _unexpected(error: Exception) -> str:
    """A mistake of ours in one line: its kind and place, not its text, which could hold anything."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return (
        f"unexpected {type(error).__name__} at {place}: this is a fault of TrustBench, please report it; "
        f"{TRACEBACK_VARIABLE}=1 shows where it comes from. What was finished is kept"
    )


def positive_int(text: str) -> int:
    """An argument that must be an integer of at least 1 (for argparse's `type`)."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected an integer of at least 1, found {number}")
    return number


def shown(path: Path) -> str:
    """`path` as a user would type it: relative to the working directory where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def warn(message: str) -> None:
    """One line to stderr about something that was left out or went wrong while the rest goes on."""
    print(f"warning: {one_line(message)}", file=sys.stderr)
