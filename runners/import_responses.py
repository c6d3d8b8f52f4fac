"""Imports responses that another program collected, and the items that they answer where that is asked.

Reads the files that are named; writes `submissions/`, and with `--items-out NAME` a benchmark `NAME.jsonl`. Nothing is
guessed and nothing overwritten: what cannot be mapped is told and left out.

    python3 -m runners.import_responses responses.csv --format csv --model openai/gpt-4.1
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.checks import answers
from llm.stored import submission_path
from llm.submissions_lock import only_one
from runners.importing import csv_table, inspect_log, lm_eval_samples, openai_batch, storing, trustbench_lines
from runners.importing.custom_ids import check_pattern
from runners.importing.found import Found, FoundItem, LeftOut, Wanted, WrittenBy, told
from utils.cli import HelpWithDefaults, layout_from, run_stage, shown, stage_parser, warn
from utils.errors import DONE, PARTLY_FAILED, UserError, quoted
from utils.hashing import sha256_file
from utils.items import ANSWER_TYPES, TASKS, read_benchmark
from utils.layout import Layout, check_benchmark_name, check_model_name
from utils.responses import Response

READERS: dict[str, Callable[[Path, Wanted], Iterator[Found]]] = {
    "trustbench": trustbench_lines.read,
    "csv": csv_table.read,
    "inspect": inspect_log.read,
    "lm-eval": lm_eval_samples.read,
    "openai-batch": openai_batch.read,
}
# The flags that mean something for a format, beside those that all have.
_ITEM_FLAGS = ("items_out", "task", "answer_type")
FLAGS = {
    "trustbench": (),
    "csv": ("model", "benchmark", "run", "column"),
    "inspect": ("model", "benchmark", *_ITEM_FLAGS),
    "lm-eval": ("model", "benchmark", *_ITEM_FLAGS, "id_field", "expected_field"),
    "openai-batch": ("model", "benchmark", "run", "custom_id_pattern", "requests"),
}
EXAMPLES = """\
examples:
  # lines of our own form, from any file: checked, and sorted into the folders where they belong
  python3 -m runners.import_responses collected.jsonl --format trustbench

  # a table with the columns model, benchmark, item_id, run, response; flags stand in for columns it lacks
  python3 -m runners.import_responses answers.csv --format csv --model openai/gpt-4.1 --run 0 --column item_id=question

  # logs of Inspect AI (.eval or .json), with the items that they asked as a new benchmark
  python3 -m runners.import_responses logs/*.eval --format inspect --items-out my-items --task safety

  # samples of lm-evaluation-harness (--log_samples); the model's name is in results_*.json beside them
  python3 -m runners.import_responses out/*/samples_gsm8k_*.jsonl --format lm-eval

  # the output of OpenAI's Batch API, and the file of requests that it answers
  python3 -m runners.import_responses output.jsonl --format openai-batch --requests input.jsonl \\
      --benchmark safety --custom-id-pattern '(?P<item_id>.+)-run(?P<run>[0-9]+)'
"""


@dataclass
class Harvest:
    """All that was found in the files."""

    responses: list[tuple[Path, Response]] = field(default_factory=list)
    items: list[tuple[Path, FoundItem]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    written_by: dict[str, str] = field(default_factory=dict)


def main(argv: Sequence[str] | None = None) -> int:
    """Import the files; the return is the exit code."""
    arguments = _parser().parse_args(argv)
    layout, wanted = layout_from(arguments), _wanted(arguments)
    files = list(dict.fromkeys(arguments.files))
    for path in [*files, *([wanted.requests] if wanted.requests else [])]:
        if not path.is_file():
            raise UserError(f"{path}: is no file that can be read; name files, not folders")
    description = _description(files, arguments)
    harvest = _harvest(files, READERS[arguments.format], wanted)
    description["written_by"] = harvest.written_by
    items, differing = _checked_items(harvest)
    harvest.left_out += differing
    content = storing.items_content(layout, arguments.items_out, items) if items else None
    if not harvest.responses and not items:
        for line in told(harvest.left_out):
            warn(line)
        raise UserError(f"nothing in {', '.join(map(str, files))} can be imported as {arguments.format}")
    with only_one(layout):
        standing = storing.compare(layout, harvest.responses)
        left_out = harvest.left_out + standing.differing
        for line in [*standing.notes, *told(left_out)]:
            warn(line)
        if content is not None:
            path = storing.write_items(layout, arguments.items_out, content)
            print(f"{shown(path)}: {len(items)} items written")
        new = list(standing.new.values())
        storing.append(layout, new, description)
    _summarize(layout, new, standing, left_out)
    return PARTLY_FAILED if left_out or standing.notes else DONE


class _Help(HelpWithDefaults, argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the examples as they are."""


def _parser() -> argparse.ArgumentParser:
    made = stage_parser("runners.import_responses", (__doc__ or "").partition("\n\n    ")[0], "")
    made.formatter_class = _Help
    made.epilog = EXAMPLES
    add = made.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="what the other program wrote")
    add("--format", required=True, choices=tuple(READERS), help="the program or form")
    add("--model", metavar="PROVIDER/NAME", help="the model of all responses, in place of what the source says")
    add("--benchmark", metavar="NAME", help="the benchmark of all responses, in place of what the source says")
    add("--run", type=int, metavar="N", help="csv, openai-batch: the run of all responses, counted from 0")
    add(
        "--column", action="append", default=[], metavar="FIELD=NAME",
        help="csv: the column that holds a field, where it has another name; may be given several times",
    )  # fmt: skip
    add("--items-out", metavar="NAME", help="inspect, lm-eval: write the items as benchmark NAME, too")
    add("--task", choices=TASKS, help="of the items, where the source does not say")
    add("--answer-type", choices=ANSWER_TYPES, help="of reasoning items, where the source does not say")
    add("--id-field", metavar="NAME", help="lm-eval: the field of a document that is the item's id; default: doc_id")
    add("--expected-field", metavar="NAME", help="lm-eval: the field of a document that is expected; default: target")
    add(
        "--custom-id-pattern", metavar="REGEX",
        help="openai-batch: a regular expression with the groups benchmark, item_id and run, which the whole custom_id "
        "matches; default: ids of the form BENCHMARK/ITEM_ID/RUN",
    )  # fmt: skip
    add("--requests", type=Path, metavar="FILE", help="openai-batch: the input file, which says what was sent")
    return made


