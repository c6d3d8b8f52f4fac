"""One look for every figure, and files that are the same bytes on every run.

Matplotlib is imported inside the functions: its cache folder must be set before (`keep_cache_under`), and stages that
draw nothing should not wait for it.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utils import atomic
from utils.cores import available_cores, in_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MADE_BY = "TrustBench"
FORMATS = ("png", "svg")
DPI = 150
PNG_LEVEL = 3  # from the default, 6, files grow by a thirtieth and take half of the time
FIGURES_A_PROCESS = 16  # fewer are drawn in the time that it takes to start one

# Okabe and Ito (2008), told apart with colour-blind eyes; the order runs from dark to light so that grey prints differ.
BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#6B6B6B"
INK, PALE = "#222222", "#D9D9D9"

STYLE: dict[str, object] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so it is the same on every machine
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "legend.frameon": False,
    "svg.fonttype": "path",  # letters as outlines: the figure looks alike where the font is missing
    "svg.hashsalt": "trustbench",  # otherwise the ids inside are random
    "text.parse_math": False,  # a model's name may hold `$`
    "text.usetex": False,
}


def keep_cache_under(root: Path) -> None:
    """Have matplotlib keep its font cache under `root`, unless `MPLCONFIGDIR` says otherwise.

    Nothing is written outside `--root`. Must be called before matplotlib is imported for the first time.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(root / ".cache" / "matplotlib"))


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with `STYLE` on matplotlib's own defaults; what the user's `matplotlibrc` says is set aside and restored."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name may hold letters that the font lacks: they are drawn as boxes, which needs no warning for each.
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=r"(?s)Matplotlib currently does not support .* natively")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)  # type: ignore[arg-type]  # keys are a Literal of a thousand names
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches that belongs to no window; use within `house_style`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DPI)


def save(figure: Figure, folder: Path, name: str, stage: str) -> list[Path]:
    """Write `folder/name.png` and `.svg`; the same figure gives the same bytes. Use within `house_style`.

    Args:
        stage: the module that draws; it is kept in the files, so that `made_by` knows them again.
    """
    written = []
    for kind in FORMATS:
        buffer = io.BytesIO()
        of_kind: dict[str, Any] = {"pil_kwargs": {"compress_level": PNG_LEVEL}} if kind == "png" else {}
        figure.savefig(buffer, format=kind, metadata=_metadata(kind, stage), **of_kind)
        path = folder / f"{name}.{kind}"
        atomic.write_bytes(path, buffer.getvalue())
        written.append(path)
    return written


@dataclass(frozen=True)
class Drawing:
    """A figure to be drawn and saved.

    Attributes:
        draw: a function of a module.
        arguments: what it draws.
    """

    name: str
    draw: Callable[..., Figure]
    arguments: tuple[Any, ...]


def save_all(drawings: Sequence[Drawing], folder: Path, stage: str) -> list[Path]:
    """Draw and `save` all, on all cores where that saves time; returns the files, which are the same bytes anyhow."""
    workers = min(available_cores(), len(drawings) // FIGURES_A_PROCESS)
    written = in_order(partial(_save_drawing, folder, stage), drawings, workers)
    return [path for paths in written for path in paths]


def made_by(path: Path, stage: str) -> bool:
    """Whether `path` is a figure that `stage` saved."""
    return path.suffix.lstrip(".") in FORMATS and path.is_file() and _mark(stage).encode() in path.read_bytes()


def shown(name: str, limit: int = 48) -> str:
    """A model's name as figures show it: on one line, printable, cut in the middle when it is long."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(name.split()))
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - (limit - 1 - head) :]}"


def percent(share: float | None) -> float | None:
    """A share from 0 to 1 in per cent; None stays None."""
    return None if share is None else 100 * share


def quiet_ticks(axes: Axes) -> None:
    """Thin ticks and a faint grid behind the data."""
    axes.tick_params(length=3, width=0.6)
    axes.grid(color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)


def _save_drawing(folder: Path, stage: str, drawing: Drawing) -> list[Path]:
    with house_style():
        return save(drawing.draw(*drawing.arguments), folder, drawing.name, stage)


def _mark(stage: str) -> str:
    return f"{MADE_BY} ({stage})"


def _metadata(kind: str, stage: str) -> dict[str, str | None]:
    if kind == "png":
        return {"Software": _mark(stage)}
    return {"Creator": _mark(stage), "Date": None}
