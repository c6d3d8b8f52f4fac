"""All submissions of a root, scored: what can be told about them, and where their tables lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runners.scoring import without_prompts
from runners.scoring_engines.engine import Engine
from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.kept_tables import KeptTables, state_of
from runners.scoring_engines.line_ranges import line_ranges
from runners.scoring_engines.range_scoring import Problem
from runners.scoring_engines.scheduling import FileJob, score_files
from utils.errors import UserError
from utils.hashing import sha256_file
from utils.items import Item, benchmark_path, read_benchmark
from utils.jsonl import cannot_read
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

    def score(
        self, engine: Engine, when_scored: Callable[[str, dict[Path, FileOutcome]], None], *, fresh: bool = False
    ) -> dict[Path, FileOutcome]:
        """Make the item table of each file that can be scored; the outcomes are in the order of the files.

        Args:
            engine: where the work is done.
            when_scored: told of each benchmark whose files are all done, with their outcomes, while others are scored.
            fresh: make the tables again that need not be, too.

        Raises:
            UserError: a table cannot be written.
        """
        outcomes: dict[Path, FileOutcome] = {}
        # One benchmark after the other, so that what is made of all tables of a benchmark can begin early.
        files = sorted((path for path in self.files if path not in self._not_scored), key=lambda path: path.stem)
        jobs: dict[Path, FileJob] = {}
        for path in files:
            try:
                jobs[path] = self._job(path)
            except UserError as error:
                outcomes[path] = FileOutcome(0, None, {}, [Problem(None, str(error))])
        kept = KeptTables(self.layout)
        if not fresh:
            outcomes |= kept.outcomes(engine, jobs.values())

        left = Counter(path.stem for path in files if path not in outcomes)

        def tell(benchmark: str) -> None:
            if not left[benchmark]:
                when_scored(benchmark, {path: outcomes[path] for path in self.files if path.stem == benchmark})

        for benchmark in sorted({path.stem for path in files}):
            tell(benchmark)
        for job, outcome in score_files(engine, (job for path, job in jobs.items() if path not in outcomes)):
            outcomes[job.path] = outcome
            kept.keep(job, outcome)
            left[job.path.stem] -= 1
            tell(job.path.stem)
        return {path: outcomes[path] for path in self.files if path in outcomes}

    def _job(self, path: Path) -> FileJob:
        benchmark = self.benchmarks[path.stem]
        try:
            state = state_of(path)
        except OSError as error:
            raise cannot_read(path, error) from error
        ranges = tuple(line_ranges(path, state[0]))
        folder = self.layout.item_tables / path.parent.name
        return FileJob(path, state, ranges, benchmark.items_to_score, benchmark.sha256, folder)

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
