"""The pages under one roof: arguments, navigation, and the frame around every page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from leaderboard.dashboard import (
    address,
    calibration,
    compare,
    consistency,
    deltas,
    overview,
    provenance,
    responses,
    run,
    tasks,
)
from leaderboard.dashboard.untrusted import STYLE, markup
from leaderboard.dashboard.widgets import Site, problem
from utils.cli import layout_from, stage_parser
from utils.errors import UserError
from utils.layout import Layout

ICON = Path(__file__).with_name("icon.svg")  # without one, the browser fetches the page's symbol from a font server
EXAMPLE = "streamlit run app.py -- --root /tmp/demo"
Render = Callable[[Site], None]

# url path, title, icon (from the font that Streamlit brings along), what draws it
PAGES: dict[str, tuple[tuple[str, str, str, Render], ...]] = {
    "Results": (
        ("overview", "Overview", "leaderboard", overview.render),
        ("safety", "Safety", "shield", partial(tasks.render, task=tasks.SAFETY)),
        ("ambiguity", "Ambiguity", "contact_support", partial(tasks.render, task=tasks.AMBIGUITY)),
        ("reasoning", "Reasoning", "calculate", partial(tasks.render, task=tasks.REASONING)),
    ),
    "Trust": (
        ("calibration", "Calibration", "target", calibration.render),
        ("consistency", "Consistency", "repeat", consistency.render),
        ("deltas", "Deltas", "difference", deltas.render),
        ("compare", "Compare", "compare_arrows", compare.render),
    ),
    "Evidence": (
        ("responses", "Responses", "forum", responses.render),
        ("run", "Run", "play_circle", run.render),
        ("provenance", "Provenance", "fingerprint", provenance.render),
    ),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the page that the URL names, of the root that the arguments name."""
    st.set_page_config(page_title="TrustBench", page_icon=ICON, layout="wide")
    st.html(STYLE)
    layout = _layout(sys.argv[1:] if argv is None else argv)
    if layout is None:
        return
    pages: dict[str, st.Page] = {}
    site = Site(layout, pages)
    sections = {
        section: [
            st.Page(partial(_draw, site, render), title=title, icon=f":material/{icon}:", url_path=path,
                    default=path == "overview")
            for path, title, icon, render in entries
        ]
        for section, entries in PAGES.items()
    }  # fmt: skip
    for section, entries in PAGES.items():
        pages.update({path: page for (path, *_), page in zip(entries, sections[section], strict=True)})
    current = st.navigation(sections, expanded=True)
    st.set_page_config(page_title=f"{current.title} · TrustBench")
    with st.sidebar:
        st.html(markup('<p class="tb-line" style="opacity:.75;font-size:.8rem">Reading {root}</p>', root=layout.root))
    address.arrive(current.url_path)
    current.run()


def _draw(site: Site, render: Render) -> None:
    try:
        render(site)
    except UserError as error:  # a folder or file that cannot be read, and without which the page is empty
        problem(error)


def _layout(argv: Sequence[str]) -> Layout | None:
    parser = stage_parser("app", "Shows the results in the browser; reads everything, writes nothing.", EXAMPLE)
    parser.prog = "streamlit run app.py --"
    try:
        layout = layout_from(parser.parse_args(argv))
    except SystemExit:  # argparse has told the terminal
        st.warning("The arguments after `--` are not understood. Start the dashboard so:")
        st.code(parser.format_usage(), language=None, wrap_lines=True)
        return None
    if not layout.root.is_dir():
        st.warning("There is no such folder; `--root` names the one that holds submissions/, results/, leaderboard/:")
        st.code(str(layout.root), language=None, wrap_lines=True)
        return None
    return layout
