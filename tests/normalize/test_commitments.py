"""Where a reply commits itself: what must stand in it for a marker to match does stand in all that match."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize.commitments import _MARKERS, _NEEDED

PATTERNS = {name: pattern for name, pattern, _ in _MARKERS}


@pytest.mark.parametrize("name", _NEEDED)
def test_no_reply_that_a_marker_matches_is_passed_over(name: str) -> None:
    @settings(max_examples=50)
    @given(st.from_regex(PATTERNS[name]))
    def check(reply: str) -> None:
        assert any(needed in reply for needed in _NEEDED[name])

    check()
