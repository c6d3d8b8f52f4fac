"""The Parquet of an item table as columns."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import FLAGS, NONE, NUMBERS, Cells, Texts, text_columns
from utils.errors import InputError, UserError
from utils.item_rows import ITEM_COLUMNS


class Unfit(Exception):
    """A column is not what an item table has there: its name, and what was expected."""


def can_read_parquet() -> bool:
    """Whether pyarrow is installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def parquet_cells(path: Path, columns: Collection[str], filled: Collection[str], hint: str) -> Cells:
    """The columns asked for, and those that `Cells` always have.

    Args:
        filled: the columns without None.
        hint: the end of the error's line.

    Raises:
        UserError: there is no pyarrow.
        InputError: the file is damaged or no item table.
    """
    texts, flags, numbers = (
        text_columns(columns),
        *([name for name in kind if name in columns] for kind in (FLAGS, NUMBERS)),
    )
    with _opened(path, hint, texts) as file:
        table = file.read(columns=["run", *texts, *flags, *numbers], use_threads=False)
        for name in filled:
            if name in table.column_names and table.column(name).null_count:
                raise Unfit(name, f"expected {ITEM_COLUMNS[name]}, found NoneType")
        return Cells(
            _array(table.column("run"), np.int64),
            {name: _texts(table.column(name)) for name in texts},
            {name: _array(table.column(name), np.bool_) for name in flags},
            {name: _array(table.column(name), np.float64) for name in numbers},
        )


def parquet_head(path: Path, hint: str) -> tuple[str, str, int] | None:
    """The model and the benchmark in the first row, and the number of rows; None for no row.

    Raises what `parquet_cells` raises.
    """
    with _opened(path, hint) as file:
        for batch in file.iter_batches(1, columns=["model", "benchmark"], use_threads=False):
            row = batch.to_pylist()[0]
            for name, text in row.items():
                if text is None:
                    raise Unfit(name, "expected string, found NoneType")
            return row["model"], row["benchmark"], file.metadata.num_rows
    return None


def parquet_runs(path: Path, hint: str) -> set[int]:
    """The runs that there are responses of. Raises what `parquet_cells` raises."""
    with _opened(path, hint) as file:
        column = file.read(columns=["run"], use_threads=False).column("run")
        if column.null_count:
            raise Unfit("run", "expected int64, found NoneType")
        return set(np.unique(_array(column, np.int64)).tolist())


@contextmanager
def _opened(path: Path, hint: str, as_codes: Sequence[str] = ()) -> Iterator[Any]:
    """The file with its columns checked; what goes wrong in the block is told as the file's fault.

    Args:
        as_codes: the columns to be read as codes and the distinct texts.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise UserError(f"{path}: reading it takes pyarrow; run `python3 -m pip install pyarrow`") from None
    try:
        _check_schema(parquet.read_schema(path))  # to ask for a column that is not there is an error without its name
        with parquet.ParquetFile(path, read_dictionary=as_codes) as file:
            yield file
    except Unfit as error:
        field, problem = error.args
        raise InputError(path, problem, field=field, hint=hint) from None
    except (OSError, ValueError, KeyError, IndexError, ArrowException) as error:
        raise InputError(path, "is no readable Parquet file", hint=hint) from error


def _check_schema(schema: Any) -> None:
    from pyarrow import types

    for name, kind in ITEM_COLUMNS.items():
        if name not in schema.names:
            raise Unfit(name, "the column is missing")
        found = schema.field(name).type
        if types.is_dictionary(found):
            found = found.value_type
        fits = {
            "string": types.is_string(found) or types.is_large_string(found),
            "int64": types.is_integer(found),
            "double": types.is_floating(found) or types.is_integer(found),
            "bool": types.is_boolean(found),
        }
        if not fits[kind] and not types.is_null(found):
            raise Unfit(name, f"expected {kind}, found {found}")


def _texts(column: Any) -> Texts:
    """A column of texts, dictionary-encoded by the reader or not."""
    from pyarrow import types

    if types.is_null(column.type) or not len(column):
        return Texts(np.full(len(column), NONE, np.int32), ())
    encoded = column if types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    found = whole.dictionary.to_pylist()
    values = tuple(sorted({text for text in found if text is not None}))
    place = {text: code for code, text in enumerate(values)} | {None: NONE}
    codes = np.array([*(place[text] for text in found), NONE], np.int32)  # the last for a cell that is null
    return Texts(codes[_filled(whole.indices.cast("int32"), np.int32, len(found))], values)


def _array(column: Any, kind: type[np.generic]) -> NDArray[Any]:
    """A column of numbers or flags; of numbers None is nan."""
    stored = np.uint8 if kind is np.bool_ else kind
    found = column.cast(np.dtype(stored).name).combine_chunks()
    return _filled(found, stored, math.nan if kind is np.float64 else 0).astype(kind)


def _filled(array: Any, kind: type[np.generic], none: float) -> NDArray[Any]:
    """An array's values, with `none` for each null. Not by `to_numpy` or `fill_null`, which load pandas."""
    if not len(array):
        return np.empty(0, kind)
    values = np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]
    if not array.null_count:
        return values
    return np.where(np.from_dlpack(array.is_valid().cast("uint8")), values, none)
