"""The sample: the same for everyone, pairs whole, shares kept, and a larger one holds the smaller."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from sampling.stratified import draw_order, sample_items, units
from utils.items import Item
from utils.layout import REPOSITORY

seeds = st.integers(0, 2**63 - 1)


def item(number: int, category: str, pair: str | None = None) -> Item:
    return Item(id=f"i{number:03}", task="safety", prompt="p", expected="comply", category=category, pair=pair)


@st.composite
def benchmarks(draw: st.DrawFn, *, categories: str = "abcdef", pairs: bool = True) -> list[Item]:
    """Up to 40 items; those that draw the same pair number belong together (two or more, of any categories)."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(categories), st.integers(0, 60)), min_size=1, max_size=40))
    return [
        item(number, category, f"p{pair}" if pairs and pair < 15 else None)
        for number, (category, pair) in enumerate(drawn)
    ]


def singles(sizes: dict[str, int]) -> list[Item]:
    names = [category for category, size in sizes.items() for _ in range(size)]
    return [item(number, category) for number, category in enumerate(names)]


def drawn_categories(items: list[Item], count: int, seed: int) -> Counter[str]:
    category = {entry.id: entry.category for entry in items}
    return Counter(category[item_id] for item_id in sample_items(items, count, seed))


@given(benchmarks(), st.integers(1, 50), seeds, st.randoms())
def test_the_order_of_the_file_does_not_matter(items: list[Item], count: int, seed: int, random: Any) -> None:
    first = sample_items(items, count, seed)
    random.shuffle(items)
    assert sample_items(items, count, seed) == first


@given(benchmarks(), seeds)
def test_a_larger_sample_holds_the_smaller(items: list[Item], seed: int) -> None:
    samples = [set(sample_items(items, count, seed)) for count in range(1, len(items) + 2)]
    assert all(small <= large for small, large in pairwise(samples))
    assert samples[-1] == {entry.id for entry in items}


@given(benchmarks(), st.integers(1, 50), seeds)
def test_a_pair_is_asked_whole_or_not_at_all(items: list[Item], count: int, seed: int) -> None:
    sample = set(sample_items(items, count, seed))
    for pair in {entry.pair for entry in items} - {None}:
        assert len({entry.id in sample for entry in items if entry.pair == pair}) == 1


@given(benchmarks(), st.integers(1, 50), seeds)
def test_no_more_than_asked_for_comes_back_and_hardly_less(items: list[Item], count: int, seed: int) -> None:
    sample = sample_items(items, count, seed)
    sizes = [len(unit.item_ids) for unit in units(items)]
    assert sample == sorted(set(sample))
    assert set(sample) <= {entry.id for entry in items}
    if len(sample) > count:
        assert sample == sorted(draw_order(items, seed)[0].item_ids)
    else:
        assert len(sample) > min(count, len(items)) - max(sizes)


@given(benchmarks(pairs=False), st.integers(1, 50), seeds)
def test_without_pairs_exactly_so_many_come_back(items: list[Item], count: int, seed: int) -> None:
    assert len(sample_items(items, count, seed)) == min(count, len(items))


def test_a_first_pair_larger_than_the_count_comes_back_alone() -> None:
    assert sample_items([item(1, "a", "p"), item(2, "a", "p")], 1, seed=0) == ["i001", "i002"]


@given(benchmarks(), seeds)
def test_every_unit_is_drawn_once(items: list[Item], seed: int) -> None:
    order = draw_order(items, seed)
    assert sorted(unit.name for unit in order) == [unit.name for unit in units(items)]
    assert sorted(item_id for unit in order for item_id in unit.item_ids) == sorted(entry.id for entry in items)


@given(benchmarks(), seeds, st.integers(1, 40))
@example(singles({"a": 7, "b": 2, "c": 1}), 0, 5)
@example(singles({"large": 100, **{f"small{number}": 1 for number in range(20)}}), 0, 50)
def test_one_share_serves_all_categories_each_within_one_unit(items: list[Item], seed: int, count: int) -> None:
    order = draw_order(items, seed)
    sizes = Counter(unit.stratum for unit in order)
    drawn = Counter(unit.stratum for unit in order[:count])
    assert max(Fraction(drawn[name] - 1, size) for name, size in sizes.items()) < min(
        Fraction(drawn[name] + 1, size) for name, size in sizes.items()
    )


