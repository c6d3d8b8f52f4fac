from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.importing import csv_table, trustbench_lines
from runners.importing.found import LeftOut, Wanted
from tests.runners.answering import response, write_lines
from tests.runners.importing.real_logs import left_out, responses
from utils.responses import Response

HEAD = "model,benchmark,item_id,run,response"


def table(folder: Path, text: str | bytes, **wanted: Any) -> list[Any]:
    """What is found in a table of this text."""
    path = folder / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(csv_table.read(path, Wanted(**wanted)))


def test_a_row_is_a_response_whose_text_stays_as_it_is(tmp_path: Path) -> None:
    rows = (
        f'\ufeff{HEAD},output_tokens,seed,cost_usd,note\na/b,c,q1,2," Yes,\r\n ""no"" ",7,-3,0.5,x\na/b,c,q2,0,,,,,\n'
    )
    first, second = table(tmp_path, rows)
    assert first.raw == {
        "model": "a/b",
        "benchmark": "c",
        "item_id": "q1",
        "run": 2,
        "response": ' Yes,\r\n "no" ',
        "seed": -3,
        "cost_usd": 0.5,
        "usage": {"output_tokens": 7},
    }
    assert second.raw == response("a/b", "c", "q2", 0, "")


def test_flags_stand_in_for_columns_that_are_missing_or_named_otherwise(tmp_path: Path) -> None:
    columns = {"item_id": "question", "response": "answer"}
    (found,) = table(
        tmp_path, "question,answer\nq1,yes\n", model="a/b", benchmark="c", run=1, columns=columns
    )  # fmt: skip
    assert found.raw == response("a/b", "c", "q1", 1, "yes")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("model,response\na/b,x\n", "lacks benchmark, item_id, run; give --benchmark VALUE --column item_id=NAME"),
        ("model;benchmark;item_id;run;response\n", "not separated by commas"),
        (f"{HEAD},run\n", "names run twice"),
        (f"{HEAD}\na/b,c,q,0\n", "expected 5 cells"),
        (f"{HEAD}\na/b,c,q,1_0,x\n", "run: expected an integer, found '1_0'"),
        (f"{HEAD}\na/b,c,q,1.0,x\n", "run: expected an integer"),
        (f"{HEAD}\na/b,c,q,,x\n", "expected an integer of at least 0"),
        (f"{HEAD}\nb,c,q,0,x\n", "expected PROVIDER/NAME"),
        (f"{HEAD}\na/b,C,q,0,x\n", "give --benchmark"),
        (f"{HEAD},cost_usd\na/b,c,q,0,x,nan\n", "not finite"),
        (f"{HEAD},params\na/b,c,q,0,x,{{\n", "params: expected JSON"),
        (f"{HEAD},finish_reason\na/b,c,q,0,x,done\n", "expected one of stop, length"),
        (f'{HEAD}\na/b,c,q,0,"x\n', "is not valid CSV"),
        (f"{HEAD}\na/b,c,q,0,".encode() + b"\xff\n", "is not UTF-8"),
    ],
)
def test_what_cannot_be_mapped_says_why(tmp_path: Path, text: str | bytes, reason: str) -> None:
    (problem,) = table(tmp_path, text)
    assert reason in problem.reason


def test_our_own_lines_keep_every_field_and_tell_bad_lines(tmp_path: Path) -> None:
    good = response("a/b", "c", "q1", 0, "x", extra={"kept": [1]})
    rows = [good, b"\xff\n", b"{\n", b'{"model": NaN}\n', {**good, "run": -1}, {**good, "benchmark": "../c"}]
    path = write_lines(tmp_path / "lines.jsonl", rows)
    found = list(trustbench_lines.read(path, Wanted()))
    assert [each.raw for each in responses(iter(found))] == [good]
    assert [each.where for each in left_out(iter(found))] == [f"line {number}" for number in range(2, 7)]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_told(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    for found in table(folder, HEAD.encode() + b"\na/b,c,q,0," + content):
        assert isinstance(found, Response | LeftOut)
