"""Scored responses as columns: some tens of bytes a response, where a dict takes 1.5 KB."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Row = Mapping[str, Any]
Clusters = Mapping[tuple[str, str], str]
"""(benchmark, item id) to the item's cluster."""

FLAGS = ("correct", "exact")
NUMBERS = (
    "confidence_verbalized", "confidence_logprob", "confidence_agreement", "output_tokens", "cost_usd", "latency_s",
)  # fmt: skip
OF_ITEM = ("category", "expected")
COLUMNS = ("prediction", *FLAGS, *NUMBERS, *OF_ITEM)
"""What can be asked for; the names, the items, the runs and the clusters are always there."""

GROUP_NAMES = ("model", "benchmark", "task")
ALWAYS_TEXTS = (*GROUP_NAMES, "item_id", "pair")

NONE = -1  # the code of a text that is None
ABSENT = -2  # the code of a text that does not occur


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts, each a code: the place among the sorted distinct texts, or `NONE`.

    Codes compare as their texts do. Some of the texts may occur nowhere.
    """

    codes: Codes
    values: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[str | None]) -> Texts:
        """The column of these texts."""
        values = tuple(sorted({cell for cell in cells if cell is not None}))
        code: dict[str | None, int] = {text: place for place, text in enumerate(values)}
        code[None] = NONE
        return cls(np.fromiter((code[cell] for cell in cells), np.int32, len(cells)), values)

    def __len__(self) -> int:
        return len(self.codes)

    def code(self, text: str) -> int:
        """The code of the text; `ABSENT`, which no cell has, where it occurs nowhere."""
        place = bisect_left(self.values, text)
        return place if place < len(self.values) and self.values[place] == text else ABSENT

    def are(self, text: str) -> Bools:
        """Of each cell whether it is the text."""
        same: Bools = self.codes == self.code(text)
        return same

    def at(self, places: NDArray[Any]) -> Texts:
        """The cells at these places, or where a mask is true."""
        return Texts(self.codes[places], self.values)

    def cells(self) -> list[str | None]:
        """The texts themselves."""
        known: tuple[str | None, ...] = (*self.values, None)  # NONE is the last
        return [known[code] for code in self.codes.tolist()]


@dataclass(frozen=True, eq=False)
class ItemColumns:
    """The responses of one model to one benchmark and task, sorted by item and run.

    The arrays have one entry a response, the tuples one an item. What was not asked for is not there: a KeyError.

    Attributes:
        items: the items' ids, sorted.
        cluster: of each item.
        item: of each response the place in `items`.
        texts: `prediction`.
        flags: those of `FLAGS`.
        numbers: those of `NUMBERS`; nan for what was not recorded.
        of_item: those of `OF_ITEM`, and `pair`: as the item's first response has it.
    """

    model: str
    benchmark: str
    task: str
    items: tuple[str, ...]
    cluster: tuple[str, ...]
    item: Codes
    run: Ints
    texts: Mapping[str, Texts]
    flags: Mapping[str, Bools]
    numbers: Mapping[str, Floats]
    of_item: Mapping[str, tuple[str | None, ...]]

    def __len__(self) -> int:
        """The number of responses."""
        return len(self.item)

    @property
    def name(self) -> tuple[str, str, str]:
        return self.model, self.benchmark, self.task

    @property
    def prediction(self) -> Texts:
        return self.texts["prediction"]

    @property
    def correct(self) -> Bools:
        return self.flags["correct"]

    @property
    def exact(self) -> Bools:
        return self.flags["exact"]

    @property
    def category(self) -> tuple[str | None, ...]:
        return self.of_item["category"]

    @property
    def pair(self) -> tuple[str | None, ...]:
        return self.of_item["pair"]

    @property
    def expected(self) -> tuple[str | None, ...]:
        return self.of_item["expected"]

    @property
    def counts(self) -> Ints:
        """The number of responses of each item."""
        return np.bincount(self.item, minlength=len(self.items))


Read = Callable[[Collection[str]], Iterable[ItemColumns]]
"""All responses at hand by model, benchmark and task, with the columns asked for; read anew each time."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The columns of a table, its rows in any order: `ALWAYS_TEXTS`, `run`, and of `COLUMNS` those asked for."""

    run: Ints
    texts: Mapping[str, Texts]
    flags: Mapping[str, Bools]
    numbers: Mapping[str, Floats]


def text_columns(columns: Collection[str]) -> tuple[str, ...]:
    """The columns of texts that `Cells` take for the columns asked for."""
    return (*ALWAYS_TEXTS, *(name for name in ("prediction", *OF_ITEM) if name in columns))


