"""JSON lines: a bad line is told with its number and costs no other line."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils import jsonl
from utils.errors import InputError, UserError
from utils.jsonl import NESTING_LIMIT, located_lines, numbered_objects, object_line, parse_object

any_text = st.text(st.characters() | st.sampled_from('\ud83d\ude00\0\n\r\u2028\u0085"\\'), max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(any_text, json_values, max_size=4)


def nested(levels: int) -> bytes:
    """An object of so many levels, its own among them."""
    return b'{"a": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


BAD_LINES = {
    "list": (b"[1]", "expected a JSON object, found a list"),
    "string": (b'"a"', "expected a JSON object, found a string"),
    "number": (b"1.5", "expected a JSON object, found a number"),
    "truth": (b"true", "expected a JSON object, found true or false"),
    "null": (b"null", "expected a JSON object, found null"),
    "utf8": (b'{"a": "\xff"}', "is not UTF-8 (byte 8 of the line)"),
    "nan": (b'{"a": NaN}', "is not valid JSON (NaN is not JSON)"),
    "infinity": (b'{"a": [Infinity]}', "is not valid JSON (Infinity is not JSON)"),
    "minus infinity": (b'{"a": -Infinity}', "is not valid JSON (-Infinity is not JSON)"),
    "cut": (b'{"a": b', "is not valid JSON (Expecting value, column 7)"),
    "two objects": (b"{} {}", "is not valid JSON (Extra data"),
    "nul bytes": (b"\0\0\0", "is not valid JSON"),
    "huge integer": (b'{"a": ' + b"1" * 5000 + b"}", "is not valid JSON"),
    "deep": (nested(100_000), f"is nested deeper than {NESTING_LIMIT} levels"),
    "deep and open": (b"[" * 100_000, "is n"),
    "a level too deep": (nested(NESTING_LIMIT + 1), f"is nested deeper than {NESTING_LIMIT} levels"),
}


def read(path: Path, content: bytes) -> list[tuple[int, dict[str, Any] | InputError]]:
    path.write_bytes(content)
    return list(numbered_objects(path))


@pytest.mark.parametrize(("line", "problem"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_one_error_with_its_number_and_the_lines_after_it_are_read(
    tmp_path: Path, line: bytes, problem: str
) -> None:
    path = tmp_path / "t.jsonl"
    first, bad, last = read(path, b'{"n": 1}\n' + line + b'\n{"n": 3}\n')
    assert (first, last) == ((1, {"n": 1}), (3, {"n": 3}))
    assert bad[0] == 2
    assert isinstance(bad[1], InputError)
    assert bad[1].line == 2
    assert str(bad[1]).startswith(f"{path}:2: {problem}")
    assert str(bad[1]).isprintable()


@pytest.mark.parametrize("tail", [b"{", b'{"a": "b', b'{"a": 1', b'{"a": "\xf0\x9f', b'{"a": nul'])
def test_a_torn_last_line_is_told_as_such(tmp_path: Path, tail: bytes) -> None:
    first, (number, error) = read(tmp_path / "t.jsonl", b'{"n": 1}\n' + tail)
    assert first == (1, {"n": 1})
    assert number == 2
    assert isinstance(error, InputError)
    assert error.line == 2
    assert error.problem.startswith("is torn")


def test_a_whole_last_line_without_its_line_end_counts(tmp_path: Path) -> None:
    assert read(tmp_path / "t.jsonl", b'{"n": 1}\n{"n": 2}') == [(1, {"n": 1}), (2, {"n": 2})]


def test_blank_lines_count_as_lines_but_hold_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "t.jsonl", b'\n \t\n{"n": 3}\n\r\n\n{"n": 6}\n\n') == [(3, {"n": 3}), (6, {"n": 6})]


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    assert read(tmp_path / "t.jsonl", b'{"n": 1}\r\n{"n": 2}\r\n') == [(1, {"n": 1}), (2, {"n": 2})]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "t.jsonl", b"") == []


@pytest.mark.parametrize("extra", [1, 2, 49, 50, 51, 52, 101, 102, 103, 500])
def test_a_line_that_is_too_long_is_one_error_whatever_its_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: int
) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", 50)
    (number, error), after = read(tmp_path / "t.jsonl", b"x" * (50 + extra) + b'\n{"n": 2}\n')
    assert number == 1
    assert isinstance(error, InputError)
    assert str(error) == f"{tmp_path / 't.jsonl'}:1: the line is longer than 50 bytes"
    assert after == (2, {"n": 2})


def test_a_line_that_is_too_long_may_be_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", 50)
    (first, (number, error)) = read(tmp_path / "t.jsonl", b'{"n": 1}\n' + b"x" * 300)
    assert first == (1, {"n": 1})
    assert number == 2
    assert isinstance(error, InputError)


def test_a_line_up_to_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"a": "' + b"x" * 40 + b'"}\n'
    monkeypatch.setattr(jsonl, "LINE_LIMIT", len(line))
    assert read(tmp_path / "t.jsonl", line * 2) == [(1, {"a": "x" * 40}), (2, {"a": "x" * 40})]


def test_nesting_up_to_the_limit_is_read_and_brackets_in_text_are_no_nesting() -> None:
    here = Path("t.jsonl")
    assert isinstance(parse_object(nested(NESTING_LIMIT), here, 1), dict)
    assert parse_object(b'{"a": "' + b"[{" * 1000 + b'"}', here, 1) == {"a": "[{" * 1000}
    assert parse_object(b'{"a": [' + b"{}," * 1000 + b"{}]}", here, 1) == {"a": [{}] * 1001}


@pytest.mark.parametrize("name", ["missing.jsonl", "folder.jsonl"])
def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    path = tmp_path / name
    with pytest.raises(UserError) as caught:
        list(numbered_objects(path))
    assert str(caught.value).startswith(f"{path}: cannot be read (")


@given(json_objects)
def test_an_object_is_one_line_and_comes_back(value: dict[str, Any]) -> None:
    line = object_line(value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    # Halves of a character that stand side by side are that character: JSON cannot tell them apart.
    joined = json.loads(json.dumps(value))
    assert parse_object(line, Path("t.jsonl"), 1) == joined


@given(any_text.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)))
def test_text_is_written_as_itself_so_that_people_can_read_it(text: str) -> None:
    assert json.dumps(text, ensure_ascii=False).encode() in object_line({"response": text})


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ude00\ud83d", "é\ud800"])
def test_half_a_character_is_kept(text: str) -> None:
    assert parse_object(object_line({"response": text}), Path("t.jsonl"), 1) == {"response": text}


def test_a_number_that_json_cannot_hold_is_written_as_null_and_the_rest_is_kept() -> None:
    value = {"response": "\ud800", "logprobs": [{"token": "a", "logprob": float("-inf")}], "cost_usd": float("nan")}
    assert parse_object(object_line(value), Path("t.jsonl"), 1) == {
        "response": "\ud800",
        "logprobs": [{"token": "a", "logprob": None}],
        "cost_usd": None,
    }


@given(st.lists(json_objects | st.sampled_from([line for line, _ in BAD_LINES.values() if len(line) < 100])))
def test_every_line_is_answered_for_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any] | bytes]
) -> None:
    content = b"".join(line + b"\n" if isinstance(line, bytes) else object_line(line) for line in lines)
    found = read(tmp_path_factory.mktemp("jsonl") / "t.jsonl", content)
    assert [number for number, _ in found] == list(range(1, len(lines) + 1))
    assert [isinstance(value, InputError) for _, value in found] == [isinstance(line, bytes) for line in lines]


# What two readers of JSON may well read in two ways.
PITFALLS = (
    b'{"n": 18446744073709551616}', b'{"n": -9223372036854775809}', b'{"n": [9223372036854775808]}', b'{"n": 1e400}',
    b'{"n": -0}', b'{"n": -0.0}', b'{"n": 0.12345678901234567890123}', b'{"n": 1e-400}', b'{"a": 1, "b": 2, "a": 3}',
    b'{"a": "\\ud800"}', b'{"a": "\\ud83d\\ude00"}', b'{"a": "\\ude00\\ud83d"}', b'{"a": "\xed\xa0\x80"}',
    b'\xef\xbb\xbf{"a": 1}', b'{"a": "\t"}', b'{"a": 1,}', b'{"a": 01}', b'{"a": 1.}', b'{"\\u0000": "\\u0000"}',
    b'{"a": 1}\x0c', b'{"a": "\x7f"}', b"{'a': 1}", b'{"a": 1} {', b'{"n": ' + b"1" * 4301 + b"}",
)  # fmt: skip
json_bytes = json_objects.map(object_line) | st.sampled_from(PITFALLS)


def with_a_changed_byte(line: bytes, place: int, byte: int) -> bytes:
    place %= len(line)
    return line[:place] + bytes([byte]) + line[place + 1 :]


def as_told(found: dict[str, Any] | InputError) -> str:
    return str(found) if isinstance(found, InputError) else repr(found)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("line", PITFALLS, ids=repr)
def test_the_fast_reader_reads_what_the_strict_one_reads(line: bytes, complete: bool, tmp_path: Path) -> None:
    strict = jsonl._read_strictly(line, tmp_path, 1, complete=complete)
    assert as_told(parse_object(line, tmp_path, 1, complete=complete)) == as_told(strict)


@given(json_bytes | st.builds(with_a_changed_byte, json_bytes, st.integers(0), st.integers(0, 255)))
def test_the_fast_reader_reads_any_bytes_as_the_strict_one_does(line: bytes) -> None:
    here = Path("t.jsonl")
    assert as_told(parse_object(line, here, 1)) == as_told(jsonl._read_strictly(line, here, 1, complete=True))


@given(st.lists(st.sampled_from([b"{}\n", b"\n", b"  \r\n", b"no\n"]), max_size=6), st.integers(0, 9))
def test_lines_can_be_read_from_any_of_them_on(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], first: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "t.jsonl"
    path.write_bytes(b"".join(lines))
    start = sum(map(len, lines[:first]))
    found = list(located_lines(path, start))
    assert [line for _, _, line, _ in found] == lines[first:]
    assert [number for number, _, _, _ in found] == list(range(1, len(found) + 1))
    for _, place, line, _ in found:
        assert path.read_bytes()[place:].startswith(line)


@given(st.lists(st.sampled_from([b"a", b"bc" * 9, b"d" * 60, b"\n", b"\n\n", b"\r\n"]), max_size=20), st.data())
def test_lines_are_those_that_are_read_one_by_one_however_the_file_comes(
    pieces: list[bytes], data: st.DataObject
) -> None:
    content = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    parts = [content[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    whole = BytesIO(content).readlines()
    places = [sum(map(len, whole[:number])) for number in range(len(whole))]
    with patch.object(jsonl, "LINE_LIMIT", 50):
        blocks = list(jsonl._whole_lines(parts, 0))
    found = [(block.place + sum(map(len, block.lines[:number])), line) for block in blocks
             for number, line in enumerate(block.lines)]  # fmt: skip
    assert [place for place, _ in found] == places
    for (_, line), wanted in zip(found, whole, strict=True):
        assert line == wanted or (len(wanted) > 50 and len(line) > 50 and wanted.startswith(line))


@given(
    st.lists(
        st.sampled_from([b"{" * 3 + b"\n", b"[" * 150 + b"\n", b"{[" * 120 + b"\n", b"x" * 99 + b"\n"]), max_size=9
    )
)
def test_a_block_with_a_line_of_many_brackets_is_told(lines: list[bytes]) -> None:
    for block in jsonl._whole_lines([b"".join(lines)], 0):
        if any(line.count(b"{") + line.count(b"[") > NESTING_LIMIT for line in lines):
            assert block.may_nest_deeply()
