"""The response record: its fields, how a submission file is read, and what makes a line valid."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from utils.errors import InputError, UserError, quoted
from utils.jsonl import LINE_LIMIT, line_object, located_lines, parse_object, plain_object
from utils.layout import BENCHMARK_NAME, Layout, check_model_name, model_folder

REQUIRED: dict[str, type] = {"model": str, "benchmark": str, "item_id": str, "run": int, "response": str}
FINISH_REASONS = ("stop", "length", "refusal", "content_filter", "other")
LARGEST_INTEGER = 2**63 - 1  # what a Parquet int64 holds
LARGEST_FLOAT = sys.float_info.max
_PLAIN_AMOUNT = 2.0**63  # what is less was no integer beyond 64 bits
_PLAIN_FINISHES = (None, *FINISH_REASONS)
_TEXT_OR_NONE = (str, type(None))
MANIFEST = "manifest.json"

Key = tuple[str, str, str, int]
"""(model, benchmark, item_id, run): stands once."""

Logprobs = list[dict[str, Any]] | None
Fields = tuple[str, str, str, int, str, str | None, str | None, Logprobs, int | None, float | None, float | None]
"""What scoring reads of a line: model, benchmark, item_id, run, response, finish_reason, confidence_response, logprobs,
output_tokens, cost_usd, latency_s."""


@dataclass(frozen=True)
class Response:
    """One finished response as it was received; `raw` is the whole line, with the fields that are not listed here."""

    model: str
    benchmark: str
    item_id: str
    run: int
    response: str
    raw: dict[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def key(self) -> Key:
        return (self.model, self.benchmark, self.item_id, self.run)

    @property
    def finish_reason(self) -> str | None:
        return self.raw.get("finish_reason")

    @property
    def confidence_response(self) -> str | None:
        return self.raw.get("confidence_response")

    @property
    def request_sha256(self) -> str | None:
        return self.raw.get("request_sha256")

    @property
    def logprobs(self) -> Logprobs:
        return self.raw.get("logprobs")

    @property
    def output_tokens(self) -> int | None:
        return (self.raw.get("usage") or {}).get("output_tokens")

    @property
    def cost_usd(self) -> float | None:
        return self.raw.get("cost_usd")

    @property
    def latency_s(self) -> float | None:
        return self.raw.get("latency_s")


def parse_response(value: dict[str, Any], path: Path, line: int) -> Response:
    """The response that a JSON object describes.

    Raises:
        InputError: a required field is missing or of another type, or an optional one that scoring reads is malformed.
    """
    if plain_fields(value) is None:
        _check_fields(value, path, line)
    return Response(value["model"], value["benchmark"], value["item_id"], value["run"], value["response"], value)


def valid_object(content: bytes, path: Path, line: int, *, complete: bool) -> dict[str, Any] | None:
    """The object of a line that holds a response, wherever it belongs; None for any other.

    It takes half the time of `parse_response`, for it does not tell what is wrong. An integer beyond 64 bits, which no
    field of a response may hold, may come as a float.
    """
    value = plain_object(content) if len(content) <= LINE_LIMIT else None
    if value is None:
        found = line_object(content, path, line, complete=complete)
        if found is None or isinstance(found, InputError):
            return None
        value = found
    if plain_fields(value) is None:
        try:
            _check_fields(value, path, line)
        except InputError:
            return None
    return value


def plain_fields(value: dict[str, Any]) -> Fields | None:
    """The fields when all are of the commonest right kinds; of any other line, `_check_fields` says what it is worth.

    An integer beyond 64 bits that came as a float is not taken for one.
    """
    get = value.get
    model, benchmark, item_id, run = get("model"), get("benchmark"), get("item_id"), get("run")
    response, finish_reason, sure = get("response"), get("finish_reason"), get("confidence_response")
    usage, logprobs, cost, latency = get("usage"), get("logprobs"), get("cost_usd"), get("latency_s")
    if usage is None:
        tokens = None
    elif type(usage) is dict:
        tokens = usage.get("output_tokens")
    else:
        return None
    if (
        type(model) is str
        and type(benchmark) is str
        and type(item_id) is str
        and type(response) is str
        and (type(run) is int and 0 <= run <= LARGEST_INTEGER)
        and finish_reason in _PLAIN_FINISHES
        and (sure is None or type(sure) is str)
        and type(get("request_sha256")) in _TEXT_OR_NONE
        and (tokens is None or (type(tokens) is int and 0 <= tokens <= LARGEST_INTEGER))
        and (cost is None or (type(cost) is float and 0.0 <= cost < _PLAIN_AMOUNT))
        and (latency is None or (type(latency) is float and 0.0 <= latency < _PLAIN_AMOUNT))
        and (logprobs is None or _is_logprobs(logprobs))
        and _is_model_name(model)
    ):
        return model, benchmark, item_id, run, response, finish_reason, sure, logprobs, tokens, cost, latency
    return None


@lru_cache(maxsize=1024)
def _is_model_name(model: str) -> bool:
    try:
        check_model_name(model)
    except UserError:
        return False
    return True


def _check_fields(value: dict[str, Any], path: Path, line: int) -> None:
    for name, kind in REQUIRED.items():
        found = value.get(name)
        if not (_is_count(found) if kind is int else isinstance(found, str)):
            expected = "an integer of at least 0" if kind is int else "a string"
            what = quoted(found) if name in value else "nothing"
            raise InputError(path, f"expected {expected}, found {what}", line=line, field=name)
    try:
        check_model_name(value["model"])
    except UserError:
        problem = f"expected PROVIDER/NAME, found {quoted(value['model'])}"
        raise InputError(path, problem, line=line, field="model") from None
    for name, is_right, expected in _OPTIONAL:
        found = value.get(name)
        if found is not None and not is_right(found):
            raise InputError(path, f"expected {expected}, found {quoted(found)}", line=line, field=name)


def read_responses(path: Path) -> Iterator[tuple[int, Response | InputError]]:
    """Each line's number with its response, or with what is wrong with it; a repeated key is wrong unless identical.

    The first line of a key stands: the file is append-only, so that is the one that was recorded. An identical
    repeat is passed over in silence. A line that belongs in another file is wrong.
    """
    first_lines: dict[Key, tuple[int, int]] = {}
    for line, place, content, complete in located_lines(path):
        value = line_object(content, path, line, complete=complete)
        if value is None:
            continue
        if isinstance(value, InputError):
            yield line, value
            continue
        try:
            response = parse_response(value, path, line)
            check_place(response, path, line)
        except InputError as error:
            yield line, error
            continue
        first_line, first_place = first_lines.setdefault(response.key, (line, place))
        if first_line == line:
            yield line, response
        elif not hold_the_same(path, first_place, place):
            yield line, InputError(path, repeated(response.item_id, response.run, first_line), line=line)


def hold_the_same(path: Path, first: int, second: int) -> bool:
    """Whether the lines that begin at these bytes of the file hold the same content, however it is written."""
    with path.open("rb") as file:
        file.seek(first)
        one = file.readline(LINE_LIMIT + 1)
        file.seek(second)
        other = file.readline(LINE_LIMIT + 1)
    if one.rstrip(b"\n") == other.rstrip(b"\n"):
        return True
    values = [value for line in (one, other) if not isinstance(value := parse_object(line, path, 0), InputError)]
    return len(values) == 2 and _comparable(values[0]) == _comparable(values[1])


def submission_files(layout: Layout, on_problem: Callable[[str], None] | None = None) -> list[Path]:
    """All `submissions/MODEL_FOLDER/BENCHMARK.jsonl`, sorted; side files such as `.errors.jsonl` are not among them.

    Args:
        on_problem: told of each folder that cannot be listed, which is then passed over; without it that is an error.

    Raises:
        UserError: a folder cannot be listed.
    """
    files: list[Path] = []
    for folder in (path for path in _listed(layout.submissions, on_problem) if path.is_dir()):
        files += [path for path in _listed(folder, on_problem) if is_submission(path)]
    return files


def _listed(folder: Path, on_problem: Callable[[str], None] | None) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"{folder}: cannot be listed ({error.strerror}); check the folder's rights"
        if on_problem is None:
            raise UserError(message) from error
        on_problem(message)
        return []


def is_submission(path: PurePath) -> bool:
    """Whether the file's name is that of a benchmark's responses."""
    return path.suffix == ".jsonl" and BENCHMARK_NAME.fullmatch(path.stem) is not None


def check_place(response: Response, path: PurePath, line: int) -> None:
    """See that the response stands in the file of its model and benchmark.

    Raises:
        InputError: it belongs into another.
    """
    benchmark, folder = _named(path)
    if response.benchmark != benchmark:
        raise InputError(
            Path(path), f"expected {quoted(benchmark)} as the file is named, found {quoted(response.benchmark)}",
            line=line, field="benchmark",
        )  # fmt: skip
    if folder != _folder_of(response.model):
        raise InputError(
            Path(path), f"{quoted(response.model)} belongs in the folder {quoted(model_folder(response.model))}",
            line=line, field="model",
        )  # fmt: skip


_folder_of = lru_cache(maxsize=1024)(model_folder)


@lru_cache(maxsize=1024)
def _named(path: PurePath) -> tuple[str, str]:
    """The file's benchmark and folder."""
    return path.stem, path.parent.name


