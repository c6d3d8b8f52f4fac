"""The three shipped benchmarks are clean, and a model that always does the same gains nothing from it."""

from __future__ import annotations

import pytest

from benchmarks.validate import main, validate_file
from utils.hashing import sha256_file
from utils.items import EXPECTED, Item, read_benchmark
from utils.layout import REPOSITORY

FOLDER = REPOSITORY / "benchmarks"
SHIPPED = ("ambiguity", "reasoning", "safety")
FIXED_REPLIES = [(task, label) for task, labels in EXPECTED.items() for label in labels]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_has_no_problem_not_even_a_warning(name: str) -> None:
    assert validate_file(FOLDER / f"{name}.jsonl").problems == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_holds_at_least_a_hundred_items_of_its_task(name: str) -> None:
    items = read_benchmark(FOLDER, name).values()
    assert {item.task for item in items} == {name}
    assert len(items) >= 100


@pytest.mark.parametrize(("name", "label"), FIXED_REPLIES)
def test_one_fixed_reply_is_right_for_half_of_the_items_and_for_no_pair(name: str, label: str) -> None:
    items = read_benchmark(FOLDER, name).values()
    pairs: dict[str, list[Item]] = {}
    for item in items:
        assert item.pair is not None
        pairs.setdefault(item.pair, []).append(item)
    assert 2 * sum(item.expected == label for item in items) == len(items)
    assert sum(all(item.expected == label for item in twins) for twins in pairs.values()) == 0


def test_the_stage_ends_with_zero_and_warns_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(SHIPPED)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert all(f"{name}.jsonl: " in captured.out for name in SHIPPED)


def test_the_datasheet_names_the_version_of_every_file() -> None:
    datasheet = (FOLDER / "DATASHEET.md").read_text(encoding="utf-8")
    for name in SHIPPED:
        assert f"`{sha256_file(FOLDER / f'{name}.jsonl')}`" in datasheet, (
            f"{name} changed: raise the datasheet's version"
        )
