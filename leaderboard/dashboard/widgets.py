"""What the pages share: filters that live in the URL, tables with downloads, and what to do when a file is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page

from leaderboard.dashboard import address, collected, data, figures
from leaderboard.dashboard.next_steps import STAGES, command, next_stage
from leaderboard.dashboard.untrusted import cell, markup, names
from utils.errors import UserError
from utils.layout import Layout
from utils.tables import csv_text, json_text

SERIES_SHOWN = 8  # models in a chart at first; more can be chosen
WHOLE_NUMBERS = ("rank", "rank_low", "rank_high", "run", "n", "output_tokens")


@dataclass(frozen=True)
class Site:
    """What every page is given: the folders to read, and the pages by name, for links."""

    layout: Layout
    pages: Mapping[str, Page] = field(default_factory=dict)


def line(template: LiteralString, **values: object) -> None:
    """A line of the program's own HTML with values from files in its slots."""
    st.html(f'<p class="tb-line">{markup(template, **values)}</p>')


def table_or_advice(site: Site, table: data.Table) -> pd.DataFrame | None:
    """The rows of a result table, or None after saying what is missing or broken and which command to run."""
    try:
        frame = data.load(site.layout, table)
    except UserError as error:
        if data.path_of(site.layout, table).exists():
            broken(site, table.made_by, error)
        else:
            advice(site, table.made_by)
        return None
    if frame.empty:
        st.info("This table has no rows yet. Run its step again when there is something to count:")
        _show_command(site, table.made_by)
        return None
    return frame


def table_if_there(site: Site, table: data.Table) -> pd.DataFrame | None:
    """The rows of a table that older results lack: None where it is not there, or after saying that it is broken."""
    try:
        return data.load(site.layout, table)
    except UserError as error:
        if data.path_of(site.layout, table).exists():
            broken(site, table.made_by, error)
        return None


def advice(site: Site, made_by: str) -> None:
    """Say that what the stage `made_by` writes is not there yet, and which command to run next."""
    stage = next_stage(site.layout, made_by)
    st.info("Nothing to show here yet. Run this next, then reload the page:")
    _show_command(site, stage.module)
    with st.expander("All steps, in order"):
        for number, step in enumerate(STAGES, 1):
            done = " (done)" if step.done(site.layout) else ""
            st.markdown(f"{number}. `{step.module}` {step.does}{done}")


def broken(site: Site, made_by: str, error: UserError) -> None:
    """Say what is wrong with a file, and which command writes it anew."""
    problem(error)
    st.markdown("This writes it anew:")
    _show_command(site, made_by)


def problem(error: UserError) -> None:
    """A file that cannot be used, in the words of its error; these quote the file, so they are shown as text."""
    st.warning("A file cannot be used:")
    st.code(cell(str(error), 1000), language=None, wrap_lines=True)


def problems(messages: Sequence[str], about: LiteralString) -> None:
    """Lines of a file that were passed over, folded away under `about`."""
    if messages:
        with st.expander(about, icon=":material/warning:"):
            st.code("\n".join(cell(message, 500) for message in messages), language=None, wrap_lines=True)


def _show_command(site: Site, module: str) -> None:
    st.code(command(module, site.layout), language=None, wrap_lines=True)


def choose(label: str, options: Iterable[str], key: str, *, every: str | None = None,
           shown: Mapping[str, str] | None = None) -> str | None:  # fmt: skip
    """A select box over values from files, kept in the URL under `key`; None when `every` (such as "All") is chosen.

    Args:
        shown: the program's own names for options it knows; the others are shown by `untrusted.names`.
    """
    listed = list(dict.fromkeys(options))
    by_label = {name: value for value, name in _labels(listed, shown or {}, every).items()}
    choices = ([every] if every else []) + list(by_label)
    if not choices:
        return None
    address.follow_one(key, choices)
    picked = st.selectbox(label, choices, key=key, on_change=address.write, args=(key,))
    return by_label.get(picked or "")


