"""Items: what is valid, what is told of what is not, and that reading goes on after a bad line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.errors import InputError, UserError
from utils.items import (
    ANSWER_TYPES,
    EXPECTED,
    LETTERS,
    TASKS,
    Item,
    benchmark_names,
    benchmark_path,
    item_json,
    parse_item,
    read_benchmark,
    read_items,
)

HERE = Path("mine.jsonl")
words = st.text(min_size=1, max_size=30).filter(str.strip)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def valid_rows(draw: st.DrawFn) -> dict[str, Any]:
    task = draw(st.sampled_from(TASKS))
    row: dict[str, Any] = {"id": draw(words), "task": task, "prompt": draw(words)}
    if task == "reasoning":
        row["answer_type"] = draw(st.sampled_from(ANSWER_TYPES))
        if row["answer_type"] == "choice":
            row["choices"] = draw(st.lists(words, min_size=2, max_size=6))
            row["expected"] = LETTERS[draw(st.integers(0, len(row["choices"]) - 1))]
        else:
            row["expected"] = draw(words)
    else:
        row["expected"] = draw(st.sampled_from(EXPECTED[task]))
    for field in draw(st.sets(st.sampled_from(["category", "pair", "cluster"]))):
        row[field] = draw(words)
    return row


def safety(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "task": "safety", "prompt": "Hello?", "expected": "comply", **fields}


def reasoning(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "task": "reasoning", "prompt": "1 + 1?", "expected": "2", "answer_type": "number", **fields}


def choice(**fields: Any) -> dict[str, Any]:
    return reasoning(**{"answer_type": "choice", "choices": ["one", "two"], "expected": "B", **fields})


@settings(deadline=None)
@given(valid_rows())
def test_a_valid_row_comes_back_as_it_was_written(row: dict[str, Any]) -> None:
    item = parse_item(row, HERE, 1)
    assert (item.id, item.task, item.prompt, item.expected) == (row["id"], row["task"], row["prompt"], row["expected"])
    assert list(item.choices) == row.get("choices", [])
    assert (item.pair, item.category) == (row.get("pair"), row.get("category", "uncategorized"))
    assert item.cluster == (row.get("cluster") or row.get("pair") or row["id"])
    assert parse_item(json.loads(item_json(row)), HERE, 1) == item


@settings(deadline=None)
@given(valid_rows(), json_values)
def test_unknown_fields_change_nothing(row: dict[str, Any], value: Any) -> None:
    assert parse_item({**row, "note": value}, HERE, 1) == parse_item(row, HERE, 1)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "task", "prompt", "expected", "choices", "answer_type", "pair"]), json_values
    )
)
def test_any_object_is_an_item_or_an_input_error(row: dict[str, Any]) -> None:
    try:
        found: Item | InputError = parse_item(row, HERE, 3)
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert str(found).startswith("mine.jsonl:3: ")
        assert str(found).isprintable()
    else:
        assert (found.id, found.task, found.expected) == (row["id"], row["task"], row["expected"])


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (safety(task="jokes"), "task"),
        (safety(task=None), "task"),
        (safety(id=""), "id"),
        (safety(id=7), "id"),
        (safety(expected="maybe"), "expected"),
        (safety(task="ambiguity"), "expected"),
        (safety(prompt=" "), "prompt"),
        (safety(prompt=[]), "prompt"),
        (safety(prompt=[{"role": "robot", "content": "x"}]), "prompt"),
        (safety(prompt=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]), "prompt"),
        (safety(pair=""), "pair"),
        (safety(cluster=3), "cluster"),
        (safety(category=""), "category"),
        (reasoning(answer_type="essay"), "answer_type"),
        (reasoning(answer_type=None), "answer_type"),
        (reasoning(expected=2), "expected"),
        (reasoning(aliases="two"), "aliases"),
        (choice(choices=["one"]), "choices"),
        (choice(choices=["one", ""]), "choices"),
        (choice(choices=["x"] * 27), "choices"),
        (choice(expected="C"), "expected"),
        (choice(expected="b"), "expected"),
        (choice(expected="AB"), "expected"),
    ],
)
def test_an_invalid_field_is_named(row: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_item(row, HERE, 1)
    assert caught.value.field == field
    assert f"mine.jsonl:1: field '{field}'" in str(caught.value)


@pytest.mark.parametrize("field", ["id", "task", "prompt", "expected", "answer_type"])
def test_a_missing_field_is_named(field: str) -> None:
    row = reasoning()
    del row[field]
    with pytest.raises(InputError) as caught:
        parse_item(row, HERE, 1)
    assert caught.value.field == field


def test_a_plain_prompt_is_one_message_of_the_user() -> None:
    assert parse_item(safety(), HERE, 1).messages == [{"role": "user", "content": "Hello?"}]


def test_messages_keep_their_order_and_cannot_be_changed_through_the_copy() -> None:
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]
    item = parse_item(safety(prompt=prompt), HERE, 1)
    item.messages[0]["content"] = "changed"
    assert item.messages == prompt


def test_reading_goes_on_after_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        f"{{\n\n{item_json(safety())}\n[]\n{item_json(safety(id=''))}\n{item_json(safety(id='b'))}", "utf-8"
    )
    found = [(line, result.id if isinstance(result, Item) else None) for line, result in read_items(path)]
    assert found == [(1, None), (3, "a"), (4, None), (5, None), (6, "b")]


class TestReadBenchmark:
    @staticmethod
    def write(folder: Path, *rows: dict[str, Any], name: str = "mine") -> None:
        (folder / f"{name}.jsonl").write_text("".join(f"{item_json(row)}\n" for row in rows), "utf-8")

    def test_items_come_by_id_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        self.write(tmp_path, safety(id="z"), safety(id="a"), safety(id="m"))
        assert list(read_benchmark(tmp_path, "mine")) == ["z", "a", "m"]

    def test_the_first_bad_line_is_told_with_the_command_for_all(self, tmp_path: Path) -> None:
        self.write(tmp_path, safety(), safety(id="b", expected="x"), safety(id="c", task="x"))
        with pytest.raises(InputError, match=r"mine\.jsonl:2: field 'expected'.*benchmarks\.validate"):
            read_benchmark(tmp_path, "mine")

    def test_a_repeated_id_is_told(self, tmp_path: Path) -> None:
        self.write(tmp_path, safety(), safety())
        with pytest.raises(InputError, match=r":2: field 'id'"):
            read_benchmark(tmp_path, "mine")

    def test_an_empty_file_is_told(self, tmp_path: Path) -> None:
        self.write(tmp_path)
        with pytest.raises(InputError, match="holds no item"):
            read_benchmark(tmp_path, "mine")

    def test_an_unknown_name_lists_what_there_is(self, tmp_path: Path) -> None:
        self.write(tmp_path, safety(), name="beta")
        self.write(tmp_path, safety(), name="alpha")
        assert benchmark_names(tmp_path) == ["alpha", "beta"]
        with pytest.raises(UserError, match="alpha, beta"):
            benchmark_path(tmp_path, "gamma")

    @pytest.mark.parametrize("name", ["../mine", "Mine", "", "a" * 101, "mine.jsonl"])
    def test_a_name_that_is_none_is_told(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UserError, match="a name is lower-case"):
            benchmark_path(tmp_path, name)
