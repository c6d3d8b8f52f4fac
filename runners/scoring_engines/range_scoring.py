"""Scores the lines of one range of a submission file; needs nothing but the file and the items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from runners.scoring import read_responses
from runners.scoring_engines.collection import without_collecting
from runners.scoring_engines.line_ranges import LineRange
from utils.errors import InputError, UserError
from utils.items import Item
from utils.jsonl import line_blocks
from utils.response_lines import ResponseLines
from utils.responses import FINISH_REASONS, Fields

Verdict = tuple[str, bool, bool, str]
"""Prediction, correct, exact, rule."""

FINISHES: dict[str | None, str | None] = {
    None: None,
    **{reason: reason for reason in FINISH_REASONS},
}  # one object each in all rows


class Columns(NamedTuple):
    """For all responses in the order of their lines: the line, the byte at which it begins, and what is in the table.

    Of an item that the benchmark does not have, there is no more than the key.
    """

    line: Sequence[int] = ()
    place: Sequence[int] = ()
    item_id: Sequence[str] = ()
    run: Sequence[int] = ()
    verdict: Sequence[Verdict | None] = ()
    confidence_verbalized: Sequence[float | None] = ()
    confidence_logprob: Sequence[float | None] = ()
    finish_reason: Sequence[str | None] = ()
    output_tokens: Sequence[int | None] = ()
    cost_usd: Sequence[float | None] = ()
    latency_s: Sequence[float | None] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line, counted from the range's or the file's first; without a line, `text` says it all."""

    line: int | None
    text: str
    field: str | None = None

    def told(self, path: Path) -> str:
        """The line for the user."""
        return self.text if self.line is None else str(InputError(path, self.text, line=self.line, field=self.field))


@dataclass(frozen=True)
class ScoredRange:
    """What became of the lines of a range.

    Attributes:
        lines: how many it has, blank ones included.
        is_blank: it has no line with anything on it.
        model: whose responses they are; None without responses.
        columns: all responses.
        problems: with what cannot be used, in the order of the lines.
        sha256: of what was read.
    """

    lines: int
    is_blank: bool
    model: str | None
    columns: Columns
    problems: Sequence[Problem]
    sha256: str


@without_collecting
def score_range(lines: LineRange, items: Mapping[str, Item]) -> ScoredRange:
    """Read and score the lines; a file that cannot be read to the end is a problem as well.

    Repeated keys are not looked for: the first may stand in another range.
    """
    reader = ResponseLines(lines.path)
    rows: list[tuple[Any, ...]] = []
    problems: list[Problem] = []
    verdicts: dict[Verdict, Verdict] = {}  # the same few in all rows, and so one object each when they are sent
    number, is_blank, digest = 0, True, hashlib.sha256()
    try:
        for block in line_blocks(lines.path, lines.start, lines.end, digest):
            place, is_shallow = block.place, not block.may_nest_deeply()
            received: list[tuple[int, int, Fields]] = []
            for line in block.lines:
                number += 1
                fields = reader.fields(line, number, is_shallow=is_shallow)
                if isinstance(fields, tuple):
                    received.append((number, place, fields))
                elif fields is not None:
                    problems.append(Problem(number, fields.problem, fields.field))
                place += len(line)
            rows += _scored(received, items, verdicts)
            is_blank = is_blank and not rows and not problems
    except UserError as error:
        problems.append(Problem(None, str(error)))
        is_blank = False
    columns = Columns(*zip(*rows, strict=True))
    return ScoredRange(number, is_blank, reader.model, columns, problems, digest.hexdigest())


def _scored(
    received: Sequence[tuple[int, int, Fields]], items: Mapping[str, Item], verdicts: dict[Verdict, Verdict]
) -> Iterator[tuple[Any, ...]]:
    """The rows of `Columns` of some lines, each given by its number, its place and its fields."""
    known = [(items[fields[2]], fields) for _, _, fields in received if fields[2] in items]
    readings = read_responses([item for item, _ in known], [fields for _, fields in known])
    for line, place, fields in received:
        _, _, item_id, run, _, finish_reason, _, _, tokens, cost, latency = fields
        item = items.get(item_id)
        if item is None:
            yield line, place, item_id, run, None, None, None, None, None, None, None
            continue
        prediction, stated, logprob = next(readings)
        verdict = prediction[:4]
        verdict = verdicts.setdefault(verdict, verdict)
        yield line, place, item.id, run, verdict, stated, logprob, FINISHES[finish_reason], tokens, cost, latency
