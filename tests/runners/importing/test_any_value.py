"""Whatever stands in place of a field of a log, the result is a response, or a line that says why there is none."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.importing import inspect_log, lm_eval_samples, openai_batch
from runners.importing.found import Found, LeftOut, Wanted, told
from tests.runners.importing.real_logs import CHOICE, JSON_LOG, SCRIPTED, eval_members
from tests.runners.importing.test_openai_batch import output, request, responses_output
from utils.jsonl import object_line, parse_object
from utils.responses import Response, parse_response

PATH = Path("log")
ITEMS = Wanted(items=True, task="reasoning", answer_type="text")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800") | st.just("../x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to each value within `value`, its own left out."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in entries for p in [(*path, key), *places(inner, (*path, key))]]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with `new` at the path."""
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return value


def check(found: list[Found]) -> None:
    """Each response is one that step 2 reads; each other thing has a line to tell."""
    for each in found:
        if isinstance(each, Response):
            line = parse_object(object_line(each.raw), PATH, 1)
            assert isinstance(line, dict)
            assert parse_response(line, PATH, 1).raw == each.raw
    lines = told(each for each in found if isinstance(each, LeftOut))
    assert all(line.strip() for line in lines)


MEMBERS = eval_members()
SAMPLE = MEMBERS["samples/reasoning-003_epoch_2.json"]
LOG = MEMBERS["header.json"]
RESULT = {**json.loads(JSON_LOG.read_text(encoding="utf-8"))}
RESULT["samples"] = [{**SAMPLE, "events": []}]
LM_EVAL = [json.loads(path.read_text(encoding="utf-8").splitlines()[0]) for path in (SCRIPTED, CHOICE)]


@given(st.sampled_from([p for p in places(SAMPLE) if p[0] != "events"]), json_values)
def test_any_field_of_an_inspect_sample(path: tuple[Any, ...], value: Any) -> None:
    check(list(inspect_log.sample_found(PATH, "sample", replaced(SAMPLE, path, value), LOG, ITEMS)))


@given(st.sampled_from(places(RESULT)), json_values)
def test_any_field_of_an_inspect_log(
    tmp_path_factory: pytest.TempPathFactory, path: tuple[Any, ...], value: Any
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(replaced(RESULT, path, value)), encoding="utf-8")
    check(list(inspect_log.read(file, ITEMS)))


@given(st.sampled_from([(n, p) for n, sample in enumerate(LM_EVAL) for p in places(sample)]), json_values)
def test_any_field_of_an_lm_eval_sample(place: tuple[int, tuple[Any, ...]], value: Any) -> None:
    sample = replaced(LM_EVAL[place[0]], place[1], value)
    check(list(lm_eval_samples.sample_found(PATH, "line 1", sample, ("a/b", "c"), ITEMS)))


@given(st.sampled_from(places(responses_output("s/a/0"))), json_values)
def test_any_field_of_a_batch_line_of_the_responses_api(path: tuple[Any, ...], value: Any) -> None:
    groups = {"benchmark": "s", "item_id": "a", "run": "0"}
    line = replaced(responses_output("s/a/0"), path, value)
    body = {"model": "x", "input": value, "instructions": value}
    check([openai_batch.line_found(PATH, "line 1", line, groups, body, Wanted())])


@given(st.sampled_from(places(output("s/a/0"))), st.sampled_from(places(request("s/a/0"))), json_values)
def test_any_field_of_a_batch_line(path: tuple[Any, ...], asked: tuple[Any, ...], value: Any) -> None:
    groups = {"benchmark": "s", "item_id": "a", "run": "0"}
    line, body = replaced(output("s/a/0"), path, value), replaced(request("s/a/0"), asked, value)["body"]
    if isinstance(body, dict):
        check([openai_batch.line_found(PATH, "line 1", line, groups, body, Wanted())])
    check([openai_batch.line_found(PATH, "line 1", line, groups, None, Wanted())])
