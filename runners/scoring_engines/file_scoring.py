"""A submission file's item table from the scored ranges of its lines: repeated keys, the order, the agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from normalize.score import MATCH_RULES
from runners.scoring import agreement_within_items
from runners.scoring_engines.line_ranges import LineRange
from runners.scoring_engines.range_scoring import Problem, Scored, ScoredRange, score_range
from utils.errors import quoted
from utils.item_rows import write_item_columns
from utils.items import Item
from utils.responses import hold_the_same, repeated

EMPTY = "is empty; ask again with `python3 -m runners.auto_run_async`"


@dataclass(frozen=True)
class FileOutcome:
    """What became of a submission file.

    Attributes:
        rows: of its item table; 0 when there is none.
        model: whose responses they are; None without rows.
        written: the files of its item table, in the folder of the model.
        problems: with lines that could not be used, in the order of the lines.
        is_repeatable: nothing in it depended on how fast the machine was.
    """

    rows: int
    model: str | None
    written: Sequence[Path]
    problems: Sequence[Problem]
    is_repeatable: bool = True


def score_file(lines: LineRange, items: Mapping[str, Item], folder: Path) -> FileOutcome:
    """`score_range` and `write_scored` of a whole file."""
    return write_scored(lines.path, items, folder, [score_range(lines, items)])


def write_scored(path: Path, items: Mapping[str, Item], folder: Path, ranges: Sequence[ScoredRange]) -> FileOutcome:
    """Write the item table of a file.

    Args:
        path: the submission file, `MODEL_FOLDER/BENCHMARK.jsonl`.
        items: of its benchmark, by id.
        folder: into which the table goes.
        ranges: all of the file, in order.

    Raises:
        UserError: the folder cannot be written.
    """
    columns, problems = _joined(ranges)
    if all(part.is_blank for part in ranges):
        problems.append(Problem(None, f"{path}: {EMPTY}"))
    rows: list[int] = []
    if columns:
        order = _order(columns)
        for row in _without_repeats(path, columns, order, problems):
            item_id = columns["item_id"][row]
            if item_id in items:
                rows.append(row)
            else:
                unknown = f"benchmark {path.stem} has no item {quoted(item_id)}"
                problems.append(Problem(columns["line"][row], unknown, "item_id"))
    problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
    if not rows:
        return FileOutcome(0, None, (), problems)
    chosen = {name: [column[row] for row in rows] for name, column in columns.items()}
    written = write_item_columns(folder, path.stem, _item_columns(path.stem, chosen, items))
    in_time = not any(rule.endswith(MATCH_RULES["timed_out"]) for rule in set(chosen["rule"]))
    return FileOutcome(len(rows), chosen["model"][0], written, problems, in_time)


def _joined(ranges: Sequence[ScoredRange]) -> tuple[dict[str, list[Any]], list[Problem]]:
    """The columns and problems of all ranges, with lines counted from the file's first."""
    columns: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    before = 0
    for part in ranges:
        for name, cells in zip(Scored._fields, part.columns, strict=False):
            columns.setdefault(name, []).extend([line + before for line in cells] if name == "line" else cells)
        for problem in part.problems:
            problems.append(
                problem if problem.line is None else Problem(problem.line + before, problem.text, problem.field)
            )
        before += part.lines
    return columns, problems


def _order(columns: Mapping[str, list[Any]]) -> list[int]:
    """The rows by item and run, those of the same key in the order of their lines."""
    ranks = {name: rank for rank, name in enumerate(sorted(set(columns["item_id"])))}
    items = np.array([ranks[name] for name in columns["item_id"]])
    order: list[int] = np.lexsort((np.array(columns["run"], dtype=np.int64), items)).tolist()
    return order


def _without_repeats(
    path: Path, columns: Mapping[str, list[Any]], order: Sequence[int], problems: list[Problem]
) -> Iterator[int]:
    """The first row of each key; one with other content than the first is a problem, an identical one is not."""
    item_ids, runs, lines = columns["item_id"], columns["run"], columns["line"]
    first = -1
    for row in order:
        if first < 0 or item_ids[row] != item_ids[first] or runs[row] != runs[first]:
            first = row
            yield row
        elif not hold_the_same(path, columns["place"][first], columns["place"][row]):
            problems.append(Problem(lines[row], repeated(item_ids[row], runs[row], lines[first])))


def _item_columns(benchmark: str, chosen: Mapping[str, list[Any]], items: Mapping[str, Item]) -> dict[str, list[Any]]:
    """The columns of the item table."""
    asked = [items[item_id] for item_id in chosen["item_id"]]
    return {
        **chosen,
        "benchmark": [benchmark] * len(asked),
        "task": [item.task for item in asked],
        "category": [item.category for item in asked],
        "pair": [item.pair for item in asked],
        "expected": [item.expected for item in asked],
        "confidence_agreement": agreement_within_items(chosen["item_id"], chosen["prediction"]),
    }
