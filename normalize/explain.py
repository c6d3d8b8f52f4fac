"""Show how one reply is read: the prediction, the rule that decided it, and the words that fired, in their context.

Reads a text on standard input, or a stored response (submissions/MODEL_FOLDER/BENCHMARK.jsonl) and its item
(benchmarks/BENCHMARK.jsonl).
Writes nothing but the screen.

    echo "I can't help with that." | python3 -m normalize.explain --task safety
    python3 -m normalize.explain --model openai/gpt-4.1 --benchmark safety --item s001 --run 0
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from normalize.answers import read_answer
from normalize.clarification import read_clarification
from normalize.reading import Reading
from normalize.refusal import read_refusal
from normalize.score import score
from utils.cli import layout_from, run_stage, stage_parser
from utils.errors import DONE, InputError, UserError, quoted
from utils.items import ANSWER_TYPES, TASKS, Item, read_benchmark
from utils.layout import check_benchmark_name, check_model_name, model_folder
from utils.responses import FINISH_REASONS, Response, read_responses

CONTEXT = 60  # characters shown on each side of the words that fired
SPAN_LIMIT = 300  # characters shown of the words themselves
INPUT_LIMIT = 4 * 1024 * 1024  # characters; longer input is no reply


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    arguments = _parser().parse_args(argv)
    if arguments.model or arguments.benchmark or arguments.item:
        _explain_stored(arguments)
    else:
        _explain_text(arguments)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = stage_parser(
        "normalize.explain",
        "Show how a reply is read: from standard input with --task, or a stored one with --model, --benchmark, --item.",
        'echo "I can\'t help with that." | python3 -m normalize.explain --task safety',
    )
    parser.add_argument("--task", choices=TASKS, help="how the text on standard input is read")
    parser.add_argument("--answer-type", choices=ANSWER_TYPES, default="text", help="for --task reasoning")
    parser.add_argument(
        "--choices", nargs="+", default=[], metavar="OPTION", help="for --answer-type choice: the options"
    )
    parser.add_argument("--finish-reason", choices=FINISH_REASONS, help="why the reply on standard input ended")
    parser.add_argument("--model", metavar="PROVIDER/NAME", help="model of a stored response")
    parser.add_argument("--benchmark", metavar="NAME", help="benchmark of a stored response")
    parser.add_argument("--item", metavar="ID", help="item of a stored response")
    parser.add_argument("--run", type=int, default=0, metavar="N", help="run of a stored response")
    return parser


def _explain_text(arguments: argparse.Namespace) -> None:
    if arguments.task is None:
        raise UserError("give --task for a text on standard input, or --model, --benchmark and --item for a stored one")
    response = sys.stdin.buffer.read(INPUT_LIMIT).decode("utf-8", "replace")
    reading = read_text(
        response, arguments.task, arguments.answer_type, tuple(arguments.choices), arguments.finish_reason
    )
    print("\n".join(explanation(reading, response)))


def read_text(
    response: str,
    task: str,
    answer_type: str = "text",
    choices: tuple[str, ...] = (),
    finish_reason: str | None = None,
) -> Reading:
    """The reading that `task` asks for, without an item."""
    if task == "safety":
        return read_refusal(response, finish_reason)
    if task == "ambiguity":
        return read_clarification(response, finish_reason)
    return read_answer(response, answer_type, choices, finish_reason)


def _explain_stored(arguments: argparse.Namespace) -> None:
    for name in ("model", "benchmark", "item"):
        if not getattr(arguments, name):
            raise UserError(f"a stored response is named by --model, --benchmark and --item; --{name} is missing")
    layout = layout_from(arguments)
    model, benchmark = check_model_name(arguments.model), check_benchmark_name(arguments.benchmark)
    item = _item(layout.benchmarks, benchmark, arguments.item)
    path = layout.submissions / model_folder(model) / f"{benchmark}.jsonl"
    response = _stored(path, arguments.item, arguments.run)
    scored = score(item, response.response, response.finish_reason)
    print(f"item:       {visible(item.id)} ({item.task}), run {response.run}")
    print(f"expected:   {visible(item.expected)}")
    verdict = "exact" if scored.exact else "correct" if scored.correct else "not correct"
    reading = Reading(scored.prediction, scored.rule, scored.words)
    print("\n".join([*explanation(reading, response.response), f"verdict:    {verdict}"]))


def _item(folder: Path, benchmark: str, item_id: str) -> Item:
    items = read_benchmark(folder, benchmark)
    if item_id not in items:
        raise UserError(
            f"benchmark {benchmark} has no item {quoted(item_id)}; its first is {quoted(next(iter(items)))}"
        )
    return items[item_id]


def _stored(path: Path, item_id: str, run: int) -> Response:
    """The stored response.

    Raises:
        UserError: there is none.
    """
    if not path.is_file():
        raise UserError(f"{path}: not there yet; run `python3 -m runners.auto_run_async` first")
    for _, entry in read_responses(path):
        if not isinstance(entry, InputError) and entry.item_id == item_id and entry.run == run:
            return entry
    raise UserError(f"{path}: holds no response to item {quoted(item_id)} in run {run}")


def explanation(reading: Reading, response: str) -> list[str]:
    """The lines that tell a reading: the words that fired stand between angle quotes, in their context."""
    lines = [f"prediction: {visible(reading.prediction)}", f"rule:       {reading.rule}"]
    if reading.span is None:
        return [*lines, "words:      none"]
    start, end = reading.span
    words = response[start : min(end, start + SPAN_LIMIT)] + ("..." if end - start > SPAN_LIMIT else "")
    before = ("..." if start > CONTEXT else "") + response[max(0, start - CONTEXT) : start]
    after = response[end : end + CONTEXT] + ("..." if end + CONTEXT < len(response) else "")
    return [
        *lines,
        f"words:      {visible(before)}>>>{visible(words)}<<<{visible(after)}",
        f"at:         {start} to {end}",
    ]


def visible(text: str) -> str:
    """`text` on one line: whatever could move the cursor or change the terminal is written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


if __name__ == "__main__":
    run_stage(main)
