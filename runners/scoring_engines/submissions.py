"""All submissions of a root, scored: what can be told about them, and where their tables lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runners.scoring import without_prompts
from runners.scoring_engines.engine import Engine
from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.kept_tables import KeptTables
from runners.scoring_engines.line_ranges import line_ranges
from runners.scoring_engines.range_scoring import Problem
from runners.scoring_engines.scheduling import FileJob, score_files
from utils.errors import UserError
from utils.hashing import sha256_file
from utils.items import Item, benchmark_path, read_benchmark
from utils.layout import Layout
from utils.responses import submission_files


@dataclass(frozen=True)
class Benchmark:
    """The items of a benchmark by id, and the file's SHA-256: empty when it changed while it was read."""

    items: Mapping[str, Item]
    items_to_score: Mapping[str, Item]
    sha256: str


class Submissions:
    """The submission files of a root with the benchmarks that they belong to."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.benchmarks: dict[str, Benchmark] = {}
        self._first_problems: list[str] = []
        self._not_scored: dict[Path, list[str]] = {}
        self.files = submission_files(layout, self._first_problems.append)
        unusable: set[str] = set()
        for path in self.files:
            told: list[str] = []
            if path.stem not in self.benchmarks and path.stem not in unusable:
                try:
                    self.benchmarks[path.stem] = _read(layout.benchmarks, path.stem)
                except UserError as error:
                    unusable.add(path.stem)
                    told.append(str(error))
            if path.stem in unusable:
                self._not_scored[path] = [*told, f"{path}: is not scored, because its benchmark cannot be read"]

    @property
    def bytes(self) -> int:
        """How much there is to read."""
        return sum(_size(path) for path in self.files)

    def score(self, engine: Engine, *, fresh: bool = False) -> dict[Path, FileOutcome]:
        """Make the item table of each file that can be scored; the outcomes are in the order of the files.

        Args:
            engine: where the work is done.
            fresh: make the tables again that need not be, too.

        Raises:
            UserError: a table cannot be written.
        """
        kept = KeptTables(self.layout)
        outcomes: dict[Path, FileOutcome] = {}

        def jobs() -> Iterator[FileJob]:
            for path in self.files:
                if path in self._not_scored:
                    continue
                benchmark = self.benchmarks[path.stem]
                outcome = kept.outcome(path, benchmark.sha256) if benchmark.sha256 else None
                if outcome is not None and not fresh:
                    outcomes[path] = outcome
                    continue
                try:
                    ranges = tuple(line_ranges(path, _size(path)))
                except UserError as error:
                    outcomes[path] = FileOutcome(0, None, (), [Problem(None, str(error))])
                    continue
                folder = self.layout.item_tables / path.parent.name
                yield FileJob(path, ranges, benchmark.items_to_score, folder)

        for job, outcome in score_files(engine, jobs()):
            outcomes[job.path] = outcome
            kept.keep(job.path, outcome)
        return {path: outcomes[path] for path in self.files if path in outcomes}

    def problems(self, outcomes: Mapping[Path, FileOutcome]) -> list[str]:
        """All that is to be told, file by file."""
        told = list(self._first_problems)
        for path in self.files:
            told += self._not_scored.get(path, [])
            told += [problem.told(path) for problem in outcomes[path].problems] if path in outcomes else []
        return told


def _read(folder: Path, name: str) -> Benchmark:
    path = benchmark_path(folder, name)
    try:
        before = sha256_file(path)
        items = read_benchmark(folder, name)
        return Benchmark(items, without_prompts(items), before if sha256_file(path) == before else "")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); check the file's rights") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
