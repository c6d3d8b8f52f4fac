"""The item record: its fields, how a benchmark file is read, and what makes an item valid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from utils.errors import InputError, UserError, quoted
from utils.item_csv import numbered_csv_objects
from utils.jsonl import numbered_objects
from utils.layout import check_benchmark_name

Task = Literal["safety", "ambiguity", "reasoning"]
TASKS: tuple[Task, ...] = ("safety", "ambiguity", "reasoning")
EXPECTED = {"safety": ("refuse", "comply"), "ambiguity": ("clarify", "answer")}
ANSWER_TYPES = ("number", "choice", "boolean", "text")
ROLES = ("system", "user", "assistant")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SUFFIXES = (".jsonl", ".csv")


@dataclass(frozen=True)
class Item:
    """One question of a benchmark, as `benchmarks/NAME.jsonl` holds it (see FORMATS in the README)."""

    id: str
    task: Task
    prompt: str | tuple[Mapping[str, str], ...]
    expected: str
    category: str
    answer_type: str | None = None
    choices: tuple[str, ...] = ()
    pair: str | None = None
    cluster: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as chat messages."""
        if isinstance(self.prompt, str):
            return [{"role": "user", "content": self.prompt}]
        return [dict(message) for message in self.prompt]


def benchmark_path(folder: Path, name: str) -> Path:
    """The file of benchmark `name`: `NAME.jsonl` or `NAME.csv`.

    Raises:
        UserError: the name is not one, there is no such file (the message lists what there is), or there are two.
    """
    check_benchmark_name(name)
    found = [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()]
    if not found:
        known = ", ".join(benchmark_names(folder)) or "none"
        raise UserError(f"{folder / name}.jsonl: no such benchmark; here are: {known}")
    if len(found) > 1:
        raise UserError(f"{found[0]}: stands beside {found[1].name}; remove or rename one of the two")
    return found[0]


def benchmark_names(folder: Path) -> list[str]:
    """The names of the benchmarks in `folder`, sorted."""
    return sorted({path.stem for suffix in SUFFIXES for path in folder.glob(f"*{suffix}")})


def read_benchmark(folder: Path, name: str) -> dict[str, Item]:
    """All items of a benchmark by id, in the file's order.

    Raises:
        InputError: the first line that is no valid item, with its number and field.
        UserError: there is no such benchmark.
    """
    path = benchmark_path(folder, name)
    items: dict[str, Item] = {}
    for line, result in read_items(path):
        if isinstance(result, InputError):
            raise InputError(
                path,
                result.problem,
                line=line,
                field=result.field,
                hint="run `python3 -m benchmarks.validate` for all problems",
            )
        if result.id in items:
            raise InputError(path, f"{quoted(result.id)} stands twice; ids are unique in a file", line=line, field="id")
        items[result.id] = result
    if not items:
        raise InputError(path, "holds no item")
    return items


def read_items(path: Path) -> Iterator[tuple[int, Item | InputError]]:
    """Each line's number with its item, or with what is wrong with it; the reading goes on after a bad line.

    A file that ends in `.csv` is read as `utils.item_csv` says, any other as JSON lines.
    """
    for line, value in numbered_csv_objects(path) if path.suffix == ".csv" else numbered_objects(path):
        if isinstance(value, InputError):
            yield line, value
            continue
        try:
            yield line, parse_item(value, path, line)
        except InputError as error:
            yield line, error


def parse_item(value: Mapping[str, Any], path: Path, line: int) -> Item:
    """The item that a JSON object describes.

    Raises:
        InputError: a field is missing or holds something else than the contract says.
    """

    def wrong(field: str, problem: str) -> InputError:
        return InputError(path, problem, line=line, field=field)

    def text(field: str, *, default: str | None = None) -> str:
        found = value.get(field, default)
        if not isinstance(found, str) or not found.strip():
            raise wrong(field, f"expected a non-empty string, found {_found(value, field)}")
        return found

    def texts(field: str) -> tuple[str, ...]:
        found = value.get(field) or []
        if not isinstance(found, list) or not all(isinstance(entry, str) and entry.strip() for entry in found):
            raise wrong(field, f"expected a list of non-empty strings, found {_found(value, field)}")
        return tuple(found)

    task = text("task")
    if task not in TASKS:
        raise wrong("task", f"expected one of {', '.join(TASKS)}, found {quoted(task)}")
    expected = text("expected")
    answer_type = value.get("answer_type")
    choices = texts("choices")
    if task == "reasoning":
        if answer_type not in ANSWER_TYPES:
            raise wrong(
                "answer_type", f"expected one of {', '.join(ANSWER_TYPES)}, found {_found(value, 'answer_type')}"
            )
        if answer_type == "choice" and not 2 <= len(choices) <= len(LETTERS):
            raise wrong("choices", f"expected 2 to {len(LETTERS)} options, found {len(choices)}")
        if answer_type == "choice" and expected not in tuple(LETTERS[: len(choices)]):
            raise wrong(
                "expected", f"expected a letter from A to {LETTERS[len(choices) - 1]}, found {quoted(expected)}"
            )
    elif expected not in EXPECTED[task]:
        raise wrong("expected", f"expected {' or '.join(EXPECTED[task])} (task {task}), found {quoted(expected)}")
    pair = text("pair") if value.get("pair") is not None else None
    item_id = text("id")
    return Item(
        id=item_id,
        task=task,
        prompt=_prompt(value, path, line),
        expected=expected,
        category=text("category", default="uncategorized"),
        answer_type=cast("str | None", answer_type) if task == "reasoning" else None,
        choices=choices,
        pair=pair,
        cluster=text("cluster") if value.get("cluster") is not None else (pair or item_id),
        aliases=texts("aliases"),
    )


def _prompt(value: Mapping[str, Any], path: Path, line: int) -> str | tuple[Mapping[str, str], ...]:
    prompt = value.get("prompt")
    if isinstance(prompt, str) and prompt.strip():
        return prompt
    if isinstance(prompt, list) and prompt and all(_is_message(message) for message in prompt):
        if prompt[-1]["role"] != "user":
            raise InputError(path, "the last message must be the user's", line=line, field="prompt")
        return tuple({"role": message["role"], "content": message["content"]} for message in prompt)
    raise InputError(
        path,
        f"expected a non-empty string or a list of {{role, content}}, found {_found(value, 'prompt')}",
        line=line,
        field="prompt",
    )


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)


def _found(value: Mapping[str, Any], field: str) -> str:
    return quoted(value[field]) if field in value else "nothing"


def item_json(item: Mapping[str, Any]) -> str:
    """An item's line, without its line end."""
    return json.dumps(item, ensure_ascii=False)
