"""What `make_logs.py` runs where lm-evaluation-harness is installed: tasks over our own items, answered by a script.

python lm_eval_program.py ITEMS FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import lm_eval.models  # noqa: F401  (registers the program's own models beside ours)
from lm_eval._cli import HarnessCLI
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

GENERATE = """\
task: reasoning
dataset_path: json
dataset_kwargs: {data_files: {test: items.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "Question: {{prompt}}\\nAnswer:"
doc_to_target: "{{expected}}"
generation_kwargs: {until: ["\\n\\n"], max_gen_toks: 64, do_sample: true, temperature: 0.7}
repeats: 3
filter_list:
- name: strict
  filter: [{function: regex, regex_pattern: "answer is (.*)[.]"}, {function: take_first}]
- name: flexible
  filter: [{function: take_first}]
metric_list: [{metric: exact_match}]
metadata: {version: 1.0}
"""
CHOICE = """\
task: reasoning_choice
dataset_path: json
dataset_kwargs: {data_files: {test: choices.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{prompt}}"
doc_to_choice: "{{choices}}"
doc_to_target: "{{'ABCD'.index(expected)}}"
metric_list: [{metric: acc}]
metadata: {version: 1.0}
"""


@register_model("scripted")
class Scripted(LM):
    """Says the item's answer, another one the second time."""

    def __init__(self, **_: Any) -> None:
        super().__init__()
        self.answers = {item["prompt"]: item["expected"] for item in json.loads(Path("items.json").read_text())}
        self.asked: Counter[str] = Counter()

    def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
        return [self.answer(request.args[0]) for request in requests]

    def answer(self, context: str) -> str:
        prompt = context.removeprefix("Question: ").removesuffix("\nAnswer:")
        self.asked[prompt] += 1
        return " I am not sure." if self.asked[prompt] == 2 else f" The answer is {self.answers[prompt]}."

    def loglikelihood(self, requests: list[Any], **_: Any) -> list[tuple[float, bool]]:
        return [(-float(len(request.args[1])), False) for request in requests]

    def loglikelihood_rolling(self, requests: list[Any], **_: Any) -> list[float]:
        return [-1.0 for _ in requests]


def main(items_file: Path, folder: Path) -> None:
    """Write the logs of a generating task and of a multiple-choice task, scripted, and of the program's dummy model."""
    items = [item for item in json.loads(items_file.read_text(encoding="utf-8")) if item["task"] == "reasoning"]
    os.chdir(folder)
    Path("items.json").write_text(json.dumps(items), encoding="utf-8")
    kept = ("id", "prompt", "expected", "category")
    write_lines(Path("items.jsonl"), [{field: item[field] for field in kept} for item in items])
    write_lines(Path("choices.jsonl"), [item for item in items if item["answer_type"] == "choice"])
    Path("reasoning.yaml").write_text(GENERATE, encoding="utf-8")
    Path("reasoning_choice.yaml").write_text(CHOICE, encoding="utf-8")
    flags = ["--include_path", ".", "--tasks", "reasoning,reasoning_choice", "--log_samples"]
    for model, output in (
        (["scripted", "--model_args", "pretrained=scripted/replies"], "raw_scripted"),
        (["dummy"], "raw_dummy"),
    ):
        sys.argv = ["lm_eval", "run", "--model", *model, *flags, "--output_path", output]
        cli = HarnessCLI()
        cli.execute(cli.parse_args())


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