def columns_of_rows(
    rows: Iterable[Row], clusters: Clusters | None = None, columns: Collection[str] = COLUMNS
) -> list[ItemColumns]:
    """The rows of `results/items`, in whatever order, as columns: by model, benchmark and task.

    A column that a row lacks is None there, and a flag that is None is False.
    """
    return list(grouped(cells_of_rows(list(rows), columns), clusters or {}))


def no_responses(model: str, benchmark: str, task: str) -> ItemColumns:
    """The columns of a model that gave no response."""
    return ItemColumns(
        model, benchmark, task, (), (), np.empty(0, np.int32), np.empty(0, np.int64),
        texts={"prediction": Texts.of([])},
        flags={name: np.empty(0, np.bool_) for name in FLAGS},
        numbers={name: np.empty(0) for name in NUMBERS},
        of_item=dict.fromkeys(("pair", *OF_ITEM), ()),
    )  # fmt: skip


def cells_of_rows(rows: Sequence[Row], columns: Collection[str]) -> Cells:
    """The rows' columns.

    Raises:
        OverflowError: a number does not fit; the error's text is the column's name.
    """
    return Cells(
        _numbers(rows, "run", np.int64),
        {name: Texts.of([row.get(name) for row in rows]) for name in text_columns(columns)},
        {name: np.array([bool(row.get(name)) for row in rows], np.bool_) for name in FLAGS if name in columns},
        {name: _numbers(rows, name, np.float64) for name in NUMBERS if name in columns},
    )


def _numbers(rows: Sequence[Row], name: str, kind: type[np.int64] | type[np.float64]) -> NDArray[Any]:
    try:
        return np.array([np.nan if (value := row.get(name)) is None else value for row in rows], kind)
    except OverflowError:
        raise OverflowError(name) from None


def grouped(
    cells: Cells, clusters: Clusters, known: dict[tuple[str, str], tuple[str, ...]] | None = None
) -> Iterator[ItemColumns]:
    """The table's responses by model, benchmark and task.

    Args:
        clusters: where an item is missing there, its cluster is its pair, else the item itself.
        known: the items of each benchmark and task as they were last met, so that models that answered the same items
            share one tuple; what is met is kept there.
    """
    names = [cells.texts[name].codes for name in GROUP_NAMES]
    varying = [codes for codes in names if len(codes) and codes.min() != codes.max()]
    keys: list[NDArray[Any]] = [cells.run, cells.texts["item_id"].codes, *reversed(varying)]
    order = np.lexsort(keys)
    begins = np.zeros(len(order), np.bool_)
    begins[:1] = True
    for codes in varying:
        begins |= _begins(codes[order])
    ends = [*np.flatnonzero(begins)[1:].tolist(), len(order)]
    start = 0
    for end in ends if len(order) else []:
        yield _group(cells, order[start:end], clusters, {} if known is None else known)
        start = end


def _group(cells: Cells, order: Ints, clusters: Clusters, known: dict[tuple[str, str], tuple[str, ...]]) -> ItemColumns:
    model, benchmark, task = (cells.texts[name].at(order[:1]).cells()[0] or "" for name in GROUP_NAMES)
    ids = cells.texts["item_id"].at(order)
    begins = _begins(ids.codes)
    firsts = order[begins]
    items = tuple(item or "" for item in ids.at(begins).cells())
    if (same := known.get((benchmark, task))) == items:
        items = same or items
    known[benchmark, task] = items
    of_item = {name: tuple(cells.texts[name].at(firsts).cells()) for name in ("pair", *OF_ITEM) if name in cells.texts}
    return ItemColumns(
        model=model,
        benchmark=benchmark,
        task=task,
        items=items,
        cluster=tuple(
            clusters.get((benchmark, item)) or pair or item for item, pair in zip(items, of_item["pair"], strict=True)
        ),
        item=(np.cumsum(begins) - 1).astype(np.int32),
        run=cells.run[order],
        texts={name: cells.texts[name].at(order) for name in ("prediction",) if name in cells.texts},
        flags={name: flags[order] for name, flags in cells.flags.items()},
        numbers={name: numbers[order] for name, numbers in cells.numbers.items()},
        of_item=of_item,
    )


def _begins(sorted_codes: Codes) -> Bools:
    """Whether each entry differs from the one before it; the first does."""
    return np.concatenate((np.ones(min(1, len(sorted_codes)), np.bool_), sorted_codes[1:] != sorted_codes[:-1]))
