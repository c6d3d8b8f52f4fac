"""An earlier `results/` folder, or the root that holds one, named on the command line and read with care."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.item_tables import MADE_BY, read_item_rows
from utils.errors import UserError, quoted
from utils.layout import Layout

# What comparing and planning rest on; the other columns may hold anything.
_TEXTS = ("model", "benchmark", "task", "item_id", "expected", "prediction")


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


def rows_at(path: Path, option: str) -> list[dict[str, Any]]:
    """The scored responses of the results at `path`, as `read_item_rows` gives them.

    Raises:
        UserError: there are none, or a table is damaged or of another version's form; the message is one line.
    """
    layout = results_at(path, option)
    try:
        rows = read_item_rows(layout)
    except TypeError:  # the keys of the rows are of mixed types and cannot be sorted
        raise _unlike(layout, option, "its rows have no common order") from None
    except UserError as error:
        raise UserError(f"{option}: {error}") from error
    for row in rows:
        for column in _TEXTS:
            if not isinstance(row[column], str):
                raise _unlike(layout, option, f"'{column}' is {quoted(row[column])}, expected a text")
        if not isinstance(row["run"], int) or not isinstance(row["correct"], bool):
            raise _unlike(layout, option, "'run' is no integer or 'correct' neither true nor false")
    return rows


def _unlike(layout: Layout, option: str, problem: str) -> UserError:
    return UserError(
        f"{option} {layout.item_tables}: {problem}; score these submissions anew: `{MADE_BY} --root THAT_FOLDER`"
    )