def _comparable(value: dict[str, Any]) -> str:
    return repr(sorted(value.items(), key=lambda entry: entry[0]))


def repeated(item_id: str, run: int, first_line: int) -> str:
    """The problem with a line whose key stands already, with other content."""
    return (
        f"item {quoted(item_id)}, run {run} stands already on line {first_line}, with other content; "
        f"line {first_line} is used"
    )


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= LARGEST_FLOAT


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INTEGER


def _is_usage(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("output_tokens") is None or _is_count(value["output_tokens"]))


def _is_logprobs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(t, dict) and _is_number(t.get("logprob")) for t in value)


_OPTIONAL = (
    ("finish_reason", lambda value: value in FINISH_REASONS, f"one of {', '.join(FINISH_REASONS)}"),
    ("confidence_response", lambda value: isinstance(value, str), "a string or null"),
    ("request_sha256", lambda value: isinstance(value, str), "a string"),
    ("usage", _is_usage, "an object whose output_tokens is an integer of at least 0 or null"),
    ("logprobs", _is_logprobs, "a list of {token, logprob} or null"),
    ("cost_usd", lambda value: _is_number(value) and value >= 0, "a number of at least 0 or null"),
    ("latency_s", lambda value: _is_number(value) and value >= 0, "a number of at least 0"),
)
