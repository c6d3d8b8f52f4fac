"""Checks benchmark files: every line by the item's contract, and the file as a whole.

Reads benchmarks/NAME.jsonl or NAME.csv, or any file that ends so; writes nothing.

    python3 -m benchmarks.validate
    python3 -m benchmarks.validate safety path/to/my_benchmark.jsonl
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checks import Line, Problem, all_problems
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE, PARTLY_FAILED, UNUSABLE_INPUT, InputError, UserError, one_line
from utils.hashing import sha256_file
from utils.items import SUFFIXES, benchmark_names, benchmark_path, read_items
from utils.layout import BENCHMARK_NAME, Layout

_SHOWN_COUNTS = 40  # values of one field that the summary lists before it stops


@dataclass(frozen=True)
class Report:
    """What one file holds (its valid items with their line numbers) and what is wrong with it."""

    path: Path
    sha256: str
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        return sum(problem.is_error for problem in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is wrong and a summary of each file; the worst file decides the exit code.

    Returns:
        0 no error (warnings may stand), 1 an error in a file that is usable in part, 2 a file that is missing,
        unreadable or without a valid item.

    Raises:
        UserError: there is no benchmark to check.
    """
    parser = stage_parser(
        "benchmarks.validate",
        "Check benchmark files: each line by the item's contract, ids, labels, pairs, near duplicates, answers.",
        "python3 -m benchmarks.validate safety path/to/my_benchmark.jsonl",
    )
    parser.add_argument(
        "benchmarks",
        nargs="*",
        metavar="NAME_OR_FILE",
        default=argparse.SUPPRESS,  # a list's default would stand in --help as "None"
        help="names in --benchmarks-dir, or files that end in .jsonl or .csv; without any: all of --benchmarks-dir",
    )
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    names = getattr(arguments, "benchmarks", None) or _all_names(layout)
    codes = [_validate(name, layout) for name in names]
    return max(codes)


def validate_file(path: Path) -> Report:
    """All that is wrong with the file, the lines in order; what concerns the whole file comes first.

    Raises:
        UserError: the file cannot be read.
    """
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, result in read_items(path):
        if isinstance(result, InputError):
            problems.append(Problem(number, result.field, result.problem, is_error=True))
        else:
            lines.append((number, result))
    if not BENCHMARK_NAME.fullmatch(path.stem):
        problems.append(Problem(None, None, "rename it to lower-case letters, digits, '-' and '_' to run it", False))
    problems = sorted([*problems, *all_problems(lines)], key=lambda problem: problem.line or 0)
    return Report(path, _sha256(path), tuple(lines), tuple(problems))


def summary(report: Report, shown: str) -> list[str]:
    """The lines that say what the file holds; `shown` is the path to print."""
    items = [item for _, item in report.lines]
    pairs = len({item.pair for item in items if item.pair is not None})
    labels = [item.expected for item in items if item.answer_type in (None, "boolean")]
    letters = [item.expected for item in items if item.answer_type == "choice"]
    rows = {
        "tasks": _counts(item.task for item in items),
        "categories": _counts(item.category for item in items),
        "answer types": _counts(item.answer_type for item in items if item.answer_type),
        "labels": _counts([*labels, *letters]),
        "sha256": report.sha256,
    }
    head = f"{shown}: {len(items)} items, {pairs} pairs, {report.errors} errors, {report.warnings} warnings"
    return [one_line(head), *(f"  {name:<13} {one_line(text, 2000)}" for name, text in rows.items() if text)]


def _validate(name: str, layout: Layout) -> int:
    """Report on one benchmark; its exit code. The other files are still checked when this one cannot be."""
    try:
        report = validate_file(Path(name) if name.endswith(SUFFIXES) else benchmark_path(layout.benchmarks, name))
    except UserError as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return UNUSABLE_INPUT
    shown = _shown(report.path, layout.root)
    for problem in report.problems:
        message = str(InputError(shown, problem.text, line=problem.line, field=problem.field))
        if problem.is_error:
            print(f"error: {message}", file=sys.stderr)
        else:
            warn(message)
    if not report.lines:
        print(f"error: {one_line(shown)}: holds no valid item", file=sys.stderr)
        return UNUSABLE_INPUT
    print("\n".join(summary(report, shown)))
    return PARTLY_FAILED if report.errors else DONE


def _all_names(layout: Layout) -> list[str]:
    """Every benchmark by its name; a file whose name is none by its path, so that this can be told of it."""
    names = benchmark_names(layout.benchmarks)
    if not names:
        raise UserError(
            f"{layout.benchmarks}: holds no benchmark (NAME.jsonl, NAME.csv); give --benchmarks-dir or a file"
        )
    unusable = [
        str(path)
        for suffix in SUFFIXES
        for path in sorted(layout.benchmarks.glob(f"*{suffix}"))
        if not BENCHMARK_NAME.fullmatch(path.stem)
    ]
    return [*(name for name in names if BENCHMARK_NAME.fullmatch(name)), *unusable]


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _counts(values: Iterable[str]) -> str:
    counts = sorted(Counter(values).items())
    more = f", and {len(counts) - _SHOWN_COUNTS} more" if len(counts) > _SHOWN_COUNTS else ""
    return ", ".join(f"{value} {count}" for value, count in counts[:_SHOWN_COUNTS]) + more


if __name__ == "__main__":
    run_stage(main)
