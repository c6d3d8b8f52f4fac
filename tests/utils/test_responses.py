"""Responses: what a line must hold, where it belongs, and that a key stands once."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils import responses
from utils.errors import InputError, UserError
from utils.jsonl import object_line
from utils.layout import Layout, model_folder
from utils.responses import (
    FINISH_REASONS,
    LARGEST_INTEGER,
    REQUIRED,
    Response,
    is_submission,
    parse_response,
    read_responses,
    submission_files,
)

HERE = Path("safety.jsonl")
NOBODY = 65534


def row(**fields: Any) -> dict[str, Any]:
    return {"model": "openai/m", "benchmark": "safety", "item_id": "a", "run": 0, "response": "No.", **fields}


def submission(root: Path, *rows: dict[str, Any], model: str = "openai/m", benchmark: str = "safety") -> Path:
    path = root / "submissions" / model_folder(model) / f"{benchmark}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(object_line, rows)))
    return path


def error_of(value: dict[str, Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_response(value, HERE, 7)
    assert caught.value.line == 7
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 500
    return caught.value


def test_the_five_fields_are_all_that_scoring_needs() -> None:
    response = parse_response(row(), HERE, 1)
    assert response.key == ("openai/m", "safety", "a", 0)
    assert response.response == "No."
    optional = ("finish_reason", "confidence_response", "request_sha256", "logprobs", "output_tokens", "cost_usd")
    assert [getattr(response, name) for name in (*optional, "latency_s")] == [None] * 7


def test_an_empty_response_is_a_response() -> None:
    assert parse_response(row(response=""), HERE, 1).response == ""


def test_further_fields_are_kept() -> None:
    value = row(usage={"output_tokens": 3}, cost_usd=0, latency_s=0.5, mine=[1], logprobs=[{"logprob": -0.5}])
    response = parse_response(value, HERE, 1)
    assert response.raw == value
    assert (response.output_tokens, response.cost_usd, response.latency_s) == (3, 0, 0.5)
    assert response.logprobs == [{"logprob": -0.5}]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_told(field: str) -> None:
    error = error_of({name: value for name, value in row().items() if name != field})
    assert error.field == field
    assert error.problem.endswith("found nothing")


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("value", [None, 1.5, True, [], {}])
def test_a_field_of_another_type_is_told_with_what_was_found(field: str, value: Any) -> None:
    error = error_of(row(**{field: value}))
    assert error.field == field
    assert error.problem.endswith(f"found {value!r}")


@pytest.mark.parametrize("run", [-1, "0", "x" * 5000, 0.0, True, LARGEST_INTEGER + 1])
def test_a_run_is_an_integer_of_at_least_0_that_a_table_can_hold(run: Any) -> None:
    assert error_of(row(run=run)).field == "run"


MALFORMED: dict[str, list[Any]] = {
    "finish_reason": ["done", 1, [], {}, ""],
    "confidence_response": [90, ["x"]],
    "request_sha256": [1, []],
    "usage": [1, "x", [], *({"output_tokens": found} for found in ("3", True, -1, 1.5, LARGEST_INTEGER + 1))],
    "logprobs": ["x", {}, [1], [{}], [{"logprob": "x"}], [{"logprob": None}], [{"logprob": float("-inf")}]],
    "cost_usd": ["0.1", -0.1, True, float("inf"), float("nan"), 10**400],
    "latency_s": ["1", -1, [], float("inf"), 10**400],
}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name, values in MALFORMED.items() for value in values])
def test_an_optional_field_that_scoring_reads_is_told_when_it_is_malformed(field: str, value: Any) -> None:
    error = error_of(row(**{field: value}))
    assert error.field == field
    assert error.problem.startswith("expected ")


@pytest.mark.parametrize("field", MALFORMED)
def test_an_optional_field_may_be_null(field: str) -> None:
    assert parse_response(row(**{field: None}), HERE, 1).raw[field] is None


@pytest.mark.parametrize("reason", FINISH_REASONS)
def test_a_finish_reason_is_one_of_the_words(reason: str) -> None:
    assert parse_response(row(finish_reason=reason), HERE, 1).finish_reason == reason


def test_an_overflowing_number_in_a_file_is_an_error_of_its_line(tmp_path: Path) -> None:
    path = submission(tmp_path, row())
    path.write_bytes(path.read_bytes() + json.dumps(row(item_id="b", cost_usd=1)).encode()[:-2] + b"1e999}\n")
    (_, first), (number, second) = read_responses(path)
    assert isinstance(first, Response)
    assert number == 2
    assert isinstance(second, InputError)
    assert second.field == "cost_usd"


def test_lines_come_with_their_numbers_and_a_bad_line_costs_no_other(tmp_path: Path) -> None:
    path = submission(tmp_path, row(), row(item_id="b"), row(item_id="c"))
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b"{oops\n\n" + second + b'{"model": 1}\n' + third)
    found = list(read_responses(path))
    assert [number for number, _ in found] == [1, 2, 4, 5, 6]
    assert [r.item_id for _, r in found if isinstance(r, Response)] == ["a", "b", "c"]
    assert [r.line for _, r in found if isinstance(r, InputError)] == [2, 5]


def test_a_response_in_another_models_folder_is_told_with_the_right_one(tmp_path: Path) -> None:
    path = submission(tmp_path, row(model="openai/Other"), row())
    (_, error), (_, response) = read_responses(path)
    assert isinstance(error, InputError)
    assert error.field == "model"
    assert model_folder("openai/Other") in str(error)
    assert isinstance(response, Response)


def test_a_response_in_another_benchmarks_file_is_told(tmp_path: Path) -> None:
    path = submission(tmp_path, row(benchmark="reasoning"), row())
    (_, error), (_, response) = read_responses(path)
    assert isinstance(error, InputError)
    assert error.field == "benchmark"
    assert error.problem == "expected 'safety' as the file is named, found 'reasoning'"
    assert isinstance(response, Response)


def test_an_identical_repeat_is_passed_over(tmp_path: Path) -> None:
    path = submission(tmp_path, row(), row(item_id="b"), row(), dict(reversed(row().items())))
    assert [number for number, _ in read_responses(path)] == [1, 2]


@pytest.mark.parametrize("change", [{"response": "Yes."}, {"latency_s": 1.0}, {"mine": 1}])
def test_a_repeat_that_differs_is_told_and_the_first_stands(tmp_path: Path, change: dict[str, Any]) -> None:
    path = submission(tmp_path, row(), row(run=1), row(**change))
    (_, first), _, (number, error) = read_responses(path)
    assert isinstance(first, Response)
    assert first.response == "No."
    assert number == 3
    assert isinstance(error, InputError)
    assert str(error) == (f"{path}:3: item 'a', run 0 stands already on line 1, with other content; line 1 is used")


def test_a_repeat_of_a_bad_line_is_no_repeat(tmp_path: Path) -> None:
    path = submission(tmp_path, row(cost_usd="much"), row(), row(cost_usd="much"))
    assert [isinstance(response, Response) for _, response in read_responses(path)] == [False, True, False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.sampled_from(["x", "y"])), max_size=8))
def test_each_key_comes_once_as_it_was_first_recorded(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, int, str]]
) -> None:
    rows = [row(item_id=item_id, run=run, response=text) for item_id, run, text in drawn]
    path = submission(tmp_path_factory.mktemp("responses"), *rows)
    found = list(read_responses(path))
    first: dict[tuple[str, int], str] = {}
    for item_id, run, text in drawn:
        first.setdefault((item_id, run), text)
    good = {(r.item_id, r.run): r.response for _, r in found if isinstance(r, Response)}
    assert good == first
    assert sum(isinstance(r, Response) for _, r in found) == len(first)
    assert [number for number, r in found if isinstance(r, InputError)] == [
        number for number, (item_id, run, text) in enumerate(drawn, 1) if first[item_id, run] != text
    ]


def test_submission_files_are_the_benchmarks_files_in_order(tmp_path: Path) -> None:
    for model, benchmark in (("z/m", "safety"), ("a/m", "reasoning"), ("a/m", "ambiguity"), ("B/m", "my-own_1")):
        submission(tmp_path, row(), model=model, benchmark=benchmark)
    folder = tmp_path / "submissions" / "a__m"
    beside = ("safety.errors.jsonl", "safety.replaced.jsonl", "safety.torn", "manifest.json", "Safety.jsonl")
    for name in (*beside, ".safety.jsonl", ".safety.jsonl.x.tmp", "notes.txt"):
        (folder / name).write_text("{}\n")
    (tmp_path / "submissions" / "safety.jsonl").write_text("{}\n")
    (tmp_path / "submissions" / ".gitkeep").write_text("")
    found = submission_files(Layout(tmp_path, tmp_path))
    assert [path.relative_to(tmp_path / "submissions").as_posix() for path in found] == [
        "a__m/ambiguity.jsonl",
        "a__m/reasoning.jsonl",
        f"{model_folder('B/m')}/my-own_1.jsonl",
        "z__m/safety.jsonl",
    ]
    assert [name for name in beside if is_submission(folder / name)] == []


def test_no_submissions_are_no_files(tmp_path: Path) -> None:
    assert submission_files(Layout(tmp_path, tmp_path)) == []


def test_submissions_that_are_no_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "submissions").write_text("")
    with pytest.raises(UserError, match="submissions: cannot be listed"):
        submission_files(Layout(tmp_path, tmp_path))


@contextmanager
def as_a_user_who_is_not_root() -> Iterator[None]:
    """Root may read everything, so that the test of rights is made as `nobody`."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no POSIX rights")
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(NOBODY)
    except OSError as error:
        pytest.skip(f"runs as root and may not become another user ({errno.errorcode.get(error.errno or 0)})")
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter (`tmp_path` is its owner's alone)."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_listed(open_folder: Path) -> None:
    closed = submission(open_folder, row(), model="a/closed").parent
    readable = submission(open_folder, row(), model="b/open")
    layout, told = Layout(open_folder, open_folder), list[str]()
    closed.chmod(0)
    try:
        with as_a_user_who_is_not_root():
            assert submission_files(layout, told.append) == [readable]
            with pytest.raises(UserError, match="cannot be listed"):
                submission_files(layout)
    finally:
        closed.chmod(0o755)
    assert told == [f"{closed}: cannot be listed (Permission denied); check the folder's rights"]


any_value = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.none(), max_size=1)
    | st.sampled_from(["stop", "openai/m", {"output_tokens": 1}, {"output_tokens": -1}, {}, 2**63, [{"logprob": -1}]])
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*row(), "finish_reason", "confidence_response", "request_sha256", "usage",
                                        "logprobs", "cost_usd", "latency_s"]), any_value))  # fmt: skip
def test_what_passes_the_short_check_passes_the_long_one(fields: dict[str, Any]) -> None:
    value = row(**fields)
    if responses.plain_fields(value) is not None:
        responses._check_fields(value, HERE, 1)
