"""The page's choices live in its URL: a widget shows what the URL says, and what is chosen is written there.

The URL is the only source, so that a link, a reload and the browser's back button show the same page. (Streamlit's own
`bind="query-params"` leaves a choice out of the URL while it is the default, so that a link would change its meaning
when a model is added, and in 1.67 loses it on the first change of page.)
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

SHARED = ("model", "models", "benchmark")  # choices that go along to the next page
NOTHING = ""  # an empty multiple choice, which is not the same as none made yet

_KEPT, _PAGE, _ARRIVED = "address-kept", "address-page", "address-arrived"


def arrive(page: str) -> None:
    """To be called before a page is drawn: remembers whether it was just opened from another one."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE, page) != page
    st.session_state[_PAGE] = page


def follow_one(key: str, choices: Sequence[str]) -> None:
    """Set the widget `key` to the URL's choice, or to the first of `choices` when the URL has none of them."""
    wanted = [value for value in _wanted(key) if value in choices]
    st.session_state[key] = wanted[0] if wanted else choices[0]


def follow_several(key: str, choices: Sequence[str], usual: Sequence[str]) -> None:
    """Set the multiple choice `key` to the URL's choices, or to the `usual` ones when the URL has none."""
    wanted = _wanted(key)
    known = [value for value in choices if value in wanted]
    st.session_state[key] = known if known or wanted == [NOTHING] else list(usual)


def follow_text(key: str, longest: int) -> None:
    """Set the text field `key` to the URL's words."""
    st.session_state[key] = st.query_params.get(key, "")[:longest]


def follow_switch(key: str) -> None:
    """Set the switch `key` to what the URL says; off when it says nothing."""
    st.session_state[key] = st.query_params.get(key) == "True"


def write(key: str) -> None:
    """A widget's `on_change`: put what was chosen into the URL."""
    value = st.session_state[key]
    st.query_params[key] = (value or [NOTHING]) if isinstance(value, list) else str(value)
    _keep(key, st.query_params.get_all(key))


def _wanted(key: str) -> list[str]:
    found = st.query_params.get_all(key)
    if not found and st.session_state.get(_ARRIVED) and key in st.session_state.get(_KEPT, {}):
        found = st.query_params[key] = st.session_state[_KEPT][key]
    if found:
        _keep(key, found)
    return found


def _keep(key: str, values: list[str]) -> None:
    if key in SHARED:
        st.session_state.setdefault(_KEPT, {})[key] = values
