"""The leaderboard on the terminal: drawn by rich on a screen, in plain aligned columns when piped."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from analysis.item_columns import Row
from leaderboard.tables import SCORES
from leaderboard.wording import rank_text, with_interval
from utils.errors import one_line

HEADINGS = ("rank (95% range)", "model", *SCORES)
MODEL = 1
SHORT_HEADINGS = ("rank", "model", "overall", "safety", "ambig.", "reason.", "calib.", "cons.")
WIDTHS = (7, 10, 11, *(5 for _ in SCORES[1:]))  # rich takes room from the name first where there is too little
WIDE_SCREEN = 110  # columns that six scores with their intervals, the rank and a short name take


def show_rows(rows: Sequence[Row]) -> None:
    """Print the rows of leaderboard/leaderboard to stdout as a table."""
    lines = [_cells(row) for row in rows]
    if sys.stdout.isatty():
        _show_rich(lines)
    else:
        print(plain_table(HEADINGS, lines))


def plain_table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Columns aligned by spaces, without trailing ones."""
    table = [tuple(headings), *(tuple(line) for line in lines)]
    widths = [max(len(line[column]) for line in table) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def _cells(row: Row) -> tuple[str, ...]:
    scores = (with_interval(row[score], row[f"{score}_ci_low"], row[f"{score}_ci_high"]) for score in SCORES)
    return rank_text(row["rank"], row["rank_low"], row["rank_high"]), one_line(row["model"]), *scores


def _show_rich(lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    narrow = console.width < WIDE_SCREEN
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for place, heading in enumerate(SHORT_HEADINGS if narrow else HEADINGS):
        table.add_column(heading.replace(" (", "\n("), overflow="fold", no_wrap=place != MODEL, min_width=WIDTHS[place])
    for line in lines:
        # The interval goes below its score; Text shows `[...]` as it stands, where rich would read markup.
        cells = [cell if place <= MODEL else cell.replace(" [", "\n[") for place, cell in enumerate(line)]
        if narrow:
            cells = [*cells[: MODEL + 2], *(cell.partition("\n")[0] for cell in cells[MODEL + 2 :])]
        table.add_row(*map(Text, cells))
    console.print(table)
    if narrow:
        print("the screen is narrow: the intervals of the single scores are in the files")
