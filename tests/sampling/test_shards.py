"""Shards: disjoint, complete, and the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.shards import WHOLE, Shard, parse_shard

KEYS = st.tuples(st.text(), st.text(), st.integers(0, 100))


@given(key=KEYS, count=st.integers(1, 50))
def test_every_run_of_every_item_belongs_to_one_shard(key: tuple[str, str, int], count: int) -> None:
    assert sum(Shard(index, count).holds(*key) for index in range(1, count + 1)) == 1


@given(key=KEYS)
def test_one_shard_of_one_holds_everything(key: tuple[str, str, int]) -> None:
    assert WHOLE.holds(*key)


def test_shards_are_of_about_the_same_size() -> None:
    sizes = [
        sum(Shard(i, 4).holds("safety", f"s{n}", run) for n in range(500) for run in range(4)) for i in (1, 2, 3, 4)
    ]
    assert all(430 < size < 570 for size in sizes)


def test_a_shard_is_the_same_on_every_machine() -> None:
    assert [n for n in range(20) if Shard(2, 3).holds("safety", f"s{n}", 0)] == [0, 7, 10, 12, 16, 17]


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/2 ", "1/100000"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="I/N"):
        parse_shard(text)


@given(index=st.integers(1, 99999), more=st.integers(0, 99999))
def test_a_shard_is_read_back_as_it_is_written(index: int, more: int) -> None:
    shard = Shard(index, min(index + more, 99999))
    assert parse_shard(str(shard)) == shard
