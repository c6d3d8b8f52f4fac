"""Each model against a baseline: which differences hold after adjustment for the number of comparisons."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.data import CHANGES, DELTA_DETAILS, DELTAS
from leaderboard.dashboard.metrics import NOT_DEFINED, difference, figure, metric
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, chart, choose, line, table, table_if_there, table_or_advice

EXPLAINED = "◆ significant after adjustment, ○ not significant: the difference may be chance."
KEYS = ["baseline", "model", "benchmark", "task", "metric"]
HOW_FOUND = ["test", "n_won", "n_lost", "items_needed"]
LEAST_REACH = 0.05  # the axis shows at least this difference, so that a tiny one does not look large


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Differences from the baseline", anchor=False)
    frame = table_or_advice(site, DELTAS)
    if frame is None:
        return
    frame = frame.dropna(subset=["baseline", "model", "benchmark", "metric"])
    left, right = st.columns(2)
    with left:
        baseline = choose("Baseline", sorted(frame["baseline"].unique()), "baseline")
    of_baseline = frame[frame["baseline"] == baseline]
    with right:
        benchmark = choose("Benchmark", sorted(of_baseline["benchmark"].unique()), "benchmark")
    shown = of_baseline[of_baseline["benchmark"] == benchmark]
    labels = names(sorted(frame["model"].unique()))
    certain = shown["significant"].fillna(False).astype(bool)
    line(
        "On {benchmark}, <b>{count} of {of} differences</b> from {baseline} are significant after adjustment "
        "for the number of comparisons.",
        benchmark=benchmark or "", count=int(certain.sum()), of=len(shown),
        baseline=names([baseline or ""])[baseline or ""],
    )  # fmt: skip
    _charts(shown, labels)
    st.header("All figures", anchor=False)
    _figures(_with_details(site, shown), labels, "deltas")
    _changes(site)


def _with_details(site: Site, shown: pd.DataFrame) -> pd.DataFrame:
    """The differences with how each was found, where that table is there."""
    details = table_if_there(site, DELTA_DETAILS)
    if details is None:
        return shown
    return shown.merge(details.drop_duplicates(KEYS)[[*KEYS, *HOW_FOUND]], how="left", on=KEYS)


def _changes(site: Site) -> None:
    """Each model against itself in earlier results, where step 7 was told to look at some."""
    frame = table_if_there(site, CHANGES)
    if frame is None:
        return
    frame = frame.dropna(subset=["model", "benchmark", "metric"])
    if frame.empty:
        return
    st.header("Since the earlier results", anchor=False)
    certain = frame["significant"].fillna(False).astype(bool)
    line(
        "Each model against itself: <b>{count} of {of} changes</b> are significant after adjustment for their number.",
        count=int(certain.sum()), of=len(frame),
    )  # fmt: skip
    _figures(frame, names(sorted(frame["model"].unique())), "changes", before="Earlier", after="Now")


def show_differences(frame: pd.DataFrame, name: str) -> None:
    """Draw the differences of two models, a row of `results/deltas` each: one chart of the rates, and the table."""
    labels = {metric_name: metric(metric_name).label for metric_name in dict.fromkeys(frame["metric"])}
    rates = frame[[metric(each).unit == "rate" for each in frame["metric"]]].dropna(subset=["delta"])
    if len(rates):
        points = _points(rates, labels, by="metric")
        chart(
            charts.deltas(points, title="Differences", reach=_reach(rates), rows=list(points["row"]), row="Metric"),
            "Difference of the two models by metric with its 95% interval; the figures are in the table below.",
            name,
        )
        st.caption(EXPLAINED + " " + _directions(rates["metric"]))
    _figures(frame, names(frame["model"]), name)


def _directions(metrics: pd.Series) -> str:
    lower = [metric(name).label.lower() for name in dict.fromkeys(metrics) if metric(name).better == "lower"]
    return f"Lower is better for: {', '.join(lower)}." if lower else ""


def _charts(shown: pd.DataFrame, labels: dict[str, str]) -> None:
    known = shown.dropna(subset=["delta"])
    rates = [name for name in dict.fromkeys(known["metric"]) if metric(name).unit == "rate"]
    rated = known[known["metric"].isin(rates)]
    if rated.empty:
        st.caption("No rates to compare; other measures are in the table.")
        return
    reach = _reach(rated)
    places = st.columns(2)
    for number, name in enumerate(rates):
        frame = rated[rated["metric"] == name].sort_values("delta", ascending=False, kind="stable")
        with places[number % 2]:
            chart(
                charts.deltas(_points(frame, labels), title=_title(name), reach=reach,
                              rows=[labels[model] for model in frame["model"]]),
                "Difference of each model from the baseline with its 95% interval; the figures are in the table below.",
                f"deltas-{number + 1}",
            )  # fmt: skip
    st.caption(EXPLAINED)


def _title(name: str) -> str:
    better = metric(name).better
    return metric(name).label + (f": {better} is better" if better else "")


def _reach(rates: pd.DataFrame) -> float:
    return max(LEAST_REACH, float(rates[["delta", "ci_low", "ci_high"]].abs().max().max())) * 105


def _points(frame: pd.DataFrame, labels: dict[str, str], by: str = "model") -> pd.DataFrame:
    certain = frame["significant"].fillna(False).astype(bool)
    return pd.DataFrame(
        {
            "row": [labels[name] for name in frame[by]],
            "delta": frame["delta"].to_numpy() * 100,
            "low": frame["ci_low"].to_numpy() * 100,
            "high": frame["ci_high"].to_numpy() * 100,
            "verdict": ["significant" if yes else "not significant" for yes in certain],
            "figure": [difference(value, "rate") for value in frame["delta"]],
            "interval": [_interval(row, "rate") for row in frame.to_dict("records")],
            "p": [_p(value) for value in frame["p_adjusted"]],
        }
    )


def _figures(
    shown: pd.DataFrame, labels: dict[str, str], name: str, *, before: str = "Baseline", after: str = "Value"
) -> None:
    units = [metric(name).unit for name in shown["metric"]]
    rows = shown.to_dict("records")
    display = pd.DataFrame(
        {
            "Model": [labels[model] for model in shown["model"]],
            **({"Benchmark": shown["benchmark"].to_numpy()} if shown["benchmark"].nunique() > 1 else {}),
            "Metric": [metric(name).label for name in shown["metric"]],
            before: [figure(row["baseline_value"], unit) for row, unit in zip(rows, units, strict=True)],
            after: [figure(row["value"], unit) for row, unit in zip(rows, units, strict=True)],
            "Difference": [difference(row["delta"], unit) for row, unit in zip(rows, units, strict=True)],
            "95% interval": [_interval(row, unit) for row, unit in zip(rows, units, strict=True)],
            "Adjusted p": [_p(row["p_adjusted"]) for row in rows],
            "Significant": ["yes" if row["significant"] is True else "no" for row in rows],
            **_won(shown),
            "Items": shown["n_items"].to_numpy(),
            "Least detectable": [
                difference(row["minimum_detectable_delta"], unit).lstrip("+")
                for row, unit in zip(rows, units, strict=True)
            ],
        }
    )
    columns = {
        "Least detectable": "The smallest true difference that a comparison of this size finds four times in five",
        "Won : lost": "Items on which the model does better, and on which worse",
        "Items needed": "Items that it takes to find a true difference of this size four times in five",
        "Test": "How p was computed",
    }
    helped = {head: st.column_config.Column(help=words) for head, words in columns.items() if head in display}
    table(display, shown, name, columns=helped)


def _won(shown: pd.DataFrame) -> dict[str, list[str]]:
    """The columns of how a difference was found, where its table is there."""
    if "test" not in shown:
        return {}
    pairs = zip(shown["n_won"], shown["n_lost"], strict=True)
    return {
        "Won : lost": [
            NOT_DEFINED if pd.isna(won) or pd.isna(lost) else f"{won:.0f} : {lost:.0f}" for won, lost in pairs
        ],
        "Items needed": [figure(needed, "count") for needed in shown["items_needed"]],
        "Test": [NOT_DEFINED if pd.isna(test) else str(test).replace("_", " ") for test in shown["test"]],
    }


def _interval(row: dict[str, float], unit: str) -> str:
    low, high = (difference(row[end], unit) for end in ("ci_low", "ci_high"))  # type: ignore[arg-type]
    return NOT_DEFINED if NOT_DEFINED in (low, high) else f"{low} to {high}"


def _p(value: float) -> str:
    if pd.isna(value):
        return NOT_DEFINED
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
