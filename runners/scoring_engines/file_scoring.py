"""A submission file's item table from the scored ranges of its lines: repeated keys, the order, the agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from normalize.score import MATCH_RULES
from runners.scoring import agreement_within_items
from runners.scoring_engines.collection import without_collecting
from runners.scoring_engines.line_ranges import LineRange
from runners.scoring_engines.range_scoring import Columns, Problem, ScoredRange, score_range
from utils.column_tables import Coded, Column
from utils.errors import quoted
from utils.item_rows import write_item_columns
from utils.items import Item
from utils.responses import hold_the_same, repeated

# The columns of the table that are those of the ranges.
AS_SCORED = (
    "run", "confidence_verbalized", "confidence_logprob", "finish_reason", "output_tokens", "cost_usd", "latency_s"
)  # fmt: skip

EMPTY = "is empty; ask again with `python3 -m runners.auto_run_async`"


@dataclass(frozen=True)
class FileOutcome:
    """What became of a submission file.

    Attributes:
        rows: of its item table; 0 when there is none.
        model: whose responses they are; None without rows.
        written: the files of its item table, in the folder of the model, each with its SHA-256.
        problems: with lines that could not be used, in the order of the lines.
        content: the SHA-256 of what was read, range by range.
        is_repeatable: nothing in it depended on how fast the machine was.
    """

    rows: int
    model: str | None
    written: Mapping[Path, str]
    problems: Sequence[Problem]
    content: Sequence[str] = ()
    is_repeatable: bool = True


def score_file(lines: LineRange, items: Mapping[str, Item], folder: Path) -> FileOutcome:
    """`score_range` and `write_scored` of a whole file."""
    return write_scored(lines.path, items, folder, [score_range(lines, items)])


@without_collecting
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
    names = sorted(set(columns.item_id))
    code = {name: place for place, name in enumerate(names)}
    codes = np.fromiter(map(code.__getitem__, columns.item_id), np.intp, len(columns.item_id))
    rows = _without_repeats(path, columns, codes, problems)
    known = np.array([name in items for name in names], np.bool_)
    for row in rows[~known[codes[rows]]].tolist():
        unknown = f"benchmark {path.stem} has no item {quoted(columns.item_id[row])}"
        problems.append(Problem(columns.line[row], unknown, "item_id"))
    rows = rows[known[codes[rows]]]
    problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
    content = [part.sha256 for part in ranges]
    if not len(rows):
        return FileOutcome(0, None, {}, problems, content)
    asked = Coded((np.cumsum(known) - 1)[codes[rows]], [items[name] for name in names if name in items])
    model = next(part.model for part in ranges if part.model is not None)
    table, rules = _table(columns, rows.tolist(), asked, model, path.stem)
    written = write_item_columns(folder, path.stem, table)
    in_time = not any(rule.endswith(MATCH_RULES["timed_out"]) for rule in rules)
    return FileOutcome(len(rows), model, written, problems, content, in_time)


def _joined(ranges: Sequence[ScoredRange]) -> tuple[Columns, list[Problem]]:
    """The columns and problems of all ranges, with lines counted from the file's first."""
    before = list(accumulate((part.lines for part in ranges[:-1]), initial=0))
    problems = [
        problem if problem.line is None else Problem(problem.line + lines, problem.text, problem.field)
        for lines, part in zip(before, ranges, strict=True)
        for problem in part.problems
    ]
    if len(ranges) == 1:
        return ranges[0].columns, problems
    parts = zip(*(part.columns for part in ranges), strict=True)
    columns = Columns._make(list(chain.from_iterable(cells)) for cells in parts)
    numbers = [line + lines for lines, part in zip(before, ranges, strict=True) for line in part.columns.line]
    return columns._replace(line=numbers), problems


def _without_repeats(
    path: Path, columns: Columns, codes: NDArray[np.intp], problems: list[Problem]
) -> NDArray[np.intp]:
    """The first row of each key, by item and run; one with other content than the first is a problem.

    Args:
        codes: of the items; they compare as the items' names do.
    """
    runs = np.array(columns.run, np.int64)
    order = np.lexsort((runs, codes))  # rows of the same key stay in the order of their lines
    same = np.zeros(len(order), np.bool_)
    same[1:] = (np.diff(codes[order]) == 0) & (np.diff(runs[order]) == 0)
    first = -1
    for place in np.flatnonzero(same).tolist():
        first = first if same[place - 1] else place - 1
        one, row = int(order[first]), int(order[place])
        if not hold_the_same(path, columns.place[one], columns.place[row]):
            told = repeated(columns.item_id[row], columns.run[row], columns.line[one])
            problems.append(Problem(columns.line[row], told))
    return order[~same]


def _table(
    columns: Columns, rows: Sequence[int], asked: Coded, model: str, benchmark: str
) -> tuple[dict[str, Column], Sequence[str]]:
    """The columns of the item table, and the rules that occur in it.

    Args:
        rows: those of the table, in its order.
        asked: the item of each of them.
    """
    one = np.zeros(len(rows), np.intp)
    items: Sequence[Item] = asked.values
    verdicts = [columns.verdict[row] for row in rows]
    code = {verdict: place for place, verdict in enumerate(dict.fromkeys(verdicts))}
    codes = np.fromiter(map(code.__getitem__, verdicts), np.intp, len(verdicts))
    predictions, correct, exact, rules = zip(*code, strict=True)
    agreement = agreement_within_items(
        [columns.item_id[row] for row in rows], [predictions[place] for place in codes.tolist()]
    )
    table: dict[str, Column] = {
        "model": Coded(one, [model]),
        "benchmark": Coded(one, [benchmark]),
        "item_id": Coded(asked.codes, [item.id for item in items]),
        "task": Coded(asked.codes, [item.task for item in items]),
        "category": Coded(asked.codes, [item.category for item in items]),
        "pair": Coded(asked.codes, [item.pair for item in items]),
        "expected": Coded(asked.codes, [item.expected for item in items]),
        "prediction": Coded(codes, predictions),
        "correct": Coded(codes, correct),
        "exact": Coded(codes, exact),
        "rule": Coded(codes, rules),
        "confidence_agreement": agreement,
    }
    as_scored = columns._asdict()
    return table | {name: [as_scored[name][row] for row in rows] for name in AS_SCORED}, rules
