"""What an import finds in a file: responses, items, and what could not be mapped with the reason why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.errors import InputError, UserError, quoted
from utils.items import Item, parse_item
from utils.jsonl import object_line, parse_object
from utils.layout import check_benchmark_name
from utils.responses import Response, parse_response

_PLACES_NAMED = 3
_LINES_TOLD = 40


@dataclass(frozen=True)
class Wanted:
    """What the flags say where a source does not, or in its place; None leaves it to the source."""

    model: str | None = None
    benchmark: str | None = None
    run: int | None = None
    task: str | None = None
    answer_type: str | None = None
    id_field: str | None = None
    expected_field: str | None = None
    custom_id_pattern: str | None = None
    requests: Path | None = None
    columns: Mapping[str, str] | None = None
    items: bool = False
    """Whether the items are wanted beside the responses."""


@dataclass(frozen=True)
class LeftOut:
    """One thing that could not be mapped: in which file, where in it, which field, and why."""

    path: Path
    where: str
    reason: str
    field: str | None = None


@dataclass(frozen=True)
class FoundItem:
    """An item of the benchmark that the responses answer, and the object that is written for it."""

    item: Item
    value: Mapping[str, Any]


@dataclass(frozen=True)
class WrittenBy:
    """The program that wrote the file, and its version, as the file says."""

    program: str
    version: str


Found = Response | FoundItem | LeftOut | WrittenBy


class Unreadable(Exception):
    """A file, or a part of one, that cannot be read; the message says why, without a full stop."""


def response_from(path: Path, where: str, value: Mapping[str, Any]) -> Response | LeftOut:
    """The response that these fields make; those that are None are not written.

    The return holds what a reader of the written line will get, so that it can be compared with what is stored.
    """
    try:
        written = _as_written({name: field for name, field in value.items() if field is not None}, path, "item_id")
        response = parse_response(written, path, 0)
    except InputError as error:
        return LeftOut(path, where, _with_flag(error), error.field)
    try:
        check_benchmark_name(response.benchmark)
    except UserError:
        reason = (
            f"expected lower-case letters, digits, '-' and '_', found {quoted(response.benchmark)}; give --benchmark"
        )
        return LeftOut(path, where, reason, "benchmark")
    return response


def item_from(path: Path, where: str, value: Mapping[str, Any]) -> FoundItem | LeftOut:
    """The item that these fields make; those that are None or empty are not written."""
    try:
        written = _as_written({name: field for name, field in value.items() if field not in (None, [], "")}, path, "id")
        return FoundItem(parse_item(written, path, 0), written)
    except InputError as error:
        hint = {"task": "; give --task", "answer_type": "; give --answer-type"}.get(error.field or "", "")
        return LeftOut(path, f"item of {where}", error.problem + hint, error.field)


def _as_written(value: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    """What a reader of the line for `value` will get.

    Args:
        name: the field with the item's id, which also stands where only whole characters can.

    Raises:
        InputError: no line of ours can hold it.
    """
    try:
        json.dumps(value, allow_nan=False)
        str(value.get(name)).encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(path, "holds half a character (a lone surrogate)", field=name) from None
    except ValueError:
        raise InputError(path, "holds a number that is not finite") from None
    except RecursionError:
        raise InputError(path, "is nested too deep") from None
    written = parse_object(object_line(value), path, 0)
    if isinstance(written, InputError):
        raise written
    return written


def told(left_out: Iterable[LeftOut]) -> list[str]:
    """One line for each reason in each file, with the first places that it holds for."""
    places: dict[tuple[Path, str | None, str], list[str]] = defaultdict(list)
    for each in left_out:
        places[each.path, each.field, each.reason].append(each.where)
    lines = [_line(path, field, reason, where) for (path, field, reason), where in places.items()]
    rest = len(lines) - _LINES_TOLD
    return lines[:_LINES_TOLD] + ([f"and {rest} more reasons like these"] if rest > 0 else [])


def _line(path: Path, field: str | None, reason: str, where: list[str]) -> str:
    named = list(dict.fromkeys(place for place in where if place))
    more = f" and {len(named) - _PLACES_NAMED} more" if len(named) > _PLACES_NAMED else ""
    place = f" {', '.join(named[:_PLACES_NAMED])}{more}:" if named else ""
    return f"{path}:{place} {f'field {field!r}: ' if field else ''}{reason}"


def _with_flag(error: InputError) -> str:
    hints = {"model": "; give --model", "benchmark": "; give --benchmark", "run": "; give --run"}
    return error.problem + hints.get(error.field or "", "")
