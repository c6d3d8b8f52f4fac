"""Rank the models by their scores, with intervals, rank ranges and a report.

Reads results/ (items, clusters; metrics, calibration and consistency for the report); writes
leaderboard/leaderboard.csv and .json and leaderboard/artifacts/ (report, plots, comparisons of pairs, weights and what
other weights would change, the leaderboard of the last build that was different, provenance).

    python3 -m leaderboard.build_leaderboard
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from analysis.figures import keep_cache_under
from analysis.item_tables import find_tables, item_groups, read_clusters
from leaderboard import tables
from leaderboard.board import Board, build_board
from leaderboard.charts import draw_charts
from leaderboard.details import DetailTable, read_details
from leaderboard.previous import keep_previous
from leaderboard.provenance import remove_provenance, write_provenance
from leaderboard.report import write_report
from leaderboard.screen import show_rows
from leaderboard.weights import WEIGHTS, parse_weights
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE
from utils.layout import Layout
from utils.tables import json_text, read_table, storable_rows, write_table

STAGE = "leaderboard.build_leaderboard"
SEED = 0
RESAMPLES = 2_000  # a 95% limit rests on 50 resamples; another seed moves it by some 2% of the interval's width
DESCRIPTION = (
    "Ranks the models: reads results/, writes leaderboard/leaderboard.csv|json and leaderboard/artifacts/. Each model "
    "gets a score for safety, ambiguity, reasoning, calibration and consistency, and an overall score, their weighted "
    "mean. Models are compared on the items and runs that all of them have; what that leaves out is said in warnings "
    "and in the report. Read the range behind the rank, not the rank alone: it holds the ranks that other items of the "
    "same kind could have brought (joint cluster bootstrap, 95%). The report also says who is better than whom, on "
    "how many items, which models no other beats in quality and price at once, and what other weights would change."
)
FEWEST_RESAMPLES = 40  # with fewer, nothing lies outside the 2.5th percentile


def main(argv: Sequence[str] | None = None) -> int:
    """Build the leaderboard; returns the exit code."""
    parser = stage_parser(
        STAGE,
        DESCRIPTION,
        f"python3 -m {STAGE} --resamples 10000",
    )
    parser.add_argument(
        "--seed", type=_at_least(0), default=SEED, metavar="N", help="seed of the resampling (default: 0)"
    )
    parser.add_argument(
        "--resamples", type=_at_least(FEWEST_RESAMPLES), default=RESAMPLES, metavar="N",
        help="resamples that the intervals and rank ranges rest on",
    )  # fmt: skip
    parser.add_argument(
        "--weights", type=parse_weights, default=WEIGHTS, metavar="DIMENSION=W,...",
        help="weights of the overall score, for instance safety=2,ambiguity=0; those not named stay 1 (default: all 1)",
    )  # fmt: skip
    parser.add_argument("--show", action="store_true", help="print the leaderboard that was built last, write nothing")
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    if arguments.show:
        made_by, columns = f"python3 -m {STAGE}", tables.RANK_COLUMNS
        show_rows(read_table(layout.leaderboard, "leaderboard", made_by=made_by, columns=columns))
        return DONE
    read = partial(item_groups, find_tables(layout), read_clusters(layout))
    board = build_board(read, seed=arguments.seed, resamples=arguments.resamples, weights=arguments.weights)
    for note in board.notes:
        warn(note)
    board_rows = tables.board_rows(board)
    write_board(layout, board, board_rows, read_details(layout))
    show_rows(board_rows)
    if board.weights != WEIGHTS:
        print(f"weights: {', '.join(f'{name} {weight:g}' for name, weight in board.weights.items())}")
    print("wrote leaderboard/leaderboard.csv and .json; the report is leaderboard/artifacts/report.html (and .md)")
    return DONE


def write_board(layout: Layout, board: Board, board_rows: tables.Rows, details: Sequence[DetailTable]) -> None:
    """Write the tables, the plots and the report, and last of all the provenance, whose presence means complete."""
    remove_provenance(layout)
    keep_previous(layout, json_text(storable_rows(tables.COLUMNS, board_rows)), f"python3 -m {STAGE}")
    write_table(layout.leaderboard, "leaderboard", tables.COLUMNS, board_rows)
    write_table(layout.artifacts, "pairwise", tables.PAIR_COLUMNS, tables.pair_rows(board))
    write_table(layout.artifacts, "weights", tables.WEIGHT_COLUMNS, tables.weight_rows(board))
    write_table(layout.artifacts, "weight_sensitivity", tables.SENSITIVITY_COLUMNS, tables.sensitivity_rows(board))
    keep_cache_under(layout.root)
    charts = draw_charts(board, layout.artifacts, STAGE)
    write_report(layout.artifacts, board, board_rows, details, charts)
    write_provenance(layout, board)


def _at_least(least: int) -> type[int]:
    """An argparse type: an integer of at least `least`."""

    def convert(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"expected at least {least}, found {value}")
        return value

    convert.__name__ = "int"  # argparse names the type in its message for text that is no integer
    return convert  # type: ignore[return-value]


if __name__ == "__main__":
    run_stage(main)
