"""A line is read fast or with all checks: the same comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils import response_lines
from utils.errors import InputError
from utils.jsonl import NESTING_LIMIT
from utils.response_lines import ResponseLines
from utils.responses import Fields

HERE = Path("local__m/safety.jsonl")
ROW = {
    "model": "local/m", "benchmark": "safety", "item_id": "a", "run": 0, "response": "No.", "finish_reason": "stop",
    "confidence_response": "90", "request_sha256": "0" * 64, "usage": {"output_tokens": 3}, "logprobs": None,
    "cost_usd": 0.5, "latency_s": 1.5, "params": {"n": 1},
}  # fmt: skip
LONG = ["9223372036854775808", "18446744073709551616", "-9223372036854775809", "1" * 400, "1" * 4301, "1e400", "1" * 19]


def line(**fields: Any) -> bytes:
    return json.dumps({**ROW, **fields}, ensure_ascii=False).encode() + b"\n"


def told(found: Fields | InputError | None) -> str:
    return str(found) if isinstance(found, InputError) else repr(found)


def both(content: bytes, *, is_shallow: bool = False) -> tuple[str, str]:
    """What a reader that knows the model says, and one that checks everything."""
    knowing = ResponseLines(HERE)
    assert isinstance(knowing.fields(line(), 1, is_shallow=True), tuple)
    return told(knowing.fields(content, 7, is_shallow=is_shallow)), told(ResponseLines(HERE)._checked(content, 7))


any_value = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
    | st.sampled_from(["stop", "local/m", "local/n", "safety", {"output_tokens": 1}, {"output_tokens": -1}, {}, [1],
                       2**63, 2**63 - 1, 1e19, [{"token": "a", "logprob": -1.5}], [{"logprob": -(2**70)}]])
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(list(ROW)), any_value, max_size=4), st.sets(st.sampled_from(list(ROW)), max_size=2)
)
def test_any_value_in_any_field_is_read_alike(changed: dict[str, Any], left_out: set[str]) -> None:
    fields = {**ROW, **changed}
    content = json.dumps({name: value for name, value in fields.items() if name not in left_out}).encode() + b"\n"
    fast, checked = both(content)
    assert fast == checked


@pytest.mark.parametrize("number", LONG)
@pytest.mark.parametrize("field", ["run", "usage", "cost_usd", "latency_s", "params", "logprobs", "seed"])
def test_an_integer_beyond_64_bits_is_read_alike_wherever_it_stands(field: str, number: str) -> None:
    inner = {"usage": '{"output_tokens": N}', "params": '{"n": [N]}', "logprobs": '[{"logprob": -N}]'}.get(field, "N")
    start = json.dumps({name: value for name, value in ROW.items() if name != field}).encode()[:-1]
    content = start + f', "{field}": {inner.replace("N", number)}}}\n'.encode()
    fast, checked = both(content)
    assert fast == checked


@pytest.mark.parametrize(
    "content",
    [b"\n", b" \r\n", b"{}\n", b"[1]\n", b"no\n", b'{"model": "lo', line().rstrip(), line(response="é"),
     line().replace(b"0.5", b"NaN"), line().replace(b"No.", b"\xff"), b"\xef\xbb\xbf" + line(), line() + line(),
     line(params=json.loads("[" * 150 + "]" * 150))],
)  # fmt: skip
def test_any_other_line_is_told_alike(content: bytes) -> None:
    fast, checked = both(content)
    assert fast == checked


@pytest.mark.parametrize("levels", [NESTING_LIMIT - 1, NESTING_LIMIT])
def test_a_line_that_is_nested_too_deeply_is_told(levels: int) -> None:
    fast, checked = both(line().rstrip()[:-1] + b', "x": ' + b"[" * levels + b"]" * levels + b"}\n")
    assert fast == checked
    assert ("nested deeper" in fast) == (levels == NESTING_LIMIT)


def test_a_line_that_is_too_long_is_told_though_it_could_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = line(response="x" * 5000)
    monkeypatch.setattr(response_lines, "LINE_LIMIT", 4999)
    monkeypatch.setattr("utils.jsonl.LINE_LIMIT", 4999)
    fast, checked = both(content, is_shallow=True)
    assert fast == checked
    assert "longer than 4999 bytes" in fast
