"""A fresh benchmark: the same bytes from the same seed, nothing of the shipped one in it, never over another file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks import instances as made
from benchmarks.instances import OPTIONS, SHIPPED_EACH, SHIPPED_SEED, instances
from benchmarks.instantiate import MOST_EACH, main
from benchmarks.templates import TEMPLATES
from benchmarks.templates.question import Question, Template
from benchmarks.validate import validate_file
from utils.errors import UserError
from utils.items import LETTERS, item_json
from utils.layout import REPOSITORY

SHIPPED_LINES = (REPOSITORY / "benchmarks/reasoning.jsonl").read_text("utf-8").splitlines()
SHIPPED = [line for line in SHIPPED_LINES if json.loads(line)["id"].startswith("reasoning-t-")]

SEED_7 = "978bb942194912b22e6c78fafdbe65a2d962fc6b0d3b81d8bb1cd53677fd37bf"  # SHA-256 of the items


def asked(rows: list[dict[str, Any]]) -> set[str]:
    return {row["prompt"] for row in rows}


@pytest.fixture(scope="module")
def seven() -> list[dict[str, Any]]:
    return instances(7, SHIPPED_EACH)


def test_the_shipped_items_are_those_of_the_shipped_seed_byte_for_byte() -> None:
    assert [item_json(row) for row in instances(SHIPPED_SEED, SHIPPED_EACH)] == SHIPPED


def test_the_same_seed_gives_the_same_bytes_in_this_and_every_other_process(seven: list[dict[str, Any]]) -> None:
    text = "\n".join(map(item_json, instances(7, SHIPPED_EACH)))
    assert text == "\n".join(map(item_json, seven))
    assert hashlib.sha256(text.encode()).hexdigest() == SEED_7


def test_another_seed_gives_other_questions(seven: list[dict[str, Any]]) -> None:
    assert not asked(seven) & asked(instances(8, 1))


@pytest.mark.parametrize("seed", range(5))
def test_no_shipped_question_is_asked_again(seed: int) -> None:
    assert not asked(instances(seed, 1)) & {json.loads(line)["prompt"] for line in SHIPPED}


def test_fewer_of_each_are_the_first_of_more(seven: list[dict[str, Any]]) -> None:
    assert instances(7, 1) == [row for row in seven if row["id"].endswith("-1")]


def test_every_template_and_difficulty_stands_in_it_as_often_as_in_the_shipped_one(
    seven: list[dict[str, Any]],
) -> None:
    shipped = [json.loads(line) for line in SHIPPED]
    for field in ("id", "cluster", "category", "difficulty", "answer_type"):
        assert Counter(row[field] for row in seven) == Counter(row[field] for row in shipped)


def test_letters_and_words_are_evenly_right(seven: list[dict[str, Any]]) -> None:
    for name in {row["cluster"] for row in seven}:
        answers = Counter(row["expected"] for row in seven if row["cluster"] == name)
        kind = next(row["answer_type"] for row in seven if row["cluster"] == name)
        if kind == "choice":
            assert answers == Counter(LETTERS[:OPTIONS])
        if kind == "boolean":
            assert answers == {"yes": 2, "no": 2}


def test_a_template_that_runs_out_says_so() -> None:
    few = Template("few", "logic", 1, "number", lambda draws: Question(str(draws.integer(1, 9)), "1", "1"))
    shipped = made._shipped_prompts(few)
    with pytest.raises(UserError, match=f"no more than {9 - len(shipped)} different"):
        instances(1, 9, [few])


def test_two_answers_that_differ_are_never_written() -> None:
    wrong = Template("wrong", "logic", 1, "number", lambda draws: Question(str(draws.integer(1, 99)), "1", "2"))
    with pytest.raises(AssertionError, match="wrong"):
        instances(SHIPPED_SEED, 1, [wrong])


class TestStage:
    def test_it_writes_a_clean_benchmark_and_says_what_to_run(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--seed", "3", "--benchmarks-dir", str(tmp_path)]) == 0
        path = tmp_path / "reasoning_seed3.jsonl"
        report = validate_file(path)
        assert report.problems == ()
        assert len(report.lines) == SHIPPED_EACH * len(TEMPLATES)
        captured = capsys.readouterr()
        assert "auto_run_async --benchmarks reasoning_seed3" in captured.out
        assert "analysis.compare_fresh reasoning_seed3" in captured.out
        assert captured.err == ""

    def test_again_changes_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        command = ["--seed", "3", "--per-template", "1", "--benchmarks-dir", str(tmp_path), "--name", "mine"]
        assert main(command) == 0
        before = (tmp_path / "mine.jsonl").read_bytes()
        assert main(command) == 0
        assert (tmp_path / "mine.jsonl").read_bytes() == before
        assert "already" in capsys.readouterr().out

    def test_a_file_with_other_content_is_not_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.jsonl"
        path.write_text("mine\n", encoding="utf-8")
        with pytest.raises(UserError, match="already with other content"):
            main(["--seed", "3", "--per-template", "1", "--out", str(path)])
        assert path.read_text("utf-8") == "mine\n"

    @pytest.mark.parametrize("name", ["safety", "ambiguity", "reasoning"])
    def test_a_shipped_benchmark_is_not_replaced(self, tmp_path: Path, name: str) -> None:
        before = (REPOSITORY / f"benchmarks/{name}.jsonl").read_bytes()
        for target in (["--name", name], ["--out", str(REPOSITORY / f"benchmarks/{name}.jsonl")]):
            with pytest.raises(UserError, match="shipped"):
                main(["--seed", "3", "--per-template", "1", *target])
        link = tmp_path / "link.jsonl"
        link.symlink_to(REPOSITORY / f"benchmarks/{name}.jsonl")
        with pytest.raises(UserError, match="shipped"):
            main(["--seed", "3", "--per-template", "1", "--out", str(link)])
        assert (REPOSITORY / f"benchmarks/{name}.jsonl").read_bytes() == before

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["--name", "Bad Name"], "a name is lower-case"),
            (["--name", ""], "a name is lower-case"),
            (["--name", "../up"], "a name is lower-case"),
            (["--out", "here.csv"], "ends in .jsonl"),
            (["--out", "Bad Name.jsonl"], "a name is lower-case"),
            (["--per-template", str(MOST_EACH + 1)], "at most"),
        ],
    )
    def test_what_makes_no_benchmark_is_told_in_one_line(
        self, tmp_path: Path, arguments: list[str], problem: str
    ) -> None:
        with pytest.raises(UserError, match=problem) as error:
            main(["--seed", "3", "--benchmarks-dir", str(tmp_path), *arguments])
        assert "\n" not in str(error.value)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("seed", ["-1", "x", "1.5", str(2**64)])
    def test_a_seed_that_is_none_ends_with_two(self, seed: str) -> None:
        with pytest.raises(SystemExit) as end:
            main([f"--seed={seed}"])
        assert end.value.code == 2

    def test_the_shipped_seed_is_warned_of(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--seed", str(SHIPPED_SEED), "--per-template", "1", "--benchmarks-dir", str(tmp_path)]) == 0
        assert "already" in capsys.readouterr().err