def choose_several(label: str, options: Iterable[str], key: str) -> dict[str, str]:
    """A multiple choice over names from files, kept in the URL; what was chosen, with the name that each is shown by.

    The names are given out over all options, so that a model has the same name, colour and shape whatever is chosen.
    """
    labels = names(options)
    by_label = {name: value for value, name in labels.items()}
    address.follow_several(key, list(by_label), list(by_label)[:SERIES_SHOWN])
    picked = st.multiselect(
        label, list(by_label), key=key, on_change=address.write, args=(key,), placeholder="Choose at least one"
    )
    return {by_label[name]: name for name in by_label if name in picked}


def _labels(values: list[str], shown: Mapping[str, str], every: str | None) -> dict[str, str]:
    known = {value: shown[value] for value in values if value in shown}
    others = names((value for value in values if value not in shown), {*known.values(), every or ""})
    return {value: known.get(value) or others[value] for value in values}


def chart(drawing: alt.LayerChart, words: str, name: str) -> None:
    """A chart with the sentence that a screen reader says instead of it, and its download buttons.

    Args:
        name: the file's name without suffix; once on a page.
    """
    spoken = drawing.configure_mark(aria=False)  # `words` are said, not every point, and never a point without a name
    st.altair_chart(spoken, width="stretch", alt=words)
    with st.container(horizontal=True):
        for suffix, mime in figures.KINDS.items():
            st.download_button(
                f"Download {suffix.upper()}", partial(figures.rendered, drawing, suffix), f"{name}.{suffix}", mime,
                key=f"figure-{name}-{suffix}", on_click="ignore", type="tertiary", icon=":material/image:",
                help="Download this figure",
            )  # fmt: skip


def table(display: pd.DataFrame, raw: pd.DataFrame, name: str, *, columns: Mapping[str, Any] | None = None) -> None:
    """A table and its download buttons.

    Args:
        display: what is shown; its headers are the program's own words, its text is cleaned here.
        raw: what is downloaded, under the file contract's column names.
        name: the file's name without suffix.
        columns: column configurations by header.
    """
    st.dataframe(cleaned(display), hide_index=True, width="stretch", column_config=dict(columns or {}))
    downloads(raw, name)


def cleaned(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every text made visible, cut, and kept text (a list or an object from a file is one too)."""
    return frame.assign(
        **{name: frame[name].map(cell) for name in frame.columns if frame[name].dtype.kind not in "fiub"}
    )


def downloads(raw: pd.DataFrame, name: str) -> None:
    """Buttons for the table as CSV and as JSON; the files are made on a click."""
    with st.container(horizontal=True):
        for suffix, mime, write in (("csv", "text/csv", csv_bytes), ("json", "application/json", json_bytes)):
            st.download_button(
                f"Download {suffix.upper()}", partial(write, raw), f"{name}.{suffix}", mime, key=f"{name}-{suffix}",
                on_click="ignore", type="tertiary", icon=":material/download:",
            )  # fmt: skip


def csv_bytes(raw: pd.DataFrame) -> bytes:
    """The table as the stages write it, formulas guarded."""
    return csv_text(list(raw.columns), _rows(raw)).encode("utf-8", "backslashreplace")


def json_bytes(raw: pd.DataFrame) -> bytes:
    """The table as the stages write it."""
    return json_text(_rows(raw)).encode("utf-8", "backslashreplace")


def _rows(raw: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows with None for what is undefined and whole numbers where the contract has them."""
    plain = {}
    for name in raw.columns:
        whole = name in WHOLE_NUMBERS or name.startswith("n_")
        plain[name] = [
            None if pd.isna(v) else int(v) if whole and float(v).is_integer() else _scalar(v) for v in raw[name]
        ]
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def _scalar(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, str | int | float | bool) else str(value)


def link_to_responses(site: Site, model: str, benchmark: str, item_id: str, words: LiteralString) -> None:
    """A link to the responses of one item, where that page is and its submission is there."""
    labels = names(collected.submissions(site.layout))
    if "responses" in site.pages and model in labels:
        query = {"model": labels[model], "benchmark": benchmark, "item": cell(item_id)}
        st.page_link(site.pages["responses"], label=words, icon=":material/arrow_forward:", query_params=query)
