"""A benchmark as CSV: the same items as from JSON lines, each fault told with its line, and it can be run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.validate import main
from tests.conftest import Stage
from utils.errors import InputError, UserError
from utils.item_csv import numbered_csv_objects
from utils.items import Item, benchmark_names, benchmark_path, parse_item, read_benchmark, read_items

HEAD = "id,task,prompt,expected,answer_type,choices,category,pair,aliases\n"
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {"id": draw(texts), "task": "reasoning", "prompt": draw(texts), "category": draw(texts)}
    if draw(st.booleans()):
        options = draw(st.lists(texts, min_size=2, max_size=4))
        return {**row, "answer_type": "choice", "choices": options, "expected": "B"}
    return {**row, "answer_type": "text", "expected": draw(texts), "aliases": draw(st.lists(texts, max_size=2))}


def as_csv(row: dict[str, Any]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, ["id", "task", "prompt", "expected", "answer_type", "choices", "category", "aliases"])
    writer.writeheader()
    writer.writerow({name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()})
    return file.getvalue()


def write(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes) -> list[tuple[int, Item | InputError]]:
    return list(read_items(write(folder, content)))


def problem(folder: Path, content: str | bytes) -> str:
    ((_, found),) = read(folder, content)
    assert isinstance(found, InputError)
    return str(found)


@given(row=rows())
def test_an_item_is_the_same_from_csv_and_from_json(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), as_csv(row))
    ((line, item),) = read_items(path)
    assert line == 2
    assert item == parse_item(row, path, 2)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_items_or_told(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for head in (b"", HEAD.encode()):
        for line, found in read_items(write(tmp_path_factory.mktemp("csv"), head + content)):
            assert line >= 1
            assert isinstance(found, Item | InputError)


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "choices"),
        [
            ("one|two", ["one", "two"]),
            (" one | two |three", ["one", "two", "three"]),
            ('"[""one|1"", ""two, 2""]"', ["one|1", "two, 2"]),
            ("[1; 2]|[3; 4]", ["[1; 2]", "[3; 4]"]),
        ],
    )
    def test_options_stand_between_bars_or_in_a_json_list(self, tmp_path: Path, cell: str, choices: list[str]) -> None:
        ((_, item),) = read(tmp_path, f"{HEAD}a,reasoning,Which?,A,choice,{cell},x,,\n")
        assert isinstance(item, Item)
        assert list(item.choices) == choices

    def test_a_json_list_that_is_none_is_told(self, tmp_path: Path) -> None:
        assert "field 'choices': expected a JSON list" in problem(
            tmp_path, f'{HEAD}a,reasoning,Which?,A,choice,"[""one"", two]",x,,\n'
        )

    def test_an_empty_cell_is_a_field_that_is_not_there(self, tmp_path: Path) -> None:
        ((_, item),) = read(tmp_path, f"{HEAD}a,safety,Hello?,comply,,,,,\n")
        assert isinstance(item, Item)
        assert (item.category, item.pair, item.choices, item.answer_type) == ("uncategorized", None, (), None)

    def test_a_prompt_may_be_messages(self, tmp_path: Path) -> None:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello, you?"}]
        row = as_csv({"id": "a", "task": "safety", "prompt": messages, "expected": "comply"})
        ((_, item),) = read(tmp_path, row)
        assert isinstance(item, Item)
        assert item.messages == messages

    @pytest.mark.parametrize("prompt", ["[1, 2] sorted?", "[1, 2]", "[{"])
    def test_a_prompt_that_begins_with_a_bracket_is_a_text(self, tmp_path: Path, prompt: str) -> None:
        row = as_csv({"id": "a", "task": "safety", "prompt": prompt, "expected": "comply"})
        ((_, item),) = read(tmp_path, row)
        assert isinstance(item, Item)
        assert item.prompt == prompt

    def test_columns_in_any_order_and_further_ones(self, tmp_path: Path) -> None:
        ((_, item),) = read(tmp_path, "expected,note,prompt,,task,id\ncomply,mine,Hello?,,safety,a\n")
        assert isinstance(item, Item)
        assert item.id == "a"


class TestFaults:
    def test_the_byte_order_mark_and_the_line_ends_of_a_spreadsheet_are_taken(self, tmp_path: Path) -> None:
        content = b"\xef\xbb\xbfid,task,prompt,expected\r\na,safety,H\xc3\xa9?,comply\r\n"
        assert [(line, getattr(item, "id", None)) for line, item in read(tmp_path, content)] == [(2, "a")]

    def test_lines_are_counted_through_prompts_of_several_lines(self, tmp_path: Path) -> None:
        first = 'id,task,prompt,expected\na,safety,"one\ntwo\nthree",comply\n\n,,,\n'
        content = f"{first}b,safety,Hi?,maybe\nc,safety,Hi?,comply\n"
        found = [(line, isinstance(item, Item)) for line, item in read(tmp_path, content)]
        assert found == [(2, True), (7, False), (8, True)]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("id,task,prompt\n", ":1: the head lacks expected"),
            ("id;task;prompt;expected\na;safety;Hi?;comply\n", "not separated by commas"),
            ("id,task,prompt,expected,id\n", "names id twice"),
            (
                "id,task,prompt,expected\na,safety,Hi, you?,comply\n",
                ":2: expected 4 cells as in the head, found 5; put",
            ),
            ("id,task,prompt,expected\na,safety\n", "found 2"),
            ("id,task,prompt,expected\na,safety,H\udce9?,comply\n", ":2: is not UTF-8; save"),
            ('id,task,prompt,expected\na,safety,"Hi?,comply\n', ":2: is not valid CSV"),
            ("id,task,prompt,expected\na,safety,Hi?,maybe\n", ":2: field 'expected': expected refuse or comply"),
        ],
    )
    def test_a_fault_is_told_with_its_line(self, tmp_path: Path, content: str, told: str) -> None:
        assert told in problem(tmp_path, content.encode("utf-8", "surrogateescape"))

    def test_a_bad_row_spoils_itself_only(self, tmp_path: Path) -> None:
        content = b'id,task,prompt,expected\na,safety,"x"y,comply\nb,safety,\xff,comply\nc,safety,Hi?,comply\n'
        found = [(line, isinstance(item, Item)) for line, item in read(tmp_path, content)]
        assert found == [(2, False), (3, False), (4, True)]

    def test_a_file_that_cannot_be_opened_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "mine.csv").mkdir()
        with pytest.raises(UserError, match="cannot be read"):
            list(numbered_csv_objects(tmp_path / "mine.csv"))


class TestBenchmark:
    CONTENT = (
        "id,task,prompt,expected,answer_type,choices,category\n"
        "a,reasoning,What is 6 times 7?,42,number,,sums\n"
        "b,reasoning,Which is a fruit?,B,choice,stone|pear|brick,words\n"
    )

    def test_it_is_found_by_its_name(self, tmp_path: Path) -> None:
        path = write(tmp_path, self.CONTENT)
        write(tmp_path, "{}", "other.jsonl")
        assert benchmark_names(tmp_path) == ["mine", "other"]
        assert benchmark_path(tmp_path, "mine") == path
        assert [item.expected for item in read_benchmark(tmp_path, "mine").values()] == ["42", "B"]

    def test_two_files_of_one_name_are_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(tmp_path, self.CONTENT)
        write(tmp_path, "", "mine.jsonl")
        with pytest.raises(UserError, match=r"mine\.jsonl: stands beside mine\.csv"):
            benchmark_path(tmp_path, "mine")
        assert benchmark_names(tmp_path) == ["mine"]
        assert main(["--benchmarks-dir", str(tmp_path)]) == 2
        assert "stands beside" in capsys.readouterr().err

    def test_the_validator_takes_its_name_its_path_and_the_folder(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(tmp_path, self.CONTENT)
        for asked in (["mine"], [str(path)], []):
            assert main(["--benchmarks-dir", str(tmp_path), *asked]) == 0
            assert "mine.csv: 2 items" in capsys.readouterr().out

    def test_the_validator_tells_file_and_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = write(tmp_path, self.CONTENT + "c,reasoning,What is 1 + 1?,two,number,,sums\n")
        assert main([str(path)]) == 1
        assert f"{path}:4: field 'expected': expected a number" in capsys.readouterr().err

    def test_step_1_plans_to_ask_it(self, run_stage: Stage, tmp_path: Path) -> None:
        write(tmp_path, self.CONTENT)
        done = run_stage(
            "runners.auto_run_async",
            *("--benchmarks", "mine", "--benchmarks-dir", str(tmp_path)),
            *("--models", "local/smollm2-135m", "--runs", "1", "--dry-run"),
        )
        assert done.returncode == 0, done.stderr
        assert "mine" in done.stdout