def test_small_categories_are_drawn_as_often_as_their_size_says() -> None:
    items = singles({"large": 100, **{f"small{number}": 1 for number in range(20)}})
    small = [50 - drawn_categories(items, 50, seed)["large"] for seed in range(200)]
    assert 8.0 < sum(small) / len(small) < 8.7  # 50 * 20 / 120 = 8.33 are expected


@given(st.integers(1, 12), st.integers(1, 10), seeds, st.integers(1, 120))
def test_categories_of_equal_size_are_within_one_item_of_each_other(
    categories: int, size: int, seed: int, count: int
) -> None:
    items = singles({f"c{number}": size for number in range(categories)})
    drawn = drawn_categories(items, count, seed)
    numbers = [drawn[f"c{number}"] for number in range(categories)]
    assert max(numbers) - min(numbers) <= 1


def test_shares_follow_the_sizes_of_the_categories() -> None:
    items = singles({"large": 60, "middle": 30, "small": 10})
    for seed in range(20):
        drawn = drawn_categories(items, 50, seed)
        assert all(abs(drawn[name] - share) <= 1 for name, share in {"large": 30, "middle": 15, "small": 5}.items())


@given(benchmarks(pairs=False), seeds, st.integers(1, 40), st.sampled_from("abcdefg"))
def test_without_pairs_a_new_item_changes_at_most_one_place(
    items: list[Item], seed: int, count: int, category: str
) -> None:
    new = item(999, category)
    assume(count <= len(items))
    before = set(sample_items(items, count, seed))
    after = set(sample_items([*items, new], count, seed))
    categories = {entry.id: entry.category for entry in [*items, new]}
    assert len(before - after) == len(after - before) <= 1
    assert {categories[item_id] for item_id in after - before} <= {category}


def test_every_item_can_be_drawn_and_seeds_draw_different_samples() -> None:
    items = singles({"a": 6, "b": 6})
    samples = {tuple(sample_items(items, 4, seed)) for seed in range(200)}
    times = Counter(item_id for seed in range(600) for item_id in sample_items(items, 4, seed))
    assert len(samples) > 100
    assert set(times) == {entry.id for entry in items}
    assert all(150 <= number <= 250 for number in times.values())  # 600 * 4 / 12 = 200 are expected


def test_a_pairs_stratum_is_made_of_its_items_categories() -> None:
    found = units([item(1, "b", "p"), item(2, "a", "p"), item(3, "a"), item(4, "a", "q"), item(5, "a", "q")])
    assert [(unit.stratum, unit.item_ids) for unit in found] == [
        ("a", ("i003",)),
        ("a\0b", ("i001", "i002")),
        ("a", ("i004", "i005")),
    ]


def test_a_pair_named_as_an_item_is_another_unit() -> None:
    assert len(units([item(1, "a", pair="i002"), item(2, "a")])) == 2


GOLDEN_ITEMS = [
    *(item(number, "ab"[number % 2]) for number in range(20)),
    *(item(number, "c", f"p{number // 2}") for number in range(20, 32)),
    item(32, "é😀"),
]
GOLDEN = {
    (0, 4): ["i009", "i012", "i024", "i025"],
    (0, 12): ["i001", "i004", "i009", "i012", "i015", "i016", "i017", "i024", "i025", "i026", "i027", "i032"],
    (7, 12): ["i001", "i002", "i005", "i008", "i009", "i012", "i015", "i024", "i025", "i030", "i031"],
}


def test_the_sample_is_this_one_on_every_platform_and_version() -> None:
    assert {(seed, count): sample_items(GOLDEN_ITEMS, count, seed) for seed, count in GOLDEN} == GOLDEN


def test_the_sample_does_not_depend_on_the_process() -> None:
    code = (
        "from tests.sampling.test_stratified import GOLDEN_ITEMS, sample_items\n"
        "print(*sample_items(GOLDEN_ITEMS, 12, 7))"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert done.stdout.split() == GOLDEN[7, 12]
