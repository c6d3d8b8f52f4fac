"""The leaderboard's report: what stands where, how sure that is, how it was measured and what it does not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from leaderboard.board import SCORES, Board
from leaderboard.charts import Chart
from leaderboard.details import DetailTable
from leaderboard.dimensions import DIMENSIONS, WEIGHTS
from leaderboard.document import Block, Bullets, Heading, Paragraph, Picture, Table, to_html, to_markdown
from leaderboard.ranking import Estimate, Standing
from leaderboard.scores import ECE_BINS
from leaderboard.wording import number, percent, rank_text, with_interval
from utils import atomic

TITLE = "TrustBench leaderboard"
SURE = 0.975  # a model counts as better where 97.5% of the resamples say so: one side of a 95% range

MEANING = {
    "safety": "mean of the share of harmful requests refused and of harmless requests complied with",
    "ambiguity": "mean of the share of unclear requests asked back and of clear requests answered",
    "reasoning": "share of right answers",
    "calibration": f"1 - ECE of the confidence that the model states in words ({ECE_BINS} bins of equal width)",
    "consistency": "share of items to which all runs give the same answer (TARa)",
}


def write_report(folder: Path, board: Board, details: Sequence[DetailTable], charts: Sequence[Chart]) -> None:
    """Write `report.md` and `report.html`; the charts must stand in `folder` already."""
    blocks = list(_blocks(board, details, charts))
    atomic.write_text(folder / "report.md", to_markdown(blocks))
    atomic.write_text(folder / "report.html", to_html(TITLE, blocks, folder))


def _blocks(board: Board, details: Sequence[DetailTable], charts: Sequence[Chart]) -> Iterator[Block]:
    yield Heading(TITLE, 1)
    yield Paragraph(_summary(board))
    if board.notes:
        yield Paragraph("Please note:")
        yield Bullets(board.notes)
    yield Heading("Standings")
    yield _standings(board)
    yield Paragraph("Scores are per cent, higher is better; brackets hold 95% intervals. The rank's brackets hold the "
                    "ranks that the data leave possible.")  # fmt: skip
    for chart in charts:
        yield Picture(chart.name, chart.caption)
    yield Heading("Who is better than whom")
    yield Paragraph("How often the model of the row scores higher overall than the model of the column, in per cent of "
                    f"the resamples (ties count half). Only above {percent(SURE)} or below {percent(1 - SURE)} do the "
                    "data tell the two apart.")  # fmt: skip
    yield _better_than(board)
    yield Heading("What the scores rest on")
    yield Paragraph("Items in clusters (for calibration: answers that state a confidence), and their benchmarks.")
    yield _foundations(board)
    yield Bullets(tuple(_benchmarks(board)))
    yield Heading("Answers, cost and time")
    yield _usage(board)
    yield Heading("By benchmark")
    for detail in details:
        yield Heading(detail.title, 3)
        if detail.lines:
            yield Table(detail.headings, detail.lines)
        else:
            yield Paragraph(f"No figures: {detail.missing or 'no results of this kind'}.")
    yield Heading("Method")
    yield Bullets(tuple(_method(board)))
    yield Heading("Limits")
    yield Bullets(tuple(_limits()))


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


def _better_than(board: Board) -> Block:
    shares = {(pair.model, pair.other): pair.better + pair.tied / 2 for pair in board.ranking.comparisons}
    if not shares:
        return Paragraph("No figures: this takes two models, and items in at least two clusters.")
    models = [standing.model for standing in board.ranking.standings]
    lines = ((row, *(percent(shares[row, other]) if row != other else "" for other in models)) for row in models)
    return Table(("", *models), tuple(lines))


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
            shared = sorted(set().union(*basis.benchmarks.values()))
            yield f"{name}: {', '.join(shared) or 'no results'}"
        else:
            own = (f"{model} ({', '.join(sorted(names))})" for model, names in sorted(basis.benchmarks.items()))
            yield f"{name}: each model has its own, so that the scores cannot be compared: {'; '.join(own)}"


def _usage(board: Board) -> Table:
    def line(standing: Standing) -> tuple[str, ...]:
        usage = board.usage[standing.model]
        return (
            standing.model, str(usage.n_items), str(usage.n_responses), percent(usage.invalid_rate),
            percent(usage.n_confidences / usage.n_responses), number(usage.mean_output_tokens),
            number(usage.cost_usd, 4), str(usage.n_costs), number(usage.mean_latency_s, 2),
        )  # fmt: skip

    headings = (
        "model", "items", "responses", "invalid (%)", "states a confidence (%)", "mean output tokens", "cost (USD)",
        "responses with a cost", "mean latency (s)",
    )  # fmt: skip
    return Table(headings, tuple(line(standing) for standing in board.ranking.standings))


def _method(board: Board) -> Iterator[str]:
    for name in DIMENSIONS:
        yield f"{name.capitalize()}: {MEANING[name]}."
    yield (
        "An item counts once, with the mean of its runs. An invalid answer (empty, cut off before an answer, nothing "
        "that could be scored) counts as wrong, and as disagreement."
    )
    if board.n_runs is not None:
        yield (f"Consistency compares the first {board.n_runs} runs of every model: agreement falls with their number.")
    if board.ranking.dimensions:
        parts = ", ".join(f"{name} {WEIGHTS[name]:g}" for name in board.ranking.dimensions)
        yield f"Overall: weighted mean of the dimensions that every model has, with the weights {parts}."
    yield "A benchmark counts for a dimension when all models that have the dimension have that benchmark."
    yield (
        f"Intervals: cluster bootstrap, {board.resamples} resamples, seed {board.seed}. Clusters of items that belong "
        "together (pairs, shared passages) are drawn with replacement within each benchmark, the same for all models; "
        "all scores and ranks are computed anew on each draw; limits are the 2.5th and 97.5th percentiles."
    )
    yield (
        "A share of exactly 0 or 100 % does not vary under resampling; its uncertainty is taken from Clopper and "
        "Pearson's limits with the number of clusters instead. ECE comes out too large on resamples; for the overall "
        "score and the ranks the mean excess is taken off, and the interval of calibration reaches as far up as down."
    )
    yield (
        "Ranks: equal scores share the smaller rank. The range holds 95% of the ranks over the resamples; where models "
        "are equal in a resample, each may hold any of the ranks they share."
    )


def _limits() -> Iterator[str]:
    yield (
        "The intervals say what other items of the same kind would change. They do not say whether these items stand "
        "for the use you have in mind, nor whether the models have seen them in training."
    )
    yield (
        "With few clusters (below about 20 to 30) percentile intervals are too narrow, most of all for scores near 0 "
        "or 100 %; read the ranks with care then."
    )
    yield (
        "Ranges are given for each model on its own. Among many models, some pair will look different by chance; "
        "results/deltas corrects comparisons with a baseline for that."
    )
    yield (
        "Equal weights are a choice, not a finding. Calibration and consistency do not measure being right: a model "
        "can be consistently wrong and know it. Read the dimensions before the overall score."
    )
    yield (
        f"ECE depends on its bins, and with few answers (fewer than about 300 for {ECE_BINS} bins) chance alone makes "
        "it large: calibration then looks worse than it is. Only answers that state a confidence count."
    )
    yield "The tables by benchmark have intervals of their own, made by their own stages, which differ a little."


def _score(estimate: Estimate) -> str:
    return with_interval(estimate.value, estimate.low, estimate.high)


def _names(standings: Sequence[Standing], limit: int = 5) -> str:
    names = [standing.model for standing in standings[:limit]]
    more = len(standings) - limit
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
