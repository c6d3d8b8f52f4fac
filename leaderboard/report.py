"""The leaderboard's report: what stands where, how sure that is, how it was measured and what it does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leaderboard.board import Board
from leaderboard.charts import Chart
from leaderboard.details import DetailTable
from leaderboard.dimensions import DIMENSIONS
from leaderboard.document import Block, Bullets, Heading, Paragraph, Picture, Table, to_html, to_markdown
from leaderboard.method import limits, method
from leaderboard.notes import listed
from leaderboard.ranking import Estimate, Standing
from leaderboard.tables import SCORES, Rows
from leaderboard.versus import win_blocks
from leaderboard.weighting import weight_blocks
from leaderboard.wording import UNDEFINED, dollars, number, percent, rank_text, with_interval
from utils import atomic

TITLE = "TrustBench leaderboard"


def write_report(
    folder: Path, board: Board, board_rows: Rows, details: Sequence[DetailTable], charts: Sequence[Chart]
) -> None:
    """Write `report.md` and `report.html`; the charts must stand in `folder` already."""
    blocks = list(_blocks(board, board_rows, details, {chart.name: chart for chart in charts}))
    atomic.write_text(folder / "report.md", to_markdown(blocks))
    atomic.write_text(folder / "report.html", to_html(TITLE, blocks, folder))


def _blocks(
    board: Board, board_rows: Rows, details: Sequence[DetailTable], charts: Mapping[str, Chart]
) -> Iterator[Block]:
    yield Heading(TITLE, 1)
    yield Paragraph(_summary(board))
    if board.notes:
        yield Paragraph("Please note:")
        yield Bullets(board.notes)
    yield Heading("Standings")
    yield _standings(board)
    yield Paragraph("Scores are per cent, higher is better; brackets hold 95% intervals. The rank's brackets hold the "
                    "ranks that the data leave possible.")  # fmt: skip
    yield Bullets(tuple(f"{row['model']}: {row['summary']}" for row in board_rows))
    yield from (_picture(charts[name]) for name in ("scores", "ranks"))
    yield Heading("Who is better than whom")
    yield from win_blocks(board)
    yield Heading("What other weights would change")
    yield from weight_blocks(board)
    yield Heading("Quality and its price")
    yield _picture(charts["price"])
    yield _usage(board, board_rows)
    yield Heading("What the scores rest on")
    yield Paragraph("Items in clusters (for calibration: answers that state a confidence), and their benchmarks.")
    yield _foundations(board)
    yield Bullets(tuple(_benchmarks(board)))
    yield Heading("By benchmark")
    for detail in details:
        yield Heading(detail.title, 3)
        if detail.lines:
            yield Table(detail.headings, detail.lines)
        else:
            yield Paragraph(f"No figures: {detail.missing or 'no results of this kind'}.")
    yield Heading("Method")
    yield Bullets(tuple(method(board)))
    yield Heading("Limits")
    yield Bullets(tuple(limits()))


def _picture(chart: Chart) -> Picture:
    return Picture(chart.name, chart.caption)


def _summary(board: Board) -> str:
    standings = board.ranking.standings
    benchmarks = f"{_count(len(standings), 'model')} on {_count(len(board.benchmarks), 'benchmark')}"
    first = [standing for standing in standings if standing.rank == 1]
    if not first:
        return f"{benchmarks}. There is no overall score, see the notes."
    if len(standings) == 1:
        return f"{benchmarks}: {first[0].model} scores {_score(first[0].overall)} % overall."
    leader = f"{benchmarks}. First: {_names(first)} with {_score(first[0].overall)} % overall."
    rivals = [standing for standing in standings if standing.rank != 1 and standing.rank_low == 1]
    if first[0].rank_low is None:
        return f"{leader} There are too few items to say how sure the ranks are."
    if rivals:
        return f"{leader} The data do not rule out first place for {_names(rivals)}."
    return f"{leader} No other model could be first by these data."


def _standings(board: Board) -> Table:
    headings = ("rank", "model", *(f"{score} (%)" for score in SCORES))
    lines = (
        (
            rank_text(standing.rank, standing.rank_low, standing.rank_high), standing.model, _score(standing.overall),
            *(_score(standing.dimensions[name]) for name in DIMENSIONS),
        )
        for standing in board.ranking.standings
    )  # fmt: skip
    return Table(headings, tuple(lines))


def _foundations(board: Board) -> Table:
    lines = []
    for standing in board.ranking.standings:
        estimates = [standing.dimensions[name] for name in DIMENSIONS]
        lines.append((standing.model, *(f"{estimate.n} in {estimate.n_clusters}" for estimate in estimates)))
    return Table(("model", *DIMENSIONS), tuple(lines))


def _benchmarks(board: Board) -> Iterator[str]:
    for name in DIMENSIONS:
        basis = board.bases[name]
        if basis.comparable:
            shared = [f"{benchmark} ({items:,} items)" for benchmark, (items, _) in sorted(basis.compared.items())]
            pooled = ", pooled: every item counts once" if len(shared) > 1 else ""
            yield f"{name}: {', '.join(shared) or 'no results'}{pooled}"
        else:
            own = (f"{model} ({', '.join(sorted(names))})" for model, names in sorted(basis.benchmarks.items()))
            yield f"{name}: each model has its own, so that the scores cannot be compared: {'; '.join(own)}"


def _usage(board: Board, board_rows: Rows) -> Table:
    def line(row: Mapping[str, Any]) -> tuple[str, ...]:
        usage = board.usage[row["model"]]
        return (
            row["model"], _on_front(row["on_pareto_front_cost"]), _on_front(row["on_pareto_front_latency"]),
            dollars(usage.mean_cost_usd), dollars(usage.cost_usd), str(usage.n_costs),
            number(usage.mean_latency_s, 2), str(usage.n_items), str(usage.n_responses), percent(usage.invalid_rate),
            percent(usage.n_confidences / usage.n_responses), number(usage.mean_output_tokens),
        )  # fmt: skip

    headings = (
        "model", "on the front of cost", "of latency", "mean cost (USD)", "cost in all (USD)", "responses with a cost",
        "mean latency (s)", "items", "responses", "invalid (%)", "states a confidence (%)", "mean output tokens",
    )  # fmt: skip
    return Table(headings, tuple(line(row) for row in board_rows))


def _on_front(value: bool | None) -> str:
    return UNDEFINED if value is None else "yes" if value else "no"


def _score(estimate: Estimate) -> str:
    return with_interval(estimate.value, estimate.low, estimate.high)


def _names(standings: Sequence[Standing]) -> str:
    return listed([standing.model for standing in standings])


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