def _wanted(arguments: argparse.Namespace) -> Wanted:
    """What the flags say.

    Raises:
        UserError: a flag means nothing for the format, or holds what it cannot.
    """
    for flag in sorted({flag for flags in FLAGS.values() for flag in flags}):
        if getattr(arguments, flag) not in (None, []) and flag not in FLAGS[arguments.format]:
            raise UserError(f"--{flag.replace('_', '-')} means nothing for --format {arguments.format}; leave it out")
    if arguments.model is not None:
        check_model_name(arguments.model)
    for name in (arguments.benchmark, arguments.items_out):
        if name is not None:
            check_benchmark_name(name)
    if arguments.items_out and arguments.benchmark not in (None, arguments.items_out):
        raise UserError(
            "--benchmark and --items-out name two benchmarks; the responses belong to the one that is written"
        )
    if arguments.run is not None and arguments.run < 0:
        raise UserError(f"--run {arguments.run}: runs are counted from 0")
    if not arguments.items_out and (arguments.task or arguments.answer_type or arguments.expected_field):
        raise UserError("--task, --answer-type and --expected-field are for the items; give --items-out NAME, too")
    if arguments.custom_id_pattern is not None:
        given = [name for name in ("benchmark", "run") if getattr(arguments, name) is not None]
        check_pattern(arguments.custom_id_pattern, given)
    return Wanted(
        model=arguments.model,
        benchmark=arguments.benchmark or arguments.items_out,
        run=arguments.run,
        task=arguments.task,
        answer_type=arguments.answer_type,
        id_field=arguments.id_field,
        expected_field=arguments.expected_field,
        custom_id_pattern=arguments.custom_id_pattern,
        requests=arguments.requests,
        columns=_columns(arguments.column),
        items=bool(arguments.items_out),
    )


def _columns(given: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    known = (*csv_table.NEEDED, *csv_table.OPTIONAL, *csv_table.TOKENS)
    for entry in given:
        name, _, column = entry.partition("=")
        if name not in known or not column or name in columns:
            raise UserError(f"--column {quoted(entry)}: expected FIELD=NAME, each field once, of {', '.join(known)}")
        columns[name] = column
    return columns


def _description(files: Sequence[Path], arguments: argparse.Namespace) -> dict[str, Any]:
    """What a manifest says of an import beside its times, items and versions."""
    flags = ["format", *FLAGS[arguments.format]]
    told_flags = {flag: getattr(arguments, flag) for flag in flags if getattr(arguments, flag) not in (None, [])}
    if arguments.requests:
        told_flags["requests"] = arguments.requests.name
        files = [*files, arguments.requests]
    try:
        hashes = [{"name": path.name, "sha256": sha256_file(path)} for path in files]
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read ({error.strerror})") from error
    return {"arguments": told_flags, "imported_files": hashes}


def _harvest(files: Sequence[Path], read: Callable[[Path, Wanted], Iterator[Found]], wanted: Wanted) -> Harvest:
    harvest = Harvest()
    for path in files:
        for found in read(path, wanted):
            if isinstance(found, Response):
                harvest.responses.append((path, found))
            elif isinstance(found, FoundItem):
                harvest.items.append((path, found))
            elif isinstance(found, WrittenBy):
                harvest.written_by[found.program] = found.version
            else:
                harvest.left_out.append(found)
    return harvest


def _checked_items(harvest: Harvest) -> tuple[list[FoundItem], list[LeftOut]]:
    """The items that a reply can match, each once, and why others are left out."""
    items, left_out = storing.distinct_items(harvest.items)
    source = {each.item.id: path for path, each in reversed(harvest.items)}
    wrong = {p.line: p for p in answers([(n, each.item) for n, each in enumerate(items)]) if p.is_error}
    for number, problem in wrong.items():
        item = items[number or 0].item
        left_out.append(LeftOut(source[item.id], f"item {quoted(item.id)}", problem.text, problem.field))
    return [each for number, each in enumerate(items) if number not in wrong], left_out


def _summarize(
    layout: Layout, new: Sequence[Response], standing: storing.Standing, left_out: Sequence[LeftOut]
) -> None:
    added = Counter(submission_path(layout, response.model, response.benchmark) for response in new)
    for path, count in sorted(added.items()):
        print(f"{shown(path)}: {count} responses added")
    print(
        f"{len(new)} responses added, {standing.stored} were stored already"
        + (f", {standing.repeated} stood there again" if standing.repeated else "")
        + (f", {len(left_out)} could not be mapped (told above)" if left_out else "")
        + ". Next: python3 -m runners.aggregate_results"
    )
    for name in sorted({response.benchmark for response in new}):
        asked = {response.item_id for response in new if response.benchmark == name}
        try:
            unknown = asked - read_benchmark(layout.benchmarks, name).keys()
        except UserError as error:
            warn(f"these responses cannot be scored yet: {error}")
        else:
            if unknown:
                warn(f"{len(unknown)} of the items are not in benchmark {name}, such as {quoted(min(unknown))}")


if __name__ == "__main__":
    run_stage(main)
