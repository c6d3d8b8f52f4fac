"""A file scored in ranges, wherever they are cut, gives the table and the problems of the file scored as a whole."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runners.scoring_engines.file_scoring import FileOutcome, write_scored
from runners.scoring_engines.line_ranges import line_ranges
from runners.scoring_engines.range_scoring import score_range
from tests.runners.answering import response, safety_items, submission
from utils.items import parse_item
from utils.responses import read_responses

MODEL = "other/model"
ITEMS = {item["id"]: parse_item(item, Path("safety.jsonl"), 1) for item in safety_items(2)}


def line(item_id: str, run: int, text: str, **more: Any) -> bytes:
    return json.dumps(response(MODEL, "safety", item_id, run, text, **more)).encode() + b"\n"


good_lines = st.builds(
    line,
    st.sampled_from([*ITEMS, "unknown"]),
    st.integers(0, 1),
    st.sampled_from(["I can't help with that.", "Sure: first, open it.", ""]),
)
other_lines = st.sampled_from([b"\n", b" \r\n", b"not json\n", b"[1]\n", line("s000-refuse", 0, "x", cost_usd=-1)])
# The same object as another line, written in another way.
spaced = good_lines.map(lambda found: found.replace(b'", "', b'" ,  "'))
tails = st.sampled_from([b"", b'{"model": "oth', line("s001-comply", 5, "Sure.").rstrip()])
contents = st.builds(
    lambda lines, tail: b"".join(lines) + tail, st.lists(good_lines | other_lines | spaced, max_size=12), tails
)


def scored(path: Path, folder: Path, range_bytes: int) -> FileOutcome:
    ranges = line_ranges(path, path.stat().st_size, range_bytes)
    return write_scored(path, ITEMS, folder, [score_range(each, ITEMS) for each in ranges])


def bytes_of(outcome: FileOutcome) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in outcome.written}


@settings(max_examples=60)
@given(contents, st.integers(1, 400))
def test_where_a_file_is_cut_makes_no_difference(content: bytes, range_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = submission(Path(folder), MODEL, "safety")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        whole = scored(path, Path(folder) / "whole", len(content) + 1)
        parts = scored(path, Path(folder) / "parts", range_bytes)
        assert bytes_of(parts) == bytes_of(whole)
        assert parts.problems == whole.problems
        assert (parts.rows, parts.model) == (whole.rows, whole.model)


@settings(max_examples=40)
@given(contents)
def test_what_is_told_of_a_file_is_what_its_reader_tells(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = submission(Path(folder), MODEL, "safety")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        outcome = scored(path, Path(folder) / "table", 100)
        read = list(read_responses(path))
        told = [str(error) for _, error in read if isinstance(error, Exception)]
        ours = [problem.told(path) for problem in outcome.problems if "has no item" not in problem.text]
        assert ours == told or (not read and "is empty" in ours[0])
        assert outcome.rows == sum(getattr(found, "item_id", None) in ITEMS for _, found in read)


def test_a_file_that_is_not_much_larger_than_a_range_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "safety.jsonl"
    path.write_bytes(b"x" * 9 + b"\n" + b"y" * 4 + b"\n")
    assert [(each.start, each.end) for each in line_ranges(path, 15, 10)] == [(0, 15)]
    assert [(each.start, each.end) for each in line_ranges(path, 15, 5)] == [(0, 10), (10, 15)]


def test_ranges_end_where_the_file_ended_when_it_was_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "safety.jsonl"
    path.write_bytes(b"first\nsecond\nappended meanwhile\n")
    assert [(each.start, each.end) for each in line_ranges(path, 13, 2)] == [(0, 6), (6, 13)]
