"""Two texts side by side: what differs is marked, nothing is lost, and size costs little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.dashboard.differing import compared, differences
from leaderboard.dashboard.untrusted import PASSAGE_LIMIT, visible
from tests.app.dashboard_root import PAYLOADS, TRICKS
from tests.app.page_reading import Reader

TEXT = st.text(st.sampled_from("ab <&\n\u202e\ud800é1."), max_size=60)


@given(TEXT, TEXT)
def test_both_texts_come_out_whole_and_what_is_not_marked_is_common(left: str, right: str) -> None:
    mine, others = differences(left, right)
    assert "".join(text for text, _ in mine) == left
    assert "".join(text for text, _ in others) == right
    common = ["".join("".join(text.split()) for text, differs in parts if not differs) for parts in (mine, others)]
    assert common[0] == common[1]


@given(TEXT)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert not any(differs for _, differs in differences(text, text)[0])


def test_the_words_that_differ_are_marked_in_both() -> None:
    left, right = (Reader(html) for html in compared("The cat sat here.", "The dog sat here."))
    assert (left.marked.strip(), right.marked.strip()) == ("cat", "dog")


@pytest.mark.parametrize("payload", [*PAYLOADS, *TRICKS.values()])
def test_hostile_texts_stay_text(payload: str) -> None:
    for html, text in zip(compared(payload, f"safe {payload} end"), (payload, f"safe {payload} end"), strict=True):
        read = Reader(html)
        assert read.text == visible(text)
        assert {tag.strip("/") for tag in read.tags} <= {"div", "mark"}


def test_of_megabytes_the_part_that_differs_is_shown() -> None:
    same = "x y " * 250_000
    left, right = compared(same + "LEFT", same + "RIGHT")
    assert len(left) < PASSAGE_LIMIT * 3
    assert Reader(left).marked.strip() == "LEFT"
    assert Reader(right).marked.strip() == "RIGHT"
    assert "999,500 characters left out" in Reader(left).text


def test_megabytes_without_anything_in_common_are_cut() -> None:
    left, _ = compared("a " * 500_000, "b" * 1_000_000)
    assert len(left) < PASSAGE_LIMIT * 3
