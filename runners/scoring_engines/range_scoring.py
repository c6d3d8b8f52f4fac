"""Scores the lines of one range of a submission file; needs nothing but the file and the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from runners.scoring import read_response
from runners.scoring_engines.line_ranges import LineRange
from utils.errors import InputError, UserError
from utils.items import Item
from utils.jsonl import line_object, located_lines
from utils.responses import Response, check_place, parse_response


class Scored(NamedTuple):
    """A response's line, the byte at which it begins, and what the table of items holds of it.

    Of an item that the benchmark does not have, there is no more than the key.
    """

    line: int
    place: int
    model: str
    item_id: str
    run: int
    prediction: str | None = None
    correct: bool | None = None
    exact: bool | None = None
    rule: str | None = None
    confidence_verbalized: float | None = None
    confidence_logprob: float | None = None
    finish_reason: str | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None


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
        columns: the fields of `Scored`, each for all responses in the order of their lines; empty without responses.
        problems: with what cannot be used, in the order of the lines.
    """

    lines: int
    is_blank: bool
    columns: Sequence[Sequence[Any]]
    problems: Sequence[Problem]


def score_range(lines: LineRange, items: Mapping[str, Item]) -> ScoredRange:
    """Read and score the lines; a file that cannot be read to the end is a problem as well.

    Repeated keys are not looked for: the first may stand in another range.
    """
    scored: list[Scored] = []
    problems: list[Problem] = []
    number, is_blank = 0, True
    try:
        for number, place, line, complete in located_lines(lines.path, lines.start, lines.end):
            value = line_object(line, lines.path, number, complete=complete)
            if value is None:
                continue
            is_blank = False
            response = value if isinstance(value, InputError) else _response(value, lines.path, number)
            if isinstance(response, InputError):
                problems.append(Problem(number, response.problem, response.field))
            else:
                scored.append(_scored(number, place, response, items.get(response.item_id)))
    except UserError as error:
        problems.append(Problem(None, str(error)))
        is_blank = False
    return ScoredRange(number, is_blank, list(zip(*scored, strict=True)), problems)


def _response(value: dict[str, Any], path: Path, line: int) -> Response | InputError:
    try:
        response = parse_response(value, path, line)
        check_place(response, path, line)
    except InputError as error:
        return error
    return response


def _scored(line: int, place: int, response: Response, item: Item | None) -> Scored:
    # Interned: the same few texts in all rows, and so one object each when they are sent to another process.
    key = line, place, intern(response.model), intern(response.item_id), response.run
    if item is None:
        return Scored(*key)
    prediction, stated, logprob = read_response(response, item)
    return Scored(
        *key,
        intern(prediction.prediction),
        prediction.correct,
        prediction.exact,
        intern(prediction.rule),
        stated,
        logprob,
        response.finish_reason,
        response.output_tokens,
        response.cost_usd,
        response.latency_s,
    )
