"""Files of responses and of items, as anyone may send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.fuzzing.target import Target, written
from utils.errors import InputError
from utils.items import Item, read_benchmark, read_items
from utils.jsonl import line_object, located_lines, numbered_objects, object_line, parse_object
from utils.layout import REPOSITORY
from utils.responses import Response, parse_response, read_responses, valid_object

_RESPONSE = {
    "model": "a/b", "benchmark": "fuzzed", "item_id": "x-1", "run": 0, "response": "Answer: 7", "finish_reason": "stop",
    "confidence_response": "85%", "request_sha256": "0" * 64, "usage": {"input_tokens": 3, "output_tokens": 5},
    "logprobs": [{"token": "7", "logprob": -0.1}], "cost_usd": 0.001, "latency_s": 1.5, "seed": 1,
    "messages": [{"role": "user", "content": "3 + 4?"}], "params": {"temperature": 0.7},
}  # fmt: skip
_MOST_ITEMS = 5


def check_lines(data: bytes) -> None:
    """Each line is an object that can be written and read back, or has a problem of one line."""
    path = written("lines.jsonl", data)
    found = list(numbered_objects(path))
    for number, value in found:
        if isinstance(value, InputError):
            assert "\n" not in str(value)
        else:
            again = parse_object(object_line(value), path, number)
            assert again == value or "inf" in repr(value)  # a number too large for a float is stored as null
    assert [number for number, _ in found] == sorted({number for number, _ in found})


def check_responses(data: bytes) -> None:
    """Reading is deterministic, no response stands twice, and what scoring reads has the right type.

    A line that is looked at quickly is a response exactly where a careful reading finds one.
    """
    path = written("a__b/fuzzed.jsonl", data)
    found = [(line, str(each)) for line, each in read_responses(path)]
    assert found == [(line, str(each)) for line, each in read_responses(path)]
    kept = [each for _, each in read_responses(path) if isinstance(each, Response)]
    assert len({each.key for each in kept}) == len(kept)
    for each in kept:
        assert each.output_tokens is None or each.output_tokens >= 0
        assert each.cost_usd is None or each.cost_usd >= 0
        assert each.finish_reason is None or isinstance(each.finish_reason, str)
    for number, _, content, complete in located_lines(path):
        quick = valid_object(content, path, number, complete=complete)
        careful = _response(line_object(content, path, number, complete=complete), path, number)
        assert (quick is None) == (careful is None)
        if quick is not None and careful is not None:
            assert parse_response(quick, path, number) == careful  # the fields but `raw`


def _response(value: object, path: Path, number: int) -> Response | None:
    try:
        return parse_response(value, path, number) if isinstance(value, dict) else None
    except InputError:
        return None


def check_items(data: bytes) -> None:
    """Each line of a benchmark in JSON lines is an item whose messages end with the user's, or has a problem."""
    _check_items(written("items/fuzzed.jsonl", data))


def check_csv_items(data: bytes) -> None:
    """The same for a benchmark in CSV."""
    _check_items(written("csv_items/fuzzed.csv", data))


def _check_items(path: Path) -> None:
    found = list(read_items(path))
    assert [str(each) for each in found] == [str(each) for each in read_items(path)]
    for _, each in found:
        if isinstance(each, Item):
            assert each.id.strip()
            assert each.cluster.strip()
            assert each.expected.strip()
            assert each.messages[-1]["role"] == "user"
        else:
            assert "\n" not in str(each)
    read_benchmark(path.parent, path.stem)


def response_seeds() -> Iterator[bytes]:
    yield object_line(_RESPONSE)
    second = {**_RESPONSE, "run": 1, "logprobs": None, "usage": None, "finish_reason": None}
    yield object_line(_RESPONSE) + object_line(second) + object_line(_RESPONSE)
    yield object_line({name: _RESPONSE[name] for name in ("model", "benchmark", "item_id", "run", "response")})


def item_seeds() -> Iterator[bytes]:
    for path in sorted((REPOSITORY / "benchmarks").glob("*.jsonl")):
        lines = path.read_bytes().splitlines(keepends=True)
        step = max(1, len(lines) // _MOST_ITEMS)
        yield from lines[::step]


def csv_item_seeds() -> Iterator[bytes]:
    yield (
        b"id,task,prompt,expected,answer_type,choices,aliases,pair,cluster,category\n"
        b'a,reasoning,"What is 3, or 4?",B,choice,"[""7 | 8"", ""9""]",,,,sums\n'
        b'b,reasoning,"Which\nplanet?",mars,text,,the red planet|mars,p,c,\n'
    )
    yield b'id,task,prompt,expected\nc,safety,"[{""role"": ""user"", ""content"": ""Hello""}]",comply\n'
    yield "\ufeffid,task,prompt,expected\r\nd,ambiguity,Which one?,clarify\r\n".encode()


_FIELDS = [json.dumps(name) for name in _RESPONSE] + ["\n", "\\ud800", "NaN", "[[[[[[[[", '{"a":' * 8]
_COLUMNS = ["id", "task", "prompt", "expected", "choices", "aliases", '"', '""', ",", "\r\n", "\r", '["', "|", "\ufeff"]
TARGETS = (
    Target("lines", check_lines, response_seeds, _FIELDS, is_json=True),
    Target("responses", check_responses, response_seeds, _FIELDS, is_json=True),
    Target("items", check_items, item_seeds, ['"prompt"', '"role"', '"content"', "\n"], is_json=True),
    Target("csv_items", check_csv_items, csv_item_seeds, _COLUMNS),
)
