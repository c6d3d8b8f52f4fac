"""Writes a fresh benchmark of the same difficulty as the shipped template items, with other numbers and names.

Reads nothing; writes NAME.jsonl to the folder of the benchmarks, or the file that --out names.

    python3 -m benchmarks.instantiate --seed 7
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from benchmarks.instances import SHIPPED_EACH, SHIPPED_SEED, instances
from benchmarks.templates import TEMPLATES
from utils import atomic
from utils.cli import layout_from, positive_int, run_stage, shown, stage_parser, warn
from utils.errors import DONE, UserError
from utils.items import TASKS, item_json
from utils.layout import REPOSITORY, check_benchmark_name

MOST_EACH = 100  # of a template; every template has more than that many different questions


def main(argv: Sequence[str] | None = None) -> int:
    """Write the benchmark and tell how to run it and compare.

    Returns:
        0 the file is written, or was there already with the same content.

    Raises:
        UserError: the file would replace another, or the arguments make no benchmark.
    """
    parser = stage_parser(
        "benchmarks.instantiate",
        "Write a fresh reasoning benchmark from the templates: the same questions with other numbers and names, to see "
        "whether a score comes from remembering the shipped ones.",
        "python3 -m benchmarks.instantiate --seed 7",
    )
    parser.add_argument(
        "--seed", type=_seed, required=True, metavar="N", help="0 or more; the same seed, the same file"
    )
    parser.add_argument(
        "--per-template",
        type=positive_int,
        default=SHIPPED_EACH,
        metavar="K",
        help=f"items of each, at most {MOST_EACH}",
    )
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--name", default=None, metavar="NAME", help="of the benchmark; else reasoning_seedN")
    target.add_argument("--out", type=Path, default=None, metavar="FILE", help="write this file, which ends in .jsonl")
    arguments = parser.parse_args(argv)
    if arguments.per_template > MOST_EACH:
        raise UserError(f"--per-template {arguments.per_template}: expected at most {MOST_EACH}")
    path = _target(arguments)
    rows = instances(arguments.seed, arguments.per_template)
    content = "".join(item_json(row) + "\n" for row in rows)
    is_there = _is_there(path, content)
    if not is_there:
        atomic.write_text(path, content)
    if arguments.seed == SHIPPED_SEED:
        warn(f"seed {SHIPPED_SEED} gives the items that are in reasoning.jsonl already; any other seed gives new ones")
    done = "has been there already, unchanged" if is_there else "written"
    print(f"{shown(path)}: {len(rows)} items from {len(TEMPLATES)} templates, seed {arguments.seed}; {done}")
    print("\n".join(_next_steps(path, len(rows))))
    return DONE


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**64:
        raise argparse.ArgumentTypeError(f"expected an integer from 0 to 2**64 - 1, found {seed}")
    return seed


def _target(arguments: argparse.Namespace) -> Path:
    """The file to write.

    Raises:
        UserError: it is no benchmark's name, or a shipped benchmark's.
    """
    if arguments.out is not None and arguments.out.suffix != ".jsonl":
        raise UserError(f"--out {shown(arguments.out)}: expected a file that ends in .jsonl")
    given = f"reasoning_seed{arguments.seed}" if arguments.name is None else arguments.name
    name = arguments.out.stem if arguments.out else given
    check_benchmark_name(name)
    path: Path = arguments.out.absolute() if arguments.out else layout_from(arguments).benchmarks / f"{name}.jsonl"
    if name in TASKS or path.resolve() in {(REPOSITORY / f"benchmarks/{task}.jsonl").resolve() for task in TASKS}:
        raise UserError(f"{shown(path)}: is the name of a shipped benchmark and is not written; give another --name")
    return path


def _is_there(path: Path, content: str) -> bool:
    """Whether the file holds this content already.

    Raises:
        UserError: it holds something else, or cannot be read.
    """
    try:
        if not path.exists():
            return False
        same = path.read_bytes() == content.encode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if not same:
        raise UserError(f"{shown(path)}: is there already with other content; remove it or give another --name")
    return True


def _next_steps(path: Path, items: int) -> list[str]:
    """What to run next, each on a line to paste."""
    folder = "" if path.parent == REPOSITORY / "benchmarks" else f" --benchmarks-dir {shlex.quote(shown(path.parent))}"
    return [
        "Next, with the models of your choice (--models):",
        f"  python3 -m runners.auto_run_async --benchmarks {path.stem} --items {items}{folder}",
        f"  python3 -m runners.aggregate_results{folder}",
        "Compare with the shipped items of the same templates (ask them with --benchmarks reasoning --items 400):",
        f"  python3 -m analysis.compare_fresh {path.stem}",
    ]


if __name__ == "__main__":
    run_stage(main)
