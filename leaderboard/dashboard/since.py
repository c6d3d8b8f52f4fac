"""What changed on the leaderboard since the last different build."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.dashboard import data
from leaderboard.dashboard.data import LEADERBOARD, SCORES
from leaderboard.dashboard.metrics import NOT_DEFINED, SCORE_LABELS, points, ranks
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, problem, table
from utils.errors import UserError
from utils.tables import storable_text

PREVIOUS = "previous_leaderboard"
NOTEWORTHY = 0.0005  # of a score: less does not show in a percentage with one decimal


def show_changes(site: Site, board: pd.DataFrame) -> None:
    """Draw what changed, or say that nothing did; the build before may hold other models, or older columns."""
    st.header("Since the last build", anchor=False)
    path = site.layout.artifacts / f"{PREVIOUS}.json"
    if not path.exists():
        st.caption("There is no earlier build to compare with yet.")
        return
    try:
        before = _previous(data.read_json(path, LEADERBOARD.made_by))
    except UserError as error:
        problem(error)
        return
    rows = changes(board.to_dict("records"), before)
    if not rows:
        st.caption("Nothing that shows has changed: the same models, ranks and scores.")
        return
    labels = names(row["model"] for row in rows)
    raw = pd.DataFrame(rows)
    display = pd.DataFrame(
        {
            "Model": [labels[row["model"]] for row in rows],
            "What": [row["change"] for row in rows],
            "Rank before": [ranks(_number(row["rank_low_before"]), _number(row["rank_high_before"])) for row in rows],
            "Rank now": [ranks(_number(row["rank_low"]), _number(row["rank_high"])) for row in rows],
            **{SCORE_LABELS[score]: [_change(row[score]) for row in rows] for score in SCORES},
        }
    )
    table(display, raw, "changes")
    st.caption("Changes of the scores in percentage points.")


def changes(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each model that came, went, or has another range of ranks or another score, by name.

    Columns: model, change (new, gone, other rank, other scores), rank_low_before, rank_high_before, rank_low,
    rank_high, and each of `SCORES` as a difference, None where it is not known in both builds.
    """
    old = {row["model"]: row for row in before if isinstance(row.get("model"), str)}
    new = {row["model"]: row for row in now if isinstance(row.get("model"), str)}
    found = []
    for model in sorted({*old, *new}):
        earlier, later = old.get(model, {}), new.get(model, {})
        moved = {score: _difference(earlier.get(score), later.get(score)) for score in SCORES}
        places = [(_number(row.get("rank_low")), _number(row.get("rank_high"))) for row in (earlier, later)]
        if not earlier or not later:
            change = "gone" if earlier else "new"
        elif str(places[0]) != str(places[1]):  # as text, for what is not known is not equal to itself
            change = "other rank"
        elif any(abs(value) >= NOTEWORTHY for value in moved.values() if value is not None):
            change = "other scores"
        else:
            continue
        ends = {"rank_low_before": places[0][0], "rank_high_before": places[0][1], "rank_low": places[1][0],
                "rank_high": places[1][1]}  # fmt: skip
        found.append({"model": model, "change": change, **ends, **moved})
    return found


def _previous(value: Any) -> list[dict[str, Any]]:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [{**row, "model": storable_text(str(row.get("model")))} for row in rows]


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _difference(before: Any, now: Any) -> float | None:
    value = _number(now) - _number(before)
    return None if pd.isna(value) else value


def _change(value: float | None) -> str:
    return NOT_DEFINED if value is None else points(value)
