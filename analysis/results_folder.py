"""An earlier `results/` folder, or the root that holds one, named on the command line and read with care."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.item_columns import Clusters, ItemColumns
from analysis.item_tables import MADE_BY, ItemTable, find_tables
from utils.errors import InputError, UserError
from utils.layout import Layout


@dataclass(frozen=True)
class ResultsFolder(Layout):
    """A layout whose root is itself the folder of the results, under whatever name it was kept."""

    @property
    def results(self) -> Path:
        return self.root


def results_at(path: Path, option: str) -> Layout:
    """The layout of the results at `path`: a folder that holds `items/`, or a root whose `results/` does.

    Args:
        option: the flag that named it, for the error message.

    Raises:
        UserError: neither is there.
    """
    path = path.absolute()
    if (path / "items").is_dir():
        return ResultsFolder(root=path, benchmarks=path / "benchmarks")
    if (path / "results" / "items").is_dir():
        return Layout(root=path, benchmarks=path / "benchmarks")
    found = "is not there" if not path.exists() else "holds no items/" if path.is_dir() else "is no folder"
    raise UserError(
        f"{option} {path}: {found}; name a results/ folder that `{MADE_BY}` wrote, or the root (its --root) above it"
    )


def holds_results(path: Path) -> bool:
    """Whether `results_at` finds results there."""
    return (path / "items").is_dir() or (path / "results" / "items").is_dir()


def tables_at(path: Path, option: str) -> list[ItemTable]:
    """The item tables of the results at `path`.

    Raises:
        UserError: there are none, or one is damaged; the message is one line.
    """
    layout = results_at(path, option)
    with _blamed_on(option):
        return find_tables(layout)


def earlier_groups(
    table: ItemTable, clusters: Clusters, columns: Collection[str], option: str
) -> Iterator[ItemColumns]:
    """A table's responses, task by task; `expected` is one of the columns.

    Raises:
        UserError: the table is damaged or of another version's form; the message is one line.
    """
    with _blamed_on(option):
        for group in table.groups(clusters, columns):
            if None in group.expected:
                raise InputError(
                    table.path, "expected string, found None", field="expected",
                    hint=f"score these submissions anew: `{MADE_BY} --root THAT_FOLDER`",
                )  # fmt: skip
            yield group


@contextmanager
def _blamed_on(option: str) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise UserError(f"{option}: {error}") from error
