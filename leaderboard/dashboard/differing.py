"""Two texts side by side, the words in which they differ marked in both."""

from __future__ import annotations

import os
import re
from functools import lru_cache

import streamlit as st
from rapidfuzz.distance import LCSseq

from leaderboard.dashboard.untrusted import PASSAGE_LIMIT, markup, pieces

WORDS_COMPARED = 5_000  # of each text, after what begins alike: milliseconds and a few megabytes
CONTEXT = 500  # characters shown before the first difference of texts that are too long to show whole
_WORD = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")

Piece = tuple[str, bool]
"""(text, whether it differs)"""


def show_side_by_side(left: str, right: str, left_name: str, right_name: str) -> None:
    """Draw two texts beside each other, under the names (from files) that say whose they are."""
    if left == right:
        st.caption("Both texts are the same, letter for letter.")
    for place, name, html in zip(st.columns(2), (left_name, right_name), compared(left, right), strict=True):
        with place:
            st.html(markup('<p class="tb-line"><b>{name}</b></p>', name=name))
            st.html(html)
    if left != right:
        st.caption("Marked: words that the other text does not have in this place.")


@lru_cache(maxsize=32)
def compared(left: str, right: str, limit: int = PASSAGE_LIMIT) -> tuple[str, str]:
    """The HTML of both texts with their differences marked.

    Of texts longer than `limit` the part from shortly before the first difference on is shown.
    """
    alike = len(os.path.commonprefix([left, right]))  # noqa: RUF071 (by characters is what is wanted)
    start = max(0, alike - CONTEXT) if max(len(left), len(right)) > limit else 0
    ends = [min(len(text), start + limit) for text in (left, right)]
    shown = differences(left[start : ends[0]], right[start : ends[1]])
    return tuple(  # type: ignore[return-value]
        pieces(parts, before=min(start, len(text)), after=max(0, len(text) - end))
        for parts, text, end in zip(shown, (left, right), ends, strict=True)
    )


def differences(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, each with whether it is missing in the other: by words, from their longest common sequence.

    Beyond WORDS_COMPARED words nothing is compared or marked.
    """
    ours, theirs = _words(left), _words(right)
    first, second = ([word.strip() for word in words[:WORDS_COMPARED]] for words in (ours, theirs))
    mine: list[Piece] = []
    others: list[Piece] = []
    for step in LCSseq.opcodes(first, second):
        differs = step.tag != "equal"
        mine.append(("".join(ours[step.src_start : step.src_end]), differs))
        others.append(("".join(theirs[step.dest_start : step.dest_end]), differs))
    mine.append(("".join(ours[WORDS_COMPARED:]), False))
    others.append(("".join(theirs[WORDS_COMPARED:]), False))
    return _joined(mine), _joined(others)


def _words(text: str) -> list[str]:
    """The text cut into words and signs, each with the space before it."""
    return _WORD.findall(text)


def _joined(parts: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for text, differs in parts:
        if not text:
            continue
        if joined and joined[-1][1] == differs:
            joined[-1] = (joined[-1][0] + text, differs)
        else:
            joined.append((text, differs))
    return joined
