"""The table of our own speed: each figure as a ratio to a named baseline that is measured in the same run.

Reads the ratios of the last time that they were written, tests/benchmarks/ratios.json; ends with 1 when one is more
than `WORSE` times as bad.

    make bench
    make bench ARGS=--write

All are ratios of processor seconds, the least of several turns in which ours and the baseline alternate, so that a busy
machine changes them little. What has become worse is measured again before it counts. The scripts beside this one
measure the same at full size; a short run tells more of the start of Python, and its ratios are worse than theirs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from streamlit.logger import get_logger
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.app.dashboard_root import write_root
from tests.benchmarks import asking_speed, offline_scale, reader_speed, resampling_speed
from tests.runners.stormy_server import Weather, weather
from utils.layout import REPOSITORY, Layout

RATIOS = Path(__file__).with_name("ratios.json")
WORSE = 1.5
TURNS = 3

REPLIES = 1000
SUBMITTED = 20_000  # responses that steps are run on
DRAWN = 10  # times that a page is drawn
ITEMS, RUNS, RESAMPLES = 200, 5, 2000  # of each of ten models, in the statistics
REQUESTS, AT_ONCE, LATENCY_S = 2000, 100, 0.05

# The least that a page of Streamlit can be that shows anything.
BARE_PAGE = """
import streamlit as st
st.title("A table")
st.dataframe({"model": ["a", "b"], "accuracy": [0.5, 0.6]})
"""

NO_BROWSER = "streamlit.runtime.scriptrunner_utils.script_run_context"  # which warns that there is none

Seconds = Callable[[], float]


@dataclass(frozen=True)
class Measure:
    """Something of ours and what it is compared with; both give processor seconds for the same work.

    Attributes:
        number: what the work is counted in, such as replies.
        scale: how often the baseline stands for the work of ours.
    """

    name: str
    baseline: str
    ours: Seconds
    theirs: Seconds
    number: int
    unit: str
    scale: float = 1.0


@dataclass(frozen=True)
class Figure:
    """What was measured; `ratio` is ours by the baseline's, so less is better."""

    name: str
    baseline: str
    per_second: float
    unit: str
    ratio: float


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.benchmarks.table", description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="make these the ratios to compare with")
    parser.add_argument("--only", default="", metavar="TEXT", help="measure those whose name holds it")
    arguments = parser.parse_args(argv)
    if arguments.write and arguments.only:
        parser.error("--write takes all figures; leave --only away")
    known: dict[str, float] = json.loads(RATIOS.read_text(encoding="utf-8")) if RATIOS.exists() else {}
    print(f"{'what':34} {'a processor second':>26} {'ratio':>8} {'checked in':>11}  baseline", flush=True)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in measures(Path(folder)):
            if arguments.only not in measure.name:
                continue
            limit = WORSE * known.get(measure.name, float("inf"))
            figure = measured(measure)
            if figure.ratio > limit and not arguments.write:
                again = measured(measure)
                figure = again if again.ratio < figure.ratio else figure
            found.append(figure)
            show(figure, known.get(figure.name))
    if arguments.write:
        ratios = {figure.name: float(f"{figure.ratio:.3g}") for figure in found}
        RATIOS.write_text(json.dumps(ratios, indent=2) + "\n", encoding="utf-8")
        print(f"written: {RATIOS.relative_to(REPOSITORY)}")
        return 0
    new = [figure.name for figure in found if figure.name not in known]
    worse = [figure.name for figure in found if figure.ratio > WORSE * known.get(figure.name, float("inf"))]
    if new:
        print(f"not checked in: {', '.join(new)}; make bench ARGS=--write", file=sys.stderr)
    if worse:
        print(f"more than {WORSE} times as bad as the checked-in ratio: {', '.join(worse)}", file=sys.stderr)
    return 1 if worse else 0


def measured(measure: Measure) -> Figure:
    """The least of the turns of each side; they alternate, so that both meet the same weather."""
    ours, theirs = [], []
    for _ in range(TURNS):
        theirs.append(measure.theirs())
        ours.append(measure.ours())
    ratio = min(ours) / (min(theirs) * measure.scale)
    return Figure(measure.name, measure.baseline, measure.number / min(ours), measure.unit, ratio)


def show(figure: Figure, known: float | None) -> None:
    """Print the figure's line."""
    worse = " WORSE" if known is not None and figure.ratio > WORSE * known else ""
    each = f"{figure.per_second:,.0f} {figure.unit}"
    before = "-" if known is None else f"{known:.3g}"
    print(f"{figure.name:34} {each:>26} {figure.ratio:>8.3g} {before:>11}  {figure.baseline}{worse}", flush=True)


