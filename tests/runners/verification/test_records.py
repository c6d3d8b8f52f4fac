"""What step 1 put on record, against the responses and the benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runners.verification.records import check_records
from tests.runners.answering import response, safety_items, submission, write_lines
from utils.hashing import sha256_file
from utils.layout import Layout

MODEL = "local/a"
ITEMS = safety_items(2)


def asked(item: dict[str, Any], run: int, words: str | None = None) -> dict[str, Any]:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": words or item["prompt"]}]
    return response(MODEL, "safety", item["id"], run, "No.", messages=messages, served_model="a-1")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Two items of a sample of two, asked in two runs, and all of it on record."""
    layout = Layout(root=tmp_path, benchmarks=tmp_path / "benchmarks")
    benchmark = write_lines(layout.benchmarks / "safety.jsonl", ITEMS)
    path = write_lines(submission(tmp_path, MODEL, "safety"), [asked(i, run) for i in ITEMS[:2] for run in range(2)])
    invocation = {
        "arguments": {"runs": 2},
        "sampled_items": {"safety": [item["id"] for item in ITEMS[:2]]},
        "benchmark_sha256": {"safety": sha256_file(benchmark)},
        "answers_from": "a.gguf",
    }
    path.with_name("manifest.json").write_text(json.dumps({"model": MODEL, "invocations": [invocation]}))
    return layout


def states(layout: Layout) -> dict[str, str]:
    return {finding.what.rpartition(": ")[2]: finding.state for finding in check_records(layout)}


def add(layout: Layout, row: dict[str, Any] | bytes) -> None:
    with submission(layout.root, MODEL, "safety").open("ab") as file:
        file.write(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n")


def test_all_that_is_on_record_is_proven(layout: Layout) -> None:
    assert states(layout) == dict.fromkeys(("prompts", "benchmark", "items", "origin"), "proven")


def test_a_benchmark_that_changed_since_it_was_asked_differs(layout: Layout) -> None:
    write_lines(layout.benchmarks / "safety.jsonl", [{**item, "category": "other"} for item in ITEMS])
    assert states(layout) == {"prompts": "proven", "benchmark": "differs", "items": "proven", "origin": "proven"}


def test_an_answer_to_an_item_that_was_never_sampled_differs(layout: Layout) -> None:
    add(layout, asked(ITEMS[2], 0))
    assert states(layout)["items"] == "differs"


def test_a_sampled_item_without_a_response_is_not_on_record(layout: Layout) -> None:
    path = submission(layout.root, MODEL, "safety")
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])
    (finding,) = [finding for finding in check_records(layout) if finding.what.endswith("items")]
    assert (finding.state, finding.detail) == ("not on record", "1 of 4 sampled have no response")


def test_an_item_asked_in_other_words_differs(layout: Layout) -> None:
    add(layout, asked(ITEMS[1], 2, "Something else?"))
    (finding,) = [finding for finding in check_records(layout) if finding.what.endswith("prompts")]
    assert finding.state == "differs"
    assert ITEMS[1]["id"] in finding.detail


def test_a_line_that_cannot_be_used_differs(layout: Layout) -> None:
    add(layout, b'{"model": "local/a"\n')
    assert states(layout)["lines"] == "differs"


@pytest.mark.parametrize(
    "content", [None, "[]", "{", '{"invocations": 3}', '{"invocations": [7, {"sampled_items": 1}]}']
)
def test_without_a_manifest_the_origin_is_not_on_record(layout: Layout, content: str | None) -> None:
    manifest = submission(layout.root, MODEL, "safety").with_name("manifest.json")
    manifest.unlink() if content is None else manifest.write_text(content)
    assert states(layout) == {"prompts": "proven", "origin": "not on record"}
