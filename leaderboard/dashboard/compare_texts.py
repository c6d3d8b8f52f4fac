"""Two responses to one item side by side, with the prompt above them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from leaderboard.dashboard import collected
from leaderboard.dashboard.differing import show_side_by_side
from leaderboard.dashboard.metrics import NOT_DEFINED
from leaderboard.dashboard.untrusted import cell, markup, passage
from leaderboard.dashboard.widgets import Site, link_to_responses
from utils.errors import UserError
from utils.responses import Response

Named = tuple[str, str]
"""(a model, the name that it is shown by)"""


def show_pair(site: Site, row: dict[str, Any], ours: Named, theirs: Named, benchmark: str) -> None:
    """Draw what the two models answered to the item and run of `row` (of `compare_figures.pairs`)."""
    st.html(
        markup(
            '<p class="tb-lead">Item <b>{item}</b>, run {run}: expected <b>{expected}</b>.</p>',
            item=cell(row["item_id"]), run=int(row["run"]), expected=cell(row["expected"]) or NOT_DEFINED,
        )
    )  # fmt: skip
    show_prompt(site, benchmark, row["item_id"])
    texts = [read_response(site, model, benchmark, row["item_id"], int(row["run"])) for model, _ in (ours, theirs)]
    if texts[0] is None or texts[1] is None:
        st.info("A response is not in submissions/ any more; score anew, then reload the page.")
        return
    titles = [
        f"{label}: {cell(row[prediction], 80) or NOT_DEFINED} ({_judged(row[correct])})"
        for label, prediction, correct in (
            (ours[1], "prediction", "correct"),
            (theirs[1], "prediction_other", "correct_other"),
        )
    ]
    show_side_by_side(texts[0].response, texts[1].response, titles[0], titles[1])
    for place, (model, _), words in zip(st.columns(2), (ours, theirs), ("first", "second"), strict=True):
        with place:
            title = "Responses of the first model" if words == "first" else "Responses of the second model"
            link_to_responses(site, model, benchmark, row["item_id"], title)


def show_prompt(site: Site, benchmark: str, item_id: str) -> None:
    """Draw the prompt of an item, folded when it is long, or say that the benchmark does not hold it."""
    try:
        item = collected.benchmark(site.layout, benchmark).items.get(item_id)
    except UserError:
        item = None
    if item is None:
        st.caption("The benchmark does not hold this item any more, so its prompt is not shown.")
        return
    with st.expander("Prompt", expanded=True):
        for message in item.messages:
            st.html(passage(str(message["content"])))


def read_response(site: Site, model: str, benchmark: str, item_id: str, run: int) -> Response | None:
    """One response; None when it is not there or cannot be read."""
    path = collected.submissions(site.layout).get(model, {}).get(benchmark)
    if path is None:
        return None
    try:
        return collected.read_one(collected.index(path), (item_id, run))
    except UserError:
        return None


def _judged(correct: Any) -> str:
    return "right" if correct is True or str(correct) == "True" else "wrong"