def measures(folder: Path) -> Iterator[Measure]:
    """All that is measured, each made ready when it is its turn."""
    yield from reading()
    yield from scoring(folder / "scored")
    yield from statistics(folder / "statistics")
    yield from asking()
    yield from showing(folder / "shown")


def reading() -> Iterator[Measure]:
    """The readers of replies of 1,000 characters, beside a list of phrases looked for in lower case."""
    texts = reader_speed.replies(REPLIES)
    for name in ("refusal", "clarification", "number", "stated confidence"):
        yield Measure(
            f"reading: {name}", "phrase scan", partial(once, reader_speed.READERS[name], texts),
            partial(once, reader_speed.scan, texts), REPLIES, "replies",
        )  # fmt: skip


def once(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Processor seconds for all texts."""
    began = time.process_time()
    for text in texts:
        read(text)
    return time.process_time() - began


def scoring(root: Path) -> Iterator[Measure]:
    """Steps over whole submissions, beside orjson that parses the same bytes."""
    layout = Layout(root, REPOSITORY / "benchmarks")
    offline_scale.write_submissions(layout, SUBMITTED, models=10)
    paths = sorted(layout.submissions.glob("*/*.jsonl"))
    for step in ("runners.aggregate_results", "leaderboard.build_leaderboard"):
        yield Measure(
            step, "orjson on the submissions", partial(fresh, layout, step),
            partial(offline_scale.parse_seconds, paths), SUBMITTED, "responses",
        )  # fmt: skip


def fresh(layout: Layout, step: str) -> float:
    """Processor seconds of a step's command that finds nothing of an earlier one to use again."""
    if step == "runners.aggregate_results":
        for path in sorted(layout.results.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    return offline_scale.run([sys.executable, "-m", step, "--root", str(layout.root)]).cpu


def statistics(root: Path) -> Iterator[Measure]:
    """The stages with the most arithmetic, beside a bootstrap without arrays and the bare reading of their input."""
    rows = resampling_speed.write_root(root, ITEMS, RUNS)
    responses = resampling_speed.MODELS * ITEMS * RUNS
    yield Measure(
        "analysis.confidence_calibration", "a loop over resamples",
        lambda: resampling_speed.timed(root, "analysis.confidence_calibration", "--resamples", str(RESAMPLES))[1],
        lambda: resampling_speed.loop_seconds(rows, RESAMPLES), responses, "responses",
        scale=resampling_speed.MODELS,
    )  # fmt: skip
    yield Measure(
        "runners.run_consistency", "json.loads on what it reads",
        lambda: resampling_speed.timed(root, "runners.run_consistency")[1],
        lambda: resampling_speed.reading_seconds(root), responses, "responses",
    )  # fmt: skip


def asking() -> Iterator[Measure]:
    """Step 1 with its start, beside the least program with the openai SDK, start included."""
    name = "the bare openai SDK"
    with weather(Weather(latency=LATENCY_S)) as server:

        def bare() -> float:
            return asking_speed.other(name, sys.executable, asking_speed.BARE_SDK, server, REQUESTS, AT_ONCE).cpu_s

        def ours() -> float:
            return asking_speed.trustbench("openai", server, REQUESTS, AT_ONCE, LATENCY_S).cpu_s

        yield Measure("runners.auto_run_async", name, ours, bare, REQUESTS, "requests")


def showing(root: Path) -> Iterator[Measure]:
    """Two pages of the dashboard that were drawn before, beside a page with one table."""
    write_root(root)
    get_logger(NO_BROWSER).disabled = True
    arguments = ["app.py", "--root", str(root), "--benchmarks-dir", str(root / "benchmarks")]

    def drawn(page: str) -> float:
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60)
        app._page_hash = calc_hash("" if page == "overview" else page)
        with patch.object(sys, "argv", arguments):
            return seconds_drawn(app)

    def bare() -> float:
        return seconds_drawn(AppTest.from_string(BARE_PAGE, default_timeout=60))

    for page in ("overview", "responses"):
        yield Measure(f"the dashboard: {page}", "a page with one table", partial(drawn, page), bare, DRAWN, "pages")


def seconds_drawn(app: AppTest) -> float:
    """Processor seconds of drawing a page again, `DRAWN` times."""
    # Each AppTest looks through all installed packages for components, which takes longer than most pages.
    with patch("streamlit.components.v2.manifest_scanner.scan_component_manifests", list):
        app.run()
        began = time.process_time()
        for _ in range(DRAWN):
            app.run()
        taken = time.process_time() - began
    assert not app.exception, app.exception
    return taken


if __name__ == "__main__":
    sys.exit(main())
